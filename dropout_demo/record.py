"""Making the recorded results: real runs, kept small, with their provenance."""

from __future__ import annotations

import datetime as dt
import json
import platform
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import Event, Lock
from typing import Any

from rich.progress import Progress

from dropout_demo.backends.local import LocalBackend
from dropout_demo.config import RunConfig
from dropout_demo.cores import division
from dropout_demo.data import load
from dropout_demo.events import Cancelled, Failed, Started, Step, to_json
from dropout_demo.recorded import FOLDER, weights_of
from dropout_demo.weights import epochs_in, file_of

PACKAGES = ("torch", "torchvision", "numpy")
KEPT_EVENTS = frozenset(("started", "epoch", "finished"))


@dataclass(frozen=True)
class Plan:
    """A recording to make."""

    title: str
    configs: tuple[RunConfig, ...]
    opened: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By configuration hash, the epochs whose networks are kept: few, for they are large."""


def _pair(seeds: int) -> tuple[RunConfig, ...]:
    return tuple(
        RunConfig.preset(name, seed=seed)
        for seed in range(seeds)
        for name in ("article-baseline", "article")
    )


RECORDINGS: dict[str, Plan] = {
    "article-pair": Plan(
        "The article's network on CIFAR-10: 15 epochs, five seeds",
        _pair(5),
        {
            **{RunConfig.preset("article", seed=seed).hash: frozenset((15,)) for seed in range(5)},
            **dict.fromkeys((config.hash for config in _pair(1)), frozenset((1, 3, 7, 15))),
        },
    ),
    "article-fp32": Plan(
        "The article's network in fp32: 15 epochs, five seeds",
        tuple(RunConfig.preset("article", precision="fp32", seed=seed) for seed in range(5)),
    ),
}


def record_all(names: Sequence[str], progress: Progress) -> bool:
    """Train what is not recorded yet; whether all went well. Raises DataError without the data."""
    load("cifar10")
    slots, threads = division()
    backend = LocalBackend(slots)
    backend.start()
    stop = Event()
    try:
        recorders = [_Recorder(name, backend, threads, progress, stop) for name in names]
        made = [recorder.make(slots) for recorder in recorders]
        return all(made)
    finally:
        backend.close()


class _Recorder:
    """One recording in the making; its file grows by a run at a time."""

    def __init__(
        self, name: str, backend: LocalBackend, threads: int, progress: Progress, stop: Event
    ) -> None:
        self.plan, self.backend, self.threads = RECORDINGS[name], backend, threads
        self.progress, self.stop = progress, stop
        self.path = FOLDER / f"{name}.json"
        self.lock = Lock()
        there = self._read()
        self.runs: dict[str, Any] = {run["hash"]: run for run in there}

    def make(self, slots: int) -> bool:
        """Train the missing runs, `slots` at a time; whether all of them finished."""
        missing = [config for config in self.plan.configs if not self._there(config)]
        with ThreadPoolExecutor(slots) as pool:
            trained = [pool.submit(self._train, config) for config in missing]
            try:
                return all([future.result() for future in trained])  # noqa: C419 - wait for all
            finally:  # Ctrl-C: the pool's own end waits for what trains and for what waits
                self.stop.set()
                pool.shutdown(cancel_futures=True)
                self.stop.clear()

    def _there(self, config: RunConfig) -> bool:
        opened = self.plan.opened.get(config.hash, frozenset())
        return config.hash in self.runs and opened <= set(epochs_in(weights_of(config)))

    def _train(self, config: RunConfig) -> bool:
        """Train one run and keep what is wanted of it; whether it finished."""
        with tempfile.TemporaryDirectory(prefix="dropout-lab-") as folder:
            return self._train_in(config, Path(folder))

    def _train_in(self, config: RunConfig, folder: Path) -> bool:
        bar = self.progress.add_task(f"{config.hash} seed {config.seed}", total=config.steps)
        kept: list[dict[str, Any]] = []
        for event in self.backend.run(config, self.threads, self.stop.is_set, folder):
            if event.kind in KEPT_EVENTS:
                kept.append(to_json(event))
            if isinstance(event, Step):
                self.progress.update(bar, completed=event.step)
            if isinstance(event, Failed):
                self.progress.console.print(f"{config.hash}: {event.error}", markup=False)
            if isinstance(event, Failed | Cancelled):
                return False
        self.progress.remove_task(bar)
        for epoch in self.plan.opened.get(config.hash, ()):
            weights_of(config).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file_of(folder, epoch), file_of(weights_of(config), epoch))
        self._keep(config, kept)
        return True

    def _keep(self, config: RunConfig, events: list[dict[str, Any]]) -> None:
        run = {
            "hash": config.hash,
            "config": config.model_dump(mode="json"),
            "provenance": provenance(events[0]),
            "events": events,
        }
        with self.lock:
            before = self.runs.get(config.hash)
            if before is None or _numbers(before["events"]) != _numbers(events):
                self.runs[config.hash] = run  # else it was trained again for its networks alone
            wanted = [c.hash for c in self.plan.configs if c.hash in self.runs]
            whole = {
                "title": self.plan.title,
                "runs": [self.runs[key] for key in wanted],
            }
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(whole, separators=(",", ":")) + "\n", "utf-8")
            part.replace(self.path)

    def _read(self) -> list[dict[str, Any]]:
        if not self.path.is_file():
            return []
        runs: list[dict[str, Any]] = json.loads(self.path.read_text("utf-8"))["runs"]
        return runs


def _numbers(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the same run must say again: all but its times."""
    return [{k: v for k, v in event.items() if k != "seconds"} for event in events]


def provenance(started: dict[str, Any]) -> dict[str, Any]:
    """Where numbers come from: processor, system, versions, arithmetic, data and date."""
    assert started["kind"] == Started.kind
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "device": started["device"],
        "precision": started["precision"],
        "threads a run": started["threads"],
        "data": f"CIFAR-10, content {load('cifar10').fingerprint[:16]}",
    }


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
