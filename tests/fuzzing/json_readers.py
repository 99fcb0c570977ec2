"""Readers of JSON: everything that a results folder and a store hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from gate_samples import sample_result
from reports_samples import make_result, make_timing, write_results
from viewer_samples import write_folder

from fuzzing.mutation import mutated_json
from fuzzing.reader import Reader, always
from mot_bench.engine.store import Store
from mot_bench.explaining.records import ExplanationRecord, results_digest
from mot_bench.explaining.results_folder import read_suite
from mot_bench.files.json_files import read_json
from mot_bench.records.figures import FigureRecord, figures_digest
from mot_bench.reporting.write_reports import write_reports
from mot_bench.reports.explanation import Cause, Limit, RunExplanation, Slice, Split
from mot_bench.reports.similarity import Similarity
from mot_bench.reports.timeline import Presence, Span, Switch, Timeline
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.gating.baseline import make_baseline
from mot_bench.results.gating.comparison import compare
from mot_bench.results.gating.files import baseline_text, load_baseline
from mot_bench.results.opening import open_results
from mot_bench.results.provenance import environment_of
from mot_bench.suites.loader import load_suite

RESULTS = make_result().model_dump_json().encode()
TIMING = make_timing().model_dump_json().encode()
BASELINE = baseline_text(make_baseline(sample_result())).encode()
ENVIRONMENT = json.dumps(
    {
        "python": "3.12",
        "packages": {"numpy": "2"},
        "machine": "one",
        "threads": {"OMP": "1"},
        "command": ["mot-bench", "run", "--suite", "smoke"],
    }
).encode()
SHOWN_RUNS = b'[["sort", 0], ["bytetrack", 0]]'


def _explanation(folder: Path) -> list[bytes]:
    """Write results, and give an explanation of their first run."""
    result = make_result()
    write_results(folder, result, make_timing())
    row, base = result.runs[1], result.runs[0]
    cause = Cause("false negative", "", 3, {"HOTA": 0.1})
    run = RunExplanation(
        row.run,
        row.seed,
        causes=(replace(cause, cause="no detection"),),
        kinds=(cause,),
        limits=(Limit("identities", {"HOTA": 0.2}),),
        slices=(Slice("size", "small", 4, 0.5, None, 0.2),),
    )
    split = Split(row.run, base.run, 0, 0.1, 0.05, 0.05, 0.0)
    record = ExplanationRecord(of=results_digest(result), runs=(run,), splits=(split,))
    return [record.model_dump_json().encode()]


def _figures(folder: Path) -> list[bytes]:
    """Write results, and give a similarity and a timeline of them."""
    result = make_result()
    write_results(folder, result)
    edges = tuple(place / 50 - 1 for place in range(101))
    similarity = Similarity("a", 0, edges, (1,) * 100, (2,) * 100, 0.5, 0.7)
    timeline = Timeline(
        run=result.runs[0].run,
        seed=0,
        sequence=result.dataset.sequences[0].name,
        frames=10,
        frame_rate=25.0,
        presences=(Presence(1, 1, 9),),
        spans=(Span(1, 4, 1, 8),),
        switches=(Switch(1, 5),),
    )
    record = FigureRecord(
        of=figures_digest(result), similarities=(similarity,), timelines=(timeline,)
    )
    return [record.model_dump_json().encode()]


def _report_results(folder: Path) -> list[bytes]:
    (folder / "timing.json").write_bytes(TIMING)
    return [RESULTS]


def _report_timing(folder: Path) -> list[bytes]:
    write_results(folder)
    return [TIMING]


def _shown(folder: Path) -> list[bytes]:
    write_results(folder)
    return [SHOWN_RUNS]


def _viewed(folder: Path) -> list[bytes]:
    out = write_folder(folder, length=8)
    return [(out / "results.json").read_bytes()]


def _scored_on(folder: Path) -> list[bytes]:
    out = write_folder(folder, length=8)
    return [(out / "scored-on.json").read_bytes()]


def _entry(folder: Path) -> list[bytes]:
    Store(folder).publish("stage", "key", {"file.txt": b"content"}, {"a": 1})
    return [(folder / "stage" / "key" / "entry.json").read_bytes()]


def _report(path: Path) -> object:
    return write_reports(ResultsFolder(path.parent), ("html", "csv", "md"))


def _gate(path: Path) -> object:
    return compare(sample_result(), load_baseline(path))


JSON_READERS = (
    Reader("JSON", "text", "any.json", always(RESULTS), mutated_json, lambda path: read_json(path, "JSON")),
    Reader("results.json", "text", "results.json", always(RESULTS), mutated_json,
           lambda path: ResultsFolder(path.parent).result),
    Reader("timing.json", "text", "timing.json", always(TIMING), mutated_json,
           lambda path: ResultsFolder(path.parent).stored_timing()),
    Reader("explanation.json", "text", "explanation.json", _explanation, mutated_json,
           lambda path: ResultsFolder(path.parent).explanation()),
    Reader("figures.json", "text", "figures.json", _figures, mutated_json,
           lambda path: ResultsFolder(path.parent).figure_data()),
    Reader("environment.json", "text", "environment.json", always(ENVIRONMENT), mutated_json,
           lambda path: environment_of(ResultsFolder(path.parent))),
    Reader("suite.json", "text", "suite.json", always(load_suite("smoke").model_dump_json().encode()), mutated_json,
           lambda path: (environment_of(ResultsFolder(path.parent)), read_suite(path))),
    Reader("baseline", "text", "baseline.json", always(BASELINE), mutated_json, _gate),
    Reader("entry of the store", "text", "stage/key/entry.json", _entry, mutated_json,
           lambda path: Store(path.parents[2]).read("stage", "key", "file.txt")),
    Reader("shown-runs.json", "binary", "viewer/shown-runs.json", _shown, mutated_json,
           lambda path: ResultsFolder(path.parents[1]).shown_runs()),
    Reader("results.json to look at", "binary", "results/results.json", _viewed, mutated_json,
           lambda path: open_results(path.parent)),
    Reader("scored-on.json", "binary", "results/scored-on.json", _scored_on, mutated_json,
           lambda path: open_results(path.parent)),
    Reader("report of results.json", "binary", "results.json", _report_results, mutated_json, _report),
    Reader("report of timing.json", "binary", "timing.json", _report_timing, mutated_json, _report),
    Reader("report of explanation.json", "binary", "explanation.json", _explanation, mutated_json, _report),
    Reader("report of figures.json", "binary", "figures.json", _figures, mutated_json, _report),
)  # fmt: skip
