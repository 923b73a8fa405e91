"""Charts of masked passes: against their number, against confidence, and of one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from dropout_demo.ui.inside.held_range import held_range
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plot import Level, Series, plot

Answer = Mapping[str, Any]
Asked = tuple[OnShow, Answer]

TITLES = {
    "accuracy": ("Accuracy", "accuracy (% of images)"),
    "loss": ("Loss", "negative log-likelihood (nats an image)"),
    "calibration": ("Calibration error", "expected calibration error (%)"),
}
"""By measure: its name, and its axis with the unit."""

_FEWEST = 10  # images in a bin of the reliability diagram: fewer would be noise
_WHO = {"scaled": "one scaled pass", "masked": "masked passes", "ensemble": "different networks"}

_DASHES: Mapping[str, bool | Literal["dot"]] = {"scaled": True, "masked": False, "ensemble": "dot"}


def curve_chart(asked: Sequence[Asked], measure: str) -> None:
    """One measure against the number of passes averaged, for one or two networks."""
    title, axis = TITLES[measure]
    series, levels, said = [], [], []
    for one, answer in asked:
        name = f"{one.name}: " if len(asked) > 1 else ""
        places, (means, lows, highs) = _columns(answer["curve"], measure)
        series.append(Series(f"{name}masked passes", places, means, lows, highs, one.colour))
        if answer["ensemble"]:
            count = [point["networks"] for point in answer["ensemble"]]
            each = [point[measure] for point in answer["ensemble"]]
            series.append(
                Series(f"{name}different networks", count, each, colour=one.colour, dash="dot")
            )
        scaled = answer["results"]["scaled"][measure][0]
        levels.append(Level(f"{name}one scaled pass", scaled, one.colour))
        said.append(
            f"{name}{_short(means[0], measure)} with one masked pass, {_short(means[-1], measure)} "
            f"with {places[-1]}, {_short(scaled, measure)} with one scaled pass"
        )
    plot(
        series,
        key="passes-curve",
        title=f"{title} against the number of passes averaged",
        x_title="passes averaged, T (or networks)",
        y_title=axis,
        alt=f"{title} against passes: {'; '.join(said)}.",
        levels=levels,
        y_range=held_range(
            f"passes {measure} {' '.join(one.run for one, _ in asked)}",
            _heights(series, levels),
            floor=0.0,
        ),
        log_x=True,
        percent=measure != "loss",
    )


def _heights(series: Sequence[Series], levels: Sequence[Level]) -> list[float]:
    """Everything that the axis of a chart must hold."""
    ends = [end for one in series for end in (one.y, one.low or (), one.high or ())]
    return [*(level.y for level in levels), *(y for end in ends for y in end)]


def reliability_chart(one: OnShow, answer: Answer, place: int) -> None:
    """Accuracy against confidence, and the diagonal on which both agree."""
    series = []
    for who, dash in _DASHES.items():
        bins = [b for b in answer["reliability"].get(who, ()) if b["count"] >= _FEWEST]
        if bins:
            x, y, low, high = (
                [b[name] for b in bins] for name in ("confidence", "accuracy", "low", "high")
            )
            line = Series(_WHO[who], x, y, colour=one.colour, dash=dash)
            series.append(replace(line, low=low, high=high) if who == "masked" else line)
    series.append(Series("right as often as sure", [0, 1], [0, 1], form="rule", dash="dot"))
    errors = [
        f"{_WHO[who]} {100 * told['calibration'][0]:.1f} %"
        for who, told in answer["results"].items()
    ]
    plot(
        series,
        key=f"passes-reliability-{place}",
        title=f"How often it is right, by how sure it is: {one.name}",
        x_title="confidence, share of the likeliest class",
        y_title="accuracy (% of images)",
        alt=f"Reliability diagram. Calibration errors: {', '.join(errors)}.",
        x_range=(0, 1.02),
        y_range=(0, 1.02),
        percent=True,
        percent_x=True,
    )


def image_chart(one: OnShow, answer: Answer, picture: Mapping[str, Any], place: int) -> None:
    """One image's softmax: the mean over masked passes, where 95 % of them lie, and one scaled."""
    names = answer["classes"]
    plot(
        [
            Series(
                "mean of the masked passes",
                names,
                picture["mean"],
                picture["low"],
                picture["high"],
                one.colour,
                form="bars",
            ),
            Series("one scaled pass", names, picture["scaled"], form="points", dash=True),
        ],
        key=f"passes-image-{place}",
        title=f"What {answer['passes']} masks say of this image: {one.name}",
        x_title="class",
        y_title="share of the softmax (%)",
        alt=(
            f"Shares by class of an image of class {picture['label']}. Most for {picture['said']}: "
            f"{100 * max(picture['mean']):.0f} % in the mean."
        ),
        y_range=(0, 1.02),
        percent=True,
        height=300,
    )


def _columns(
    curve: Sequence[Mapping[str, Any]], measure: str
) -> tuple[list[int], list[list[float]]]:
    least = 0.0 if measure != "loss" else float("-inf")
    ends = zip(*(point[measure] for point in curve), strict=True)
    columns = [[max(least, end) for end in column] for column in ends]
    return [point["passes"] for point in curve], columns


def _short(value: float, measure: str) -> str:
    return f"{value:.3f} nats" if measure == "loss" else f"{100 * value:.1f} %"
