"""One cache for all processes: written whole or not at all, checked, made again when damaged."""

import errno
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dropout_demo import data
from dropout_demo.data import DataError, cache, cifar
from tests.data.conftest import write_folders


@pytest.fixture
def reads(monkeypatch):
    """Counts how often the originals are read."""
    calls = []
    read = cifar.read
    monkeypatch.setattr(cifar, "read", lambda *given: calls.append(1) or read(*given))
    return calls


def array(home, name="train_images"):
    (path,) = (home / "cache").glob(f"cifar10-*/{name}.npy")
    return path


def test_the_originals_are_read_once_for_many_processes(folders, reads):
    first = data.load("cifar10")
    assert data.load("cifar10") is first
    data.forget()  # as a new process would
    again = data.load("cifar10")
    assert again is not first
    assert again.fingerprint == first.fingerprint
    assert np.array_equal(again.train.images, first.train.images)
    assert len(reads) == 1


def flip_pixel(home):
    with array(home).open("r+b") as file:
        file.seek(5_000)
        byte = file.read(1)
        file.seek(5_000)
        file.write(bytes([byte[0] ^ 1]))


def flip_label(home):
    with array(home, "test_labels").open("r+b") as file:
        file.seek(-8, 2)
        byte = file.read(1)
        file.seek(-8, 2)
        file.write(bytes([(byte[0] + 1) % 10]))


def truncate(home):
    content = array(home).read_bytes()
    array(home).write_bytes(content[:-1_000])


def lose_file(home):
    array(home, "val_labels").unlink()


def spoil_header(home):
    with array(home).open("r+b") as file:
        file.write(b"\0" * 64)


def transpose(home):
    images = np.load(array(home))
    np.save(array(home), images.reshape(len(images), 3, 32, 32))


def spoil_manifest(home):
    (home / "cache" / "cifar10.json").write_text('{"version": ')


def other_manifest(home):
    (home / "cache" / "cifar10.json").write_text("[1, 2]")


def older_version(home):
    path = home / "cache" / "cifar10.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 0}))


DAMAGES = [
    *(flip_pixel, flip_label, truncate, lose_file, spoil_header, transpose),
    *(spoil_manifest, other_manifest, older_version),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_made_again(folders, reads, own_home, damage):
    before = data.load("cifar10").fingerprint
    data.forget()
    damage(own_home)
    assert data.load("cifar10").fingerprint == before
    assert len(reads) == 2
    assert cache.fingerprint(vars_of(data.load("cifar10"))) == before
    assert len(list((own_home / "cache").glob("cifar10-*"))) == 1, "older ones are swept"


def vars_of(loaded):
    return {name: getattr(loaded, name) for name in cache.SPLITS}


def test_originals_may_go_once_a_good_cache_is_there(folders, reads, monkeypatch):
    expected = data.load("cifar10").fingerprint
    folders.rename(folders.parent / "gone")
    for named in (str(folders), None):
        if named is None:
            monkeypatch.delenv("DROPOUT_DEMO_DATA")
        data.forget()
        assert data.load("cifar10").fingerprint == expected
        assert data.status("cifar10").prepared


def test_a_cache_does_not_stand_for_another_folder_that_is_named(folders, tmp_path, monkeypatch):
    data.load("cifar10")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path / "empty"))
    with pytest.raises(DataError, match="is empty"):
        data.load("cifar10")


def test_a_cache_made_from_a_link_serves_the_folder_it_leads_to(
    folders, reads, tmp_path, monkeypatch
):
    (tmp_path / "link").symlink_to(folders)
    data.load("cifar10")
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path / "link"))
    data.load("cifar10")
    assert len(reads) == 1


PREPARE = """
import sys
from dropout_demo.data import cifar, load, sources
sources.COUNTS = sources.Counts(train=20, test=6, val=4)
read = cifar.read
cifar.read = lambda *given: print("read") or read(*given)
print(load("cifar10").fingerprint)
"""


def test_two_processes_that_prepare_at_once_read_once_and_agree(folders):
    def run(_):
        done = subprocess.run(
            [sys.executable, "-c", PREPARE], capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    with ThreadPoolExecutor() as pool:
        words = [word for said in pool.map(run, range(2)) for word in said]
    assert words.count("read") == 1
    assert len(set(words) - {"read"}) == 1


def test_a_process_killed_while_it_writes_leaves_the_cache_as_it_was(
    folders, own_home, monkeypatch
):
    before = data.load("cifar10").fingerprint
    litter = own_home / "cache" / "cifar10-000000000000-killed"
    litter.mkdir()
    (litter / "train_images.npy").write_bytes(b"half")
    data.forget()
    assert data.load("cifar10").fingerprint == before
    data.forget()
    older_version(own_home)
    data.load("cifar10")
    assert not litter.exists()


@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOSPC, "is full"), (errno.EROFS, "cannot be written")]
)
def test_a_disk_that_refuses_leaves_no_half_cache(folders, own_home, monkeypatch, code, words):
    def refuse(*_):
        raise OSError(code, "refused")

    monkeypatch.setattr(cache, "_write_arrays", refuse)
    with pytest.raises(DataError, match=words):
        data.load("cifar10")
    assert {path.suffix for path in (own_home / "cache").iterdir()} <= {".lock"}


def test_a_file_in_place_of_the_home_folder_is_one_sentence(folders, own_home):
    own_home.write_text("not a folder")
    with pytest.raises(DataError, match=r"cannot be written.*DROPOUT_DEMO_HOME"):
        data.load("cifar10")


def test_progress_counts_images_then_bytes_up_to_their_totals(folders, own_home):
    told = []
    data.prepare("cifar10", lambda *given: told.append(given))
    for phase, total in (("read", 260), ("write", 260 * (3_072 + 8))):
        steps = [(done, all_) for name, done, all_ in told if name == phase]
        assert {all_ for _, all_ in steps} == {total}
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert steps[-1][0] == total
    told.clear()
    data.prepare("cifar10", lambda *given: told.append(given))
    assert not told, "nothing is done twice"


def test_a_second_data_folder_replaces_the_first(folders, small, tmp_path, monkeypatch, own_home):
    first = data.load("cifar10")
    other = write_folders(tmp_path / "other", small)
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(other))
    second = data.load("cifar10")
    assert second.fingerprint == first.fingerprint
    assert str(other) in data.status("cifar10").source
    assert first.train.images.sum() == second.train.images.sum(), "the older map is still whole"
