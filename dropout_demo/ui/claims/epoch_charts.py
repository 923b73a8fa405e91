"""Charts over epochs: what training tells as it goes on."""

from __future__ import annotations

from dropout_demo.ui.claims.chart import Chart
from dropout_demo.ui.claims.means import by_epoch, series
from dropout_demo.ui.claims.seen import Seen


def _by_epoch(seen: Seen, head: str, title: str, y_title: str, *, percent: bool) -> Chart:
    lines = [
        series(seen.names[arm], by_epoch(runs, head), place)
        for place, (arm, runs) in enumerate(seen.told.items())
    ]
    return Chart(lines, title, "epoch", y_title, percent)


def accuracy_by_epoch(seen: Seen) -> Chart:
    """Validation accuracy after each epoch, an arm a line."""
    title = "Validation accuracy while training"
    return _by_epoch(seen, "val_accuracy", title, "validation accuracy", percent=True)


def loss(seen: Seen) -> Chart:
    """Validation loss after each epoch, an arm a line."""
    title = "Validation loss while training"
    return _by_epoch(seen, "val_loss", title, "validation loss (nats)", percent=False)


def both_losses(seen: Seen) -> Chart:
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


def three_losses(seen: Seen) -> Chart:
    """Of the arm with dropout, what training loss looks like with masks on and off."""
    runs = seen.told.get("dropout", {})
    lines = [
        series("validation", by_epoch(runs, "val_loss"), 1),
        series("training, masks on", by_epoch(runs, "train_masked_loss"), 0, dash=True),
        series("training, dropout off", by_epoch(runs, "train_clean_loss"), 2, dash="dot"),
    ]
    title = "Three losses of the networks with dropout"
    return Chart(lines, title, "epoch", "loss (nats)", percent=False)
