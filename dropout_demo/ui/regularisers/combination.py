"""Model combination: the mean of what several trained networks say, against each alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from dropout_demo.arms import arm_names, arm_of
from dropout_demo.data import status as data_status
from dropout_demo.inside.combine import MOST_COMBINED, CombineQuestion
from dropout_demo.lab import lab
from dropout_demo.opening import RECORDED, NotOpen, Openable, open_run
from dropout_demo.ui.inside.asking import answer_to, images_are_here
from dropout_demo.ui.inside.on_show import shelf_runs
from dropout_demo.ui.plain import plain
from dropout_demo.ui.plot import Level, Series, plot

Answer = Mapping[str, Any]

_MEASURES: Mapping[str, tuple[str, str]] = {
    "Accuracy": ("accuracy", "accuracy (% of images)"),
    "Loss": ("loss", "negative log-likelihood (nats an image)"),
    "Calibration error": ("calibration", "expected calibration error (%)"),
}
RUN = "run"
"""The networks that were combined, in the address."""

_CHOSEN, _ASKED = "combine-runs", "combine-asked"
_FIRST = 5  # networks chosen to begin with


def combination_view() -> None:
    """Choose finished networks, combine them at a press, and read what it brought."""
    st.header("Several networks together", anchor=False)
    st.markdown(
        "Average the softmax of networks that were trained on their own. Their mistakes differ, so "
        "part of them cancels; it is the dearest regulariser here, and dropout is often called a "
        "cheap stand-in for it."
    )
    lab().probing.warm()
    _choose_and_combine()
    with st.expander("Why it helps, and what it costs"):
        st.markdown(_WHY)


@st.fragment
def _choose_and_combine() -> None:
    there = {one.run: one for one in [*_addressed(), *shelf_runs()]}
    if len(there) < 2:
        st.info(
            "Two trained networks are needed, and there are not as many yet: train a comparison in "
            "the Lab, and its networks will be here.",
            icon=":material/science:",
        )
        st.page_link("lab.py", label="To the Lab", icon=":material/science:")
        return
    labels = _labels(list(there.values()))
    asked = [one.run for one in _addressed()]
    kept = [run for run in st.session_state.get(_CHOSEN, asked) if run in there]
    st.session_state[_CHOSEN] = kept or _first_choice(there)
    chosen = st.multiselect(
        f"Networks, 2 to {MOST_COMBINED} of one data set",
        list(there),
        format_func=labels.__getitem__,
        key=_CHOSEN,
        max_selections=MOST_COMBINED,
    )
    problem = _problem([there[run] for run in chosen])
    pressed = st.button(
        "Combine them",
        key="combine",
        type="primary",
        icon=":material/join:",
        disabled=bool(problem),
        help=problem or None,
    )
    if problem:
        st.caption(problem)
        return
    if pressed:
        st.session_state[_ASKED] = list(chosen)
        st.query_params[RUN] = chosen
    if st.session_state.get(_ASKED) == list(chosen):
        _combined([there[run] for run in chosen], [labels[run] for run in chosen])


def _addressed() -> list[Openable]:
    """Runs that a link names, whoever trained them; those that cannot be opened are left out."""
    found = []
    for run in st.query_params.get_all(RUN)[:MOST_COMBINED]:
        with suppress(NotOpen):
            found.append(open_run(lab().store, run))
    return found


def _problem(chosen: Sequence[Openable]) -> str:
    if len(chosen) < 2:
        return "Choose at least two networks."
    if len({one.config.dataset for one in chosen}) > 1:
        return "These networks learned different data sets; choose those of one."
    return ""


def _first_choice(there: Mapping[str, Openable]) -> list[str]:
    """The arm with most seeds among runs whose images are here, filled up with others like it."""
    usable = [one for one in there.values() if data_status(one.config.dataset).ready]
    pool = usable or list(there.values())
    often = Counter(arm_of(one.config) for one in pool)
    arm, _ = often.most_common(1)[0]
    first = [one for one in pool if arm_of(one.config) == arm]
    others = [one for one in pool if one not in first and one.config.dataset == arm.dataset]
    return [one.run for one in (first if len(first) > 1 else [*first, *others])[:_FIRST]]


def _labels(runs: Sequence[Openable]) -> dict[str, str]:
    names = arm_names([one.config for one in runs])
    return {
        one.run: f"{one.own_name or name}, seed {one.config.seed}"
        + (" (recorded)" if one.run.startswith(RECORDED) else "")
        for one, name in zip(runs, names, strict=True)
    }


def _combined(chosen: Sequence[Openable], names: Sequence[str]) -> None:
    if not images_are_here(one.config for one in chosen):
        return
    waiting = f"Asking {len(chosen)} networks about 2,000 images …"
    answer = answer_to(CombineQuestion(), [one.network() for one in chosen], waiting=waiting)
    if answer is None:
        return
    st.markdown(plain(gain_words(answer)))
    measure = st.segmented_control(
        "Measure", list(_MEASURES), key="combine-measure", default="Accuracy", required=True
    )
    assert measure is not None
    _chart(answer, measure)
    st.table(_table(answer, names))
    st.caption(
        f"The first {answer['images']:,} images of the test set. Bands and brackets: 95 % "
        "intervals over images, what another set of as many might give; other seeds vary more. "
        f"Compute: {len(chosen)} networks cost {len(chosen)} trainings, "
        f"{sum(one.last for one in chosen)} epochs in all, and {len(chosen)} passes for each image."
    )


def gain_words(answer: Answer) -> str:
    """One sentence on what all together gain over the mean of each alone."""
    alone, together = answer["curve"][0], answer["curve"][-1]
    gain = [100 * end for end in answer["gain"]["accuracy"]]
    clear = "" if gain[1] > 0 or gain[2] < 0 else ", which may be chance"
    sign = "\N{MINUS SIGN}" if gain[0] < 0 else "+"
    ends = [f"{end:.1f}".replace("-", "\N{MINUS SIGN}") for end in gain[1:]]
    return (
        f"Alone they are right on {100 * alone['accuracy'][0]:.1f} % of images in the mean, "
        f"all {together['networks']} together on {100 * together['accuracy'][0]:.1f} %: "
        f"{sign}{abs(gain[0]):.1f} points ({ends[0]} to {ends[1]}){clear}. The loss goes from "
        f"{alone['loss'][0]:.2f} to {together['loss'][0]:.2f} nats."
    )


def _chart(answer: Answer, measure: str) -> None:
    name, axis = _MEASURES[measure]
    counts = [point["networks"] for point in answer["curve"]]
    middle, low, high = zip(*(point[name] for point in answer["curve"]), strict=True)
    each = [told[name][0] for told in answer["each"]]
    plot(
        [Series("mean of their softmax", counts, middle, low, high, colour=1)],
        key="combine-chart",
        title=f"{measure} against the number of networks combined",
        x_title="networks combined",
        y_title=axis,
        alt=f"{measure} against networks combined, each alone as a band. {gain_words(answer)}",
        levels=[
            Level(
                "each alone, worst to best",
                sum(each) / len(each),
                0,
                low=min(each),
                high=max(each),
            )
        ],
        percent=name != "loss",
    )


def _table(answer: Answer, names: Sequence[str]) -> pd.DataFrame:
    """A network a line, and last all together; names are foreign text and escaped."""
    told = [
        *zip(names, answer["each"], strict=True),
        (f"all {len(names)} together", answer["curve"][-1]),
    ]
    rows = {
        plain(who): {
            "accuracy": _cell(one["accuracy"], 100, 1, " %"),
            "loss (nats)": _cell(one["loss"], 1, 3, ""),
            "calibration error": _cell(one["calibration"], 100, 1, " %"),
        }
        for who, one in told
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _cell(ends: Sequence[float], factor: float, digits: int, unit: str) -> str:
    middle, low, high = (factor * end for end in ends)
    return f"{middle:.{digits}f}{unit} ({max(0.0, low):.{digits}f} to {high:.{digits}f})"


_WHY = """
Networks from other seeds end in other places and err on other images. Where they disagree, the mean
is unsure, as it should be: that lowers the loss even where the answer stays the same. The curve's
points are means over neighbours in a ring of the chosen networks, so that none counts more often.

It costs as many trainings, as much memory and as many passes as there are networks
(Lakshminarayanan et al. 2017 use it to tell how sure a network is). Dropout shares one set of
weights among all its thinned networks; “One or many” on the Inside page compares the two.
"""
