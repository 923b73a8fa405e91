"""A real browser and a real `streamlit run`, for tests of what a person meets.

The browser is the machine's own Chromium or Chrome, else the one that playwright installed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.conftest import REAL_DATA

if TYPE_CHECKING:
    from tests.browser.inside_app import InsideApp

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STREAMLIT_FLAGS = [
    "--server.headless=true",
    "--server.address=127.0.0.1",
    "--server.fileWatcherType=none",
    "--runner.fastReruns=false",
    "--browser.gatherUsageStats=false",
]
START_LIMIT = 60.0  # seconds until a server must answer

_logs: list[Path] = []
"""What the servers that run now have said."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails tells what its servers said: a page keeps errors from its readers."""
    report = yield
    if report.failed:
        for log in _logs:
            report.sections.append((f"{log.parent.name}'s server", log.read_text()[-6000:]))
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: its event loop must have ended before other tests run theirs."""
    own = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=own, args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, 1280 pixels wide; the test fails when its console shows an error."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", color_scheme="light"
    )
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(f"page error: {error}"))
    page.on("console", lambda m: said.append(m.text) if _is_ours(m) else None)
    yield page
    context.close()
    expected = "net::ERR_"  # a connection that the test itself cut
    assert [text for text in said if expected not in text] == []


def _is_ours(message: ConsoleMessage) -> bool:
    """Whether it is an error, and not of Streamlit looking for its base below a page's path."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InsideApp]:
    """The app with three finished runs to open; one for all tests of the Inside page."""
    from tests.browser.inside_app import inside_app  # it needs `serve` of this module

    with inside_app(tmp_path_factory) as app:
        yield app


def find_free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    return find_free_port()


def home_with_real_images(real_home: Path, folder: Path) -> Path:
    """A new home in this folder, whose images were read once for all tests."""
    from dropout_demo.data import prepare

    assert REAL_DATA
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_DATA", REAL_DATA)
        patch.setenv("DROPOUT_DEMO_HOME", str(real_home))
        prepare("cifar10")
        prepare("shapes")
    home = folder / "home"
    home.mkdir()
    (home / "cache").symlink_to(real_home / "cache", target_is_directory=True)
    return home


@contextmanager
def serve(
    app: Path, folder: Path, *options: str, env: dict[str, str] | None = None
) -> Iterator[str]:
    """`streamlit run app` in this folder until the block ends; gives its address."""
    port = find_free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    log = folder / "streamlit.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, *STREAMLIT_FLAGS, *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    _logs.append(log)
    try:
        _wait_until_it_answers(process, f"http://127.0.0.1:{port}", options, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _logs.remove(log)
        _end(process)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start servers by `server(app, *options)`, each once a module; all end with it."""
    running: dict[tuple[object, ...], str] = {}
    with ExitStack() as stack:

        def start(app: Path, *options: str) -> str:
            if (app, *options) not in running:
                folder = tmp_path_factory.mktemp(app.stem)
                running[app, *options] = stack.enter_context(serve(app, folder, *options))
            return running[app, *options]

        yield start


def _wait_until_it_answers(
    process: subprocess.Popen[bytes], address: str, options: tuple[str, ...], log: Path
) -> None:
    base = next((o.split("=")[1] for o in options if o.startswith("--server.baseUrlPath=")), "")
    health = f"{address}/{base}/_stcore/health" if base else f"{address}/_stcore/health"
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"streamlit does not answer at {health}:\n{log.read_text()[-4000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
