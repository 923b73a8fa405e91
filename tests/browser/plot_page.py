"""A chart whose numbers a button changes; `?kind=` chooses lines, points, bars or foreign names."""

from __future__ import annotations

import math

import streamlit as st

from dropout_demo.ui.plot import Level, Series, plot

FOREIGN = "<img src=x onerror=alert(1)><b>bold</b>"
PASSES = [1, 2, 5, 10, 20, 50, 100]

st.set_page_config(layout="wide")
st.title("Dropout")
kind = st.query_params.get("kind", "lines")


@st.fragment
def chart() -> None:
    """The chart and what changes it."""
    shift = 0.1 * st.number_input("Shift", 0, 3, 0, key="shift")
    if kind == "lines":
        y = [0.5 + shift + 0.05 * math.log10(t) for t in PASSES]
        band = {"low": [v - 0.02 for v in y], "high": [v + 0.02 for v in y]}
        plot(
            [
                Series("masked passes", PASSES, y, **band, colour=1),
                Series("twin", PASSES, [v - 0.1 for v in y], colour=6, dash=True),
            ],
            key="chart",
            title="Accuracy against the number of passes",
            x_title="passes T",
            y_title="accuracy (% of images)",
            alt=f"Accuracy rises from {y[0]:.2f} to {y[-1]:.2f}.",
            levels=[
                Level("scaled pass", 0.6 + shift, 1, low=0.59 + shift, high=0.61 + shift),
                Level("five networks", 0.68 + shift, None, dash="dot"),
            ],
            log_x=True,
            percent=True,
        )
    elif kind == "points":
        names = ["plain rate", "a high rate that decays + max-norm"]
        band = {"low": [0.55, 0.6], "high": [0.65, 0.7]}
        plot(
            [
                Series("without", names, [0.6, 0.65], **band, colour=0, form="points"),
                Series("with", names, [0.61, 0.66], **band, colour=1, form="points"),
            ],
            key="chart",
            title="Accuracy by how it is trained",
            x_title="training",
            y_title="accuracy (% of images)",
            alt="Four points.",
            percent=True,
        )
    else:
        names = ["aeroplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry"]
        y = [0.1 * (i + 1) - shift for i in range(10)]
        name = FOREIGN if kind == "foreign" else "a network"
        band = {"low": [v - 0.05 for v in y], "high": [v + 0.05 for v in y]}
        plot(
            [
                Series(name, names, y, **band, colour=0, form="bars"),
                Series("another", names, [v / 2 for v in y], form="bars", dash=True, colour=1),
                Series("some", names[:3], [1, 2, 3], form="points"),
            ],
            key="chart",
            title=name,
            x_title=name,
            y_title="loss (nats)",
            alt="Ten bars.",
            levels=[Level(name, 0.4)],
        )
    st.write("below")


chart()
