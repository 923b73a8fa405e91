"""`shapes`: the same bytes from one seed, balanced, and only the outline tells the class."""

import numpy as np
import pytest

from dropout_demo import data
from dropout_demo.data import shapes
from dropout_demo.data.outlines import OUTLINES
from dropout_demo.data.palettes import PALETTES
from tests.data.test_splits import spread


@pytest.fixture(scope="module")
def drawn():
    """The first 2,000 pictures and their labels."""
    return np.concatenate(list(shapes.draw(2_000))), shapes.labels(2_000)


def test_load_gives_three_balanced_parts():
    loaded = data.load("shapes")
    for split, size in ((loaded.train, 10_000), (loaded.val, 2_000), (loaded.test, 2_000)):
        assert split.images.shape == (size, 32, 32, 3)
        assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(split.labels).tolist() == [size // 10] * 10
        assert spread(split.labels) <= 1
    parts = (loaded.train, loaded.val, loaded.test)
    assert len({i.tobytes() for split in parts for i in split.images}) == 14_000
    assert data.status("shapes").prepared


def test_the_same_seed_draws_the_same_bytes(drawn):
    again = np.concatenate(list(shapes.draw(2_000)))
    assert np.array_equal(again, drawn[0])


def test_the_first_pictures_do_not_depend_on_how_many_are_drawn(drawn):
    few = np.concatenate(list(shapes.draw(500)))
    assert np.array_equal(few, drawn[0][:500])
    assert np.array_equal(shapes.labels(500), drawn[1][:500])


def test_another_seed_draws_other_pictures(drawn):
    other = next(shapes.draw(250, seed=1))
    assert (other != drawn[0][:250]).mean() > 0.9


def test_pixels_use_the_whole_range_without_clipping_much(drawn):
    images = drawn[0]
    assert images.min() == 0
    assert images.max() == 255
    assert np.isin(images, (0, 255)).mean() < 0.05
    assert (images.std(axis=(1, 2)).max(axis=1) > 8).all(), "no picture is empty"


def test_colour_alone_tells_little_about_the_class(drawn):
    """Nearest class mean of the mean colours: a tenth is chance."""
    images, labels = drawn
    colours = images.reshape(len(images), -1, 3).mean(axis=1)
    means = np.stack([colours[:1_000][labels[:1_000] == k].mean(axis=0) for k in range(10)])
    guessed = ((colours[1_000:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (guessed == labels[1_000:]).mean() < 0.16


GRID = np.meshgrid(*[np.linspace(-1.4, 1.4, 141, dtype=np.float32)] * 2)


@pytest.mark.parametrize("name", OUTLINES)
def test_an_outline_is_a_float32_distance_of_fair_size(name):
    distance = OUTLINES[name](*GRID)
    assert distance.dtype == np.float32
    assert np.isfinite(distance).all()
    area = (distance < 0).mean() * 2.8**2  # of a square of two by two radii, 4
    assert 0.9 < area < 2.5
    radius = np.hypot(*GRID)[distance < 0]
    assert radius.max() < 1.2, "nothing sticks out"
    for axis in (0, 1):
        step = np.abs(np.diff(distance, axis=axis)).max()
        assert step < 0.0201, "between points 0.02 apart no distance differs by more"


def test_outlines_that_have_a_mirror_axis_are_mirrored():
    x, y = GRID
    for name in set(OUTLINES) - {"crescent"}:
        assert np.allclose(OUTLINES[name](x, y), OUTLINES[name](-x, y), atol=1e-5), name


def test_a_polygon_has_its_number_of_corners():
    angles = np.linspace(0, 2 * np.pi, 7_200, endpoint=False)
    x, y = (f(angles).astype(np.float32) for f in (np.sin, np.cos))
    for name, corners in (("triangle", 3), ("square", 4), ("pentagon", 5), ("hexagon", 6)):
        distance = OUTLINES[name](x, y)  # on the unit circle it is lowest at the corners
        is_corner = (distance < np.roll(distance, 1)) & (distance <= np.roll(distance, -1))
        assert is_corner.sum() == corners, name


def test_palettes_are_five_colours_each():
    assert PALETTES.shape[1:] == (5, 3)
    assert PALETTES.dtype == np.float32
    assert PALETTES.min() >= 0
    assert PALETTES.max() <= 1
