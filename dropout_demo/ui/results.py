"""What came of runs: the answer, how large and how sure, and each run in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dropout_demo.arms import arm_names, arm_of
from dropout_demo.config import RunConfig
from dropout_demo.contrasts import Contrast, contrasts, group_arms
from dropout_demo.diagnosis import diagnose
from dropout_demo.guesses import judge_guess
from dropout_demo.lab import lab
from dropout_demo.readings import MEASURES, READING_WORDS, READINGS, Reading, Result, number
from dropout_demo.sentences import answer, bound, signed
from dropout_demo.stats import Difference, summary
from dropout_demo.store import Run
from dropout_demo.ui.guess import guess_of
from dropout_demo.ui.interval_picture import interval_picture
from dropout_demo.ui.lab_state import active, comparison_on_show
from dropout_demo.ui.plain import plain
from dropout_demo.ui.run_charts import colours

IN_THE_TABLE = ("val_accuracy", "val_loss", "gap", "noise_tax", "naive_gap")


def finished(runs: Sequence[Run]) -> list[Result]:
    """The finished ones among these runs, with their epochs."""
    done = [run for run in runs if run.status == "finished"]
    events = lab().store.events_of([run.id for run in done], kinds=("epoch",))
    return [Result(run.config, tuple(events[run.id])) for run in done]


def verdict_slot(runs: Sequence[Run], results: Sequence[Result]) -> None:
    """What came of the runs, or its place kept free while they train, so that nothing jumps."""
    contrasts_to_come = max(1, len({arm_of(run.config) for run in runs}) - 1)
    height = 190 + 46 * contrasts_to_come  # pixels: a sentence, the picture, a remark
    st.html(f"<style>.st-key-verdict {{ min-height: {height}px }}</style>")
    with st.container(border=True, key="verdict"):
        if active(runs):
            st.markdown("The answer will stand here when all networks have finished.")
        elif results:
            answer_in_full(results, colours(runs), key="intervals")
            _guess_beside(runs, results)
            _what_counts(runs)
        else:
            st.markdown("None of these runs finished, so there is nothing to compare.")


def answer_in_full(
    results: Sequence[Result], arm_colours: Mapping[RunConfig, int], *, key: str
) -> None:
    """The sentence, the picture of its intervals, and what else must be known.

    arm_colours: as on the chart.
    """
    told = contrasts(results)
    if not told:
        for result in _one_an_arm(results):
            st.markdown(plain(diagnose(result).sentence))
        return
    sentence, *remarks = answer(told)
    st.markdown(plain(sentence))
    rows = [_row(contrast, arm_colours.get(contrast.arm)) for contrast in told]
    interval_picture(rows, key=key, unit="points")
    for remark in remarks:
        st.caption(plain(remark))


def details(results: Sequence[Result]) -> None:
    """Behind the answer: three readings, where the gap comes from, and each run in words."""
    if not results:
        return
    told = contrasts(results)
    with st.expander("Behind the answer", icon=":material/query_stats:", key="details"):
        if told:
            st.markdown("**Three readings**")
            _readings(told)
        st.markdown("**Where the gap comes from**")
        st.caption(
            "Validation minus training loss, in nats, at the last epoch. Measured while it trains, "
            "with masks on, training looks worse than it is: that part of the smaller gap is the "
            "noise tax. (A little of it is there without masks: the mean over an epoch in which "
            "the network still learns.) The generalisation gap compares like with like, masks off "
            "on both sides."
        )
        st.table(_gap_frame(results))
        st.markdown("**Each run in words**")
        st.table(_diagnosis_frame(results))


def _row(contrast: Contrast, colour: int | None) -> dict[str, object]:
    difference = contrast.accuracy
    return {
        "name": f"{contrast.name} instead of {contrast.reference_name}",
        "mean": 100 * difference.mean,
        "low": 100 * difference.low,
        "high": 100 * difference.high,
        "colour": colour,
        "verdict": contrast.verdict(),
        "n": difference.pairs,
    }


def _guess_beside(runs: Sequence[Run], results: Sequence[Result]) -> None:
    """What this learner guessed before, if anything, and how it came out."""
    guess = guess_of(comparison_on_show())
    if guess is not None:
        told = judge_guess(guess, results, [run.config for run in runs])
        st.markdown(f":material/psychology_alt: {plain(told)}")


def _what_counts(runs: Sequence[Run]) -> None:
    """Runs that count for nothing, and runs whose numbers were not made here."""
    ended = [run.status for run in runs if run.status != "finished"]
    if ended:
        how = ", ".join(dict.fromkeys(ended))
        st.caption(
            f"{len(ended)} of these {len(runs)} runs did not finish ({how}), so the answer leaves "
            "them out."
        )
    imported = sum(run.imported for run in runs)
    if imported:
        st.caption(
            f"{imported} of these {len(runs)} runs came from a file: "
            "this server did not make their numbers."
        )


def _readings(told: Sequence[Contrast]) -> None:
    chosen = told[0]
    if len(told) > 1:
        chosen = st.selectbox(
            "Comparison",
            told,
            format_func=lambda contrast: f"{contrast.name} instead of {contrast.reference_name}",
            key="contrast",
        )
    rows = {
        MEASURES[name].words: {
            READING_WORDS[reading]: _difference(chosen, name, reading) for reading in READINGS
        }
        for name in IN_THE_TABLE
    }
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    st.caption(
        "Difference of the two arms, mean over paired seeds, with its 95 % interval and the "
        "standardised effect d (mean over standard deviation of the differences). "
        "Equal time rests on the seconds that were measured, whatever else the machine did."
    )


def _difference(contrast: Contrast, measure: str, reading: Reading) -> str:
    estimate = contrast.estimate(measure, reading)
    if estimate is None:
        return "no epoch done by then"
    fraction = MEASURES[measure].unit == "fraction"
    return difference_words(estimate.difference, fraction=fraction)


def difference_words(difference: Difference, *, fraction: bool) -> str:
    """Such as "+2.4 points (1.4 to 3.4), d 3.1"."""
    factor, digits, unit = (100, 1, "points") if fraction else (1, 2, "nats")
    mean = signed(factor * difference.mean, digits)
    if difference.pairs < 2:
        return f"{mean} {unit}"
    low, high = (bound(factor * end, digits) for end in (difference.low, difference.high))
    effect = "" if difference.effect != difference.effect else f", d {difference.effect:.1f}"
    return f"{mean} {unit} ({low} to {high}){effect}"


def _gap_frame(results: Sequence[Result]) -> pd.DataFrame:
    arms = group_arms(results)
    rows = []
    for name, runs in zip(arm_names(list(arms)), arms.values(), strict=True):
        last = [result.kept for result in runs.values()]
        mean = {
            measure: summary([MEASURES[measure].value(epoch) for epoch in last]).mean
            for measure in ("naive_gap", "noise_tax", "gap", "val_accuracy")
        }
        rows.append(
            {
                "network": plain(name),
                "seeds": str(len(runs)),
                "as tutorials show it (masks on)": number(mean["naive_gap"], 2),
                "noise tax": number(mean["noise_tax"], 2),
                "generalisation gap": number(mean["gap"], 2),
                "validation accuracy": f"{100 * mean['val_accuracy']:.1f} %",
            }
        )
    return pd.DataFrame(rows).set_index("network")


def _diagnosis_frame(results: Sequence[Result]) -> pd.DataFrame:
    arms = group_arms(results)
    rows = []
    for name, runs in zip(arm_names(list(arms)), arms.values(), strict=True):
        told = {seed: diagnose(result) for seed, result in sorted(runs.items())}
        by_words: dict[str, list[int]] = {}
        for seed, diagnosis in told.items():
            by_words.setdefault(diagnosis.words, []).append(seed)
        for words, seeds in by_words.items():
            rows.append(
                {
                    "network": plain(name),
                    "seeds": ", ".join(map(str, seeds)),
                    "what happened": plain(words),
                    "in its numbers (the first of these)": plain(told[seeds[0]].sentence),
                }
            )
    return pd.DataFrame(rows).set_index("network")


def _one_an_arm(results: Sequence[Result]) -> list[Result]:
    return [next(iter(runs.values())) for runs in group_arms(results).values()]
