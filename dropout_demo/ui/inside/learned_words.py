"""What was learned and mistaken, in sentences made from the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Confusion:
    """How often one class was taken for another."""

    true: int  # classes by their numbers 0..9
    said: int
    count: int
    of: int  # images of the true class

    @property
    def share(self) -> float:
        """Of the true class's images, 0..1."""
        return self.count / self.of if self.of else 0.0


def confusions(counts: Sequence[Sequence[int]]) -> list[Confusion]:
    """Every pair of different classes, the largest share first; equal ones in their order."""
    pairs = [
        Confusion(true, said, count, sum(row))
        for true, row in enumerate(counts)
        for said, count in enumerate(row)
        if said != true
    ]
    return sorted(pairs, key=lambda pair: -pair.share)


def confusion_words(pair: Confusion, names: Sequence[str]) -> str:
    """Such as "cat taken for dog: 212 of 1,000 (21.2 %)"."""
    told = f"{pair.count:,} of {pair.of:,} ({percent(pair.share)})"
    return f"{names[pair.true]} taken for {names[pair.said]}: {told}"


def differences(
    first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]
) -> list[list[float]]:
    """Share of the second minus that of the first, in points, true x said."""
    return [
        [
            100 * (b / max(1, sum(row_b)) - a / max(1, sum(row_a)))
            for a, b in zip(row_a, row_b, strict=True)
        ]
        for row_a, row_b in zip(first, second, strict=True)
    ]


def largest_changes(
    first: Sequence[Sequence[int]],
    second: Sequence[Sequence[int]],
    names: Sequence[str],
    count: int = 5,
) -> list[str]:
    """The confusions whose shares differ most, such as "cat taken for dog: 20.1 % and 15.0 %,
    −5.1 points"; none that differ by nothing."""
    before = {(pair.true, pair.said): pair for pair in confusions(first)}
    after = {(pair.true, pair.said): pair for pair in confusions(second)}
    changes = sorted(after, key=lambda at: -abs(after[at].share - before[at].share))
    return [
        f"{names[at[0]]} taken for {names[at[1]]}: {percent(before[at].share)} and "
        f"{percent(after[at].share)}, {points(100 * (after[at].share - before[at].share))} points"
        for at in changes[:count]
        if after[at].share != before[at].share
    ]


def right_words(counts: Sequence[Sequence[int]]) -> str:
    """Such as "7,605 of 10,000 right (76.1 %)"."""
    right, total = sum(row[at] for at, row in enumerate(counts)), sum(map(sum, counts))
    return f"{right:,} of {total:,} right ({percent(right / total if total else 0.0)})"


def classes_words(classes: Sequence[Mapping[str, Any]]) -> str:
    """Such as "best: ship, 86.0 % (83.7 to 88.0); worst: cat, 55.2 % (52.1 to 58.3)"."""
    ranked = sorted(classes, key=lambda one: -_share(one))
    best, least = (_class_words(one) for one in (ranked[0], ranked[-1]))
    return f"best: {best}; worst: {least}"


def largest_gap_words(
    first: Sequence[Mapping[str, Any]],
    second: Sequence[Mapping[str, Any]],
    names: tuple[str, str],
) -> str:
    """Where two networks differ most, and whether their intervals stay apart there."""
    pairs = list(zip(first, second, strict=True))
    one, other = max(pairs, key=lambda pair: abs(_share(pair[1]) - _share(pair[0])))
    gap = 100 * (_share(other) - _share(one))
    if gap == 0:
        return "Both are right equally often in every class."
    apart = one["high"] < other["low"] or other["high"] < one["low"]
    return (
        f"They differ most at {one['name']}: {percent(_share(one))} ({names[0]}) and "
        f"{percent(_share(other))} ({names[1]}), {points(gap)} points; the intervals "
        f"{'stay apart' if apart else 'overlap'}."
    )


def filters_words(network: Mapping[str, Any]) -> str:
    """How far a network's filters have come from where they began.

    network: with "name", and of its filters "epoch" and "moved" as its answer gives them.
    """
    if network["epoch"] == 0:
        return f"{network['name']}: untrained, all weights random."
    if network["moved"] is None:
        return f"{network['name']}: after epoch {network['epoch']}."
    return (
        f"{network['name']}: by epoch {network['epoch']} its filters have moved "
        f"{100 * network['moved']:.0f} % of their first size away from their random beginning."
    )


def peaks_words(answer: Mapping[str, Any], channel: str) -> str:
    """Such as "Channel 5 of conv3 is above 0 on 62 % of 2,000 images; of its top 8, 6 are ship."

    channel: its name at the start of a sentence.
    """
    images = f"{answer['images']:,} images"
    if not answer["peaks"]:
        return f"{channel} gives 0 for all {images}: it is dead, and no image excites it."
    told = f"{channel} is above 0 somewhere on {_active(answer['active'])} of {images}"
    [(label, count)] = Counter(peak["label"] for peak in answer["peaks"]).most_common(1)
    top = len(answer["peaks"])
    if 2 * count < top or count < 2:  # half of eight by chance: in one channel of twenty
        return f"{told}; no class stands out among its top {top}."
    return f"{told}; of its top {top}, {count} are “{label}”."


def worst_words(answer: Mapping[str, Any]) -> str:
    """Such as "2,395 of 10,000 are wrong; at its surest mistake it says dog for a cat, 99.9 %"."""
    wrong = sum(map(sum, answer["counts"])) - sum(
        row[at] for at, row in enumerate(answer["counts"])
    )
    told = f"{wrong:,} of {answer['images']:,} test images are told wrongly"
    if not answer["worst"]:
        return f"{told}."
    surest = answer["worst"][0]
    return (
        f"{told}; surest of all, it says “{surest['said']}” of a “{surest['label']}” with "
        f"{percent(surest['confidence'])}."
    )


def percent(share: float) -> str:
    """A share (0..1) as "21.2 %"; never "100.0 %" for what is less, nor "0.0 %" for more."""
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.1f} %"


def points(value: float) -> str:
    """A difference in points with its sign, such as "−5.1"."""
    return "0" if not value else f"{value:+.1f}".replace("-", _MINUS)


def _active(share: float) -> str:
    return "all" if share == 1 else percent(share)


def _share(one: Mapping[str, Any]) -> float:
    return float(one["right"]) / one["count"] if one["count"] else 0.0


def _class_words(one: Mapping[str, Any]) -> str:
    ends = f"{100 * one['low']:.1f} to {100 * one['high']:.1f}"
    return f"{one['name']}, {percent(_share(one))} ({ends})"
