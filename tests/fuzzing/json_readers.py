"""Readers of JSON: everything that a results folder and a store hold."""

from __future__ import annotations

import json
from pathlib import Path

from gate_samples import sample_result
from reports_samples import make_result, make_timing, write_results
from viewer_samples import write_folder

from fuzzing.mutation import mutated_json, mutated_text
from fuzzing.reader import Reader, always
from mot_bench.engine.store import Store
from mot_bench.explaining.records import (
    CauseRecord,
    ExplanationRecord,
    LimitRecord,
    RunRecord,
    SliceRecord,
    SplitRecord,
    read_explanation,
    results_digest,
)
from mot_bench.explaining.results_folder import read_suite
from mot_bench.files.json_files import read_json
from mot_bench.reporting.bundle import read_results, read_timing, write_reports
from mot_bench.reporting.figure_data import (
    FigureRecord,
    SimilarityRecord,
    TimelineRecord,
    figure_data_of,
)
from mot_bench.results.gating.baseline import make_baseline
from mot_bench.results.gating.comparison import compare
from mot_bench.results.gating.files import baseline_text, load_baseline, load_result
from mot_bench.results.provenance import environment_of
from mot_bench.suites.loader import load_suite
from mot_bench.viewing.folder import open_results
from mot_bench.viewing.shown_runs import labels_in_viewer

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
VIEWER = b'<script type="application/json" id="index">{"runs": [{"label": "sort"}]}</script>'


def _explanation(folder: Path) -> list[bytes]:
    """Write results, and give an explanation of their first run."""
    result = make_result()
    write_results(folder, result, make_timing())
    row, base = result.runs[1], result.runs[0]
    cause = CauseRecord(kind="false negative", cause="", count=3, gains={"HOTA": 0.1})
    record = ExplanationRecord(
        of=results_digest(result),
        runs=[
            RunRecord(
                run=row.run, seed=row.seed, inert=False, detections_known=True, visibility_given=True,
                causes=[cause.model_copy(update={"cause": "no detection"})], kinds=[cause],
                limits=[LimitRecord(name="identities", gains={"HOTA": 0.2})],
                slices=[SliceRecord(by="size", label="small", boxes=4, ap=0.5, recall=None, idf1=0.2)],
            )
        ],
        splits=[
            SplitRecord(
                run=row.run, base=base.run, seed=0, difference=0.1, detection=0.05, association=0.05, localisation=0.0
            )
        ],
    )  # fmt: skip
    return [record.model_dump_json().encode()]


def _figures(folder: Path) -> list[bytes]:
    """Write results, and give a similarity and a timeline of them."""
    from mot_bench.reporting.figure_data import _digest

    result = make_result()
    write_results(folder, result)
    edges = [place / 50 - 1 for place in range(101)]
    similarity = SimilarityRecord(
        model="a", seed=0, edges=edges, same=[1] * 100, different=[2] * 100, threshold=0.5, tpr=0.7
    )
    timeline = TimelineRecord(
        run=result.runs[0].run, seed=0, sequence=result.dataset.sequences[0].name, frames=10, frame_rate=25.0,
        presences=[(1, 1, 9)], spans=[(1, 4, 1, 8)], switches=[(1, 5)],
    )  # fmt: skip
    record = FigureRecord(of=_digest(result), similarities=[similarity], timelines=[timeline])
    return [record.model_dump_json().encode()]


def _report_results(folder: Path) -> list[bytes]:
    (folder / "timing.json").write_bytes(TIMING)
    return [RESULTS]


def _report_timing(folder: Path) -> list[bytes]:
    write_results(folder)
    return [TIMING]


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
    return write_reports(path.parent, ("html", "csv", "md"))


def _gate(path: Path) -> object:
    return compare(sample_result(), load_baseline(path))


JSON_READERS = (
    Reader("JSON", "text", "any.json", always(RESULTS), mutated_json, lambda path: read_json(path, "JSON")),
    Reader("results.json", "text", "results.json", always(RESULTS), mutated_json, read_results),
    Reader("results.json for the gate", "text", "results.json", always(RESULTS), mutated_json,
           lambda path: load_result(path.parent)),
    Reader("timing.json", "text", "timing.json", always(TIMING), mutated_json, read_timing),
    Reader("explanation.json", "text", "explanation.json", _explanation, mutated_json, read_explanation),
    Reader("figures.json", "text", "figures.json", _figures, mutated_json,
           lambda path: figure_data_of(path.parent, make_result())),
    Reader("environment.json", "text", "environment.json", always(ENVIRONMENT), mutated_json,
           lambda path: environment_of(path.parent)),
    Reader("suite.json", "text", "suite.json", always(load_suite("smoke").model_dump_json().encode()), mutated_json,
           lambda path: (environment_of(path.parent), read_suite(path))),
    Reader("baseline", "text", "baseline.json", always(BASELINE), mutated_json, _gate),
    Reader("entry of the store", "text", "stage/key/entry.json", _entry, mutated_json,
           lambda path: Store(path.parents[2]).read("stage", "key", "file.txt")),
    Reader("viewer.html", "text", "viewer.html", always(VIEWER), mutated_text,
           lambda path: labels_in_viewer(path.parent)),
    Reader("results.json to look at", "binary", "results/results.json", _viewed, mutated_json,
           lambda path: open_results(path.parent)),
    Reader("scored-on.json", "binary", "results/scored-on.json", _scored_on, mutated_json,
           lambda path: open_results(path.parent)),
    Reader("report of results.json", "binary", "results.json", _report_results, mutated_json, _report),
    Reader("report of timing.json", "binary", "timing.json", _report_timing, mutated_json, _report),
    Reader("report of explanation.json", "binary", "explanation.json", _explanation, mutated_json, _report),
    Reader("report of figures.json", "binary", "figures.json", _figures, mutated_json, _report),
)  # fmt: skip
