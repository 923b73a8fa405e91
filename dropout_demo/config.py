"""What a run is: one frozen, validated, hashable configuration. Every limit stands here once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, get_args

import pydantic
from immutabledict import immutabledict
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    field_serializer,
    field_validator,
)
from pydantic_core import PydanticCustomError

from dropout_demo.addresses import as_query, fields_of
from dropout_demo.presets import PRESETS as PRESETS
from dropout_demo.presets import with_preset
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.wording import bounds, no_sense, problems_of

Dataset = Literal["cifar10", "shapes"]
Layer = Literal["input", "conv1", "conv2", "conv3", "flatten", "fc1", "logits"]
Kind = Literal["element", "channel", "block", "gaussian", "connect"]
DropoutSchedule = Literal["always", "early", "late", "growing"]
BatchNorm = Literal["none", "before", "after"]
Augmentation = Literal["none", "flip", "crop", "flip-crop"]
Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "step"]
Precision = Literal["auto", "fp32", "bf16"]

LAYERS: tuple[Layer, ...] = get_args(Layer)
"""Where dropout may stand, in the order in which an image passes."""

_MAPS: tuple[Kind, ...] = ("element", "channel", "block", "gaussian")
_UNITS: tuple[Kind, ...] = ("element", "gaussian")
_DENSE: tuple[Kind, ...] = ("element", "gaussian", "connect")

KINDS_AT: Mapping[Layer, tuple[Kind, ...]] = immutabledict(
    {
        **dict.fromkeys(("input", "conv1", "conv2", "conv3"), _MAPS),
        "flatten": _UNITS,
        "fc1": _DENSE,
        "logits": _DENSE,
    }
)
"""Kinds of dropout that make sense at a layer: channels and blocks need maps, DropConnect needs
the weights of a dense layer."""

_NEEDS: Mapping[str, str] = immutabledict(
    channel="channels need the maps of the image or a convolution",
    block="blocks need the maps of the image or a convolution",
    connect="DropConnect needs the weights of a dense layer, fc1 or logits",
)

TRAIN_IMAGES: Mapping[str, int] = {"cifar10": 45_000, "shapes": 10_000}
"""Training images there are, after validation images were set aside."""

DEFAULT_TRAIN_SIZE: Mapping[str, int] = {"cifar10": 45_000, "shapes": 4_000}

RATES = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Dropout rates that the pages offer; any 0 <= p < 1 is a valid configuration."""

MAX_SEED = 2**31 - 1
MAX_EPOCHS = 500
MAX_ARMS = 12
MAX_SEEDS_AN_ARM = 10
MAX_RUNS_A_REQUEST = 120
MAX_QUEUED_AN_OWNER = 240
MAX_QUEUED = 2_000
MAX_QUEUED_OUTSIDE = 1_400  # of them those of no class: others' many leave a class its room
MAX_STREAMS = 1_000
MAX_RUNS_A_STREAM = 120
MAX_NAME_CHARACTERS = 60
MAX_IMPORT_BYTES = 8 * 1024 * 1024
MAX_BODY_BYTES = 256 * 1024
MAX_UPLOAD_BYTES = 5 * 1024 * 1024
MAX_QUESTIONS = 400
MAX_WEIGHTS_BYTES = 4 * 1024**3
MAX_QUERY_CHARACTERS = 8_000
MAX_PROBLEMS_TOLD = 50


def _without_minus_zero(value: float) -> float:
    return value + 0.0  # -0.0 and 0.0 are equal, so they must have one hash


Int = Annotated[int, Strict()]
Float = Annotated[float, Strict(), Field(allow_inf_nan=False), AfterValidator(_without_minus_zero)]


@pydantic.dataclasses.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Dropout:
    """Dropout at one layer: `p` is the probability of *dropping*, 0 <= p < 1, as in torch's own.

    `Dropout(0.25)` drops single elements with probability 0.25 and scales the kept ones by 1/0.75.
    `masks.py` and `kinds.py` say what the other kinds do, `KINDS_AT` where each may stand.
    """

    p: Annotated[Float, Field(ge=0, lt=1)]
    kind: Kind = "element"


def _dropout_from_number(value: Any) -> Any:
    """Let `{"fc1": 0.5}` stand for `{"fc1": {"p": 0.5}}`."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"p": value} if is_number else value


def _in_layer_order(value: Mapping[Layer, Dropout]) -> immutabledict[Layer, Dropout]:
    return immutabledict((layer, value[layer]) for layer in LAYERS if layer in value)


def _where_it_makes_sense(value: Mapping[Layer, Dropout]) -> Mapping[Layer, Dropout]:
    """Refuse kinds at layers where they mean nothing, all of them at once."""
    wrong = [
        Problem(
            f"dropout.{at}.kind",
            shown(drop.kind),
            f"{' or '.join(KINDS_AT[at])} at this layer; {_NEEDS[drop.kind]}",
        )
        for at, drop in value.items()
        if drop.kind not in KINDS_AT[at]
    ]
    if wrong:
        raise no_sense(*wrong)
    return value


LayerDropout = Annotated[Dropout, BeforeValidator(_dropout_from_number)]


class RunConfig(BaseModel):
    """One training run, complete. Made from keywords, JSON, an address query or a preset.

    Raises pydantic.ValidationError with every problem at once; `parse` gives them as sentences.
    Two equal configurations train the same network to the last bit on one machine with one
    thread count. A new field must have a default that leaves old runs as they were: stored runs
    and hashes then stay valid.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: Dataset = Field("cifar10", description="Images to train on.")
    train_size: Int = Field(
        default_factory=lambda known: DEFAULT_TRAIN_SIZE[known.get("dataset", "cifar10")],
        ge=10,
        description="Training images used; a balanced prefix of the training set.",
    )
    width: Float = Field(
        1.0, ge=0.125, le=4, description="Multiplies the number of units of every hidden layer."
    )
    padding: Int = Field(
        0, ge=0, le=1, description="Zeros around each convolution's input, in pixels."
    )
    dropout: Annotated[
        Mapping[Layer, LayerDropout],
        AfterValidator(_in_layer_order),
        AfterValidator(_where_it_makes_sense),
    ] = Field(
        default_factory=immutabledict, description="Dropout by layer; layers not named have none."
    )
    dropout_schedule: DropoutSchedule = Field(
        "always",
        description="When dropout acts: always, in the first or second half of all steps, "
        "or growing from 0 to its rate.",
    )
    optimizer: Optimizer = Field("adam", description="Rule for the weight updates.")
    learning_rate: Float = Field(0.001, gt=0, le=10, description="Size of the update steps.")
    momentum: Float = Field(
        0.9, ge=0, lt=1, description="Share of the last update kept; used by SGD alone."
    )
    schedule: Schedule = Field(
        "constant",
        description="Learning rate over the run: constant, cosine to zero, "
        "or a tenth at half and again at three quarters.",
    )
    weight_decay: Float = Field(
        0.0, ge=0, le=1, description="L2 penalty on all parameters (AdamW: decoupled)."
    )
    max_norm: Float | None = Field(
        None, gt=0, le=100, description="Bound on the norm of each unit's incoming weights."
    )
    batch_size: Int = Field(128, ge=1, le=4_096, description="Images an update step.")
    epochs: Int = Field(15, ge=1, le=MAX_EPOCHS, description="Passes over the training images.")
    seed: Int = Field(0, ge=0, le=MAX_SEED, description="Seeds weights, order and masks.")
    precision: Precision = Field("auto", description="Number format of the arithmetic.")
    batch_norm: BatchNorm = Field(
        "none",
        description="Batch normalisation in every hidden layer: before or after its dropout.",
    )
    augmentation: Augmentation = Field(
        "none",
        description="Training images mirrored at random, cut out anew after 4 pixels were added "
        "around them, or both.",
    )
    input_noise: Float = Field(
        0.0,
        ge=0,
        le=2,
        description="Standard deviation of Gaussian noise added to normalised training images.",
    )
    label_noise: Float = Field(
        0.0,
        ge=0,
        le=1,
        description="Fraction of training labels replaced by a class drawn at random.",
    )
    patience: Int | None = Field(
        None,
        ge=1,
        le=MAX_EPOCHS,
        description="Early stopping: epochs without a new least validation loss before the run "
        "ends and goes back to its best epoch.",
    )

    @field_validator("train_size")
    @classmethod
    def _no_more_than_there_are(cls, value: int, info: pydantic.ValidationInfo) -> int:
        there_are = TRAIN_IMAGES[info.data.get("dataset", "cifar10")]
        if value > there_are:
            raise PydanticCustomError(
                "less_than_equal", "Input should be less than or equal to {le}", {"le": there_are}
            )
        return value

    @field_validator("batch_norm")
    @classmethod
    def _batches_have_a_spread(cls, value: str, info: pydantic.ValidationInfo) -> str:
        size, batch = info.data.get("train_size"), info.data.get("batch_size")
        if value != "none" and size and batch and (batch == 1 or size % batch == 1):
            left = "steps of one" if batch == 1 else f"{size:,} images in steps of {batch}"
            why = f"{left} leave a batch of one image, which has no spread to normalise by"
            raise no_sense(Problem("batch_norm", shown(value), f"none here: {why}"))
        return value

    @field_validator("patience")
    @classmethod
    def _patience_within_the_run(cls, value: int | None, info: pydantic.ValidationInfo) -> Any:
        epochs = info.data.get("epochs")
        if value is not None and epochs and value > epochs:
            allowed = f"a whole number >= 1 and <= {epochs}, the run's epochs, or null"
            raise no_sense(Problem("patience", shown(value), allowed))
        return value

    @field_serializer("dropout")
    def _plain_dropout(self, value: Mapping[Layer, Dropout]) -> dict[str, dict[str, Any]]:
        return {layer: {"p": drop.p, "kind": drop.kind} for layer, drop in value.items()}

    def __hash__(self) -> int:
        return hash(self.hash)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """A named configuration with changes. Raises ConfigError for an unknown name."""
        return cls.model_validate(with_preset({"preset": name, **changes}))

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """A configuration from foreign JSON: partial, perhaps naming a preset.

        Raises ConfigError with one sentence a problem.
        """
        if not isinstance(raw, Mapping):
            raise ConfigError([Problem("config", shown(raw), "an object with fields")])
        try:
            return cls.model_validate(with_preset(raw))
        except pydantic.ValidationError as error:
            raise ConfigError(problems_of(error, cls, _allowed)) from None

    def to_query(self) -> str:
        """A short address query: what differs from the defaults; layers by their own names."""
        return as_query(self._changes())

    @classmethod
    def from_query(cls, query: str) -> Self:
        """The inverse of `to_query`; also takes `preset=NAME`. Raises ConfigError on rubbish."""
        if len(query) > MAX_QUERY_CHARACTERS:
            allowed = f"at most {MAX_QUERY_CHARACTERS} characters"
            raise ConfigError([Problem("address", f"{len(query)} characters", allowed)])
        return cls.parse(fields_of(query, LAYERS))

    @property
    def hash(self) -> str:
        """16 hexadecimal digits, the same for the same run in every process and version.

        Over what differs from the defaults, so a field added later changes no old hash; a
        dropout of rate 0 is no dropout, a schedule of none is none, and momentum is SGD's alone.
        """
        changes = self._changes()
        rates = {at: drop for at, drop in changes.pop("dropout", {}).items() if drop["p"] > 0}
        if not rates:
            changes.pop("dropout_schedule", None)
        if self.optimizer != "sgd":
            changes.pop("momentum", None)
        text = json.dumps(changes | {"dropout": rates}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _changes(self) -> dict[str, Any]:
        """Fields, in JSON form, that differ from the defaults for this data set."""
        plain = type(self)(dataset=self.dataset).model_dump(mode="json") | {"dataset": "cifar10"}
        mine = self.model_dump(mode="json")
        return {name: value for name, value in mine.items() if value != plain[name]}

    def with_seed(self, seed: int) -> Self:
        """The same run from other weights, in another order, under other masks."""
        return type(self).model_validate(self.model_dump() | {"seed": seed})

    def without_dropout(self) -> Self:
        """The twin that differs in nothing but dropout: same weights, same batches."""
        return self.model_copy(update={"dropout": immutabledict(), "dropout_schedule": "always"})

    @property
    def steps(self) -> int:
        """Update steps of the whole run."""
        return self.epochs * math.ceil(self.train_size / self.batch_size)


def _allowed(path: Sequence[str]) -> str | None:
    """What may stand where a field's declaration does not say it all, in words."""
    if path[:1] == ["train_size"]:
        fewest = bounds(RunConfig.model_fields["train_size"])[">="]
        most = ", ".join(f"{count:,} of {name}" for name, count in TRAIN_IMAGES.items())
        return f"a whole number of at least {fewest}, at most {most}"
    if path[:1] != ["dropout"]:
        return None
    if len(path) > 1 and path[1] not in LAYERS:
        return "one of the layers " + ", ".join(LAYERS)
    if path[-1] == "kind":
        return " or ".join(get_args(Kind))
    if path[-1] == "p" or len(path) == 2:
        return "a rate p with 0 <= p < 1"
    return "a layer's fields p and kind" if len(path) > 2 else 'rates by layer, as in {"fc1": 0.25}'
