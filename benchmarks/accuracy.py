"""Whether bf16 costs accuracy: the article's run in bf16 against fp32, paired over five seeds.

Reads the recorded runs (`make record` makes them); trains nothing itself.
"""

from __future__ import annotations

from dropout_demo.recorded import RecordedRun, recording
from dropout_demo.stats import paired_difference

NAMES = {"fp32": "article-fp32", "bf16": "article-pair"}


def main() -> None:
    """Print both means and the paired difference with its interval."""
    runs = {precision: _by_seed(name) for precision, name in NAMES.items()}
    seeds = sorted(runs["fp32"].keys() & runs["bf16"].keys())
    if len(seeds) < 2:
        print("Not recorded yet: `make record` first.")
        return
    for measure in ("val", "test"):
        fp32, bf16 = ([_accuracy(runs[p][seed], measure) for seed in seeds] for p in NAMES)
        difference = paired_difference(fp32, bf16)
        print(
            f"{measure} accuracy after 15 epochs, {len(seeds)} seeds: "
            f"fp32 {sum(fp32) / len(fp32):.2f} %, bf16 {sum(bf16) / len(bf16):.2f} %; "
            f"difference {difference.mean:+.2f} points, "
            f"95 % interval {difference.low:+.2f} to {difference.high:+.2f}"
        )


def _by_seed(name: str) -> dict[int, RecordedRun]:
    found = recording(name)
    runs = found.runs if found is not None else ()
    return {run.config.seed: run for run in runs if run.config.dropout}


def _accuracy(run: RecordedRun, measure: str) -> float:
    """In percent, at the last epoch."""
    if measure == "test":
        return 100 * float(run.events[-1]["test"]["accuracy"])
    return 100 * run.result.accuracy


if __name__ == "__main__":
    main()
