"""A results folder explained: what its store lacks is computed, ``explanation.json`` and events are written.

The same for a folder of ``mot-bench run`` and one of ``mot-bench score``: track files lie under
``runs/``, and ``results.json`` has the digests of everything. Of scored files detections are not
known, and causes do without.
"""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from mot_bench.atomic import write_text
from mot_bench.datasets.dataset import Dataset
from mot_bench.detections.sources import DetectionSource
from mot_bench.engine.store import Store
from mot_bench.engine.store_place import open_store
from mot_bench.errors import InputError, MotBenchError, reading
from mot_bench.explaining.context import ExplainingContext, Sources
from mot_bench.explaining.differences import hota_parts
from mot_bench.explaining.events import COLUMNS, EVENTS, events_path
from mot_bench.explaining.pool import explain_pieces, is_explained
from mot_bench.explaining.records import (
    EXPLANATION,
    ExplanationRecord,
    results_digest,
)
from mot_bench.explaining.summary import aps_of, run_record
from mot_bench.files.json_files import first_fault
from mot_bench.networks.model_keys import Networks
from mot_bench.records.results import RunResult, SuiteResult, track_file
from mot_bench.reports.explanation import Split
from mot_bench.stages.context import Context
from mot_bench.stages.explain import Explain
from mot_bench.stages.network_detections import NetworkDetections
from mot_bench.stages.roles import EVALUATION
from mot_bench.suites.schema import Suite
from mot_bench.terminal.progress import SuiteProgress

_Piece = tuple[str, int, str]


def explain_folder(
    out: Path,
    result: SuiteResult,
    dataset: Dataset,
    sources: Sources,
    jobs: int,
    console: Console,
    store: Store | None = None,
) -> ExplanationRecord:
    """Explain every run that finished; what the store has is not computed again.

    Args:
        out: the results folder.
        result: its results.json.
        dataset: what was scored on.
        sources: where detections come from, by their digest (``sources_of``).
        jobs: processes.
        console: where progress is shown.
        store: of the results of stages; the user's by default.

    Returns:
        What was written to ``explanation.json``. Events were written to
        ``runs/NAME/seed-N/events.csv``.

    Raises:
        MotBenchError: a track file is not the one that was scored, or the folder cannot be written.
    """
    context = ExplainingContext(dataset, store or open_store(None, out), sources)
    rows, pieces, missing = _to_explain(out, result, dataset)
    explained, lost = _explained(pieces, context, dataset, sources, jobs, console)
    missing |= {f"{run}, seed {seed}": reason for (run, seed), reason in lost.items()}
    rows = [row for row in rows if _key(row) not in lost]
    aps = functools.cache(lambda digests: aps_of(context, dict(digests)))
    names = [sequence.name for sequence in dataset.sequences]
    records = []
    for row in rows:
        of_row = [explained[row.run, row.seed, name] for name in names]
        _write_events(out, row, context, of_row)
        found = [piece.result(context) for piece in of_row]
        digests = tuple((name, row.detections_digests.get(name, "")) for name in names)
        records.append(run_record(row, found, aps(digests), inert=is_inert(row, result)))
    record = ExplanationRecord(
        of=results_digest(result),
        runs=tuple(records),
        splits=tuple(splits(result)),
        missing=missing,
    )
    write_text(out / EXPLANATION, record.model_dump_json(indent=1) + "\n")
    return record


def _to_explain(
    out: Path, result: SuiteResult, dataset: Dataset
) -> tuple[list[RunResult], list[Explain], dict[str, str]]:
    """Return the rows that can be explained with their pieces, and why others cannot."""
    rows, pieces, missing = [], [], {}
    for row in [row for row in result.runs if row.status == "ok"]:
        found = _pieces(out, row, dataset)
        lacking = next((piece.tracks for piece in found if piece.lacks_tracks), None)
        if lacking is None:
            rows.append(row)
            pieces += found
        else:
            missing[_label(row)] = f"no track file {lacking.relative_to(out).as_posix()}"
    return rows, pieces, missing


def suite_sources(
    out: Path, result: SuiteResult, dataset: Dataset, data_root: Path | None
) -> Sources:
    """Return where the runs of a folder have their detections from, as its suite.json says.

    Raises:
        InputError: suite.json is malformed.
    """
    path = out / "suite.json"
    if not path.is_file():
        return {}
    suite = read_suite(path)
    networks = Networks(suite, data_root)
    context = Context({EVALUATION: dataset}, networks, open_store(None, out))
    return sources_of(suite, context, result)


def read_suite(path: Path) -> Suite:
    """Read the suite.json of a results folder.

    Raises:
        InputError: it cannot be read, or is malformed.
    """
    expected = "suite.json as mot-bench run writes it"
    with reading(path, expected):
        try:
            return Suite.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise InputError(path, expected, first_fault(error)) from error


def sources_of(suite: Suite, context: Context, result: SuiteResult) -> dict[str, DetectionSource]:
    """Return where the detections of a suite's runs come from, by the digests in its result."""
    runs = {run.name: run for run in suite.runs}
    found: dict[str, DetectionSource] = {}
    for row in result.runs:
        if row.run not in runs or not row.detections_digests:
            continue
        try:
            source = context.source(EVALUATION, runs[row.run], row.seed)
        except MotBenchError:  # a file that moved: cause analysis then ignores detections
            continue
        if not isinstance(source, NetworkDetections):  # the store has those by their digests
            found.update(dict.fromkeys(row.detections_digests.values(), source))
    return found


def splits(result: SuiteResult) -> list[Split]:
    """The difference in HOTA between each run and the base of its seed, and its parts."""
    found = []
    for row in _finished(result):
        base = base_of(row, result)
        if base is None or base is row:
            continue
        parts = hota_parts(row, base)
        found.append(Split(run=row.run, base=base.run, seed=row.seed, **parts.__dict__))
    return found


def base_of(row: RunResult, result: SuiteResult) -> RunResult | None:
    """The base run of the same seed, else the only one; None where there is none."""
    bases = [other for other in _finished(result) if other.run == result.base]
    same = [other for other in bases if other.seed == row.seed]
    return same[0] if same else bases[0] if len(bases) == 1 else None


def is_inert(row: RunResult, result: SuiteResult) -> bool:
    """Whether a run is another than the base run, and its track files are the same, byte for byte."""
    base = base_of(row, result)
    return (
        base is not None and base.run != row.run and row.track_digests == base.track_digests != {}
    )


def _finished(result: SuiteResult) -> list[RunResult]:
    return [row for row in result.runs if row.status == "ok" and row.combined is not None]


def _pieces(out: Path, row: RunResult, dataset: Dataset) -> list[Explain]:
    return [
        Explain(
            row.run,
            row.seed,
            sequence.name,
            track_file(out, row.run, row.seed, sequence.name),
            row.track_digests.get(sequence.name, ""),
            row.detections_digests.get(sequence.name, ""),
        )
        for sequence in dataset.sequences
    ]


def _explained(
    pieces: list[Explain],
    context: ExplainingContext,
    dataset: Dataset,
    sources: Sources,
    jobs: int,
    console: Console,
) -> tuple[dict[_Piece, Explain], dict[tuple[str, int], str]]:
    """Explain what the store lacks; return what was explained, and why runs were not."""
    explained = {}
    lacking = []
    for piece in pieces:
        if is_explained(piece, context):
            explained[piece.run_name, piece.seed, piece.sequence] = piece
        else:
            lacking.append(piece)
    with SuiteProgress(console, "explaining", len(lacking)) as progress:

        def on_done(made: list[Explain]) -> None:
            for piece in made:
                explained[piece.run_name, piece.seed, piece.sequence] = piece
            progress.step(made[-1].sequence, len(made))

        store = context.cache.store
        reasons = explain_pieces(lacking, dataset, store, sources, jobs, on_done)
    lost = {
        (piece.run_name, piece.seed): f"{piece.sequence}: {reasons[piece.label]}"
        for piece in lacking
        if piece.label in reasons
    }
    for (run, seed), reason in lost.items():
        console.print(
            f"{run}, seed {seed}, is not explained: {reason}", markup=False, soft_wrap=True
        )
    return explained, lost


def _write_events(
    out: Path, row: RunResult, context: ExplainingContext, pieces: list[Explain]
) -> None:
    """Write all events of a run into one file, in the order of the sequences."""
    header = ",".join(COLUMNS) + "\n"
    texts = [context.cache.needed(piece, EVENTS).decode().removeprefix(header) for piece in pieces]
    write_text(events_path(out, row.run, row.seed), header + "".join(texts))


def _label(row: RunResult) -> str:
    return f"{row.run}, seed {row.seed}"


def _key(row: RunResult) -> tuple[str, int]:
    return row.run, row.seed
