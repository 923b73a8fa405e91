"""Whether events of a file could be those of a run: each by itself, and all in their order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

from dropout_demo.config import RunConfig
from dropout_demo.events import END_KINDS, Event, Measure
from dropout_demo.problems import Problem, shown

CLASSES = {cls.kind: cls for cls in get_args(Event)}

MAX_TEXT_CHARACTERS = 2_000
"""Of a text in an event, such as the reason why a run failed."""


def problems_of_events(raw: Mapping[str, Any], config: RunConfig, at: str) -> Iterator[Problem]:
    """All that is wrong with an exported run's `events` and `status`.

    at: what goes before every field's name, such as "runs.3.".
    """
    events = raw.get("events")
    if not isinstance(events, list) or not events:
        yield Problem(f"{at}events", shown(events), "a list of the run's events")
        return
    wrong = False
    for place, event in enumerate(events):
        for problem in _problems_of_event(event, place + 1, config, f"{at}events.{place}"):
            wrong = True
            yield problem
    if not wrong:  # else what follows would only say the same again
        yield from _problems_of_order(raw, config, at)


def _problems_of_event(event: Any, seq: int, config: RunConfig, at: str) -> Iterator[Problem]:
    """What is wrong with one event by itself."""
    kind = event.get("kind") if isinstance(event, Mapping) else None
    cls = CLASSES.get(kind) if isinstance(kind, str) else None
    if cls is None:
        yield Problem(f"{at}.kind", shown(kind), " or ".join(CLASSES))
        return
    if not isinstance(event.get("seq"), int) or event["seq"] != seq or event["seq"] is True:
        yield Problem(f"{at}.seq", shown(event.get("seq")), f"{seq}, its place among the events")
    yield from _problems_of_value(float, event.get("at"), "at", config, f"{at}.at")
    known = _fields(cls)
    for name, hint in known.items():
        yield from _problems_of_value(hint, event.get(name), name, config, f"{at}.{name}")
    for name in event.keys() - {"run", "seq", "at", "kind", *known}:
        yield Problem(f"{at}.{name}", shown(event[name]), "one of the fields " + ", ".join(known))


@cache
def _fields(cls: type[Event]) -> dict[str, Any]:
    """An event's own fields with their declared types."""
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _problems_of_value(
    hint: Any, value: Any, name: str, config: RunConfig, at: str
) -> Iterator[Problem]:
    """What is wrong with a field of an event, by its declared type and its name's range."""
    if type(None) in get_args(hint):
        if value is None:
            return
        (hint,) = set(get_args(hint)) - {type(None)}
    if hint is Measure:
        parts = value if isinstance(value, Mapping) else {}
        if parts.keys() != {"loss", "accuracy"}:
            yield Problem(at, shown(value), 'an object {"loss": ..., "accuracy": ...}')
            return
        for part in ("loss", "accuracy"):
            yield from _problems_of_value(float, parts[part], part, config, f"{at}.{part}")
    elif hint is str:
        if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT_CHARACTERS:
            yield Problem(at, shown(value), f"text of 1 to {MAX_TEXT_CHARACTERS:,} characters")
        elif not _is_text(value):
            yield Problem(at, shown(value), "text that UTF-8 can say")
    elif not _is_number(value, whole=hint is int, within=(limits := _limits(name, config))):
        what = "a whole number" if hint is int else "a number"
        most = f" and <= {limits[1]:,}" if math.isfinite(limits[1]) else ""
        yield Problem(at, shown(value), f"{what} >= {limits[0]:,}{most}")


def _limits(name: str, config: RunConfig) -> tuple[float, float]:
    """The range of a number by its name, ends included; it must be finite besides."""
    counts = {"epoch": config.epochs, "best_epoch": config.epochs, "step": config.steps}
    if name in counts:
        return 1, counts[name]
    if name == "steps":
        return config.steps, config.steps
    if name == "accuracy":
        return 0, 1
    return (1, math.inf) if name in ("threads", "parameters") else (0, math.inf)


def _is_number(value: Any, *, whole: bool, within: tuple[float, float]) -> bool:
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        return False
    # Whole numbers beyond what a float or a database holds are no measurements.
    return within[0] <= value <= within[1] and abs(value) < 2**53 and math.isfinite(value)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a half of a character
        return False
    return True


def _problems_of_order(raw: Mapping[str, Any], config: RunConfig, at: str) -> Iterator[Problem]:
    """What is wrong with events that are right one by one."""
    events: Sequence[Mapping[str, Any]] = raw["events"]
    kinds = [event["kind"] for event in events]
    ends = [kind for kind in kinds if kind in END_KINDS]
    if not ends:
        allowed = "a run that has ended; export it again when it has"
        yield Problem(f"{at}status", shown(raw.get("status", "running")), allowed)
        return
    if len(ends) > 1 or kinds[-1] != ends[0]:
        yield Problem(f"{at}events", f"a list with {_listed(ends)} within", "one end, the last")
    if raw.get("status", ends[-1]) != ends[-1]:
        yield Problem(f"{at}status", shown(raw["status"]), f"{ends[-1]}, by the last event")
    starts = [place for place, kind in enumerate(kinds) if kind == "started"]
    if starts != [0] and (starts or kinds != ends[:1] or ends == ["finished"]):
        yield Problem(f"{at}events", "a list that begins otherwise", "one started, the first")
    yield from _problems_of_epochs(events, config, at)


def _problems_of_epochs(
    events: Sequence[Mapping[str, Any]], config: RunConfig, at: str
) -> Iterator[Problem]:
    """Epochs and steps must grow as training makes them grow."""
    done = [event["epoch"] for event in events if event["kind"] == "epoch"]
    if done != list(range(1, len(done) + 1)):
        yield Problem(f"{at}events", f"a list of the epochs {_listed(done)}", "1, 2, 3 and so on")
        return
    epoch, step, an_epoch = 0, 0, config.steps // config.epochs
    for place, event in enumerate(events):
        if event["kind"] == "epoch":
            epoch = event["epoch"]
        elif event["kind"] == "step":
            now = (event["step"] - 1) // an_epoch + 1
            if event["step"] <= step or event["epoch"] != epoch + 1 or now != event["epoch"]:
                told = f"step {event['step']} in epoch {event['epoch']}"
                allowed = f"a later step than {step}, in epoch {epoch + 1}"
                yield Problem(f"{at}events.{place}", told, allowed)
                return
            step = event["step"]
    if events[-1]["kind"] == "finished":
        yield from _problems_of_finish(events[-1], len(done), config, at)


def _problems_of_finish(
    end: Mapping[str, Any], done: int, config: RunConfig, at: str
) -> Iterator[Problem]:
    """A run is finished after all epochs or, with patience, so long after its best."""
    best = end["best_epoch"]
    if best > done:
        yield Problem(f"{at}events", f"a list with best epoch {best} of {done}", "one it has")
    elif done != config.epochs and (config.patience is None or done != best + config.patience):
        early = "" if config.patience is None else f", or {config.patience} after the best"
        yield Problem(f"{at}events", f"a list of {done} epochs", f"all {config.epochs}{early}")


def _listed(values: Sequence[Any]) -> str:
    text = ", ".join(map(str, values[:8]))
    return text + ("…" if len(values) > 8 else "")
