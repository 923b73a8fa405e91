"""Where recorded numbers come from, and the ways to take them along or to go on with them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from dropout_demo.config import RunConfig
from dropout_demo.evidence.experiments import recorded_rows
from dropout_demo.evidence.findings import Finding, Table
from dropout_demo.evidence.teams import recorded_teams
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Team
from dropout_demo.opening import RECORDED, NotOpen, open_run
from dropout_demo.recorded import recorded_run, recording
from dropout_demo.ui.claims.seen import Seen
from dropout_demo.ui.inside.link import look_inside


def taking(seen: Seen) -> None:
    """A row: provenance, files, the Lab with each arm, and the networks that are kept."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="claim-taking"
    ):
        _provenance(seen)
        downloads(seen, f"{seen.card.key}-recorded", lambda: _runs(seen))
        if seen.card.arms:
            in_the_lab({seen.names[key]: arm.config for key, arm in seen.card.arms.items()})
        look_inside(_opened(seen))


def downloads(seen: Seen, name: str, runs: Callable[[], list[Any]]) -> None:
    """The table and the comparisons as files, with their runs; made when they are asked for."""
    st.download_button(
        "Numbers (CSV)",
        lambda: table_csv(seen.table),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/table:",
        key=f"{name}-csv",
        on_click="ignore",
    )
    st.download_button(
        "Everything (JSON)",
        lambda: json.dumps(everything(seen) | {"runs": runs()}, indent=1),
        file_name=f"{name}.json",
        mime="application/json",
        icon=":material/data_object:",
        key=f"{name}-json",
        on_click="ignore",
    )


def in_the_lab(configs: Mapping[str, RunConfig]) -> None:
    """A link for each configuration that opens the Lab with it."""
    with st.popover("Open in the Lab", icon=":material/science:"):
        for name, config in configs.items():
            query = dict(parse_qsl(config.to_query())) or {"dataset": config.dataset}
            st.page_link("lab.py", label=name, query_params=query)


def table_csv(table: Table) -> str:
    """A row for each arm and seed, a column for each value; empty where a run lacks it."""
    names = list(dict.fromkeys(n for rows in table.values() for row in rows.values() for n in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["arm", "seed", *names])
    for arm, rows in table.items():
        for seed, row in rows.items():
            writer.writerow([arm, seed, *(row.get(name, "") for name in names)])
    return out.getvalue()


def everything(seen: Seen) -> dict[str, Any]:
    """The claim, its comparisons with what they came to, and the table; JSON."""
    return {
        "claim": seen.card.number,
        "title": seen.card.title,
        "arms": {
            key: {"name": seen.names.get(key, arm.name), "query": arm.query}
            for key, arm in seen.card.arms.items()
        },
        "teams": {
            key: {"name": team.name, "of": team.of, "seeds": _seeds(team)}
            for key, team in seen.card.teams.items()
        },
        "comparisons": [_comparison(found) for found in seen.findings],
        "table": {
            arm: {str(s): dict(row) for s, row in r.items()} for arm, r in seen.table.items()
        },
    }


def _comparison(found: Finding) -> dict[str, Any]:
    told = found.shown
    pairs = found.difference.pairs if found.difference else 0
    return {
        "says": found.comparison.says,
        "unit": found.unit,
        "mean": told[0] if told else None,
        "interval": [told[1], told[2]] if told and pairs > 1 else None,
        "seeds": pairs,
        "claimed": found.comparison.claimed,
        "verdict": found.verdict,
    }


def _provenance(seen: Seen) -> None:
    found = recording(seen.card.key)
    rows = recorded_rows(seen.card.experiment) if seen.card.experiment else None
    with st.popover("Where these numbers come from", icon=":material/fact_check:"):
        if seen.card.experiment == "linear":
            st.text("Computed when this page was opened, by dropout_demo/evidence/linear.py.")
        told = found.provenance if found else rows.provenance if rows else {}
        for name, value in told.items():
            st.text(f"{name}: {value}")
        for key, arm in seen.card.arms.items():
            st.text(f"{seen.names[key]}: {arm.query or 'all settings at their defaults'}")
        _provenance_of_teams(seen)


def _provenance_of_teams(seen: Seen) -> None:
    """Which networks are in which team, and where the recorded teams come from."""
    rows = recorded_teams(seen.card)
    for team in seen.card.teams.values():
        seeds = "; ".join(", ".join(map(str, own)) for own in _seeds(team))
        arm = seen.card.arms[team.of].name
        st.text(f"{team.name}: networks of “{arm}” with the seeds {seeds}")
    if rows:
        told = ", ".join(f"{name}: {value}" for name, value in rows.provenance.items())
        st.text(f"Ensembles were trained apart ({told})")


def _seeds(team: Team) -> list[tuple[int, ...]]:
    """Of each team, its members' seeds."""
    return [team.member_seeds(seed) for seed in range(team.seeds)]


def _runs(seen: Seen) -> list[Any]:
    if seen.card.experiment:
        rows = recorded_rows(seen.card.experiment)
        return [row.to_json() for row in rows.rows] if rows else []
    configs = [told.result.config for runs in seen.told.values() for told in runs.values()]
    runs = [run for config in configs if (run := recorded_run(config.hash)) is not None]
    return [run.to_json() for run in runs]


def _opened(seen: Seen) -> list[tuple[str, RunConfig]]:
    """Recorded runs whose networks are part of this copy."""
    found = []
    for runs in seen.told.values():
        for told in runs.values():
            run = f"{RECORDED}{told.result.config.hash}"
            try:
                found.append((run, open_run(lab().store, run).config))
            except NotOpen:
                continue
    return found
