"""`python -m dropout_demo train | data | bench | record`. Exit codes stand in `Exit`."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dropout_demo.config import PRESETS, RunConfig
from dropout_demo.events import Cancelled, Epoch, Event, Failed, Finished, Step, to_json
from dropout_demo.problems import ConfigError, Problem

if TYPE_CHECKING:
    from dropout_demo.data import Data

app = typer.Typer(
    help="Dropout Lab on the command line.", no_args_is_help=True, add_completion=False
)
said = Console(stderr=True, highlight=False)


class Exit(IntEnum):
    """What the command's end means."""

    DONE = 0
    FAILED = 1  # the run or the work failed; the reason was said
    USAGE = 2  # the arguments make no sense
    NO_DATA = 3  # the images are not there or not usable
    CANCELLED = 130  # Ctrl-C


Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]


@app.command()
def train(
    preset: Annotated[str, typer.Option(help=f"One of {', '.join(PRESETS)}.")] = "article",
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE, such as dropout.fc1=0.5.")
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="0: as many as there are cores.")] = 0,
    as_json: Json = False,
) -> None:
    """Train one network here and now, and say how it goes."""
    try:
        config = RunConfig.parse({"preset": preset} | _changes(preset, changes or []))
    except ConfigError as error:
        _end(Exit.USAGE, str(error))
    _train(config, threads, as_json)


def _train(config: RunConfig, threads: int, as_json: bool) -> None:
    from dropout_demo.cores import cores
    from dropout_demo.data import DataError, load
    from dropout_demo.devices import keep_freed_memory
    from dropout_demo.execution import execute

    keep_freed_memory()
    try:
        load(config.dataset)
    except DataError as error:
        if as_json:
            print(json.dumps(to_json(Failed(str(error)))), flush=True)
        _end(Exit.NO_DATA, str(error))
    last: Event | None = None
    with _progress() as progress:
        bar = progress.add_task("training", total=config.steps)
        try:
            for last in execute(config, threads or cores(), lambda: False):
                if as_json:
                    print(json.dumps(to_json(last)), flush=True)
                _tell(last, config, lambda steps: progress.update(bar, completed=steps))
        except KeyboardInterrupt:
            last = Cancelled()
            if as_json:
                print(json.dumps(to_json(last)), flush=True)
    if isinstance(last, Cancelled):
        _end(Exit.CANCELLED, "Cancelled.")
    if isinstance(last, Failed):
        _end(Exit.FAILED, last.error)


def _tell(event: Event, config: RunConfig, steps_done: Callable[[int], None]) -> None:
    """Say on the terminal what an event means."""
    match event:
        case Step(step=step):
            steps_done(step)
        case Epoch(epoch=epoch):
            steps_done(epoch * config.steps // config.epochs)
            parts = (("train", event.train_clean), ("val", event.val))
            measures = ", ".join(
                f"{name} loss {m.loss:.3f} accuracy {100 * m.accuracy:.1f} %" for name, m in parts
            )
            said.print(
                f"epoch {epoch} of {config.epochs}: {measures} ({event.seconds:.1f} s)",
                soft_wrap=True,
            )
        case Finished(test=test, seconds=seconds):
            said.print(f"Done in {seconds:.1f} s; test accuracy {100 * test.accuracy:.2f} %.")


@app.command()
def data(
    download: Annotated[bool, typer.Option(help="Fetch CIFAR-10 (170 MB) if need be.")] = False,
    name: Annotated[str, typer.Argument(help="cifar10 or shapes.")] = "cifar10",
    save: Annotated[
        Path | None, typer.Option(help="Also write all images to this .npz file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether the images are there; make them ready."""
    from dropout_demo import data as images
    from dropout_demo.data.archive import check_wanted

    try:
        if download and not images.status(name).ready:
            check_wanted(name)
            with _progress() as progress:
                bar = progress.add_task("download", total=None)
                images.download(
                    lambda _, done, total: progress.update(bar, completed=done, total=total or None)
                )
        with _progress() as progress:
            bar = progress.add_task(name, total=None)
            images.prepare(
                name,
                progress=lambda phase, done, total: progress.update(
                    bar, description=phase, completed=done, total=total
                ),
            )
        loaded = images.load(name)
        if save is not None:
            _save(loaded, save)
    except images.DataError as error:
        if as_json:
            print(json.dumps({"error": str(error)}))
        _end(Exit.NO_DATA, str(error))
    except OSError as error:
        _end(Exit.FAILED, f"{save} cannot be written: {error.strerror}.")
    except KeyboardInterrupt:
        _end(Exit.CANCELLED, "Cancelled; what was fetched is kept for the next try.")
    counts = {part: len(getattr(loaded, part).labels) for part in ("train", "val", "test")}
    if as_json:
        print(json.dumps({"name": name, "fingerprint": loaded.fingerprint, **counts}))
    else:
        listed = ", ".join(f"{count:,} {part}" for part, count in counts.items())
        said.print(f"{name} is ready: {listed} images.")


def _save(loaded: Data, file: Path) -> None:
    """All images and labels, as exported scripts read them."""
    import numpy as np

    parts = {part: getattr(loaded, part) for part in ("train", "val", "test")}
    arrays = {f"{part}_images": split.images for part, split in parts.items()}
    arrays |= {f"{part}_labels": split.labels for part, split in parts.items()}
    np.savez_compressed(file, allow_pickle=False, **arrays)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all without a name.")] = None,
) -> None:
    """Measure what the README claims about speed; run in a copy of the repository."""
    folder = Path("benchmarks")
    files = [path for path in folder.glob("*.py") if "def main(" in path.read_text("utf-8")]
    there = sorted(path.stem for path in files)
    unknown = sorted(set(names or []) - set(there))
    if not there or unknown:
        allowed = ", ".join(there) or "none here; run in the repository's folder"
        _end(
            Exit.USAGE,
            f"There is no benchmark {', '.join(unknown) or 'folder'}; there are: {allowed}.",
        )
    sys.path.insert(0, str(Path.cwd()))
    for name in names or there:
        said.rule(name)
        importlib.import_module(f"benchmarks.{name}").main()


@app.command()
def record(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all without a name.")] = None,
) -> None:
    """Make the recorded results that are not there yet; takes long, and can go on later."""
    from dropout_demo.data import DataError
    from dropout_demo.record import record_all
    from dropout_demo.record_experiments import RECORDED_EXPERIMENTS, record_experiment
    from dropout_demo.record_teams import record_teams
    from dropout_demo.recordings import recordings

    there = [*recordings(), *RECORDED_EXPERIMENTS]
    unknown = sorted(set(names or []) - set(there))
    if unknown:
        _end(
            Exit.USAGE,
            f"There is no recording {', '.join(unknown)}; there are: {', '.join(there)}.",
        )
    wanted = names or there
    try:
        with _progress() as progress:
            ended_well = record_all([name for name in wanted if name in recordings()], progress)
            for name in wanted:
                if card := recordings()[name].teams_of if name in recordings() else None:
                    ended_well &= record_teams(card, progress)
                if name in RECORDED_EXPERIMENTS:
                    ended_well &= record_experiment(name, progress)
    except DataError as error:
        _end(Exit.NO_DATA, str(error))
    except KeyboardInterrupt:
        _end(
            Exit.CANCELLED, "Cancelled; finished runs are kept, and the next try goes on from them."
        )
    if not ended_well:
        _end(Exit.FAILED, "Some runs failed; the others are kept.")


def _changes(preset: str, pairs: list[str]) -> dict[str, Any]:
    """`--set` pairs as a configuration's fields; `dropout.LAYER` changes one layer alone."""
    changes: dict[str, Any] = {}
    dropout = dict(PRESETS.get(preset, {}).get("dropout", {}))
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise ConfigError([Problem("--set", repr(pair), "FIELD=VALUE")])
        field, _, rest = name.partition(".")
        layer, _, part = rest.partition(".")
        if field == "dropout" and layer:
            old = dropout.get(layer, {})
            old = {"p": old} if not isinstance(old, dict) else old
            dropout[layer] = {**old, part or "p": _value(text)}
            changes["dropout"] = dropout
        else:
            changes[name] = _value(text)
    return changes


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=said,
        transient=True,
    )


def _end(code: Exit, sentence: str) -> NoReturn:
    said.print(sentence, style="bold" if code else "", soft_wrap=True, markup=False)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
