"""Which chart fits a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from immutabledict import immutabledict

from dropout_demo.evidence.values import Name
from dropout_demo.ui.claims.chart import Chart, draw_chart
from dropout_demo.ui.claims.epoch_charts import (
    accuracy_by_epoch,
    both_losses,
    loss,
    three_losses,
)
from dropout_demo.ui.claims.measure_charts import (
    curves,
    deleted,
    passes,
    values,
    ways,
)
from dropout_demo.ui.claims.seen import Seen
from dropout_demo.ui.claims.setting_charts import (
    arms,
    around_norm,
    channels,
    positions,
    rates,
    recipe,
    regularisers,
    sizes,
    widths,
)


def draw(seen: Seen, key: str) -> bool:
    """Draw a card's chart; whether there was anything to draw."""
    return draw_chart((CHARTS.get(seen.card.number) or _usual)(seen), key)


def _usual(seen: Seen) -> Chart:
    """For a card that is not named below: over epochs where its value is one of epochs."""
    if seen.card.experiment:
        return values(seen)
    head = Name.parse(seen.card.comparisons[0].value).head
    return accuracy_by_epoch(seen) if head in ("val_accuracy", "test_accuracy") else loss(seen)


CHARTS: Mapping[int, Callable[[Seen], Chart]] = immutabledict(
    {
        1: both_losses,
        2: both_losses,
        3: three_losses,
        4: loss,
        5: loss,
        6: rates,
        7: positions,
        8: channels,
        9: accuracy_by_epoch,
        10: around_norm,
        11: recipe,
        12: regularisers,
        13: passes,
        14: ways,
        15: values,
        16: deleted,
        17: sizes,
        18: widths,
        19: curves,
        20: arms,
    }
)
"""By a card's number; another card's is over epochs."""
