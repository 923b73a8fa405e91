"""The chart that fits a card: over epochs, over what is varied, or inside the trained networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from immutabledict import immutabledict

from dropout_demo.arms import rates_of
from dropout_demo.config import RunConfig
from dropout_demo.evidence.values import Name
from dropout_demo.inside.breaking import WAY_WORDS
from dropout_demo.ui.claims.means import (
    by_epoch,
    by_step,
    measured_curve,
    series,
    values_of,
)
from dropout_demo.ui.claims.seen import Seen
from dropout_demo.ui.plot import Level, Series, number, plot

Place = tuple[str, float | str]
"""The series that an arm belongs to, and where it stands along x."""


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


def draw(seen: Seen, key: str) -> bool:
    """Draw a card's chart; whether there was anything to draw."""
    chart = (CHARTS.get(seen.card.number) or _usual)(seen)
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


def _usual(seen: Seen) -> Chart:
    """For a card that is not named below: over epochs where its value is one of epochs."""
    if seen.card.experiment:
        return _values(seen)
    head = Name.parse(seen.card.comparisons[0].value).head
    return _accuracy_by_epoch(seen) if head in ("val_accuracy", "test_accuracy") else _loss(seen)


def _by_epoch(seen: Seen, head: str, title: str, y_title: str, *, percent: bool) -> Chart:
    lines = [
        series(seen.names[arm], by_epoch(runs, head), place)
        for place, (arm, runs) in enumerate(seen.told.items())
    ]
    return Chart(lines, title, "epoch", y_title, percent)


def _accuracy_by_epoch(seen: Seen) -> Chart:
    title = "Validation accuracy while training"
    return _by_epoch(seen, "val_accuracy", title, "validation accuracy", percent=True)


def _loss(seen: Seen) -> Chart:
    title = "Validation loss while training"
    return _by_epoch(seen, "val_loss", title, "validation loss (nats)", percent=False)


def _both_losses(seen: Seen) -> Chart:
    """Training loss with dropout off beside validation loss, an arm each."""
    lines = []
    for place, (arm, runs) in enumerate(seen.told.items()):
        name = seen.names[arm]
        lines += [
            series(f"{name}, validation", by_epoch(runs, "val_loss"), place),
            series(f"{name}, training", by_epoch(runs, "train_clean_loss"), place, dash=True),
        ]
    title = "Loss while training, dropout off"
    return Chart(lines, title, "epoch", "loss (nats)", percent=False)


def _three_losses(seen: Seen) -> Chart:
    """Of the arm with dropout, what training loss looks like with masks on and off."""
    runs = seen.told.get("dropout", {})
    lines = [
        series("validation", by_epoch(runs, "val_loss"), 1),
        series("training, masks on", by_epoch(runs, "train_masked_loss"), 0, dash=True),
        series("training, dropout off", by_epoch(runs, "train_clean_loss"), 2, dash="dot"),
    ]
    title = "Three losses of the networks with dropout"
    return Chart(lines, title, "epoch", "loss (nats)", percent=False)


def _swept(
    seen: Seen, places: Callable[[RunConfig], list[Place]], value: str = "val_accuracy@best"
) -> list[Series]:
    """Arms put into series by their configuration; one may stand in several."""
    found: dict[str, dict[float | str, list[float]]] = {}
    words = False
    for arm, runs in seen.told.items():
        for name, x in places(seen.card.arms[arm].config):
            found.setdefault(name, {})[x] = values_of(runs, value)
            words |= isinstance(x, str)
    if not words:
        return [series(name, points, at) for at, (name, points) in enumerate(found.items())]
    return [
        series(name, {_both(x, name): v for x, v in points.items()}, at, form="points")
        for at, (name, points) in enumerate(found.items())
    ]


def _both(x: float | str, name: str) -> str:
    """Where a point stands among words: whiskers at one place would hide each other."""
    return f"{x}, {name}"


def _rates(seen: Seen) -> Chart:
    def places(config: RunConfig) -> list[Place]:
        rate = max(rates_of(config).values(), default=0.0)
        names = ["width as it was"] if config.width == 1 else ["width × 1/(1 − q)"]
        names += ["width × 1/(1 − q)"] if not rate else []
        return [(name, rate) for name in names]

    title = "Validation accuracy (best epoch) by dropout rate"
    return Chart(_swept(seen, places), title, "dropout rate q")


def _channels(seen: Seen) -> Chart:
    def places(config: RunConfig) -> list[Place]:
        drops = [drop for drop in config.dropout.values() if drop.p > 0]
        if not drops:
            return [("single values", 0.0), ("whole channels", 0.0)]
        name = "whole channels" if drops[0].kind == "channel" else "single values"
        return [(name, drops[0].p)]

    title = "Validation accuracy (best epoch) by rate after convolutions"
    return Chart(_swept(seen, places), title, "dropout rate q")


def _around_norm(seen: Seen) -> Chart:
    def places(config: RunConfig) -> list[Place]:
        rates = rates_of(config)
        if config.batch_norm == "before":
            return [("after all norms", rates.get("fc1", 0.0))]
        if not rates:
            return [("before the last norm", 0.0), ("before every norm", 0.0)]
        name = "before every norm" if "conv1" in rates else "before the last norm"
        return [(name, rates["fc1"])]

    title = "Validation accuracy (best epoch) by where dropout stands"
    return Chart(_swept(seen, places), title, "dropout rate q")


def _positions(seen: Seen) -> Chart:
    def places(config: RunConfig) -> list[Place]:
        rates = rates_of(config)
        where = [w for w, at in (("conv", "conv1"), ("dense", "fc1")) if at in rates]
        return [(f"padding {config.padding}", " + ".join(where) or "none")]

    title = "Validation accuracy (best epoch) by where dropout stands"
    return Chart(_swept(seen, places), title, "dropout at")


def _recipe(seen: Seen) -> Chart:
    def places(config: RunConfig) -> list[Place]:
        rate = "plain rate" if config.schedule == "constant" else "high rate"
        bound = " + max-norm" if config.max_norm else ""
        return [("dropout 0.5" if rates_of(config) else "no dropout", rate + bound)]

    title = "Validation accuracy (best epoch) by how SGD is set"
    return Chart(_swept(seen, places), title, "SGD")


def _sizes(seen: Seen) -> Chart:
    def places(config: RunConfig) -> list[Place]:
        name = "dropout 0.5" if rates_of(config) else "no dropout"
        return [(name, float(config.train_size))]

    title = "Validation accuracy (best epoch) by number of training images"
    return Chart(_swept(seen, places), title, "training images", log_x=True)


def _widths(seen: Seen) -> Chart:
    if len({seen.card.arms[arm].config.width for arm in seen.card.arms}) == 1:
        return _arms(seen)

    def places(config: RunConfig) -> list[Place]:
        name = f"dropout {config.dropout_schedule}" if rates_of(config) else "no dropout"
        return [(name, config.width)]

    title = "Validation accuracy (best epoch) by width"
    return Chart(_swept(seen, places), title, "width of the network", log_x=True)


def _regularisers(seen: Seen) -> Chart:
    """One series a group of settings, a point each; arms of no group by themselves."""
    group_of = {arm: group.name for group in seen.card.groups.values() for arm in group.of}
    found: dict[str, dict[str, list[float]]] = {}
    for arm, runs in seen.told.items():
        name = seen.names[arm]
        found.setdefault(group_of.get(arm, name), {})[name] = values_of(runs, "test_accuracy")
    points = [
        series(name, told, place, form="points") for place, (name, told) in enumerate(found.items())
    ]
    return Chart(points, "Test accuracy by setting", "setting", "test accuracy")


def _arms(seen: Seen) -> Chart:
    points = [
        series(name, {name: values_of(seen.told[arm], "val_accuracy@best")}, place, form="points")
        for place, (arm, name) in enumerate(seen.names.items())
        if arm in seen.told
    ]
    return Chart(points, "Validation accuracy (best epoch)", "network")


def _passes(seen: Seen) -> Chart:
    lines, levels = [], []
    for place, (arm, runs) in enumerate(seen.told.items()):
        curve = measured_curve(runs, "passes", "curve_passes", "curve_accuracy")
        lines.append(series(f"{seen.names[arm]}, mean of T masked passes", curve, place))
        scaled = values_of(runs, "passes.scaled_accuracy")
        if scaled:
            levels.append(Level("one scaled pass", sum(scaled) / len(scaled)))
    title = "Accuracy on 2,000 test images by number of masked passes"
    return Chart(lines, title, "masked passes T", "test accuracy", log_x=True, levels=tuple(levels))


def _ways(seen: Seen) -> Chart:
    points = []
    for runs in seen.told.values():
        points += [
            series(words.name, {words.name: values}, place, form="points")
            for place, (way, words) in enumerate(WAY_WORDS.items())
            if (values := values_of(runs, f"breaking.{way}_accuracy"))
        ]
    return Chart(points, "Accuracy on 2,000 test images", "evaluated", "test accuracy")


def _deleted(seen: Seen) -> Chart:
    lines = [
        series(
            seen.names[arm],
            measured_curve(runs, "deletion", "curve_shares", "curve_accuracy"),
            place,
        )
        for place, (arm, runs) in enumerate(seen.told.items())
    ]
    title = "Accuracy with a share of fc1's units deleted"
    return Chart(lines, title, "units deleted", "test accuracy", percent_x=True)


def _values(seen: Seen) -> Chart:
    """An experiment's values, where it has no curves."""
    words = {
        "last_distance": "last to closed form",
        "average_distance": "average to closed form",
        "ridge_distance": "average to ridge",
    }
    points = []
    for rows in seen.table.values():
        for place, (value, said) in enumerate(words.items()):
            told = [row[value] for row in rows.values() if value in row]
            points.append(series(said, {said: told}, place, form="points"))
    title = "Distance of SGD's last and averaged weights from the closed form and from plain ridge"
    return Chart(points, title, "weights compared", "distance", percent=False)


def _curves(seen: Seen) -> Chart:
    lines = [
        series(seen.names.get(arm, arm), by_step(curves), place)
        for place, (arm, curves) in enumerate(seen.curves.items())
    ]
    title = "Validation loss while training"
    return Chart(lines, title, "epoch", "validation loss (nats a word)", percent=False)


CHARTS: Mapping[int, Callable[[Seen], Chart]] = immutabledict(
    {
        1: _both_losses,
        2: _both_losses,
        3: _three_losses,
        4: _loss,
        5: _loss,
        6: _rates,
        7: _positions,
        8: _channels,
        9: _accuracy_by_epoch,
        10: _around_norm,
        11: _recipe,
        12: _regularisers,
        13: _passes,
        14: _ways,
        15: _values,
        16: _deleted,
        17: _sizes,
        18: _widths,
        19: _curves,
        20: _arms,
    }
)
"""By a card's number; another card's is over epochs."""
