"""The canonical order, and prefixes that hold every class equally often."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_demo.data.splits import Split, balanced, hold_out
from tests.data.conftest import random_split


def spread(labels) -> int:
    """The largest difference between two classes' counts over all prefixes."""
    counts = np.cumsum(np.eye(10, dtype=int)[labels], axis=0)
    return int((counts.max(axis=1) - counts.min(axis=1)).max())


@pytest.mark.parametrize("per_class", [1, 7, 50])
def test_every_prefix_is_balanced_to_within_one_image_a_class(per_class):
    assert spread(balanced(random_split(3, per_class)).labels) <= 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_does_not_depend_on_the_order_images_came_in(seed):
    split = random_split(4, 5)
    order = np.random.default_rng(seed).permutation(len(split))
    shuffled = balanced(Split(split.images[order], split.labels[order]))
    expected = balanced(split)
    assert np.array_equal(shuffled.images, expected.images)
    assert np.array_equal(shuffled.labels, expected.labels)


def test_a_class_stands_in_the_order_of_the_hash_of_its_pixels():
    ordered = balanced(random_split(5, 8))
    for label in range(10):
        digests = [
            hashlib.blake2b(image.tobytes(), digest_size=16).digest()
            for image in ordered.images[ordered.labels == label]
        ]
        assert digests == sorted(digests)


def test_images_keep_their_labels():
    split = random_split(6, 5)
    label_of = {i.tobytes(): label for i, label in zip(split.images, split.labels, strict=True)}
    ordered = balanced(split)
    assert len(label_of) == len(ordered)
    pairs = zip(ordered.images, ordered.labels, strict=True)
    assert all(label_of[image.tobytes()] == label for image, label in pairs)


def test_a_tenth_of_the_images_taken_at_equal_steps_holds_several_classes():
    assert len(set(balanced(random_split(7, 50)).labels[::10].tolist())) > 5


def test_the_same_picture_under_two_labels_has_one_order():
    images = np.zeros((2, 32, 32, 3), np.uint8)
    for labels in ([0, 1], [1, 0]):
        assert balanced(Split(images, np.array(labels))).labels.tolist() == [0, 1]


def test_hold_out_loses_and_doubles_nothing():
    split = balanced(random_split(8, 6))
    first, rest = hold_out(split, 20)
    assert (len(first), len(rest)) == (20, 40)
    assert np.array_equal(np.concatenate([first.images, rest.images]), split.images)
    assert np.bincount(first.labels).tolist() == [2] * 10
    assert spread(rest.labels) <= 1
