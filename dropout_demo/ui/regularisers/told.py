"""How rows and verdicts are put on the page: recorded and live ones by the same code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.values import Told
from dropout_demo.lessons.cards import Card
from dropout_demo.ui.interval_picture import interval_picture
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.rows import (
    HEADS,
    Row,
    cells_of,
    interval_rows,
    rows_of,
    sentence_of,
    values_by_arm,
)


def told_in_full(card: Card, told: Mapping[str, Mapping[int, Told]], *, key: str) -> bool:
    """A sentence, the three differences with verdicts, and a table; whether there was anything."""
    table = values_by_arm(told)
    rows = rows_of(card, table)
    if not rows:
        return False
    st.markdown(plain(sentence_of(card.title.lower(), rows)))
    differences = interval_rows(findings(card, table))
    if differences:
        st.markdown("**Differences in test accuracy, paired by seed, with 95 % intervals**")
        st.caption("The verdict is on the claim that the first of each pair is the better one.")
        interval_picture(differences, key=f"{key}-intervals", unit="points")
    arm_table(rows)
    return True


def arm_table(rows: Sequence[Row]) -> None:
    """Each arm with its setting, results and compute."""
    cells = [[plain(cell) for cell in row] for row in cells_of(rows)]
    st.table(pd.DataFrame(cells, columns=list(HEADS)).set_index(HEADS[0]))


def how_many_seeds(card: Card, told: Mapping[str, Mapping[int, Told]]) -> str:
    """What is not recorded yet, in a sentence; "" when all is there."""
    there, planned = sum(map(len, told.values())), len(card.arms) * card.seeds
    if there == planned:
        return ""
    if not there:
        return (
            "Not recorded yet: `make record` makes it. The live version below works all the same."
        )
    return f"{there} of {planned} runs are recorded so far; `make record` makes the others."
