"""Scoring anybody's result files against a ground truth: the library function behind ``mot-bench score``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from mot_bench.atomic import write_bytes
from mot_bench.datasets.mot_text import TrackRows, parse_tracks
from mot_bench.datasets.types import Dataset
from mot_bench.errors import InputError, MotBenchError
from mot_bench.processes import start_processes
from mot_bench.results import DatasetRecord, RunResult, SequenceRecord, SuiteResult, run_folder
from mot_bench.scoring.profiles import PEDESTRIAN
from mot_bench.scoring.result_files import ResultFile, ResultSet, find_results
from mot_bench.scoring.score import (
    PreparedTruth,
    SequenceScore,
    combine,
    prepare,
    score_sequence,
    scorer_record,
    summarise,
)
from mot_bench.scoring.truth_files import open_truth
from mot_bench.statistics.counts import COUNTS, FloatArray, stacked, write_counts

SUITE = "score"
_COPIES = ("-FRCNN", "-DPM", "-SDP")
Truths = dict[str, PreparedTruth]
Scored = tuple[RunResult, FloatArray | None]
"""A row, and its counts, (sequences, fields), where it was scored."""


def score_results(
    results: Path,
    ground_truth: str,
    *,
    benchmark: str | None = None,
    name: str | None = None,
    split: str | None = None,
    data_root: Path | None = None,
    allow_missing: bool = False,
    jobs: int = 1,
    tell: Callable[[str], None] = lambda _: None,
    keep: Path | None = None,
) -> SuiteResult:
    """Score result files; the result is what ``results.json`` holds.

    Args:
        results: a ``.txt`` file, a folder, a folder of trackers' folders, or a zip (see ``result_files``).
        ground_truth: a file, a folder or a dataset's name (see ``truth_files``).
        benchmark: which rules count; None: what the ground truth is, or looks like.
        name: what the run is called, where there is but one.
        split: cut the ground truth to it; the results are of the split, from frame 1.
        data_root: where named datasets lie.
        allow_missing: a sequence without a result file is scored as one without tracks.
        jobs: processes, over the runs.
        tell: takes notes, one line each: files that are the result of no sequence.
        keep: results folder that the result files are copied into, ``runs/NAME/seed-N/tracks/SEQUENCE.txt`` as
            ``mot-bench run`` has them, so that they can be looked at and explained later, and that the counts of each
            sequence are written to, ``counts.npz``; None: not kept.

    Raises:
        MotBenchError: a fault in the ground truth; no result file that fits; the only run has a fault. With several
            runs a fault makes its run a failed row, and the others are scored.
    """
    dataset = open_truth(ground_truth, benchmark=benchmark, split=split, data_root=data_root)
    sets = _fitting(find_results(results, name), dataset, results, tell)
    truths = _prepare_all(dataset)
    tasks = [(one, _files_by_sequence(one, dataset)) for one in sets]
    alone = len(tasks) == 1
    if jobs > 1 and not alone:
        processes = start_processes(min(jobs, len(tasks)), _share, (truths,))
        try:
            futures = [processes.submit(_row_of_shared, one, files, allow_missing, keep) for one, files in tasks]
            rows = [future.result() for future in futures]
        finally:
            processes.shutdown(cancel_futures=True)
    else:
        rows = [_row(one, files, truths, allow_missing, keep, raising=alone) for one, files in tasks]
    result = SuiteResult(
        suite=SUITE,
        title=f"Result files scored on {dataset.name}",
        dataset=_dataset_record(dataset),
        scorer=scorer_record(dataset.benchmark),
        runs=[row for row, _ in rows],
    )
    if keep is not None:
        write_counts(keep / COUNTS, result, {(row.run, row.seed): counts for row, counts in rows if counts is not None})
    return result


def _fitting(sets: list[ResultSet], dataset: Dataset, path: Path, tell: Callable[[str], None]) -> list[ResultSet]:
    """The runs that have a file for a sequence at least; what is passed over is told."""
    names = [sequence.name for sequence in dataset.sequences]
    if len(sets) == 1 and len(names) == 1 and len(sets[0].files) == 1 and path.is_file():
        return [replace(sets[0], files=dict(zip(names, sets[0].files.values(), strict=True)))]
    fitting = []
    for one in sets:
        used = _files_by_sequence(one, dataset)
        if used:
            fitting.append(one)
        for file in one.files.values():
            if file not in used.values():
                tell(f"{file.label}: passed over, the ground truth has no sequence of this name")
    if not fitting:
        found = sorted({stem for one in sets for stem in one.files})
        raise InputError(path, f"result files {_list(f'{name}.txt' for name in names)}", _list(found))
    return fitting


def _list(words: Iterable[str], most: int = 6) -> str:
    items = list(words)
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")


def _files_by_sequence(one: ResultSet, dataset: Dataset) -> dict[str, ResultFile]:
    """The file of each sequence that has one; MOT17's files serve its copies (``MOT17-02`` and ``MOT17-02-FRCNN``)."""
    by_base: dict[str, ResultFile] = {}
    for stem in sorted(one.files):
        by_base.setdefault(_base(stem), one.files[stem])
    found: dict[str, ResultFile] = {}
    for sequence in dataset.sequences:
        exact = one.files.get(sequence.name)
        plain = one.files.get(_base(sequence.name))
        any_copy = by_base.get(_base(sequence.name)) if _base(sequence.name) == sequence.name else None
        file = exact or plain or any_copy
        if file is not None:
            found[sequence.name] = file
    return found


def _base(name: str) -> str:
    copy = next((copy for copy in _COPIES if name.endswith(copy)), "")
    return name.removesuffix(copy)


def _prepare_all(dataset: Dataset) -> Truths:
    truths = {}
    for sequence in dataset.sequences:
        if sequence.ground_truth is None:
            raise InputError(
                sequence.folder or sequence.name, f"ground truth of {sequence.name}", "none (a test split?)"
            )
        truths[sequence.name] = prepare(sequence.ground_truth, sequence.length, dataset.benchmark)
    return truths


_shared: Truths = {}


def _share(truths: Truths) -> None:
    """Hand the ground truth to a worker once."""
    _shared.update(truths)


def _row_of_shared(one: ResultSet, files: dict[str, ResultFile], allow_missing: bool, keep: Path | None) -> Scored:
    return _row(one, files, _shared, allow_missing, keep, raising=False)


def _row(
    one: ResultSet,
    files: dict[str, ResultFile],
    truths: Truths,
    allow_missing: bool,
    keep: Path | None,
    *,
    raising: bool,
) -> Scored:
    """One run scored; a fault is its row's error, or raised."""
    try:
        return _score_run(one, files, truths, allow_missing, keep)
    except MotBenchError as error:
        if raising:
            raise
        return RunResult(run=one.run, seed=one.seed, status="failed", error=str(error)), None


def _score_run(
    one: ResultSet, files: dict[str, ResultFile], truths: Truths, allow_missing: bool, keep: Path | None
) -> Scored:
    missing = [name for name in truths if name not in files]
    if missing and not allow_missing:
        raise InputError(
            f"run {one.run}",
            "a result file for each sequence of the ground truth (--allow-missing scores the others as empty)",
            f"none for {_list(missing)}",
        )
    scores: dict[str, SequenceScore] = {}
    digests = {}
    for name, truth in truths.items():
        content = files[name].read() if name in files else b""
        label = files[name].label if name in files else name
        scores[name] = score_sequence(truth, _tracks(content, label, truth.length))
        digests[name] = hashlib.sha256(content).hexdigest()
        if keep is not None and name in files:
            write_bytes(run_folder(keep, one.run, one.seed) / "tracks" / f"{name}.txt", content)
    row = RunResult(
        run=one.run,
        seed=one.seed,
        status="ok",
        combined=summarise(combine(scores)),
        sequences={name: summarise(score) for name, score in scores.items()},
        track_digests=digests,
    )
    return row, stacked(scores.values())


def _tracks(content: bytes, label: str, length: int) -> TrackRows:
    tracks = parse_tracks(content, label, length)
    if len(tracks) and tracks.classes.max() > PEDESTRIAN:
        row = int(tracks.classes.argmax())
        raise InputError(label, "class 1 (or -1) in column 8", f"class {tracks.classes[row]} in row {row + 1}")
    return tracks


def _dataset_record(dataset: Dataset) -> DatasetRecord:
    return DatasetRecord(
        name=dataset.name,
        benchmark=dataset.benchmark,
        split=dataset.split,
        sequences=[
            SequenceRecord(name=one.name, length=one.length, frame_rate=one.frame_rate, digest=one.digest)
            for one in dataset.sequences
        ],
    )
