"""What a comparison came to, in plain words that agree with the numbers they show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dropout_demo.arms import listed, made_up, rates_in_words, with_own
from dropout_demo.config import RunConfig
from dropout_demo.contrasts import Contrast
from dropout_demo.readings import CHANCE_LOSS, number, rounded
from dropout_demo.stats import Difference, Verdict, seeds_to_settle

MOST_WORDS = 60
"""Words that a sentence over several arms keeps to, by naming fewer of them."""

CHANCE_NOTE = "Of such intervals one in twenty misleads by chance."
GUESS_NOTE = "a guess from the spread of these few"
DIVERGED_NOTE = (
    f"A run has diverged when its loss ends far beyond the {CHANCE_LOSS:.2f} of guessing; a "
    "smaller learning rate may help."
)
STOPPING_NOTE = "Runs with early stopping count by the epoch that they went back to, their best."

_VERDICT_WORDS: Mapping[Verdict, str] = {
    "supported": "higher",
    "contradicted": "lower",
    "too close to call": "too close to call",
    "not enough seeds": "not enough seeds for a verdict",
}


def answer(
    contrasts: Sequence[Contrast], names: Mapping[RunConfig, str] | None = None
) -> list[str]:
    """All that is to be said of a comparison, the verdict first; empty without a contrast.

    names: a learner's own names by `arm_of`, as they are, in place of those made up; `with_own`.
    """
    if not contrasts:
        return []
    contrasts = _renamed(contrasts, names or {})
    if len(contrasts) == 1:
        return [contrast_sentence(contrasts[0]), *remarks(contrasts[0])]
    notes = [note for told in contrasts for note in _what_matters(told)]
    decided = any(told.verdict() in ("supported", "contradicted") for told in contrasts)
    return [
        *(arms_sentence(group) for group in _alike(contrasts)),
        *([CHANCE_NOTE] if decided else []),
        *_diverged(contrasts),
        *_left_out(contrasts),
        *_stopping(contrasts),
        *list(dict.fromkeys(notes))[:1],
    ]


def contrast_sentence(contrast: Contrast) -> str:
    """One arm against another at the last epoch: gap, validation accuracy and verdict.

    Where a run diverged, that instead of the gap, which would mean nothing.
    """
    gap = contrast.readings["last"]["gap"]
    before, after = rounded(gap.reference.mean, 2), rounded(gap.arm.mean, 2)
    points = rounded(100 * contrast.accuracy.mean, 1)
    what = "the gap between training and validation loss"
    if min(before, after) < 0:  # a gap of less than nothing would puzzle
        what = "validation loss minus training loss"
    moved = f"{_moved(after - before)} from {number(before, 2)} to {number(after, 2)}"
    if before == after:
        moved = f"stayed at {number(after, 2)}"
    went = f"{_moved(points)} by {abs(points):.1f} points"
    if points == 0:
        went = "stayed the same to a tenth of a point"
    if any(gap.diverged):
        what = f"no gap can be told, because {listed(_diverged_runs(contrast))} diverged"
        return (
            f"With {_subject(contrast)} {what}; validation accuracy {went} ({_evidence(contrast)})."
        )
    join = "and" if _sign(points) == -_sign(after - before) else "but"
    return (
        f"With {_subject(contrast)} {what} {moved}, {join} validation accuracy {went} "
        f"({_evidence(contrast)})."
    )


def remarks(contrast: Contrast) -> list[str]:
    """What else a reader must know of one contrast; often nothing."""
    told = [*_what_matters(contrast), *_left_out([contrast]), *_stopping([contrast])]
    if any(contrast.readings["last"]["gap"].diverged):
        told.insert(0, DIVERGED_NOTE)
    if contrast.verdict() == "too close to call":
        told.append(f"{settling(contrast.accuracy)}.")
    return told


def settling(difference: Difference) -> str:
    """How many more seeds might settle what is too close to call, as the guess that it is."""
    needed = seeds_to_settle(difference)
    more = (needed or difference.pairs) - difference.pairs
    if more <= 0:
        return "More seeds are not likely to settle it soon"
    return f"About {more} more seed{'s' * (more != 1)} might settle it, {GUESS_NOTE}"


def arms_sentence(contrasts: Sequence[Contrast]) -> str:
    """Several arms: better, worse and undecided ones, and the best-looking one if undecided.

    contrasts: against one reference, or each against its twin. At most MOST_WORDS words.
    Raises ValueError for no contrast.
    """
    for named in (3, 2, 1, 0):
        said = f"{_arms_told(contrasts, named)}{_best_told(contrasts)}"
        if len(said.split()) <= MOST_WORDS:
            break
    return said


def interval_words(difference: Difference, factor: float = 100, digits: int = 1) -> str:
    """Such as "3 seeds, 95 % interval 0.9 to 3.3"; without an interval the seeds alone."""
    seeds = f"{difference.pairs} seed{'s' * (difference.pairs != 1)}"
    if math.isnan(difference.low):
        return seeds
    low, high = (bound(factor * end, digits) for end in (difference.low, difference.high))
    return f"{seeds}, 95 % interval {low} to {high}"


def bound(value: float, digits: int = 1) -> str:
    """An interval's end as `number`, but never 0 by rounding alone, which a verdict could not bear.

    Such a one keeps a digit, or is "<0.001" or ">-0.001".
    """
    if value == 0 or abs(value) >= 0.5 * 10**-digits:
        return number(value, digits)
    if abs(value) < 0.001:
        return "<0.001" if value > 0 else ">-0.001"
    return f"{value:.1g}"


def signed(value: float, digits: int = 1) -> str:
    """As `number`, with a plus before what is more than 0 once it is rounded."""
    return f"{'+' * (rounded(value, digits) > 0)}{number(value, digits)}"


def _subject(contrast: Contrast) -> str:
    plain = contrast.reference_name == "no dropout" and made_up(contrast.name, contrast.arm)
    if contrast.twins and plain:
        return f"dropout {rates_in_words(contrast.arm)}"
    return f"{contrast.name} instead of {contrast.reference_name}"


def _evidence(contrast: Contrast) -> str:
    said: str = contrast.verdict()
    if said == "not enough seeds":
        said = "not enough seeds for a verdict"
    elif said == "contradicted":
        cause = "dropout" if contrast.twins else "it"
        said = f"that {cause} raises {'it' if contrast.twins else 'accuracy'} is contradicted"
    return f"{interval_words(contrast.accuracy)}: {said}"


def _renamed(contrasts: Sequence[Contrast], own: Mapping[RunConfig, str]) -> Sequence[Contrast]:
    made = {told.arm: told.name for told in contrasts}
    made |= {told.reference: told.reference_name for told in contrasts}
    names = with_own(made, own)
    return [
        replace(told, name=names[told.arm], reference_name=names[told.reference])
        for told in contrasts
    ]


def _diverged_runs(contrast: Contrast) -> list[str]:
    """Such as "2 of 3 runs with no dropout", for each of the two that has any."""
    counts = contrast.readings["last"]["gap"].diverged
    names = (contrast.reference_name, contrast.name)
    runs = contrast.accuracy.pairs
    of = f" of {runs} runs" if runs > 1 else " run"
    return [f"{n}{of} with {name}" for n, name in zip(counts, names, strict=True) if n]


def _diverged(contrasts: Sequence[Contrast]) -> list[str]:
    """Which runs of several arms diverged; a sentence and what it means, or none."""
    runs = list(dict.fromkeys(run for told in contrasts for run in _diverged_runs(told)))
    if not runs:
        return []
    more = [f"{len(runs) - 3} other arms with some"] if len(runs) > 3 else []
    return [f"Diverged: {listed([*runs[:3], *more])}.", DIVERGED_NOTE]


def _alike(contrasts: Sequence[Contrast]) -> list[list[Contrast]]:
    """Those that one sentence can tell: all, or those with a twin and those against the first."""
    if len({contrast.reference for contrast in contrasts}) == 1:
        return [list(contrasts)]
    twins = [contrast for contrast in contrasts if contrast.twins]
    others = [contrast for contrast in contrasts if not contrast.twins]
    return [group for group in (twins, others) if group]


def _left_out(contrasts: Sequence[Contrast]) -> list[str]:
    """Which seeds some contrast lacks; a sentence, or none."""
    missing = sorted({seed for contrast in contrasts for seed in contrast.missing})
    if not missing:
        return []
    seeds = [str(seed) for seed in missing[:5]]
    more = [f"{len(missing) - 5} more"] if len(missing) > 5 else []
    which = f"Seed {seeds[0]} is" if len(missing) == 1 else f"Seeds {listed([*seeds, *more])} are"
    if len(contrasts) == 1:
        return [f"{which} left out: only one of the two networks has finished there."]
    return [f"{which} left out where only one of two networks has finished."]


def _stopping(contrasts: Sequence[Contrast]) -> list[str]:
    arms = [arm for contrast in contrasts for arm in (contrast.arm, contrast.reference)]
    return [STOPPING_NOTE] if any(arm.patience is not None for arm in arms) else []


def _what_matters(contrast: Contrast) -> list[str]:
    """Where accuracy and gap alone would mislead."""
    told = []
    if contrast.arm.label_noise or contrast.reference.label_noise:
        told.append(
            "Part of the training labels are random here: a low training loss means that they "
            "were memorised, and validation accuracy, on true labels, is what counts."
        )
    estimate = contrast.readings["last"]["val_loss"]
    loss = estimate.difference
    decided = contrast.verdict("val_loss") in ("supported", "contradicted")
    meant = decided and not any(estimate.diverged)
    if meant and contrast.verdict() == "too close to call":
        low, high = sorted((abs(loss.low), abs(loss.high)))
        better = loss.mean < 0
        told.append(
            f"Accuracy is too close to call, but with {contrast.name} validation loss is "
            f"{'lower' if better else 'higher'} by {bound(abs(loss.mean), 2)} nats (95 % interval "
            f"{bound(low, 2)} to {bound(high, 2)}): right about as often, its probabilities fit "
            f"{'better' if better else 'worse'}."
        )
    return told


def _arms_told(contrasts: Sequence[Contrast], named: int) -> str:
    against = "its twin without dropout"
    if len({contrast.reference for contrast in contrasts}) == 1:
        against = contrasts[0].reference_name
    counts = sorted({contrast.accuracy.pairs for contrast in contrasts})
    seeds = f"{counts[0]} to {counts[-1]} seeds" if len(counts) > 1 else f"{counts[0]} seeds"
    if counts == [1]:
        seeds = "1 seed"
    clauses = []
    for verdict, words in _VERDICT_WORDS.items():
        arms = [contrast for contrast in contrasts if contrast.verdict() == verdict]
        arms.sort(key=lambda contrast: -abs(contrast.accuracy.mean))
        if arms:
            clauses.append(f"{words} with {_some(arms, named)}")
    intervals = ", 95 % intervals in points" if counts[-1] > 1 else ", in points"
    return f"Validation accuracy against {against} ({seeds}{intervals}): {'; '.join(clauses)}."


def _some(arms: Sequence[Contrast], named: int) -> str:
    words = [f"{contrast.name} ({_lead(contrast)})" for contrast in arms[:named]]
    left = len(arms) - len(words)
    if left:
        words.append(f"{left} {'other' if words else 'arm'}{'s' * (left != 1)}")
    return listed(words)


def _lead(contrast: Contrast) -> str:
    """Such as "+2.1, 0.9 to 3.3"; the interval is left out where it decides nothing."""
    difference = contrast.accuracy
    mean = signed(100 * difference.mean)
    if contrast.verdict() not in ("supported", "contradicted"):
        return mean
    return f"{mean}, {bound(100 * difference.low)} to {bound(100 * difference.high)}"


def _best_told(contrasts: Sequence[Contrast]) -> str:
    best = max(contrasts, key=lambda contrast: contrast.accuracy.mean)
    if best.accuracy.mean <= 0 or best.verdict() != "too close to call":
        return ""
    said = settling(best.accuracy)
    return f" {best.name[0].upper()}{best.name[1:]} looks best but is undecided. {said}."


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _moved(change: float) -> str:
    return "rose" if change > 0 else "fell"
