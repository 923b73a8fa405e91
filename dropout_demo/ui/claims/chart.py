"""A chart of a card in the words of `ui.plot`, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from dropout_demo.ui.plot import Level, Series, number, plot


@dataclass(frozen=True)
class Chart:
    """What is drawn, in the words of `ui.plot.plot`."""

    series: list[Series]
    title: str
    x_title: str
    y_title: str = "validation accuracy"
    percent: bool = True
    percent_x: bool = False
    log_x: bool = False
    levels: tuple[Level, ...] = ()


def draw_chart(chart: Chart, key: str) -> bool:
    """Draw it; whether there was anything to draw."""
    if not any(len(one.x) for one in chart.series):
        return False
    plot(
        [one for one in chart.series if len(one.x)],
        key=key,
        title=f"{chart.title}: means over seeds with 95 % intervals",
        x_title=chart.x_title,
        y_title=chart.y_title,
        alt=_alternative(chart),
        levels=chart.levels,
        log_x=chart.log_x,
        percent=chart.percent,
        percent_x=chart.percent_x,
    )
    return True


def _alternative(chart: Chart) -> str:
    """First and last point of each series; the table has them all."""
    told = []
    for one in chart.series:
        if not len(one.x):
            continue
        first, last = number(one.y[0], chart.percent), number(one.y[-1], chart.percent)
        said = first if len(one.x) == 1 else f"{first} at {one.x[0]}, {last} at {one.x[-1]}"
        told.append(f"{one.name}: {said}")
    return f"{chart.y_title[:1].upper()}{chart.y_title[1:]} by {chart.x_title}. {'; '.join(told)}."
