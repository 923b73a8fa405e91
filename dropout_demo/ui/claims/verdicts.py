"""What a card's numbers come to: the verdict, its intervals, a chart and a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dropout_demo.evidence.findings import Finding
from dropout_demo.evidence.words import (
    MEANINGS,
    VERDICTS,
    amount,
    claimed,
    heading,
    interval,
    scaled,
    sentence,
    unit_words,
)
from dropout_demo.ui.claims.charts import draw
from dropout_demo.ui.claims.overview import ICONS
from dropout_demo.ui.claims.seen import Seen
from dropout_demo.ui.interval_picture import interval_picture
from dropout_demo.ui.plain import plain


def verdict_box(seen: Seen, source: str, key: str) -> None:
    """The verdict large, its sentence, and the intervals of all comparisons in its unit.

    source: "Recorded" or "Live, 3 seeds, 5,000 images", always beside the verdict.
    """
    first = seen.first
    with st.container(border=True, key=f"claim-verdict-{key}"):
        st.caption(plain(source))
        st.subheader(f"{ICONS[first.verdict]} {VERDICTS[first.verdict]}", anchor=False)
        st.markdown(plain(sentence(first)))
        st.caption(plain(_meaning(first)))
        rows = [_row(found) for found in _alike(seen.findings)]
        if rows:
            interval_picture(
                rows, key=f"{key}_intervals", unit=unit_words(first), sides=("lower", "higher")
            )


def evidence_below(seen: Seen, key: str, *, chart: bool = True) -> None:
    """The chart that fits the card, unless it is drawn already, and all comparisons as a table."""
    if chart and not draw(seen, key=f"{key}_chart"):
        st.caption("There is nothing to draw yet.")
    with st.container(key=f"claim-table-{key}"):
        st.table(_frame(seen.findings))
    if chosen := _chosen_words(seen):
        st.caption(plain(chosen))
    missing = list(dict.fromkeys(line for found in seen.findings for line in found.missing))
    if missing:
        st.caption(plain(" ".join(missing[:5])))


def _meaning(found: Finding) -> str:
    """What the verdict means for this claim."""
    needs = f"The claim needs a value {claimed(found)}"
    if found.verdict == "not enough seeds":
        return f"{needs}."
    return f"{needs}; {found.verdict} means: {MEANINGS[found.verdict]}."


def _alike(found: Sequence[Finding]) -> list[Finding]:
    """Differences from 0 in the unit of the first comparison; none where that is of other kind."""
    told = [one for one in found if _is_plain(one)]
    same = [one for one in told if unit_words(one) == unit_words(found[0])]
    return same if _is_plain(found[0]) and unit_words(found[0]) else []


def _is_plain(found: Finding) -> bool:
    one = found.comparison
    return bool(one.minus) and not one.ratio and not one.against and found.difference is not None


def _row(found: Finding) -> dict[str, object]:
    told = scaled(found)
    assert told is not None
    assert found.difference is not None
    return {
        "name": heading(found.comparison),
        "mean": told[0],
        "low": told[1],
        "high": told[2],
        "colour": None,
        "verdict": found.verdict,
        "n": found.difference.pairs,
    }


def _frame(found: Sequence[Finding]) -> pd.DataFrame:
    rows = [
        {
            "comparison": plain(heading(one.comparison)),
            "mean": plain(amount(one)) or "–",
            "95 % interval": plain(interval(one)) or "–",
            "seeds": str(one.difference.pairs if one.difference else 0),
            "the claim needs": plain(claimed(one)),
            "verdict": f"{ICONS[one.verdict]} {one.verdict}",
        }
        for one in found
    ]
    return pd.DataFrame(rows).set_index("comparison")


def _chosen_words(seen: Seen) -> str:
    """Which setting stands for each group, chosen by validation images; empty where none is."""
    chosen = {group: arm for found in seen.findings for group, arm in found.chosen.items()}
    told = [f"{seen.card.groups[group].name}: {seen.names[arm]}" for group, arm in chosen.items()]
    return f"Chosen by validation images alone: {'; '.join(told)}." if told else ""
