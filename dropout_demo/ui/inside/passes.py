"""The panel "One network or many": masked passes, one scaled pass, and different networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import streamlit as st

from dropout_demo.arms import listed, rates_of
from dropout_demo.config import Dropout
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.passes import IMAGES, IMAGES_FROM, PASSES, PassesQuestion
from dropout_demo.ui.inside.asking import answers_to, images_are_here
from dropout_demo.ui.inside.on_show import OnShow, siblings
from dropout_demo.ui.inside.passes_charts import (
    TITLES,
    Answer,
    Asked,
    curve_chart,
    reliability_chart,
)
from dropout_demo.ui.inside.passes_pictures import least_sure
from dropout_demo.ui.inside.passes_words import (
    averages_words,
    calibration_words,
    comparison_rows,
    unexpected,
    unsure_words,
    waiting_words,
)
from dropout_demo.ui.plain import plain
from dropout_demo.weights import epochs_in

_VIEW, _MASKS, _DRAW, _MEASURE = (f"passes_{name}" for name in ("view", "masks", "draw", "measure"))
_OWN = "its own"
_ADDED = {_OWN: None, "0.1 put in": 0.1, "0.25 put in": 0.25, "0.5 put in": 0.5}
_MASKS_HELP = (
    "Its own: the dropout it learned with. Put in: masks at flatten and fc1 instead, after "
    "training; the network never learned with them."
)


def passes_panel(shown: Sequence[OnShow]) -> None:
    """Draw the view that the learner chose, for one or two opened runs."""
    st.html(f"<style>{(files('dropout_demo.ui.inside') / 'passes.css').read_text('utf-8')}</style>")
    st.header("Many masks are many networks; one scaled pass stands for them", anchor=False)
    if not images_are_here(one.config for one in shown):
        return
    st.session_state.setdefault(_MEASURE, "accuracy")
    added = _controls()
    with st.container(key="passes-told"):
        places = [st.empty() for _ in shown]
        if added is not None:
            st.caption(_put_in_words(shown, added))
    view = st.session_state[_VIEW]
    asked = []
    for place, one in zip(places, shown, strict=True):
        if added is None and not rates_of(one.config):
            with place.container():
                _say_why_not(one, alone=len(shown) == 1)
            continue
        with place.container():  # the bar, or why there is no answer
            answer = _ask(one, added)
        if answer is not None:
            asked.append((one, answer))
            name = f"**{plain(one.name)}.** " if len(shown) > 1 else ""
            place.markdown(name + plain(_VIEWS[view].sentence(answer)))
    if asked:
        _VIEWS[view].draw(asked)
        _about(asked[0][1], _VIEWS[view].note)


def _controls() -> float | None:
    """What to look at and which masks; gives the rate of masks put in, None for its own."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.segmented_control("Show", list(_VIEWS), key=_VIEW, default=_FIRST, required=True)
    masks = right.segmented_control(
        "Masks", list(_ADDED), key=_MASKS, default=_OWN, required=True, help=_MASKS_HELP
    )
    assert masks is not None
    return _ADDED[masks]


def _ask(one: OnShow, added: float | None) -> Answer | None:
    """The whole answer; None after the page has said why there is none."""
    images = IMAGES if added is not None else _images_for(one)
    question = PassesQuestion(images=images, added=added, draw=st.session_state.get(_DRAW, 0))
    networks, line = _networks(one), st.empty()
    answer: Answer | None = None
    waiting = f"Drawing {PASSES} masks for each of {images:,} images …"
    for answer in answers_to(question, networks, waiting=waiting):
        if "curve" not in answer:
            line.caption(waiting_words(answer))
    if answer is None or "curve" not in answer:
        line.empty()
        return None
    missing = len(networks) - max(1, len(answer["ensemble"]))
    if missing:
        st.caption(f"{missing} of {len(networks)} seeds left out: the file cannot be read.")
    return answer


def _images_for(one: OnShow) -> int:
    """Fewer where this network's own masks begin early."""
    first = next(iter(rates_of(one.config)), "flatten")
    return IMAGES_FROM.get(first, IMAGES)


def _networks(one: OnShow) -> list[NetworkRef]:
    """The network and those of the arm's other seeds that are kept after the same epoch."""
    others = [
        replace(ref, epoch=one.epoch)
        for ref in siblings(one)
        if one.epoch == 0 or one.epoch in epochs_in(ref.folder)
    ]
    return [one.network, *others]


def _put_in_words(shown: Sequence[OnShow], added: float) -> str:
    """What was put in, and which networks never learned with it."""
    masks = {"flatten": Dropout(added), "fc1": Dropout(added)}
    new = [f"“{plain(one.name)}”" for one in shown if dict(one.config.dropout) != masks]
    told = f"Masks of rate {added:g} are put in at flatten and fc1 after training"
    return f"{told}; {listed(new)} never learned with them." if new else f"{told}, as in training."


def _say_why_not(one: OnShow, *, alone: bool) -> None:
    if not alone:
        st.caption(f"“{plain(one.name)}”: without masks, all passes are the same.")
        return
    st.info(
        "This network has no dropout: without masks every pass is the same pass. Put masks in, "
        "above, to see what they do to a network that never learned with them.",
        icon=":material/layers_clear:",
    )


def _averages(asked: Sequence[Asked]) -> None:
    measure = st.segmented_control(
        "Measure",
        list(TITLES),
        format_func=lambda name: TITLES[name][0],
        key=_MEASURE,
        required=True,
        label_visibility="collapsed",
    )
    assert measure is not None
    curve_chart(asked, measure)
    notes = [note for _, answer in asked for note in unexpected(answer)]
    for note in dict.fromkeys(notes):
        st.markdown(plain(note))
    with st.expander("Compared over images"):
        st.markdown(_table(asked))
        st.caption("In brackets 95 % intervals: what another set of as many images might give.")


def _table(asked: Sequence[Asked]) -> str:
    """A Markdown table; names are foreign text and escaped."""
    heads = ["", "accuracy", "loss (nats an image)", "calibration error"]
    rows = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for one, answer in asked:
        name = f"{plain(one.name)}: " if len(asked) > 1 else ""
        rows += [f"| {name}{who} | {' | '.join(cells)} |" for who, cells in comparison_rows(answer)]
    return "\n".join(rows)


def _reliability(asked: Sequence[Asked]) -> None:
    for place, column in enumerate(st.columns(len(asked))):
        with column:
            reliability_chart(*asked[place], place)
    with st.expander("How to read this"):
        st.markdown(
            "Images are gathered by confidence, the share of the likeliest class, in 15 bins. On "
            "the diagonal a network is right as often as it is sure; below it, it is too sure. The "
            "calibration error is the mean distance from the diagonal, by images (Guo et al. "
            "2017). Points of fewer than 10 images are left out; the band is Wilson's 95 % "
            "interval over images. With 2,000 images even a well calibrated network shows an error "
            "of a percent or two; with fewer it shows more."
        )


def _about(answer: Answer, note: str) -> None:
    """What the numbers are of, the button for other masks, and why it works."""
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.caption(
        f"The first {answer['images']:,} images of the test set, never used to train or to choose. "
        f"{note.format(passes=answer['passes'])}"
    )
    right.button("Draw other masks", key="passes-redraw", width="stretch", on_click=_redraw)
    with st.expander("Why one scaled pass stands for many"):
        st.markdown(
            "Each mask leaves another thinned network; all share their weights. With masks off and "
            "kept numbers scaled while learning, one pass gives about what the mean over all masks "
            "would: exactly so for one linear layer, nearly so with ReLU and softmax in between. "
            "Averaging T masked passes (Monte Carlo dropout, Gal and Ghahramani 2016) comes closer "
            "to that mean with T, costs T times as much, and also tells how far the masks "
            "disagree. Networks from other seeds differ in more than masks, so their mean usually "
            "gains more."
        )


def _redraw() -> None:
    st.session_state[_DRAW] = st.session_state.get(_DRAW, 0) + 1


@dataclass(frozen=True)
class _View:
    """One way of looking: the sentence on an answer, its pictures, and what they show of spread."""

    sentence: Callable[[Answer], str]
    draw: Callable[[Sequence[Asked]], None]
    note: str


_VIEWS: Mapping[str, _View] = {
    "Averages": _View(
        lambda told: averages_words(told, st.session_state[_MEASURE]),
        _averages,
        "Band: where 95 % of single draws of T masks lie, reckoned from {passes} passes.",
    ),
    "Calibration": _View(calibration_words, _reliability, "Band: 95 % interval over images."),
    "Least sure": _View(
        unsure_words, least_sure, "Whiskers: where 95 % of the {passes} masked passes lie."
    ),
}
_FIRST = "Averages"
