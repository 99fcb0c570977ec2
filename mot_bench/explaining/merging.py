"""What was found in several results folders as one ``explanation.json``, when the folders become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mot_bench.atomic import write_text
from mot_bench.explaining.records import (
    EXPLANATION,
    ExplanationRecord,
    read_explanation,
    results_digest,
)
from mot_bench.explaining.results_folder import is_inert, splits
from mot_bench.records.results import SuiteResult

Renamed = Mapping[str, str]  # run names of a folder, and what they become


def merge_explanations(
    folders: Sequence[tuple[Path, SuiteResult, Renamed]], merged: SuiteResult, out: Path
) -> None:
    """Write ``explanation.json`` for results that are merged of several folders, of those that have one.

    Args:
        folders: each with its results and the names of its runs.
        merged: the results of all.
        out: where it is written; nothing is, if no folder was explained.

    Raises:
        InputError: an explanation.json is malformed.
        MotBenchError: the folder cannot be written.
    """
    rows = {(row.run, row.seed): row for row in merged.runs}
    runs, missing = [], {}
    for path, result, renamed in folders:
        if not (path / EXPLANATION).exists():
            continue
        record = read_explanation(path / EXPLANATION)
        if record.of != results_digest(result):
            continue
        for run in record.runs:
            row = rows[renamed[run.run], run.seed]
            runs.append(run.model_copy(update={"run": row.run, "inert": is_inert(row, merged)}))
        for label, reason in record.missing.items():
            run_name, _, seed = label.rpartition(", ")
            missing[f"{renamed.get(run_name, run_name)}, {seed}"] = reason
    if runs:
        whole = ExplanationRecord(
            of=results_digest(merged), runs=runs, splits=splits(merged), missing=missing
        )
        write_text(out / EXPLANATION, whole.model_dump_json(indent=1) + "\n")
