"""The real CIFAR-10, where DROPOUT_DEMO_DATA names it. Its cache is built once a session."""

import os

import numpy as np
import pytest

from dropout_demo import data
from tests.data.test_splits import spread

FOLDER = os.environ.get("DROPOUT_DEMO_DATA")
FINGERPRINT = "65723c3c89b5e17a18b55f65cccef055"

pytestmark = pytest.mark.skipif(not FOLDER, reason="DROPOUT_DEMO_DATA names no CIFAR-10")


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """The loaded data, and the folder of its cache."""
    home = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_DATA", str(FOLDER))
        patch.setenv("DROPOUT_DEMO_HOME", str(home))
        loaded = data.load("cifar10")
    return loaded, home


def test_sizes_and_balance(real):
    loaded, _ = real
    for split, size in ((loaded.train, 45_000), (loaded.val, 5_000), (loaded.test, 10_000)):
        assert split.images.shape == (size, 32, 32, 3)
        assert spread(split.labels) <= 1


def test_the_numbers_are_the_published_ones(real):
    """Mean and deviation of the 50,000 training images by channel, as the literature has them."""
    loaded, _ = real
    pixels = np.concatenate([loaded.train.images, loaded.val.images]).reshape(-1, 3)
    mean = pixels.mean(axis=0, dtype=np.float64) / 255
    square = np.stack([(pixels[:, k].astype(np.float64) ** 2).mean() for k in range(3)]) / 255**2
    assert np.allclose(mean, [0.4914, 0.4822, 0.4465], atol=1e-4)
    assert np.allclose(np.sqrt(square - mean**2), [0.2470, 0.2435, 0.2616], atol=1e-4)


def test_no_image_is_in_two_splits(real):
    loaded, _ = real
    parts = [{image.tobytes() for image in s.images} for s in (loaded.train, loaded.val)]
    assert [len(part) for part in parts] == [45_000, 5_000]
    assert not parts[0] & parts[1]


def test_the_content_is_the_known_one(real):
    assert real[0].fingerprint == FINGERPRINT


def test_a_later_process_maps_the_cache_without_the_originals(real, monkeypatch):
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(real[1]))
    assert data.load("cifar10").fingerprint == real[0].fingerprint
