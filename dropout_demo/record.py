"""Making the recorded results: real runs, kept small, with their provenance."""

from __future__ import annotations

import datetime as dt
import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import Event, Lock
from typing import Any, TypeVar

import torch
from immutabledict import immutabledict
from rich.progress import Progress

from dropout_demo.backends.local import LocalBackend
from dropout_demo.config import Dataset, RunConfig
from dropout_demo.cores import division
from dropout_demo.data import load
from dropout_demo.events import Cancelled, Failed, Started, Step, to_json
from dropout_demo.evidence.measures import MEASURES
from dropout_demo.inside.answers.base import Progress as Partly
from dropout_demo.inside.answers.catalogue import ANSWERS
from dropout_demo.inside.workbench import Workbench
from dropout_demo.recorded import RecordedRun, file_of_run, recorded_run, weights_of
from dropout_demo.recordings import Plan, measures_of, recordings
from dropout_demo.weights import epochs_in, file_of

PACKAGES = ("torch", "torchvision", "numpy")
DATA_NAMES: Mapping[Dataset, str] = immutabledict({"cifar10": "CIFAR-10", "shapes": "drawn shapes"})
KEPT_EVENTS = frozenset(("started", "epoch", "finished"))
Made = TypeVar("Made")


def record_all(names: Sequence[str], progress: Progress) -> bool:
    """Train what is not recorded yet; whether all went well. Raises DataError without the data."""
    if not names:
        return True
    for dataset in {config.dataset for name in names for config in recordings()[name].configs}:
        load(dataset)
    with trainers(progress) as there:
        made = [_Recorder(recordings()[name], there).make() for name in names]
        return all(made)


@dataclass(frozen=True)
class Trainers:
    """Worker processes that train `slots` runs at a time, each on as many threads."""

    backend: LocalBackend
    slots: int
    threads: int
    progress: Progress
    stop: Event = field(default_factory=Event)

    def each(
        self, work: Callable[[RunConfig], Made], configs: Sequence[RunConfig]
    ) -> Generator[Made, None, None]:
        """What `work` makes of each, in order, `slots` at a time; close it to end them all."""
        with ThreadPoolExecutor(self.slots) as pool:
            made = [pool.submit(work, config) for config in configs]
            try:
                for future in made:
                    yield future.result()
            finally:  # Ctrl-C: the pool's own end waits for what trains and for what waits
                self.stop.set()
                pool.shutdown(cancel_futures=True)
                self.stop.clear()

    def train(self, config: RunConfig, folder: Path) -> list[dict[str, Any]] | None:
        """Train one run, its networks into `folder`: its KEPT_EVENTS, or None where it failed."""
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
                return None
        self.progress.remove_task(bar)
        return kept


@contextmanager
def trainers(progress: Progress) -> Iterator[Trainers]:
    """As many as this machine has room for; ended in the end."""
    slots, threads = division()
    backend = LocalBackend(slots)
    backend.start()
    try:
        yield Trainers(backend, slots, threads, progress)
    finally:
        backend.close()


class _Recorder:
    """One recording in the making; each run is kept as it ends."""

    def __init__(self, plan: Plan, by: Trainers) -> None:
        self.plan, self.by = plan, by
        self.bench, self.measuring = Workbench(), Lock()

    def make(self) -> bool:
        """Train the missing runs; whether all of them finished."""
        missing = [config for config in self.plan.configs if not self._there(config)]
        return all(list(self.by.each(self._train, missing)))  # a list: wait for all

    def _there(self, config: RunConfig) -> bool:
        run = recorded_run(config.hash)
        opened = self.plan.opened.get(config.hash, frozenset())
        return (
            run is not None
            and opened <= set(epochs_in(weights_of(config)))
            and set(measures_of(config.hash)) <= set(run.measured)
        )

    def _train(self, config: RunConfig) -> bool:
        """Train one run and keep what is wanted of it; whether it finished.

        One whose network is kept already is only measured.
        """
        run, kept = recorded_run(config.hash), set(epochs_in(weights_of(config)))
        opened = self.plan.opened.get(config.hash, frozenset())
        if run is not None and opened | {config.epochs} <= kept:
            keep(config, run.events, self._measured(config, weights_of(config), config.epochs))
            return True
        with tempfile.TemporaryDirectory(prefix="dropout-lab-") as folder:
            return self._train_in(config, Path(folder))

    def _train_in(self, config: RunConfig, folder: Path) -> bool:
        kept = self.by.train(config, folder)
        if kept is None:
            return False
        for epoch in self.plan.opened.get(config.hash, ()):
            weights_of(config).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file_of(folder, epoch), file_of(weights_of(config), epoch))
        keep(config, kept, self._measured(config, folder, last_epoch(config, kept)))
        return True

    def _measured(self, config: RunConfig, folder: Path, last: int) -> dict[str, Any]:
        """What recordings ask of the network that the run ended with."""
        with self.measuring:
            return {
                name: self._asked(name, config, folder, last) for name in measures_of(config.hash)
            }

    def _asked(self, name: str, config: RunConfig, folder: Path, epoch: int) -> dict[str, Any]:
        measure = MEASURES[name]
        torch.set_num_threads(self.by.threads)
        opened = self.bench.open(config, str(folder), epoch)
        told = ANSWERS[type(measure.question)](self.bench, [opened], measure.question)
        *_, answer = told
        assert not isinstance(answer, Partly)
        return measure.values(answer)


def last_epoch(config: RunConfig, events: Sequence[Mapping[str, Any]]) -> int:
    """The epoch of the network that a run ended with: its best one where it stopped early."""
    return int(events[-1]["best_epoch"]) if config.patience is not None else config.epochs


def keep(
    config: RunConfig, events: Sequence[Mapping[str, Any]], measured: Mapping[str, Any]
) -> None:
    """Write a run's file, with what an earlier go measured; the run itself only where it differs.

    It may have been trained again for its networks or for a measure alone.
    """
    before = recorded_run(config.hash)
    run = RecordedRun(config, provenance(events[0], config.dataset), tuple(events), measured)
    if before is not None and _numbers(before.events) == _numbers(events):
        run = RecordedRun(config, before.provenance, before.events, {**before.measured, **measured})
    path = file_of_run(config.hash)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(run.to_json(), separators=(",", ":")) + "\n", "utf-8")
    part.replace(path)


def _numbers(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the same run must say again: all but its times."""
    return [{k: v for k, v in event.items() if k != "seconds"} for event in events]


def provenance(started: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
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
        "data": f"{DATA_NAMES[dataset]}, content {load(dataset).fingerprint[:16]}",
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
