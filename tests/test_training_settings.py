"""What dropout kinds, schedules, batch normalisation, noise and patience do to whole runs."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropout_demo import training
from dropout_demo.config import KINDS_AT, LAYERS, RATES, Dropout, RunConfig
from dropout_demo.data import Data, Split, load
from dropout_demo.evaluation import measure
from dropout_demo.events import Cancelled, Epoch, Event, Finished
from dropout_demo.labels import with_noise
from dropout_demo.learner import Learner
from dropout_demo.training import DivergedError, train
from tests.strategies import configs, dropouts

pytestmark = pytest.mark.usefixtures("one_thread")

Quick = Callable[..., RunConfig]
Numbers = Callable[[list[Event]], list[dict[str, Any]]]
EVERY_KIND = [(layer, kind) for layer in LAYERS for kind in KINDS_AT[layer]]
HALF = {"conv2": Dropout(0.3, "channel"), "fc1": Dropout(0.5)}
SETTINGS: dict[str, dict[str, Any]] = {
    "block": {"dropout": {"conv1": Dropout(0.3, "block"), "conv3": Dropout(0.3, "block")}},
    "channel": {"dropout": {at: Dropout(0.2, "channel") for at in LAYERS[:4]}},
    "gaussian": {"dropout": {at: Dropout(0.2, "gaussian") for at in LAYERS}},
    "connect": {"dropout": {"fc1": Dropout(0.5, "connect"), "logits": Dropout(0.2, "connect")}},
    "early": {"dropout": HALF, "dropout_schedule": "early"},
    "late": {"dropout": HALF, "dropout_schedule": "late"},
    "growing": {"dropout": HALF, "dropout_schedule": "growing"},
    "before": {"dropout": HALF, "batch_norm": "before"},
    "after": {"dropout": HALF | {"flatten": Dropout(0.2)}, "batch_norm": "after"},
    "flip": {"augmentation": "flip"},
    "crop": {"augmentation": "crop"},
    "noisy": {"augmentation": "flip-crop", "input_noise": 0.3, "label_noise": 0.3},
    "patient": {"patience": 1, "epochs": 4, "learning_rate": 0.05, "batch_norm": "after"},
}


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """What went into every update of the runs that follow."""
    seen: list[SimpleNamespace] = []
    original = Learner.update

    def update(self: Learner, images: torch.Tensor, labels: torch.Tensor) -> Any:
        state = {name: value.clone() for name, value in self.net.state_dict().items()}
        seen.append(SimpleNamespace(images=images, labels=labels, state=state, net=self.net))
        return original(self, images, labels)

    monkeypatch.setattr(Learner, "update", update)
    return seen


def epochs(events: list[Event]) -> list[Epoch]:
    return [event for event in events if isinstance(event, Epoch)]


def end(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_gives_the_same_numbers_again_to_the_last_bit(
    small_data: Data, quick: Quick, numbers: Numbers, name: str, precision: str
) -> None:
    config = quick(precision=precision, **SETTINGS[name])
    first = numbers(list(train(config, small_data)))
    torch.rand(7)  # runs take nothing from torch's global stream
    assert numbers(list(train(config, small_data))) == first
    assert first != numbers(list(train(quick(precision=precision), small_data)))


@pytest.mark.parametrize("name", SETTINGS)
def test_twins_start_alike_and_see_the_same_images_with_the_same_labels(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace], name: str
) -> None:
    config = quick(**{"epochs": 1, "dropout": HALF} | SETTINGS[name] | {"patience": None})
    list(train(config, small_data))
    having, without = list(updates), updates
    updates.clear()
    list(train(config.without_dropout(), small_data))
    assert having[0].state.keys() == without[0].state.keys()
    assert all(torch.equal(v, without[0].state[n]) for n, v in having[0].state.items())
    for one, other in zip(having, without, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)


@pytest.mark.parametrize(("layer", "kind"), EVERY_KIND)
def test_rate_0_of_every_kind_equals_no_dropout_to_the_last_bit(
    small_data: Data, quick: Quick, numbers: Numbers, layer: Any, kind: Any
) -> None:
    small = {"epochs": 1, "train_size": 128}
    plain = list(train(quick(**small), small_data))
    zero = list(train(quick(dropout={layer: Dropout(0, kind)}, **small), small_data))
    assert numbers(zero) == numbers(plain)


def test_early_dropout_is_dropout_and_then_the_plain_network_going_on(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    """Weights are those of constant dropout to the middle; late ones are the plain network's."""
    states = {}
    for name in ("always", "early", "late", "none"):
        updates.clear()
        drops = {} if name == "none" else HALF
        schedule = "always" if name == "none" else name
        list(train(quick(dropout=drops, dropout_schedule=schedule), small_data))
        states[name] = [update.state["fc1.weight"] for update in updates]

    def same(one: str, other: str) -> list[bool]:
        return [torch.equal(a, b) for a, b in zip(states[one], states[other], strict=True)]

    assert same("early", "always") == [True] * 7 + [False] * 5
    assert same("late", "none") == [True] * 7 + [False] * 5


def test_a_schedule_without_dropout_is_the_plain_run(
    small_data: Data, quick: Quick, numbers: Numbers
) -> None:
    plain, scheduled = quick(epochs=1), quick(epochs=1, dropout_schedule="growing")
    assert plain.hash == scheduled.hash
    assert numbers(list(train(plain, small_data))) == numbers(list(train(scheduled, small_data)))


def test_training_images_are_changed_and_measured_ones_are_plain(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    config = quick(augmentation="flip-crop", input_noise=0.5, epochs=1, train_size=100)
    events = list(train(config, small_data))
    plain = training.Pictures(
        small_data.train.images[:100], small_data.train.labels[:100], training.choose("fp32")
    )
    there, (seen,) = plain.batch(torch.arange(100))[0], [update.images for update in updates]
    assert not any((image == there).flatten(1).all(1).any() for image in seen)
    net = updates[0].net
    assert epochs(events)[0].train_clean == measure(net, plain, lambda: False)


def test_wrong_labels_are_trained_on_and_measured_by_train_clean_but_never_validated(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace], monkeypatch: Any
) -> None:
    measured = []
    original = training.measure
    monkeypatch.setattr(
        training, "measure", lambda n, p, s: (measured.append(p.labels), original(n, p, s))[1]
    )
    config = quick(label_noise=0.5, epochs=1, seed=3)
    list(train(config, small_data))
    noisy = with_noise(small_data.train.labels, 0.5, 3)
    trained = torch.cat([update.labels for update in updates])
    assert sorted(trained.tolist()) == sorted(noisy.tolist())
    assert [labels.tolist() for labels in measured] == [
        noisy.tolist(), small_data.val.labels.tolist(), small_data.test.labels.tolist(),
    ]  # fmt: skip
    images = torch.cat([update.images for update in updates]).flatten(1)
    plain = training.Pictures(small_data.train.images, noisy, training.choose("fp32"))
    every, labels = plain.batch(torch.arange(512))
    for image, label in zip(images[:20], trained[:20], strict=True):
        assert labels[(every.flatten(1) == image).all(1)] == label


def test_random_labels_are_learnt_by_heart(small_data: Data, quick: Quick) -> None:
    config = quick(
        label_noise=1.0, train_size=60, batch_size=20, epochs=60, learning_rate=0.01, width=0.5
    )
    last = epochs(list(train(config, small_data)))[-1]
    assert last.train_clean.accuracy > 0.9
    assert last.val.accuracy < 0.4


@pytest.fixture
def overfitting(small_data: Data) -> Data:
    """Validation has random labels: its loss soon rises."""
    labels = np.random.default_rng(1).integers(0, 10, 200)
    return Data(small_data.train, Split(small_data.val.images, labels), small_data.test, "small")


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("patience", [1, 3])
def test_a_run_ends_when_patience_does_and_is_tested_as_it_was_at_its_best(
    overfitting: Data, quick: Quick, numbers: Numbers, patience: int, precision: str
) -> None:
    common = {"learning_rate": 0.01, "batch_norm": "before", "precision": precision}
    stopped = list(train(quick(epochs=20, patience=patience, **common), overfitting))
    losses = [event.val.loss for event in epochs(stopped)]
    best = 1 + losses.index(min(losses))
    assert end(stopped).best_epoch == best
    assert len(losses) == best + patience < 20
    whole = list(train(quick(epochs=20, **common), overfitting))
    assert numbers(whole)[: len(losses) + 1] == numbers(stopped)[:-1]
    short = list(train(quick(epochs=best, **common), overfitting))
    assert end(short).test == end(stopped).test
    assert end(whole).test != end(stopped).test


def test_patience_that_lasts_to_the_end_still_goes_back_to_the_best_epoch(
    overfitting: Data, quick: Quick
) -> None:
    told = list(train(quick(epochs=6, patience=6, learning_rate=0.01), overfitting))
    best = end(told).best_epoch
    assert len(epochs(told)) == 6
    assert best < 6
    short = list(train(quick(epochs=best, learning_rate=0.01), overfitting))
    assert end(short).test == end(told).test


def test_with_patience_a_stop_and_a_divergence_end_as_without(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    stopped = list(train(quick(patience=1), small_data, should_stop=lambda: len(updates) == 8))
    assert stopped[-1] == Cancelled()
    wild = quick(patience=20, optimizer="sgd", learning_rate=10, batch_size=16, epochs=20)
    with pytest.raises(DivergedError, match="stopped being finite"):
        list(train(wild, small_data))


narrow = configs(
    dataset=st.just("shapes"),
    train_size=st.sampled_from((10, 13, 20)),
    batch_size=st.sampled_from((5, 10, 128)),
    width=st.just(0.125),
    learning_rate=st.floats(1e-6, 1e-3),
    dropout=dropouts(st.sampled_from(RATES)),
    epochs=st.integers(1, 2),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(narrow)
def test_any_gentle_configuration_trains_to_its_end_and_again_alike(
    small_data: Data, numbers: Numbers, config: RunConfig
) -> None:
    few = Split(small_data.val.images[:20], small_data.val.labels[:20])
    data = Data(small_data.train, few, few, "small")
    first = list(train(config, data))
    assert end(first).best_epoch <= len(epochs(first)) <= config.epochs
    assert numbers(list(train(config, data))) == numbers(first)


@pytest.mark.parametrize("name", ["block", "gaussian", "connect", "after", "noisy"])
def test_real_images_are_learnt_with_every_setting(real_data: object, name: str) -> None:
    config = RunConfig(train_size=5_000, epochs=2, batch_size=64, **SETTINGS[name])
    assert epochs(list(train(config, load("cifar10"))))[-1].val.accuracy > 0.2
