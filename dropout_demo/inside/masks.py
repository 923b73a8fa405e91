"""The question of masks on one image: what a mask at one layer does to all that follows."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, Strict, model_validator

from dropout_demo.config import KINDS_AT, MAX_SEED, Float, Int, Layer
from dropout_demo.inside.questions import Question
from dropout_demo.problems import Problem, shown
from dropout_demo.wording import no_sense

PIXEL_BYTES = 32 * 32 * 3
TEST_IMAGES = 10_000
CONVOLUTIONS: tuple[Layer, ...] = ("conv1", "conv2", "conv3")


class Masks(Question):
    """Draw mask `seed` at a layer, for one image, in one network or in two alike.

    index: the image's place in the test set of the first network's data; or pixels: base64 of
    32 x 32 x 3 bytes, row by row, red green blue. drop: single numbers or whole channels, which
    only maps have. pool: whether the mask acts before or after a convolution's 2 x 2 max-pool.
    every_map: give all maps of the mask's layer as pictures instead of the first few.
    """

    kind: ClassVar[str] = "masks"
    quick: ClassVar[bool] = True
    most_networks: ClassVar[int] = 2

    index: Annotated[Int | None, Field(ge=0, lt=TEST_IMAGES)] = None
    pixels: Annotated[str, Strict()] | None = None
    layer: Layer = "flatten"
    rate: Annotated[Float, Field(ge=0, lt=1)] = 0.25
    drop: Literal["element", "channel"] = "element"
    pool: Literal["before", "after"] = "after"
    seed: Annotated[Int, Field(ge=0, le=MAX_SEED)] = 1
    every_map: Annotated[bool, Strict()] = False

    @property
    def private(self) -> bool:
        """A learner's own picture is not to be kept."""
        return self.pixels is not None

    @model_validator(mode="after")
    def _has_one_image(self) -> Self:
        given = [name for name in ("index", "pixels") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) if given else "missing"
            raise no_sense(Problem("image", said, "either index or pixels"))
        if self.pixels is not None:
            pixels_of(self.pixels)
        return self

    @model_validator(mode="after")
    def _acts_where_it_can(self) -> Self:
        if self.drop not in KINDS_AT[self.layer]:
            where = f"element at {self.layer}; channels need the maps of the image or a convolution"
            raise no_sense(Problem("drop", shown(self.drop), where))
        if self.pool == "before" and self.layer not in CONVOLUTIONS:
            where = f"after at {self.layer}; only a convolution is pooled"
            raise no_sense(Problem("pool", shown(self.pool), where))
        return self


def pixels_of(text: str) -> bytes:
    """The bytes of an image, from base64. Raises what pydantic tells as a problem."""
    allowed = f"base64 of exactly {PIXEL_BYTES:,} bytes, 32 × 32 pixels of red, green and blue"
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: letters beyond ASCII
        raise no_sense(Problem("pixels", shown(text), allowed)) from None
    if len(pixels) != PIXEL_BYTES:
        raise no_sense(Problem("pixels", f"{len(pixels):,} bytes", allowed))
    return pixels
