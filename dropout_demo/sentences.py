"""What a comparison came to, in plain words that agree with the numbers they show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dropout_demo.arms import listed, rates_in_words
from dropout_demo.contrasts import Contrast
from dropout_demo.readings import MEASURES, READING_WORDS, READINGS
from dropout_demo.stats import Difference, Verdict, seeds_to_settle

MOST_WORDS = 60
"""Words that a sentence over several arms keeps to, by naming fewer of them."""

CHANCE_NOTE = "Of such intervals one in twenty misleads by chance."
GUESS_NOTE = "a guess from the spread of these few"

_VERDICT_WORDS: Mapping[Verdict, str] = {
    "supported": "higher",
    "contradicted": "lower",
    "too close to call": "too close to call",
    "not enough seeds": "not enough seeds for a verdict",
}


def answer(contrasts: Sequence[Contrast]) -> list[str]:
    """All that is to be said of a comparison, the verdict first; empty without a contrast."""
    if not contrasts:
        return []
    if len(contrasts) == 1:
        return [contrast_sentence(contrasts[0]), *remarks(contrasts[0])]
    notes = [note for told in contrasts for note in _what_matters(told)]
    decided = any(told.verdict() in ("supported", "contradicted") for told in contrasts)
    chance = [CHANCE_NOTE] if decided else []
    return [arms_sentence(contrasts), *chance, *list(dict.fromkeys(notes))[:1]]


def contrast_sentence(contrast: Contrast) -> str:
    """One arm against another at the last epoch: gap, validation accuracy and verdict."""
    last = contrast.readings["last"]
    gap = last["gap"]
    before, after = rounded(gap.reference.mean, 2), rounded(gap.arm.mean, 2)
    points = rounded(100 * contrast.accuracy.mean, 1)
    what = "the gap between training and validation loss"
    if min(before, after) < 0:  # a gap of less than nothing would puzzle
        what = "validation loss minus training loss"
    moved = f"{_moved(after - before)} from {before:.2f} to {after:.2f}"
    if before == after:
        moved = f"stayed at {after:.2f}"
    went = f"{_moved(points)} by {abs(points):.1f} points"
    if points == 0:
        went = "stayed the same to a tenth of a point"
    join = "and" if _sign(points) == -_sign(after - before) else "but"
    return (
        f"With {_subject(contrast)} {what} {moved}, {join} validation accuracy {went} "
        f"({_evidence(contrast)})."
    )


def remarks(contrast: Contrast) -> list[str]:
    """What else a reader must know of one contrast; often nothing."""
    told = _what_matters(contrast)
    if contrast.missing:
        seeds = listed([str(seed) for seed in contrast.missing[:5]])
        more = f" and {len(contrast.missing) - 5} more" if len(contrast.missing) > 5 else ""
        which = f"Seed {seeds} is" if len(contrast.missing) == 1 else f"Seeds {seeds}{more} are"
        told.append(f"{which} left out: only one of the two networks has finished there.")
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

    At most MOST_WORDS words. Where arms have different references, only those with a twin count.
    Raises ValueError for no contrast.
    """
    shown = list(contrasts)
    if len({contrast.reference for contrast in shown}) > 1:
        shown = [contrast for contrast in shown if contrast.twins]
    for named in (3, 2, 1, 0):
        said = f"{_arms_told(shown, named)}{_best_told(shown)}"
        if len(said.split()) <= MOST_WORDS:
            break
    return said


def readings_table(contrast: Contrast) -> list[dict[str, Any]]:
    """Rows for a table: each measure at each reading.

    Accuracies and their differences in points (0..100), losses in nats; `effect` is d_z, without a
    unit; numbers are not rounded, and nan where there are too few seeds. `seeds` says how many
    pairs a row rests on, `verdict` what becomes of the `claim` that the arm is higher or lower.
    """
    rows = []
    for reading in READINGS:
        for name, measure in MEASURES.items():
            estimate = contrast.estimate(name, reading)
            if estimate is None:
                continue
            factor = 100 if measure.unit == "fraction" else 1
            difference = estimate.difference
            rows.append(
                {
                    "reading": READING_WORDS[reading],
                    "measure": measure.words,
                    "unit": "points" if factor == 100 else "nats",
                    "reference": factor * estimate.reference.mean,
                    "arm": factor * estimate.arm.mean,
                    "difference": factor * difference.mean,
                    "low": factor * difference.low,
                    "high": factor * difference.high,
                    "effect": difference.effect,
                    "seeds": difference.pairs,
                    "claim": measure.claimed,
                    "verdict": contrast.verdict(name, reading),
                }
            )
    return rows


def interval_words(difference: Difference, factor: float = 100, digits: int = 1) -> str:
    """Such as "3 seeds, 95 % interval 0.9 to 3.3"; without an interval the seeds alone."""
    seeds = f"{difference.pairs} seed{'s' * (difference.pairs != 1)}"
    if math.isnan(difference.low):
        return seeds
    low, high = (bound(factor * end, digits) for end in (difference.low, difference.high))
    return f"{seeds}, 95 % interval {low} to {high}"


def rounded(value: float, digits: int) -> float:
    """Never -0.0."""
    return round(value, digits) + 0.0


def bound(value: float, digits: int = 1) -> str:
    """With so many decimals; a value that only rounding would put at 0 keeps a digit."""
    kept = abs(value) >= 0.5 * 10**-digits or value == 0
    return f"{value + 0.0:.{digits}f}" if kept else f"{value:.1g}"


def _subject(contrast: Contrast) -> str:
    if contrast.twins and contrast.reference_name == "no dropout":
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


def _what_matters(contrast: Contrast) -> list[str]:
    """Where accuracy and gap alone would mislead."""
    told = []
    if contrast.arm.label_noise or contrast.reference.label_noise:
        told.append(
            "Part of the training labels are random here: a low training loss means that they "
            "were memorised, and validation accuracy, on true labels, is what counts."
        )
    loss = contrast.readings["last"]["val_loss"].difference
    decided = contrast.verdict("val_loss") in ("supported", "contradicted")
    if decided and contrast.verdict() == "too close to call":
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
    mean = bound(100 * difference.mean)
    signed = mean if mean.startswith("-") or difference.mean == 0 else f"+{mean}"
    if contrast.verdict() not in ("supported", "contradicted"):
        return signed
    return f"{signed}, {bound(100 * difference.low)} to {bound(100 * difference.high)}"


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
