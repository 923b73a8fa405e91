"""Fetching the official archive of CIFAR-10, 170 MB: can be cancelled, goes on, is checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from dropout_demo.data.errors import DataError, disk_full, unwritable
from dropout_demo.data.fetch import Answer, Lost, Refused, fetch
from dropout_demo.data.sources import archive_in_home
from dropout_demo.paths import data_folder

Progress = Callable[[str, int, int], None]


class Cancelled(Exception):
    """`should_stop` said so. What was fetched stays for the next time."""


@dataclass(frozen=True)
class _Kept:
    """What is known of the bytes kept so far: enough to ask for the rest of the same file."""

    url: str
    validator: str | None = None  # a strong ETag or a date, for If-Range
    total: int | None = None  # bytes of the whole file


def download(
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    url: str | None = None,
    md5: str | None = None,
    attempts: int = 5,
    silence: float = 20.0,
) -> Path:
    """Fetch the archive into the home folder and return its path; at once if it is there already.

    progress: called with "download", bytes there, bytes in all (0 while unknown).
    should_stop: asked ten times a second. url, md5: torchvision's unless given.
    attempts: tries in all over broken connections; silence: seconds a server may be mute.
    Raises DataError, one sentence; Cancelled when `should_stop` said so. In both cases what was
    fetched is kept and the next call goes on from there, unless it was damaged.
    """
    if url is None or md5 is None:
        from dropout_demo.vision import import_torchvision

        official = import_torchvision().datasets.CIFAR10
        url, md5 = url or official.url, md5 or official.tgz_md5
    target = archive_in_home()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(target.name + ".lock"), timeout=0):
            if not (target.is_file() and _digest(target) == md5):
                _Download(url, md5, target, progress or (lambda *_: None), should_stop).run(
                    attempts, silence
                )
    except Timeout:
        raise DataError("Another download is going on already; wait for its end.") from None
    except OSError as error:
        raise unwritable(error, target.parent) from None
    return target


def check_wanted(name: str) -> None:
    """Raise DataError when a download of `name` would not be used."""
    if name != "cifar10":
        raise DataError(f"{name!r} cannot be downloaded; only cifar10 can.")
    if (named := data_folder()) is not None:
        raise DataError(
            f"DROPOUT_DEMO_DATA names {named}, so a download would not be used; "
            "unset the variable or put the images there."
        )


class _Download:
    """One file on its way: the bytes kept so far, and what is known of them."""

    def __init__(
        self, url: str, md5: str, target: Path, progress: Progress, should_stop: Callable[[], bool]
    ) -> None:
        self.url, self.md5, self.target = url, md5, target
        self.progress, self.should_stop = progress, should_stop
        self.part = target.with_name(target.name + ".part")
        self.notes = target.with_name(target.name + ".part.json")
        self.kept = self._read_notes()

    def run(self, attempts: int, silence: float) -> None:
        """Fetch until all is there, over broken connections; then check and rename."""
        for attempt in range(attempts):
            before = self._size()
            try:
                self._fetch_rest(silence)
                break
            except Refused as error:
                raise DataError(str(error)) from None
            except Lost as error:
                size = self._size()
                if size <= before or attempt + 1 == attempts:
                    raise DataError(f"{error} {self._what_is_kept(size)}") from None
                self._pause(1.0)
        self._finish()

    def _fetch_rest(self, silence: float) -> None:
        size = self._size()
        if size and size == self.kept.total:
            return
        answer = fetch(self.url, size, self.kept.validator, silence, self._check_stop)
        with contextlib.closing(answer):
            if not size and (answer.status == 416 or answer.start):
                raise Refused(f"{answer.host} answered what was not asked; try again later.")
            if answer.status == 416 or (answer.start and not self._continues(answer, size)):
                self._start_anew()  # the file there is another than the one begun
                self._fetch_rest(silence)
                return
            if answer.start == 0:
                self._start_anew()
            self.kept = replace(self.kept, validator=answer.validator, total=answer.total)
            self.notes.write_text(json.dumps(asdict(self.kept)), "utf-8")
            self._append(answer)
        if answer.total is not None and self._size() < answer.total:
            raise Lost(f"The connection to {answer.host} broke off.")

    def _continues(self, answer: Answer, size: int) -> bool:
        return answer.start == size and self.kept.total in (None, answer.total)

    def _append(self, answer: Answer) -> None:
        size, total = self._size(), answer.total or 0
        if total and shutil.disk_usage(self.part.parent).free < total - size:
            raise disk_full(self.part.parent)
        self.progress("download", size, total)
        # Unbuffered: a process that is killed loses nothing that was reported.
        with self.part.open("ab", buffering=0) as file:
            for piece in answer.pieces():
                file.write(piece)
                size += len(piece)
                self.progress("download", size, total)
                self._check_stop()

    def _finish(self) -> None:
        if _digest(self.part) != self.md5:
            self._start_anew()
            raise DataError(
                "What was downloaded differs from the official archive (checksum) and was removed; "
                "try again, or fetch it by hand and let DROPOUT_DEMO_DATA name its folder."
            )
        self.part.replace(self.target)
        self.notes.unlink(missing_ok=True)

    def _start_anew(self) -> None:
        self.part.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)
        self.kept = _Kept(self.url)

    def _read_notes(self) -> _Kept:
        try:
            kept = _Kept(**json.loads(self.notes.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            kept = _Kept("")
        if kept.url != self.url:  # bytes of unknown descent are no beginning of this file
            self._start_anew()
            kept = self.kept
        return kept

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _what_is_kept(self, size: int) -> str:
        if not size:
            return "Check the network and try again."
        of = f" of {self.kept.total / 1e6:.0f}" if self.kept.total else ""
        return f"The first {size / 1e6:.0f}{of} MB are kept; try again to go on from there."

    def _check_stop(self) -> None:
        if self.should_stop():
            raise Cancelled

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._check_stop()
            time.sleep(0.1)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
