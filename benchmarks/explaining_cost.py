"""Compare the cost of explaining a suite with that of scoring it, in one process.

    python benchmarks/explaining_cost.py RESULTS --data-root DATA [--rounds 3]

``RESULTS`` is a folder of ``mot-bench run`` (published figures are those of the suite association
on MOT17 half-val). Scoring reads every track file, scores it with TrackEval's classes and combines
the scores. Explaining reads the files again, judges the detections, finds errors and causes,
rescores every repair and summarises, into an empty store; the intervals are those of the report.
Times are process times, because the machine may be shared. For every run and sequence the events
are checked against TrackEval's counts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from rich.console import Console

from mot_bench.atomic import write_copy
from mot_bench.datasets.mot_text import read_tracks
from mot_bench.explaining.events import EventTable, load_events
from mot_bench.explaining.results_folder import explain_folder, suite_sources
from mot_bench.records.results import RunResult, run_folder
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.opening import open_results
from mot_bench.scoring.score import SequenceScore, combine, prepare, score_sequence, summarise
from mot_bench.statistics.certainty import certainty_of


def main() -> None:
    """Time both, check the counts and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("--data-root", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = open_results(options.results, options.data_root)
    rows = [row for row in folder.result.runs if row.status == "ok"]
    frames = sum(sequence.length for sequence in folder.dataset.sequences)
    print(f"{folder.result.suite} on {folder.dataset.name}: {len(rows)} runs, {frames} frames each")
    score(folder, rows[:1])  # warms imports and file caches
    times: dict[str, list[float]] = {"scoring": [], "explaining": [], "intervals": []}
    wrong = 0
    for _ in range(options.rounds):
        begin = time.process_time()
        score(folder, rows)
        scored = time.process_time()
        wrong = explain(folder, options.data_root)
        explained = time.process_time()
        certainty_of(folder.path, folder.result)
        times["scoring"].append(scored - begin)
        times["explaining"].append(explained - scored)
        times["intervals"].append(time.process_time() - explained)
    best = {name: min(values) for name, values in times.items()}
    for name, values in times.items():
        rounds = ", ".join(f"{value:.2f}" for value in values)
        print(f"{name:12} best {best[name]:7.2f} s   of {rounds}")
    print(f"ratio {(best['explaining'] + best['intervals']) / best['scoring']:.2f} (best of each)")
    print(f"runs and sequences whose events do not add up to TrackEval's counts: {wrong}")
    if wrong:
        raise SystemExit(1)


def score(folder: ResultsFolder, rows: list[RunResult]) -> None:
    """Score every track file, and combine the scores."""
    truths = {}
    for sequence in folder.dataset.sequences:
        assert sequence.ground_truth is not None
        truths[sequence.name] = prepare(
            sequence.ground_truth, sequence.length, folder.dataset.benchmark
        )
    for row in rows:
        scores: dict[str, SequenceScore] = {
            name: score_sequence(truth, read_tracks(folder.track_file(row, name), truth.length))
            for name, truth in truths.items()
        }
        summarise(combine(scores))


def explain(folder: ResultsFolder, data_root: Path | None) -> int:
    """Explain everything into an empty folder; return how many sequences do not add up."""
    sources = suite_sources(folder.path, folder.result, folder.dataset, data_root)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        for row in folder.result.runs:
            for name in row.track_digests:
                target = run_folder(out, row.run, row.seed) / "tracks" / f"{name}.txt"
                write_copy(target, folder.track_file(row, name).read_bytes())
        record = explain_folder(out, folder.result, folder.dataset, sources, 1, Console(quiet=True))
        rows = {(row.run, row.seed): row for row in folder.result.runs}
        return sum(
            differing(
                rows[run.run, run.seed],
                load_events(run_folder(out, run.run, run.seed) / "events.csv"),
            )
            for run in record.runs
        )


def differing(row: RunResult, events: EventTable) -> int:
    """Return the number of sequences whose counts differ from TrackEval's."""
    found = 0
    for name, score in row.sequences.items():
        table = events.of(name)
        loose = len(table.of_kind("loose box"))
        ours = [
            len(table.of_kind("false negative")) + loose,
            len(table.of_kind("false positive")) + loose,
            len(table.of_kind("identity switch")),
            len(table.of_kind("fragmentation")),
        ]
        found += ours != [score.metrics[field] for field in ("CLR_FN", "CLR_FP", "IDSW", "Frag")]
    return found


if __name__ == "__main__":
    main()
