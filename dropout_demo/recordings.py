"""Which recorded results there are to be, and what each is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from immutabledict import immutabledict

from dropout_demo.config import RunConfig
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.lessons.regularisers import regularisers


@dataclass(frozen=True)
class Plan:
    """A recording to make."""

    title: str
    configs: tuple[RunConfig, ...]
    opened: Mapping[str, frozenset[int]] = field(default_factory=immutabledict)
    """By configuration hash, the epochs whose networks are kept: few, for they are large."""
    measures: tuple[str, ...] = ()
    """Names in `evidence.measures`, asked of each run's last network."""
    teams_of: Card | None = None
    """The card whose teams are recorded as well: their values, not their networks' runs."""


@cache
def recordings() -> Mapping[str, Plan]:
    """All recordings by name: the pair that the app opens on, then the claim cards'."""
    return immutabledict(
        {
            "article-pair": Plan(
                "The article's network on CIFAR-10: 15 epochs, five seeds",
                _pair(5),
                {
                    **{config.hash: frozenset((15,)) for config in _pair(5)[1::2]},
                    **{config.hash: frozenset((1, 3, 7, 15)) for config in _pair(1)},
                },
            ),
            "article-fp32": Plan(
                "The article's network in fp32: 15 epochs, five seeds",
                tuple(
                    RunConfig.preset("article", precision="fp32", seed=seed) for seed in range(5)
                ),
            ),
            **{card.key: _of_card(card) for card in cards().values() if card.arms},
            "regularisers": Plan(
                "Regularisers on equal terms: 10,000 images, three settings each",
                regularisers().configs(),
            ),
        }
    )


@cache
def measures_of(config_hash: str) -> tuple[str, ...]:
    """All measures that any recording wants of this run: it is trained once for all of them."""
    wanted = (
        measure
        for plan in recordings().values()
        if any(config.hash == config_hash for config in plan.configs)
        for measure in plan.measures
    )
    return tuple(dict.fromkeys(wanted))


def _pair(seeds: int) -> tuple[RunConfig, ...]:
    return tuple(
        RunConfig.preset(name, seed=seed)
        for seed in range(seeds)
        for name in ("article-baseline", "article")
    )


def _of_card(card: Card) -> Plan:
    return Plan(
        f"Claim {card.number}: {card.title}",
        card.configs(),
        measures=card.measures,
        teams_of=card if card.teams else None,
    )
