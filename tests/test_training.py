from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from dropout_demo import training
from dropout_demo.config import Dropout, RunConfig
from dropout_demo.data import Data, load
from dropout_demo.events import Cancelled, Epoch, Event, Finished, Started, Step, to_json
from dropout_demo.learner import Learner
from dropout_demo.training import DivergedError, train

pytestmark = pytest.mark.usefixtures("one_thread")

Quick = Callable[..., RunConfig]
Numbers = Callable[[list[Event]], list[dict[str, Any]]]
PAIR = {"flatten": Dropout(0.5), "fc1": Dropout(0.5)}


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """Every update of the runs that follow: what went in, and the scores that came out."""
    seen: list[SimpleNamespace] = []
    original = Learner.update

    def update(self: Learner, images: torch.Tensor, labels: torch.Tensor) -> Any:
        weights = [weight.detach().clone() for weight in self.net.parameters()]
        scores: list[torch.Tensor] = []
        hook = self.net.register_forward_hook(lambda _m, _i, out: scores.append(out.detach()))
        try:
            return original(self, images, labels)
        finally:
            hook.remove()
            seen.append(
                SimpleNamespace(images=images, labels=labels, weights=weights, scores=scores[0])
            )

    monkeypatch.setattr(Learner, "update", update)
    return seen


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that advances by `step` seconds whenever training looks at it."""
    state = SimpleNamespace(now=100.0, step=0.001)

    def perf_counter() -> float:
        state.now += state.step
        return state.now

    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=perf_counter))
    return state


def epochs(events: list[Event]) -> list[Epoch]:
    return [event for event in events if isinstance(event, Epoch)]


def test_a_run_says_its_beginning_every_epoch_and_its_end(small_data: Data, quick: Quick) -> None:
    events = list(train(quick(epochs=3), small_data))
    assert isinstance(events[0], Started)
    assert (events[0].device, events[0].precision) == (
        training.choose("fp32").name, "fp32"
    )  # fmt: skip
    assert (events[0].steps, events[0].threads) == (3 * 6, torch.get_num_threads())
    assert [event.epoch for event in epochs(events)] == [1, 2, 3]
    assert isinstance(events[-1], Finished)
    steps = [event for event in events if isinstance(event, Step)]
    assert steps
    assert all(event.epoch == math.ceil(event.step / 6) for event in steps)
    assert all(event.images_per_second > 0 for event in steps)
    assert sum(event.seconds for event in epochs(events)) <= events[-1].seconds


def test_the_network_learns_what_can_be_learnt(small_data: Data, quick: Quick) -> None:
    events = list(train(quick(epochs=8, learning_rate=0.003, batch_size=32), small_data))
    first, *_, last = epochs(events)
    assert last.val.accuracy > 0.8
    assert last.train_clean.loss < first.train_clean.loss
    assert events[-1].test.accuracy > 0.8  # type: ignore[union-attr]


def test_the_best_epoch_is_the_first_of_least_validation_loss(
    small_data: Data, quick: Quick
) -> None:
    events = list(train(quick(epochs=6, learning_rate=0.01), small_data))
    losses = [event.val.loss for event in epochs(events)]
    assert events[-1].best_epoch == 1 + losses.index(min(losses))  # type: ignore[union-attr]


def test_the_masked_measure_is_a_mean_over_samples_even_with_an_uneven_last_batch(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    events = list(train(quick(dropout=PAIR, epochs=2), small_data))
    assert [len(update.labels) for update in updates] == 2 * [100, 100, 100, 100, 100, 12]
    for epoch, told in enumerate(epochs(events)):
        passed = updates[6 * epoch : 6 * epoch + 6]
        scores = torch.cat([update.scores for update in passed]).double()
        labels = torch.cat([update.labels for update in passed])
        loss = functional.cross_entropy(scores, labels).item()
        assert told.train_masked.loss == pytest.approx(loss, rel=1e-6)
        assert told.train_masked.accuracy == pytest.approx(
            (scores.argmax(1) == labels).double().mean().item(), abs=1e-12
        )


def test_an_epoch_sees_every_training_image_once_in_an_order_of_its_own(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    list(train(quick(epochs=2, train_size=300, batch_size=64), small_data))
    sums = [update.images.double().sum((1, 2, 3)) for update in updates]
    first, second = torch.cat(sums[:5]), torch.cat(sums[5:])
    pictures = training.Pictures(
        small_data.train.images[:300], small_data.train.labels[:300], training.choose("fp32")
    )
    there = pictures.batch(torch.arange(300))[0].double().sum((1, 2, 3))
    for seen in (first, second):
        assert torch.equal(seen.sort().values, there.sort().values)
    assert not torch.equal(first, second)


def test_the_arms_of_a_pair_start_from_identical_weights_and_see_identical_batches(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    config = quick(dropout={"input": 0.2, "conv1": 0.1, "fc1": 0.5}, seed=4)
    list(train(config, small_data))
    having, without = list(updates), updates
    updates.clear()
    list(train(config.without_dropout(), small_data))
    assert len(having) == len(without) == 12
    for one, other in zip(having[0].weights, without[0].weights, strict=True):
        assert torch.equal(one, other)
    for one, other in zip(having, without, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
    assert not torch.equal(having[0].scores, without[0].scores)


def test_clean_and_masked_training_measures_differ_only_where_masks_are(
    small_data: Data, quick: Quick
) -> None:
    """With a step too small to learn, masks are all that is between the two measures."""
    told = {
        rate: epochs(list(train(
            quick(learning_rate=1e-12, epochs=1, dropout={"fc1": rate}), small_data
        )))[0]
        for rate in (0.0, 0.9)
    }  # fmt: skip
    assert told[0.0].train_masked.loss == pytest.approx(told[0.0].train_clean.loss, rel=1e-6)
    assert told[0.9].train_masked.loss != pytest.approx(told[0.9].train_clean.loss, rel=1e-4)
    assert told[0.9].train_clean == told[0.0].train_clean


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_rate_0_equals_no_dropout_to_the_last_bit(
    small_data: Data, quick: Quick, numbers: Numbers, precision: str
) -> None:
    plain = quick(precision=precision)
    zero = quick(precision=precision, dropout={"input": 0, "conv2": 0, "flatten": 0, "fc1": 0})
    assert numbers(list(train(zero, small_data))) == numbers(list(train(plain, small_data)))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_configuration_gives_the_same_numbers_again_to_the_last_bit(
    small_data: Data, quick: Quick, numbers: Numbers, precision: str
) -> None:
    config = quick(dropout=PAIR, precision=precision)
    assert numbers(list(train(config, small_data))) == numbers(list(train(config, small_data)))


def test_another_seed_gives_other_numbers(small_data: Data, quick: Quick, numbers: Numbers) -> None:
    one, other = (list(train(quick(seed=seed), small_data)) for seed in (0, 1))
    assert numbers(one) != numbers(other)


def test_another_process_gives_the_same_numbers_to_the_last_bit(
    in_new_process: Callable[..., str],
) -> None:
    code = """
import json
import numpy as np
import torch
from dropout_demo.config import RunConfig
from dropout_demo.data import Data, Split
from dropout_demo.events import to_json
from dropout_demo.training import train

torch.set_num_threads(1)
random = np.random.default_rng(1)
split = Split(random.integers(0, 256, (300, 32, 32, 3), np.uint8), np.arange(300) % 10)
data = Data(split, split, split)
config = RunConfig.parse({"train_size": 300, "width": 0.25, "epochs": 2, "dropout": {"fc1": 0.5}})
events = [to_json(event) for event in train(config, data)]
"""
    here: dict[str, Any] = {}
    exec(code, here)
    there = json.loads(in_new_process(code + "print(json.dumps(events))"))

    def repeatable(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {k: v for k, v in fields.items() if k != "seconds"}
            for fields in told
            if fields["kind"] != "step"
        ]

    assert repeatable(there) == repeatable(here["events"])


def test_the_same_step_says_the_same_numbers_however_fast_the_machine_is(
    small_data: Data, quick: Quick, clock: SimpleNamespace
) -> None:
    def told(step: float) -> dict[int, tuple[float, float]]:
        clock.step = step
        events = train(quick(dropout=PAIR), small_data)
        return {e.step: (e.loss, e.accuracy) for e in events if isinstance(e, Step)}

    often, seldom = told(0.125), told(0.04)
    assert len(often) == 12
    assert 2 <= len(seldom) < 12
    assert all(often[step] == seldom[step] for step in seldom)


def test_steps_are_told_at_most_ten_times_a_second(
    small_data: Data, quick: Quick, clock: SimpleNamespace
) -> None:
    clock.step = 0.011
    at = [clock.now for e in train(quick(batch_size=4), small_data) if isinstance(e, Step)]
    assert len(at) > 5
    assert min(later - sooner for sooner, later in itertools.pairwise(at)) > 0.1 - 1e-9


def test_the_speed_told_is_images_by_time(
    small_data: Data, quick: Quick, clock: SimpleNamespace
) -> None:
    clock.step = 0.05  # the clock is asked after every step, and once more to report
    steps = [e for e in train(quick(batch_size=16), small_data) if isinstance(e, Step)]
    assert all(80 <= step.images_per_second <= 400 for step in steps)


def test_a_loss_that_stops_being_finite_names_step_and_cause(
    small_data: Data, quick: Quick
) -> None:
    config = quick(optimizer="sgd", momentum=0.9, learning_rate=10, batch_size=16, epochs=20)
    with pytest.raises(DivergedError) as caught:
        list(train(config, small_data))
    said = str(caught.value)
    found = re.search(r"loss stopped being finite at step (\d+) \(epoch (\d+)\): it was", said)
    assert found
    step, epoch = map(int, found.groups())
    assert epoch == math.ceil(step / 32)
    assert "The learning rate of 10 is likely too high; try 1." in said


def test_the_step_named_is_the_first_that_was_not_finite(
    small_data: Data, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, count = Learner.update, itertools.count(1)

    def update(self: Learner, images: torch.Tensor, labels: torch.Tensor) -> Any:
        loss, correct = original(self, images, labels)
        return (loss * math.inf if next(count) == 9 else loss), correct

    monkeypatch.setattr(Learner, "update", update)
    with pytest.raises(DivergedError, match=r"training loss .* step 9 \(epoch 2\): it was inf"):
        list(train(quick(epochs=3), small_data))


def test_a_validation_loss_that_is_not_finite_ends_the_run_too(
    small_data: Data, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = training.measure

    def measure(net: Any, pictures: Any, should_stop: Any) -> Any:
        told = original(net, pictures, should_stop)
        return type(told)(math.nan, 0.1) if pictures.images is small_data.val.images else told

    monkeypatch.setattr(training, "measure", measure)
    with pytest.raises(DivergedError, match=r"The validation loss .* step 6 \(epoch 1\)"):
        list(train(quick(), small_data))


def test_a_stop_ends_the_run_before_the_next_step(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    events = list(train(quick(), small_data, should_stop=lambda: len(updates) == 3))
    assert len(updates) == 3
    assert events[-1] == Cancelled()
    assert not epochs(events)


def test_a_stop_before_the_start_trains_nothing(
    small_data: Data, quick: Quick, updates: list[SimpleNamespace]
) -> None:
    events = list(train(quick(), small_data, should_stop=lambda: True))
    assert [event.kind for event in events] == ["started", "cancelled"]
    assert not updates


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_a_stop_while_measuring_ends_the_run_too(small_data: Data, quick: Quick, part: str) -> None:
    """Asked once a step and once a chunk of 125: 512 training images of which all are measured."""
    asked = itertools.count(1)
    last = {"train": 6 + 2, "val": 6 + 5 + 1, "test": 6 + 5 + 2 + 1}[part]
    config = quick(epochs=1)
    events = list(train(config, small_data, should_stop=lambda: next(asked) >= last))
    assert events[-1] == Cancelled()
    assert len(epochs(events)) == (part == "test")
    assert next(asked) == last + 1


def test_the_test_images_are_touched_once_at_the_end(
    small_data: Data, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    original = training.measure
    parts = {id(small_data.val.images): "val", id(small_data.test.images): "test"}

    def measure(net: Any, pictures: Any, should_stop: Any) -> Any:
        seen.append(parts.get(id(pictures.images), "train"))
        return original(net, pictures, should_stop)

    monkeypatch.setattr(training, "measure", measure)
    list(train(quick(epochs=2), small_data))
    assert seen == ["train", "val", "train", "val", "test"]


def test_the_clean_measure_is_over_a_fixed_sample(
    small_data: Data, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CLEAN_SAMPLE", 50)
    sizes: list[np.ndarray] = []
    original = training.measure
    monkeypatch.setattr(
        training,
        "measure",
        lambda net, p, stop: (sizes.append(p.images), original(net, p, stop))[1],
    )
    list(train(quick(epochs=2), small_data))
    assert [len(images) for images in sizes] == [50, 200, 50, 200, 200]
    assert np.array_equal(sizes[0], sizes[2])


def globals_of_torch() -> tuple[Any, ...]:
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.get_rng_state().tolist(),
    )


@pytest.mark.parametrize("kind", ["started", "step", "epoch"])
def test_between_events_and_after_an_early_close_torch_is_as_it_was(
    small_data: Data, quick: Quick, kind: str
) -> None:
    before = globals_of_torch()
    run: Iterator[Event] = train(quick(dropout=PAIR), small_data)
    for event in run:
        assert globals_of_torch() == before
        if event.kind == kind:
            break
    run.close()  # type: ignore[attr-defined]
    assert globals_of_torch() == before
    assert list(run) == []


def test_two_runs_taken_in_turns_do_not_disturb_each_other(
    small_data: Data, quick: Quick, numbers: Numbers
) -> None:
    config, other = quick(dropout=PAIR), quick(dropout=PAIR, seed=9)
    alone = numbers(list(train(config, small_data)))
    one, two = train(config, small_data), train(other, small_data)
    told = []
    for event, _ in itertools.zip_longest(one, two):
        told += [event] if event is not None else []
    assert numbers(told) == alone


def test_every_event_of_a_run_is_plain_json(small_data: Data, quick: Quick) -> None:
    for event in train(quick(), small_data):
        fields = to_json(event)
        assert json.loads(json.dumps(fields, allow_nan=False)) == fields


def test_images_and_labels_are_left_as_they_were(small_data: Data, quick: Quick) -> None:
    parts = (small_data.train, small_data.val, small_data.test)
    before = [(part.images.copy(), part.labels.copy()) for part in parts]
    list(train(quick(dropout=PAIR), small_data))
    for part, (images, labels) in zip(parts, before, strict=True):
        assert np.array_equal(part.images, images)
        assert np.array_equal(part.labels, labels)


def test_two_epochs_on_real_images_are_well_above_chance(real_data: object) -> None:
    config = RunConfig(train_size=5_000, epochs=2, batch_size=64, dropout={"fc1": Dropout(0.25)})
    told = (event for event in train(config, load("cifar10")) if isinstance(event, Epoch))
    _, second = itertools.islice(told, 2)
    assert second.val.accuracy > 0.3
