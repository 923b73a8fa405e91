"""Charts over what the arms differ in: a rate, a place, a size, a setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from dropout_demo.arms import rates_of
from dropout_demo.config import RunConfig
from dropout_demo.ui.claims.chart import Chart
from dropout_demo.ui.claims.means import series, values_of
from dropout_demo.ui.claims.seen import Seen
from dropout_demo.ui.plot import Series

Place = tuple[str, float | str]
"""The series that an arm belongs to, and where it stands along x."""


def _swept(
    seen: Seen, places: Callable[[RunConfig], list[Place]], value: str = "val_accuracy@best"
) -> list[Series]:
    """Arms put into series by their configuration; one may stand in several."""
    found: dict[str, dict[float | str, list[float]]] = {}
    for arm, runs in seen.told.items():
        for name, x in places(seen.card.arms[arm].config):
            found.setdefault(name, {})[x] = values_of(runs, value)
    words = any(isinstance(x, str) for points in found.values() for x in points)
    form: Literal["points", "line"] = "points" if words else "line"
    return [series(name, points, at, form=form) for at, (name, points) in enumerate(found.items())]


def rates(seen: Seen) -> Chart:
    """Accuracy by rate, at the usual width and at one that keeps as many units."""

    def places(config: RunConfig) -> list[Place]:
        rate = max(rates_of(config).values(), default=0.0)
        names = ["width as it was"] if config.width == 1 else ["width × 1/(1 − q)"]
        names += ["width × 1/(1 − q)"] if not rate else []
        return [(name, rate) for name in names]

    title = "Validation accuracy (best epoch) by dropout rate"
    return Chart(_swept(seen, places), title, "dropout rate q")


def channels(seen: Seen) -> Chart:
    """Accuracy by rate, for single values and for whole channels."""

    def places(config: RunConfig) -> list[Place]:
        drops = [drop for drop in config.dropout.values() if drop.p > 0]
        if not drops:
            return [("single values", 0.0), ("whole channels", 0.0)]
        name = "whole channels" if drops[0].kind == "channel" else "single values"
        return [(name, drops[0].p)]

    title = "Validation accuracy (best epoch) by rate after convolutions"
    return Chart(_swept(seen, places), title, "dropout rate q")


def around_norm(seen: Seen) -> Chart:
    """Accuracy by rate, for each place of dropout around batch norm."""

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


def positions(seen: Seen) -> Chart:
    """Accuracy by where dropout stands, a colour for each padding."""

    def places(config: RunConfig) -> list[Place]:
        rates = rates_of(config)
        where = [w for w, at in (("conv", "conv1"), ("dense", "fc1")) if at in rates]
        return [(f"padding {config.padding}", " + ".join(where) or "none")]

    title = "Validation accuracy (best epoch) by where dropout stands"
    return Chart(_swept(seen, places), title, "dropout at")


def recipe(seen: Seen) -> Chart:
    """Accuracy by how SGD is set, with and without dropout."""

    def places(config: RunConfig) -> list[Place]:
        rate = "plain rate" if config.schedule == "constant" else "high rate"
        bound = " + max-norm" if config.max_norm else ""
        return [("dropout 0.5" if rates_of(config) else "no dropout", rate + bound)]

    title = "Validation accuracy (best epoch) by how SGD is set"
    return Chart(_swept(seen, places), title, "SGD")


def sizes(seen: Seen) -> Chart:
    """Accuracy by the number of training images."""

    def places(config: RunConfig) -> list[Place]:
        name = "dropout 0.5" if rates_of(config) else "no dropout"
        return [(name, float(config.train_size))]

    title = "Validation accuracy (best epoch) by number of training images"
    return Chart(_swept(seen, places), title, "training images", log_x=True)


def widths(seen: Seen) -> Chart:
    """Accuracy by width; by arm where all arms are as wide."""
    if len({seen.card.arms[arm].config.width for arm in seen.card.arms}) == 1:
        return arms(seen)

    def places(config: RunConfig) -> list[Place]:
        name = f"dropout {config.dropout_schedule}" if rates_of(config) else "no dropout"
        return [(name, config.width)]

    title = "Validation accuracy (best epoch) by width"
    return Chart(_swept(seen, places), title, "width of the network", log_x=True)


def regularisers(seen: Seen) -> Chart:
    """One series a group of settings, a point each; arms of no group and teams by themselves."""
    group_of = {arm: group.name for group in seen.card.groups.values() for arm in group.of}
    found: dict[str, dict[str, list[float]]] = {}
    for arm, runs in seen.told.items():
        name = seen.names[arm]
        found.setdefault(group_of.get(arm, name), {})[name] = values_of(runs, "test_accuracy")
    for team in seen.card.teams:
        rows = seen.table.get(team, {}).values()
        found[seen.names[team]] = {seen.names[team]: [row["test_accuracy"] for row in rows]}
    points = [
        series(name, told, place, form="points") for place, (name, told) in enumerate(found.items())
    ]
    return Chart(points, "Test accuracy by setting", "setting", "test accuracy")


def arms(seen: Seen) -> Chart:
    """Accuracy by arm, a point each."""
    points = [
        series(name, {name: values_of(seen.told[arm], "val_accuracy@best")}, place, form="points")
        for place, (arm, name) in enumerate(seen.names.items())
        if arm in seen.told
    ]
    return Chart(points, "Validation accuracy (best epoch)", "network")
