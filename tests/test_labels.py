from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from dropout_demo.labels import with_noise

LABELS = np.arange(4_000, dtype=np.int64) % 10


@pytest.mark.parametrize("fraction", [0.001, 0.1, 0.3333, 1.0])
def test_no_more_labels_change_than_asked_for_and_nine_in_ten_of_those_do(fraction: float) -> None:
    noisy = with_noise(LABELS, fraction, seed=0)
    asked = round(fraction * len(LABELS))
    changed = int((noisy != LABELS).sum())
    assert changed <= asked
    assert abs(changed - 0.9 * asked) <= 5 * (0.09 * asked) ** 0.5
    assert noisy.dtype == np.int64
    assert noisy.shape == LABELS.shape


def test_exactly_the_fraction_is_drawn_anew() -> None:
    """Labels outside 0..9 betray which were replaced."""
    foreign = np.full(501, 77, dtype=np.int64)
    for fraction in (0.0, 0.001, 0.1, 0.5, 0.999, 1.0):
        replaced = with_noise(foreign, fraction, seed=3) != 77
        assert replaced.sum() == round(fraction * 501)


def test_new_labels_are_uniform_over_all_ten_classes_whatever_the_old_one_was() -> None:
    ones = np.ones(50_000, dtype=np.int64)
    counts = np.bincount(with_noise(ones, 1.0, seed=1), minlength=10)
    assert len(counts) == 10
    assert chisquare(counts).pvalue > 1e-3


def test_a_seed_gives_the_same_noise_again_and_another_gives_another() -> None:
    one, again, other = (with_noise(LABELS, 0.5, seed) for seed in (5, 5, 6))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_what_a_smaller_fraction_replaces_a_larger_one_replaces_alike() -> None:
    foreign = np.full(1_000, 77, dtype=np.int64)
    less, more = (with_noise(foreign, fraction, seed=2) for fraction in (0.2, 0.6))
    assert np.array_equal(less[less != 77], more[less != 77])


def test_the_labels_given_are_left_as_they_were_even_when_they_are_read_only() -> None:
    given = LABELS.copy()
    given.flags.writeable = False
    with_noise(given, 1.0, seed=0)
    assert np.array_equal(given, LABELS)
    assert with_noise(given, 0.0, seed=0) is given
