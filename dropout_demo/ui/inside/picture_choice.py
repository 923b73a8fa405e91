"""Choosing a picture: a test image by class or among the mistakes, an upload, the camera."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from immutabledict import immutabledict
from streamlit.delta_generator import DeltaGenerator

from dropout_demo.data import CLASSES, DataError, Split, load
from dropout_demo.data import status as data_status
from dropout_demo.inside.choices import Choices
from dropout_demo.inside.uploads import FORMATS, PIXEL_BYTES, UploadRefused, read_upload
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.component import component
from dropout_demo.ui.inside.asking import answer_to
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.palette import arm_colour
from dropout_demo.ui.plain import plain

SHEET: Mapping[str, str] = immutabledict({"sheet": "Blank sheet"})
TEST_SOURCES: Mapping[str, str] = immutabledict({"class": "By class", "wrong": "It gets wrong"})
OWN_SOURCES: Mapping[str, str] = immutabledict({"upload": "Upload", "camera": "Camera"})
_DATASETS = {"cifar10": "CIFAR-10", "shapes": "the drawn shapes"}
_PRIVACY = (
    "Only the middle square is used, at 32 × 32 pixels. It stays in this session: it is never "
    "kept on a disk nor shown to anybody else."
)


@dataclass(frozen=True)
class Picture:
    """A chosen picture.

    pixels: uint8 (32, 32, 3), row after row, red green blue: 3,072 bytes. index: its place in the
    test set of the first opened run, and label its class, 0..9; None for a picture of the
    learner's own. words: what it is, such as "test image 27, a cat".
    """

    pixels: bytes
    index: int | None
    label: int | None
    words: str


BLANK = Picture(b"\xff" * PIXEL_BYTES, None, None, "a blank sheet")

# As high as the boxes and buttons beside it; where there is no room, on two lines.
_SOURCE_STYLE = """<style>
.st-key-{key}_source [data-testid="stButtonGroup"] button {{ min-height: 2.5rem; }}
.st-key-{key}_source [data-testid="stButtonGroup"] div:has(> button) {{
  flex-wrap: wrap;
  row-gap: 0.375rem;
}}
</style>"""

_SCRIPTS = ("nodes.js", "inside/pixels.js", "inside/picture_choice.js")


def chosen_picture(
    shown: Sequence[OnShow], key: str, *, show: bool = True, sheet: bool = False
) -> Picture | None:
    """The picture that the learner chose; None while there is none, which the page then says.

    show: draw it too, with what it is and what each opened network says of it. sheet: offer
    `BLANK` before all others. Test images are those of the first opened run's data. To be called
    in a fragment; `key` names its widgets.
    """
    with st.container(key=key):
        st.html(_SOURCE_STYLE.format(key=key))
        test = _test_images(shown[0].config.dataset)
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        others = [*([SHEET] if sheet else []), *([TEST_SOURCES] if test is not None else [])]
        source = _source(row, key, others)
        if source in SHEET:
            picture: Picture | None = BLANK
        elif test is None or source in OWN_SOURCES:
            picture = _own_picture(source, key)
        elif source == "wrong":
            picture = _wrong(row, shown, test, key)
        else:
            picture = _of_a_class(row, shown, test, key)
        if picture is not None and show:
            component("picture_choice", _SCRIPTS, ("inside/picture_choice.css",))(
                key=f"{key}_picture", data=_told(picture, shown)
            )
    return picture


def to_ask(shown: Sequence[OnShow]) -> list[dict[str, Any]]:
    """The opened networks as scripts in the browser name, colour and ask them."""
    told = []
    for one in shown:
        colour = {"light": arm_colour(one.colour).light, "dark": arm_colour(one.colour).dark}
        told.append({"run": one.run, "epoch": one.epoch, "name": one.name, "colour": colour})
    return told


def classify_path() -> str:
    """Where scripts in the browser ask what networks see in a picture."""
    return f"{base_path()}/api/inside/classify"


def _test_images(dataset: str) -> Split | None:
    """The test set, if it can be had without waiting; else says why it cannot."""
    name = _DATASETS[dataset]
    try:
        if data_status(dataset).prepared:
            return load(dataset).test
        why = f"The images of {name} are not prepared here; the System page does that."
    except DataError as error:
        why = str(error)
    st.caption(plain(f"{why} A picture of your own works without them."))
    return None


def _source(row: DeltaGenerator, key: str, others: Sequence[Mapping[str, str]]) -> str:
    """Which way to choose. Kept, for Streamlit forgets widgets that were not drawn."""
    offered = {name: label for some in (*others, OWN_SOURCES) for name, label in some.items()}
    kept = st.session_state.get(f"{key}_kept_source")
    widget = f"{key}_source"
    if st.session_state.get(widget) not in offered:
        st.session_state[widget] = kept if kept in offered else next(iter(offered))
    source = row.segmented_control(
        "Picture", list(offered), format_func=offered.__getitem__, key=widget, required=True
    )
    assert source is not None
    st.session_state[f"{key}_kept_source"] = source
    return source


def _of_a_class(
    row: DeltaGenerator, shown: Sequence[OnShow], test: Split, key: str
) -> Picture | None:
    names = CLASSES[shown[0].config.dataset]
    widget, kept = f"{key}_class", f"{key}_kept_class"
    if widget not in st.session_state:
        st.session_state[widget] = st.session_state.get(kept, 0)
    label = row.selectbox(
        "Class", range(len(names)), format_func=names.__getitem__, key=widget, width=160
    )
    st.session_state[kept] = label
    places = np.flatnonzero(test.labels == label)
    at = _stepped(row, f"{key}_at_class_{label}", len(places))
    return _test_picture(shown, test, int(places[at]))


def _wrong(row: DeltaGenerator, shown: Sequence[OnShow], test: Split, key: str) -> Picture | None:
    one = shown[0]
    if len(shown) > 1 and shown[1].config.dataset == one.config.dataset:
        place = row.selectbox(
            "Network",
            range(len(shown)),
            format_func=lambda at: shown[at].name,
            key=f"{key}_by",
            width=220,
        )
        one = shown[place or 0]
    slot = row.container(horizontal=True, gap="small", width="content")
    told = answer_to(Choices(), [one.network], waiting="Looking through 1,000 test images …")
    if told is None:
        return None
    if not told["wrong"]:
        st.info(f"It gets none of the first {told['looked_at']:,} test images wrong.")
        return None
    at = _stepped(slot, f"{key}_at_wrong_{one.run}_{one.epoch}", len(told["wrong"]))
    return _test_picture(shown, test, told["wrong"][at]["index"])


def _stepped(row: DeltaGenerator, key: str, count: int) -> int:
    """A place, 0 to count - 1, and two buttons to go on and back; the last is next to the first."""

    def step(by: int) -> None:
        st.session_state[key] = (st.session_state.get(key, 0) + by) % count

    for by, label, icon in ((-1, "Previous", "chevron_left"), (1, "Next", "chevron_right")):
        row.button(
            label, icon=f":material/{icon}:", key=f"{key}_{label}", on_click=step, args=(by,)
        )
    return int(st.session_state.get(key, 0)) % count


def _test_picture(shown: Sequence[OnShow], test: Split, index: int) -> Picture:
    label = int(test.labels[index])
    name = CLASSES[shown[0].config.dataset][label]
    a = "an" if name[0] in "aeiou" else "a"
    words = f"test image {index:,}, {a} {name}"
    return Picture(test.images[index].tobytes(), index, label, words)


def _own_picture(source: str, key: str) -> Picture | None:
    if source == "camera":
        file = st.camera_input("Take a picture", key=f"{key}_camera", help=_PRIVACY, width=420)
    else:
        types = ["jpg", *(name.lower() for name in FORMATS)]
        file = st.file_uploader("Choose a picture", types, key=f"{key}_upload", help=_PRIVACY)
    if file is None:
        st.session_state.pop(f"{key}_read", None)
        st.caption(_PRIVACY)
        return None
    name, data = file.file_id, file.getvalue()
    try:
        return Picture(_read_once(key, name, data), None, None, "your picture")
    except UploadRefused as refused:
        st.error(plain(str(refused)), icon=":material/broken_image:")
        return None


def _read_once(key: str, name: str, data: bytes) -> bytes:
    """The pixels of a file, kept in this session alone until another file takes its place.

    Raises UploadRefused, again for the same file without reading it again.
    """
    kept: tuple[str, bytes | UploadRefused] | None = st.session_state.get(f"{key}_read")
    if kept is None or kept[0] != name:
        try:
            kept = (name, read_upload(data))
        except UploadRefused as refused:
            kept = (name, refused)
        st.session_state[f"{key}_read"] = kept
    if isinstance(kept[1], UploadRefused):
        raise UploadRefused(str(kept[1]))
    return kept[1]


def _told(picture: Picture, shown: Sequence[OnShow]) -> dict[str, Any]:
    """What the browser is told, as JSON values."""
    names = CLASSES[shown[0].config.dataset]
    title = picture.words[0].upper() + picture.words[1:]
    judged = [
        picture.label is not None and one.config.dataset == shown[0].config.dataset for one in shown
    ]
    return {
        "pixels": base64.b64encode(picture.pixels).decode(),
        "title": title,
        "alternative": f"{title}, 32 by 32 pixels, shown large",
        "label": None if picture.label is None else names[picture.label],
        "networks": [
            told | {"judged": its} for told, its in zip(to_ask(shown), judged, strict=True)
        ],
        "path": classify_path(),
    }
