"""One data set, whichever form the originals have."""

import os
import stat

import numpy as np
import pytest
from PIL import Image

from dropout_demo import data
from dropout_demo.data import DataError, sources
from tests.data.conftest import COUNTS, write_archive, write_batches, write_folders


def digests(split):
    return {image.tobytes() for image in split.images}


def test_sizes_types_and_read_only_maps(folders, small):
    loaded = data.load("cifar10")
    sizes = {"train": COUNTS.train - COUNTS.val, "val": COUNTS.val, "test": COUNTS.test}
    for name, per_class in sizes.items():
        split = getattr(loaded, name)
        assert split.images.shape == (10 * per_class, 32, 32, 3)
        assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(split.labels).tolist() == [per_class] * 10
        assert isinstance(split.images, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            split.images[0] = 0
    assert digests(loaded.train) | digests(loaded.val) == digests(small.train)
    assert not digests(loaded.train) & digests(loaded.val)
    assert digests(loaded.test) == digests(small.test)


def test_every_form_gives_the_same_numbers(small, tmp_path, monkeypatch):
    forms = {
        "folders": write_folders(tmp_path / "a", small),
        "batches": write_batches(tmp_path / "b", small, monkeypatch),
        "the batches' own folder": tmp_path / "b" / sources.BATCHES,
        "archive": write_archive(tmp_path / "c", small, monkeypatch),
    }
    prints = {}
    for form, folder in forms.items():
        monkeypatch.setenv("DROPOUT_DEMO_HOME", str(tmp_path / f"home of {form}"))
        monkeypatch.setenv("DROPOUT_DEMO_DATA", str(folder))
        prints[form] = data.load("cifar10").fingerprint
    assert len(set(prints.values())) == 1, prints


def test_the_archive_is_unpacked_elsewhere_and_that_is_removed(
    small, tmp_path, monkeypatch, own_home
):
    folder = write_archive(tmp_path, small, monkeypatch)
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(folder))
    data.load("cifar10")
    assert [path.name for path in folder.iterdir()] == [sources.ARCHIVE]
    assert not list((own_home / "cache").glob("unpack-*"))


def test_originals_in_the_home_folder_are_found(small, monkeypatch, own_home, tmp_path):
    folder = write_archive(tmp_path, small, monkeypatch)
    assert not data.status("cifar10").ready
    sources.archive_in_home().parent.mkdir(parents=True)
    (folder / sources.ARCHIVE).rename(sources.archive_in_home())
    assert data.status("cifar10").ready
    assert len(data.load("cifar10").test) == 10 * COUNTS.test


def test_a_complete_form_is_taken_where_another_is_incomplete(folders, small, monkeypatch):
    (folders / sources.BATCHES).mkdir()
    (folders / sources.BATCHES / "data_batch_1").touch()
    assert "class folders" in data.status("cifar10").source
    assert len(data.load("cifar10").val) == 10 * COUNTS.val


def litter(folder):
    (folder / "train" / "cat" / "._a.png").write_bytes(b"of a Mac")
    (folder / "train" / ".DS_Store").touch()
    (folder / "train" / "cat" / "Thumbs.db").touch()


def test_litter_of_file_managers_is_passed_over(folders):
    litter(folders)
    assert len(data.load("cifar10").val) == 10 * COUNTS.val


def remove_images(folder):
    for path in sorted((folder / "train" / "cat").iterdir())[:3]:
        path.unlink()


def remove_class(folder):
    for path in (folder / "test" / "dog").iterdir():
        path.unlink()
    (folder / "test" / "dog").rmdir()


def remove_part(folder):
    (folder / "test").rename(folder / "elsewhere")


def add_class(folder):
    (folder / "train" / "zebra").mkdir()


def add_image(folder):
    some = next((folder / "train" / "ship").iterdir())
    (folder / "train" / "ship" / "copy.png").write_bytes(some.read_bytes())


def truncate_image(folder):
    path = folder / "test" / "frog" / "broken.png"
    next((folder / "test" / "frog").iterdir()).rename(path)
    path.write_bytes(path.read_bytes()[:200])


def empty_image(folder):
    path = folder / "test" / "frog" / "broken.png"
    next((folder / "test" / "frog").iterdir()).rename(path)
    path.write_bytes(b"")


def resize_image(folder):
    path = folder / "test" / "frog" / "large.png"
    next((folder / "test" / "frog").iterdir()).unlink()
    Image.new("RGB", (64, 48)).save(path)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove_images, ("half copied", "train/cat has 17 of 20 images")),
        (remove_class, ("half copied", "test lacks the class dog")),
        (remove_part, ("half copied", "the folder test is missing")),
        (add_class, ("zebra", "no class of CIFAR-10")),
        (add_image, ("21 images", "has 20")),
        (truncate_image, ("broken.png", "not a readable PNG")),
        (empty_image, ("broken.png", "not a readable PNG")),
        (resize_image, ("large.png", "64×48", "32×32")),
    ],
)
def test_damaged_class_folders_are_named_in_one_sentence(folders, damage, words):
    damage(folders)
    assert_sentence(words)
    assert not list((folders.parent / "home").rglob("*.npy"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ("does not exist", "DROPOUT_DEMO_DATA")),
        ([], ("is empty", "DROPOUT_DEMO_DATA")),
        (["holiday.jpg"], ("does not hold CIFAR-10",)),
        ([f"{sources.BATCHES}/data_batch_1"], ("half copied", "lacks data_batch_2")),
        (["train/cat/1.png"], ("half copied", "train lacks the class airplane")),
    ],
)
def test_a_folder_without_the_data_is_refused_though_the_home_folder_has_it(
    small, tmp_path, monkeypatch, content, words
):
    write_folders(tmp_path / "home", small)
    assert data.status("cifar10").ready
    place = tmp_path / "given"
    for name in content or []:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    if content == []:
        place.mkdir()
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(place))
    assert_sentence((str(place), *words))
    assert not data.status("cifar10").ready
    assert str(place) in data.status("cifar10").detail


def test_a_file_in_place_of_the_folder_is_refused(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path / "file"))
    assert_sentence((str(tmp_path / "file"), "not a folder"))


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch", "batches.meta"])
def test_a_changed_batch_is_named(small, tmp_path, monkeypatch, name):
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(write_batches(tmp_path / "b", small, monkeypatch)))
    path = tmp_path / "b" / sources.BATCHES / name
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert_sentence((name, "checksum"))


def test_a_changed_archive_is_named(small, tmp_path, monkeypatch):
    folder = write_archive(tmp_path, small, monkeypatch)
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(folder))
    with (folder / sources.ARCHIVE).open("ab") as file:
        file.write(b"x")
    assert_sentence((sources.ARCHIVE, "checksum"))


def test_a_folder_that_may_not_be_read_is_refused(folders, monkeypatch):
    place = folders / "train" / "cat"
    if os.geteuid() == 0:  # root may read everything, so the system's answer has to be played

        def refuse(path="."):
            if str(path) == str(place):
                raise PermissionError(13, "Permission denied", str(path))
            return listdir(path)

        listdir = os.listdir
        monkeypatch.setattr(sources.os, "listdir", refuse)
    else:
        place.chmod(0)
    try:
        assert_sentence((str(place), "Permission denied"))
    finally:
        place.chmod(stat.S_IRWXU)


def test_an_unknown_name_lists_the_known_ones():
    for function in (data.load, data.prepare, data.status):
        with pytest.raises(DataError, match=r"mnist.*cifar10, shapes"):
            function("mnist")


def test_nothing_anywhere_says_how_to_get_it():
    assert_sentence(("download", "DROPOUT_DEMO_DATA"))
    told = data.status("cifar10")
    assert (told.ready, told.prepared, told.can_download) == (False, False, True)


def assert_sentence(words):
    with pytest.raises(DataError) as caught:
        data.load("cifar10")
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert "\n" not in text
    assert text.endswith(".")
    assert "Traceback" not in text
