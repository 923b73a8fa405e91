"""Views of what trained networks get wrong: who is taken for whom, classes, the worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dropout_demo.arms import rates_of
from dropout_demo.data import CLASSES
from dropout_demo.inside.learned import WORST_SHOWN, MistakesQuestion
from dropout_demo.ui.inside.asking import answer_to, ask_in_advance
from dropout_demo.ui.inside.learned_layout import columns, with_images
from dropout_demo.ui.inside.learned_pictures import (
    change_cells,
    gallery,
    head,
    matrix,
    share_cells,
)
from dropout_demo.ui.inside.learned_words import (
    classes_words,
    confusion_words,
    confusions,
    largest_changes,
    largest_gap_words,
    percent,
    right_words,
    worst_words,
)
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plain import plain
from dropout_demo.ui.plot import Series, plot

_Told = tuple[OnShow, dict[str, Any]]
"""A run and the answer to a MistakesQuestion about it."""

_WRONG_LABELS = (
    "Not every mistake is the network's own: some of CIFAR-10's test labels are wrong themselves "
    "(Northcutt et al. 2021, “Pervasive Label Errors in Test Sets”)."
)
_MOST = 5  # confusions in words
_CELLS = {"share": "Share (%)", "count": "Count", "change": "Difference (points)"}


def _mistakes_of(shown: Sequence[OnShow]) -> list[_Told]:
    """The counts of each run that has some; the page says why another has none.

    Called below where they will be drawn: while new ones are computed the old ones stay in place.
    """
    told, question = [], MistakesQuestion()
    for one in with_images(shown):
        answer = answer_to(question, [one.network], waiting=plain(f"{one.name}: all test images …"))
        if answer is not None:
            told.append((one, answer))
            at = one.epochs.index(one.epoch)
            for near in one.epochs[max(0, at - 1) : at + 2]:
                ask_in_advance(question, [replace(one.network, epoch=near)])
    return told


def _without_dropout_first(told: Sequence[_Told]) -> list[_Told]:
    """So that a difference says what dropout did."""
    return sorted(told, key=lambda pair: bool(rates_of(pair[0].config)))


def confusions_view(shown: Sequence[OnShow]) -> None:
    """Draw who is taken for whom, a table for each run or one of their difference."""
    st.header("Which class is taken for which", anchor=False)
    comparable = len({one.config.dataset for one in shown}) < len(shown)
    choices = list(_CELLS) if comparable else list(_CELLS)[:2]
    if st.session_state.get("learned_cells") not in choices:
        st.session_state["learned_cells"] = "share"
    cells = st.segmented_control(
        "Cells",
        choices,
        format_func=_CELLS.__getitem__,
        key="learned_cells",
        required=True,
    )
    body = st.container()
    told = _mistakes_of(shown)
    with body:
        if cells == "change" and len(told) == 2:
            _change(*_without_dropout_first(told))
        else:
            for column, (one, answer) in zip(columns(told), told, strict=True):
                with column:
                    _confusion(one, answer, as_counts=cells == "count")
    _about_tests()


def _confusion(one: OnShow, answer: Mapping[str, Any], *, as_counts: bool) -> None:
    names, counts = CLASSES[one.config.dataset], answer["counts"]
    largest = [pair for pair in confusions(counts) if pair.count][:_MOST]
    matrix(
        head(one.name, one.colour),
        share_cells(counts, names, one.colour, as_counts=as_counts),
        key=f"learned_matrix_{one.colour}",
        names=names,
        caption=f"{one.name}: {right_words(counts)}. Rows are true classes, columns what it says; "
        + ("numbers of images." if as_counts else "percent of the row."),
        legend="Grey: told rightly. Full colour: 30 % of the row or more.",
    )
    st.markdown(plain(f"{right_words(counts)}. Taken for another most often:"))
    _list([confusion_words(pair, names) for pair in largest] or ["no image at all"])


def _change(first: _Told, second: _Told) -> None:
    """The second run's shares minus the first's."""
    (one, before), (other, after) = first, second
    names = CLASSES[one.config.dataset]
    said = f"{other.name} minus {one.name}"
    matrix(
        head(said, None),
        change_cells(before["counts"], after["counts"], names, (one.colour, other.colour)),
        key="learned_change",
        names=names,
        caption=f"{said}, in points. Rows are true classes, columns what is said.",
        legend="The colour is that of the run that says it more often; full at 15 points or more.",
    )
    st.markdown(plain(f"Differing most, {one.name} and {other.name}:"))
    _list(largest_changes(before["counts"], after["counts"], names) or ["nothing differs"])


def _list(lines: Sequence[str]) -> None:
    st.markdown("\n".join(f"1. {plain(line)}" for line in lines))


def classes_view(shown: Sequence[OnShow]) -> None:
    """Draw the accuracy of each class with its interval."""
    st.header("How often each class is told rightly", anchor=False)
    body = st.container()
    told = _mistakes_of(shown)
    with body:
        for dataset in dict.fromkeys(one.config.dataset for one, _ in told):
            _classes_chart(dataset, [pair for pair in told if pair[0].config.dataset == dataset])
    _about_tests()


def _classes_chart(dataset: str, told: Sequence[_Told]) -> None:
    sentences = [f"{one.name}, {classes_words(answer['classes'])}." for one, answer in told]
    series = [
        Series(
            name=one.name,
            x=[each["name"] for each in answer["classes"]],
            y=[each["right"] / max(1, each["count"]) for each in answer["classes"]],
            low=[each["low"] for each in answer["classes"]],
            high=[each["high"] for each in answer["classes"]],
            colour=one.colour,
            form="bars",
        )
        for one, answer in told
    ]
    plot(
        series,
        key=f"learned_classes_{dataset}",
        title="Test accuracy of each class, with 95 % intervals",
        x_title="true class",
        y_title="told rightly",
        alt=f"Accuracy of each class. {' '.join(sentences)}",
        y_range=(0, 1),
        percent=True,
    )
    if len(told) == 2:
        (one, first), (other, second) = _without_dropout_first(told)
        names = (one.name, other.name)
        sentences.append(largest_gap_words(first["classes"], second["classes"], names))
    st.markdown("  \n".join(plain(sentence) for sentence in sentences))


def worst_view(shown: Sequence[OnShow]) -> None:
    """Draw the wrong answers that each network was surest of."""
    st.header("The mistakes it is surest of", anchor=False)
    body = st.container()
    told = _mistakes_of(shown)
    with body:
        _galleries(told)
    named = any(one.config.dataset == "cifar10" for one, _ in told)
    _about_tests(_WRONG_LABELS if named else "")


def _galleries(told: Sequence[_Told]) -> None:
    for column, (one, answer) in zip(columns(told), told, strict=True):
        with column:
            gallery(
                head(one.name, one.colour),
                [_mistake(mistake) for mistake in answer["worst"]],
                key=f"learned_worst_{one.colour}",
                places=WORST_SHOWN,
                lines=3,
            )
            st.markdown(plain(worst_words(answer)))


def _mistake(mistake: Mapping[str, Any]) -> dict[str, Any]:
    sure, label, said = percent(mistake["confidence"]), mistake["label"], mistake["said"]
    return {
        "picture": mistake["picture"],
        "alt": f"{label}, taken for {said} with {sure}",
        "lines": [label, f"said: {said}", sure],
    }


def _about_tests(more: str = "") -> None:
    with st.expander("What was counted"):
        st.markdown(
            "All test images (CIFAR-10: 10,000; drawn shapes: 2,000), each class equally often, "
            "in one pass with masks off. Nothing in the Lab is chosen by them. Intervals are "
            "Wilson's, for a share of the images of a class: they say how far other images of the "
            "same kind might move it, not what another seed would give. Computed in fp32: the "
            "Lab's number is of the format that the run trained in, a few images off perhaps. "
            + more
        )
