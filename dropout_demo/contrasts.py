"""Arms against one another, paired by seed: which against which, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from immutabledict import immutabledict

from dropout_demo.arms import arm_names, arm_of
from dropout_demo.config import RunConfig
from dropout_demo.readings import MEASURES, READINGS, Estimate, Reading, Result, estimates
from dropout_demo.stats import Difference, Verdict, verdict

Arms = Mapping[RunConfig, Mapping[int, Result]]


@dataclass(frozen=True)
class Contrast:
    """One arm against another, arm - reference, over the seeds that both have."""

    arm: RunConfig  # seed 0
    reference: RunConfig
    name: str  # what sets the arm apart among all arms on show
    reference_name: str
    twins: bool  # they differ in nothing but dropout, and the reference has none
    seeds: tuple[int, ...]
    missing: tuple[int, ...]  # seeds that only one of the two has; they count for nothing
    readings: Mapping[Reading, Mapping[str, Estimate]]  # by the names of MEASURES; see `estimate`

    def estimate(self, measure: str = "val_accuracy", reading: Reading = "last") -> Estimate | None:
        """None at equal time, when in no pair both had an epoch done by then."""
        told = self.readings.get(reading)
        return told[measure] if told is not None else None

    def verdict(self, measure: str = "val_accuracy", reading: Reading = "last") -> Verdict:
        """Of what is claimed of dropout: more accuracy and noise tax, less loss and gap."""
        estimate = self.estimate(measure, reading)
        if estimate is None:
            return "not enough seeds"
        return verdict(estimate.difference, MEASURES[measure].claimed)

    @property
    def accuracy(self) -> Difference:
        """Of validation accuracy at the last epoch, what the verdict rests on; fraction."""
        return self.readings["last"]["val_accuracy"].difference


def group_arms(results: Sequence[Result]) -> Arms:
    """Runs by arm (`arm_of`) and seed, arms in the order in which they come.

    A run that was repeated counts once, the later in `results`; runs without an epoch not at all.
    """
    arms: dict[RunConfig, dict[int, Result]] = {}
    for result in results:
        if result.epochs:
            arms.setdefault(arm_of(result.config), {})[result.config.seed] = result
    return arms


def contrasts(
    results: Sequence[Result],
    reference: RunConfig | None = None,
    names: Mapping[RunConfig, str] | None = None,
) -> list[Contrast]:
    """Each arm with dropout against its twin without, every other one against the reference.

    reference: any seed of an arm among the results; None takes the first arm. No two arms are
    contrasted twice. names: a learner's own by `arm_of`, in place of those made up (`arm_names`).
    Arms on different images, or without a seed in common, have no contrast: their numbers do not
    compare.
    """
    arms = group_arms(results)
    if not arms:
        return []
    first = next(iter(arms)) if reference is None else arm_of(reference)
    said = dict(zip(arms, arm_names(list(arms), names), strict=True))
    twins = {arm: arm_of(arm.without_dropout()) for arm in arms}
    told: dict[frozenset[RunConfig], Contrast] = {}
    for arm in sorted(arms, key=lambda arm: twins[arm] == arm):  # those with dropout come first
        other = twins[arm] if twins[arm] != arm and twins[arm] in arms else first
        pair = frozenset((arm, other))
        if arm == other or other not in arms or pair in told:
            continue
        contrast = _contrast(arm, other, arms, said)
        if contrast is not None:
            told[pair] = contrast
    order = list(arms)
    return sorted(told.values(), key=lambda contrast: order.index(contrast.arm))


def _contrast(
    arm: RunConfig, reference: RunConfig, arms: Arms, names: Mapping[RunConfig, str]
) -> Contrast | None:
    having, without = arms[arm], arms[reference]
    seeds = sorted(having.keys() & without.keys())
    if not seeds or arm.dataset != reference.dataset:
        return None
    pairs = [(without[seed], having[seed]) for seed in seeds]
    readings = {reading: estimates(pairs, reading) for reading in READINGS}
    return Contrast(
        arm=arm,
        reference=reference,
        name=names[arm],
        reference_name=names[reference],
        twins=arm_of(arm.without_dropout()) == reference,
        seeds=tuple(seeds),
        missing=tuple(sorted(having.keys() ^ without.keys())),
        readings=immutabledict({name: told for name, told in readings.items() if told is not None}),
    )
