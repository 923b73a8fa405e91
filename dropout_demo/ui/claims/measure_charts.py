"""Charts of what was measured inside trained networks, and of experiments of their own."""

from __future__ import annotations

from dropout_demo.inside.breaking import WAY_WORDS
from dropout_demo.ui.claims.chart import Chart
from dropout_demo.ui.claims.means import by_step, measured_curve, series, values_of
from dropout_demo.ui.claims.seen import Seen
from dropout_demo.ui.plot import Level


def passes(seen: Seen) -> Chart:
    """Accuracy by the number of masked passes averaged, beside the one scaled pass."""
    lines, levels = [], []
    for place, (arm, runs) in enumerate(seen.told.items()):
        curve = measured_curve(runs, "passes", "curve_passes", "curve_accuracy")
        lines.append(series(f"{seen.names[arm]}, mean of T masked passes", curve, place))
        scaled = values_of(runs, "passes.scaled_accuracy")
        if scaled:
            levels.append(Level("one scaled pass", sum(scaled) / len(scaled)))
    title = "Accuracy on 2,000 test images by number of masked passes"
    return Chart(lines, title, "masked passes T", "test accuracy", log_x=True, levels=tuple(levels))


def ways(seen: Seen) -> Chart:
    """Accuracy by how the same network is evaluated, rightly or not."""
    points = []
    for runs in seen.told.values():
        points += [
            series(words.name, {words.name: values}, place, form="points")
            for place, (way, words) in enumerate(WAY_WORDS.items())
            if (values := values_of(runs, f"breaking.{way}_accuracy"))
        ]
    return Chart(points, "Accuracy on 2,000 test images", "evaluated", "test accuracy")


def deleted(seen: Seen) -> Chart:
    """Accuracy by the share of fc1's units that is deleted."""
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


def values(seen: Seen) -> Chart:
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


def curves(seen: Seen) -> Chart:
    """Validation loss of an experiment that keeps curves."""
    lines = [
        series(seen.names.get(arm, arm), by_step(curves), place)
        for place, (arm, curves) in enumerate(seen.curves.items())
    ]
    title = "Validation loss while training"
    return Chart(lines, title, "epoch", "validation loss (nats a word)", percent=False)
