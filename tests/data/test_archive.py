"""The download against a real server on this machine: whole, broken, taken up again, refused."""

import collections
import errno
import json
import shutil
import socket
import threading
import time

import pytest

from dropout_demo import data
from dropout_demo.data import DataError, sources
from dropout_demo.data import archive as module
from dropout_demo.data.archive import Cancelled, download
from tests.data.server import CONTENT, fetch, part


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(module._Download, "_pause", lambda *_: None)


def keep(server, size, content=CONTENT, **notes):
    """What an earlier download left behind."""
    part().parent.mkdir(parents=True)
    part().write_bytes(content[:size])
    kept = {"url": server.url, "validator": server.etag, "total": len(server.content)} | notes
    part().with_name(part().name + ".json").write_text(json.dumps(kept))


def files():
    return sorted(path.name for path in part().parent.iterdir() if path.suffix != ".lock")


def test_a_whole_download_is_checked_and_put_in_place(server):
    told = []
    path = fetch(server, progress=lambda *given: told.append(given))
    assert path == sources.archive_in_home()
    assert path.read_bytes() == CONTENT
    assert files() == [sources.ARCHIVE]
    assert {name for name, _, _ in told} == {"download"}
    done = [done for _, done, _ in told]
    assert done == sorted(done)
    assert told[-1] == ("download", len(CONTENT), len(CONTENT))
    assert "range" not in server.asked[0]


def test_what_is_there_already_is_not_fetched_again(server):
    fetch(server)
    fetch(server)
    assert len(server.asked) == 1


def test_a_damaged_archive_is_fetched_anew(server):
    path = fetch(server)
    path.write_bytes(CONTENT[:-1])
    assert fetch(server).read_bytes() == CONTENT


def test_a_download_goes_on_where_it_stopped(server):
    keep(server, 150_000)
    told = []
    assert fetch(server, progress=lambda *given: told.append(given)).read_bytes() == CONTENT
    assert server.asked[0]["range"] == "bytes=150000-"
    assert server.asked[0]["if-range"] == server.etag
    assert told[0] == ("download", 150_000, len(CONTENT))


def test_a_part_that_is_already_whole_needs_no_server(server):
    keep(server, len(CONTENT))
    assert fetch(server).read_bytes() == CONTENT
    assert server.asked == []


def test_a_server_that_ignores_ranges_starts_from_the_beginning(server):
    server.ranges = False
    keep(server, 150_000)
    assert fetch(server).read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_fetched_whole(server):
    keep(server, 150_000, content=b"x" * 400_000, validator='"older"')
    assert fetch(server).read_bytes() == CONTENT


def test_a_weak_tag_is_not_sent_back(server):
    server.tag, server.cut_after, server.cuts = 'W/"1"', 100_000, 1
    assert fetch(server, attempts=2).read_bytes() == CONTENT
    assert server.asked[1]["range"] == "bytes=100000-"
    assert "if-range" not in server.asked[1]


def test_without_a_validator_another_total_means_another_file(server):
    keep(server, 150_000, content=b"x" * 400_000, validator=None, total=500_000)
    assert fetch(server).read_bytes() == CONTENT
    assert [("range" in asked) for asked in server.asked] == [True, False]


def test_a_part_longer_than_the_file_is_begun_anew(server):
    keep(server, 500_000, content=b"x" * 500_000, total=None)
    assert fetch(server).read_bytes() == CONTENT


def test_bytes_from_another_address_are_no_beginning(server):
    keep(server, 150_000, content=b"x" * 400_000, url="http://example.invalid/else")
    assert fetch(server).read_bytes() == CONTENT
    assert "range" not in server.asked[0]


def test_unknown_bytes_are_no_beginning(server):
    keep(server, 150_000, content=b"x" * 400_000)
    part().with_name(part().name + ".json").write_text("{")
    assert fetch(server).read_bytes() == CONTENT
    assert "range" not in server.asked[0]


def test_no_length_told_is_no_hindrance(server):
    server.says_length = False
    assert fetch(server).read_bytes() == CONTENT


def test_a_connection_that_breaks_is_taken_up_again(server):
    server.cut_after = 120_000
    assert fetch(server, attempts=5).read_bytes() == CONTENT
    ranges = [asked.get("range") for asked in server.asked]
    assert ranges == [None, "bytes=120000-", "bytes=240000-", "bytes=360000-"]


def test_a_connection_that_breaks_for_good_keeps_what_came(server):
    server.cut_after = 120_000
    refuses(server, "broke off", "kept", "go on", attempts=2)
    assert part().read_bytes() == CONTENT[:240_000]
    server.cut_after = None
    assert fetch(server).read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_given_up(server):
    server.mute_after = 120_000
    refuses(server, "did not answer", "kept", silence=0.5)
    assert CONTENT.startswith(part().read_bytes())
    assert part().stat().st_size > 0


def test_a_missing_file_is_said(server):
    server.status = 404
    refuses(server, "404", "by hand", "DROPOUT_DEMO_DATA")
    assert len(server.asked) == 1


def test_an_overloaded_server_is_said_and_what_came_is_kept(server):
    keep(server, 150_000)
    server.status = 503
    refuses(server, "503", "later")
    assert part().stat().st_size == 150_000


def test_a_server_that_answers_nonsense_does_not_hang_us(server):
    server.status = 416
    refuses(server, "later")


def test_no_server_is_said():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/x"
    with pytest.raises(DataError, match=r"No connection to 127\.0\.0\.1.*try again\."):
        download(url=address, md5="", attempts=3)


def test_no_name_server_is_said(monkeypatch):
    def unknown(*_given, **_named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(DataError, match="name is not known here; is there a network"):
        download(url="http://images.invalid/x", md5="")


@pytest.mark.parametrize("address", ["ftp://example.invalid/x", "http://host:port/x", "nothing"])
def test_an_address_that_is_none_is_said(address):
    with pytest.raises(DataError, match="not an address"):
        download(url=address, md5="")


def test_wrong_bytes_are_removed_so_that_the_next_try_starts_anew(server):
    with pytest.raises(DataError, match="checksum"):
        download(url=server.url, md5="0" * 32)
    assert files() == []
    fetch(server)
    assert "range" not in server.asked[1]


def test_a_disk_too_small_is_said_before_it_is_full(server, monkeypatch):
    usage = collections.namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100_000))
    refuses(server, "is full", "DROPOUT_DEMO_HOME")


def test_a_disk_that_fills_up_is_said(server, monkeypatch):
    def fills(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module._Download, "_append", fills)
    refuses(server, "is full")


def test_a_download_that_would_not_be_used_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"DROPOUT_DEMO_DATA names .* would not be used"):
        data.download()


def test_two_downloads_at_once_are_refused(server):
    server.pause = 0.05
    stop = threading.Event()
    begun = threading.Event()

    def first():
        with pytest.raises(Cancelled):
            fetch(server, progress=lambda *_: begun.set(), should_stop=stop.is_set)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(10)
    refuses(server, "Another download")
    stop.set()
    thread.join()


@pytest.mark.parametrize("badly", [{"mute_after": 32_768}, {"pause": 0.2}])
def test_cancelling_takes_effect_within_a_second_and_keeps_what_came(server, badly):
    for name, value in badly.items():
        setattr(server, name, value)
    stop_at = []

    def stops():
        if part().exists() and part().stat().st_size >= 16_384 and not stop_at:
            stop_at.append(time.monotonic())
        return bool(stop_at)

    with pytest.raises(Cancelled):
        fetch(server, should_stop=stops, silence=30.0)
    assert time.monotonic() - stop_at[0] < 1
    assert CONTENT.startswith(part().read_bytes())
    server.mute_after, server.pause = None, 0
    assert fetch(server).read_bytes() == CONTENT
    assert "range" in server.asked[-1]


def refuses(server, *words, **given):
    with pytest.raises(DataError) as caught:
        fetch(server, **given)
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert "\n" not in text
    assert text.endswith(".")
