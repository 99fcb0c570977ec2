"""A results folder explained: what its store lacks is computed, ``explanation.json`` and events are written.

The same for a folder of ``mot-bench run`` and one of ``mot-bench score``: track files lie under
``runs/``, and ``results.json`` has the digests of everything. Of scored files detections are not
known, and causes do without.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError
from rich.console import Console

from mot_bench.atomic import write_text
from mot_bench.datasets.dataset import Dataset
from mot_bench.detections.sources import DetectionSource
from mot_bench.engine.schedule import KILLED_TWICE
from mot_bench.engine.store import Store
from mot_bench.errors import InputError, MotBenchError, reading
from mot_bench.explaining.differences import hota_parts
from mot_bench.explaining.events import COLUMNS, EVENTS, events_path
from mot_bench.explaining.pool import explain_pieces
from mot_bench.explaining.records import (
    EXPLANATION,
    ExplanationRecord,
    results_digest,
)
from mot_bench.explaining.stage import COUNTS, EXPLAIN, Explainer, Found, Piece
from mot_bench.explaining.summary import aps_of, run_record
from mot_bench.files.json_files import first_fault
from mot_bench.networks.model_keys import Networks
from mot_bench.records.results import RunResult, SuiteResult, track_file
from mot_bench.reports.explanation import Split
from mot_bench.running.pieces import Data
from mot_bench.suites.schema import Suite
from mot_bench.terminal.progress import SuiteProgress

Sources = Callable[[RunResult], DetectionSource | None]
_Key = tuple[str, int, str]


def explain_folder(
    out: Path, result: SuiteResult, dataset: Dataset, sources: Sources, jobs: int, console: Console
) -> ExplanationRecord:
    """Explain every run that finished; what the store has is not computed again.

    Args:
        out: the results folder.
        result: its results.json.
        dataset: what was scored on.
        sources: where a run's detections come from; None where that is not known.
        jobs: processes.
        console: where progress is shown.

    Returns:
        What was written to ``explanation.json``. Events were written to
        ``runs/NAME/seed-N/events.csv``.

    Raises:
        MotBenchError: a track file is not the one that was scored, or the folder cannot be written.
    """
    store, explainer = Store(out / "store"), Explainer(dataset, out / "store")
    rows, missing, pieces = [], {}, []
    for row in result.runs:
        if row.status != "ok":
            continue
        found = _pieces(out, row, dataset, sources)
        lacking = next((piece.tracks for piece in found if piece.lacks_tracks), None)
        if lacking is None:
            rows.append(row)
            pieces += found
        else:
            missing[_label(row)] = f"no track file {lacking.relative_to(out).as_posix()}"
    keys, lost = _computed(pieces, explainer, dataset, jobs, console)
    for row in [row for row in rows if (row.run, row.seed) in lost]:
        missing[_label(row)] = lost[row.run, row.seed]
        rows.remove(row)
    aps = functools.cache(lambda digests: aps_of(explainer, dict(digests)))
    records = []
    for row in rows:
        names = [sequence.name for sequence in dataset.sequences]
        of_row = [keys[row.run, row.seed, name] for name in names]
        _write_events(out, row, store, of_row)
        every = [_found(store, key) for key in of_row]
        digests = tuple((name, row.detections_digests.get(name, "")) for name in names)
        records.append(run_record(row, every, aps(digests), inert=is_inert(row, result)))
    record = ExplanationRecord(
        of=results_digest(result),
        runs=tuple(records),
        splits=tuple(splits(result)),
        missing=missing,
    )
    write_text(out / EXPLANATION, record.model_dump_json(indent=1) + "\n")
    return record


def suite_sources(out: Path, dataset: Dataset, data_root: Path | None) -> Sources:
    """Where the runs of a folder have their detections from, as the suite beside says.

    Unknown without one.

    Raises:
        InputError: suite.json is malformed.
    """
    path = out / "suite.json"
    if not path.is_file():
        return lambda _: None
    suite = read_suite(path)
    return sources_of(suite, Data(dataset, Store(out / "store"), Networks(suite, data_root)))


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


def sources_of(suite: Suite, data: Data) -> Sources:
    """Where the runs of a suite have their detections from."""
    runs = {run.name: run for run in suite.runs}

    @functools.cache
    def source(name: str, seed: int) -> DetectionSource | None:
        try:
            return data.source(runs[name], seed) if name in runs else None
        except (
            MotBenchError
        ):  # a file that moved, or a network whose training data did: causes do without
            return None

    return lambda row: source(row.run, row.seed)


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


def _pieces(out: Path, row: RunResult, dataset: Dataset, sources: Sources) -> list[Piece]:
    return [
        Piece(
            row.run,
            row.seed,
            sequence.name,
            track_file(out, row.run, row.seed, sequence.name),
            row.track_digests.get(sequence.name, ""),
            sources(row),
            row.detections_digests.get(sequence.name, ""),
        )
        for sequence in dataset.sequences
    ]


def _computed(
    pieces: list[Piece], explainer: Explainer, dataset: Dataset, jobs: int, console: Console
) -> tuple[dict[_Key, str], dict[tuple[str, int], str]]:
    """Return the keys of pieces in the store, and why runs lack some.

    What the store lacks is computed.
    """
    keys: dict[_Key, str] = {}
    lacking = []
    for piece in pieces:
        key = explainer.keys(piece)[0]
        if explainer.store.read(EXPLAIN, key, COUNTS) is not None and explainer.is_judged(piece):
            keys[piece.run, piece.seed, piece.sequence] = key
        else:
            lacking.append(piece)
    with SuiteProgress(console, "explaining", len(lacking)) as progress:

        def on_done(done: list[Piece], found: list[str]) -> None:
            for piece, key in zip(done, found, strict=True):
                keys[piece.run, piece.seed, piece.sequence] = key
            progress.step(done[-1].sequence, len(done))

        pieces_lost = explain_pieces(lacking, dataset, explainer.store.root, jobs, on_done)
    lost = {(piece.run, piece.seed): f"{piece.sequence}: {KILLED_TWICE}" for piece in pieces_lost}
    for (run, seed), reason in lost.items():
        console.print(
            f"{run}, seed {seed}, is not explained: {reason}", markup=False, soft_wrap=True
        )
    return keys, lost


def _write_events(out: Path, row: RunResult, store: Store, keys: list[str]) -> None:
    """All events of a run in one file, in the order of the sequences."""
    header = ",".join(COLUMNS) + "\n"
    texts = [_content(store, key, EVENTS).decode().removeprefix(header) for key in keys]
    write_text(events_path(out, row.run, row.seed), header + "".join(texts))


def _content(store: Store, key: str, name: str) -> bytes:
    content = store.read(EXPLAIN, key, name)
    return _lost(store, key, name) if content is None else content


def _found(store: Store, key: str) -> Found:
    found = store.parsed(EXPLAIN, key, COUNTS, Found.from_json, "counts of an explanation as JSON")
    return _lost(store, key, COUNTS) if found is None else found


def _lost(store: Store, key: str, name: str) -> NoReturn:
    raise InputError(
        store.folder(EXPLAIN, key) / name, "what was just computed", "nothing, or something else"
    )


def _label(row: RunResult) -> str:
    return f"{row.run}, seed {row.seed}"
