"""Scoring anybody's result files against a ground truth: the library function behind ``mot-bench score``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mot_bench.datasets.rules import Stated
from mot_bench.datasets.types import Dataset
from mot_bench.errors import InputError, did_you_mean, listed
from mot_bench.places import check_place
from mot_bench.results import DatasetRecord, SequenceRecord, SuiteResult
from mot_bench.scoring.counted import counted_of
from mot_bench.scoring.many_runs import score_runs
from mot_bench.scoring.numbering import check_numbering
from mot_bench.scoring.one_run import Scoring, Task
from mot_bench.scoring.result_files import ResultSet, distinct, find_results
from mot_bench.scoring.score import scorer_record
from mot_bench.scoring.sequence_names import files_by_sequence, with_copies
from mot_bench.scoring.truth_files import open_truth
from mot_bench.statistics.counts import COUNTS, write_counts

SUITE = "score"


def score_results(
    results: Path,
    ground_truth: str,
    *,
    benchmark: str | None = None,
    classes: str | None = None,
    name: str | None = None,
    split: str | None = None,
    data_root: Path | None = None,
    allow_missing: bool = False,
    numbering: str | None = None,
    jobs: int = 1,
    tell: Callable[[str], None] = lambda _: None,
    keep: Path | None = None,
) -> SuiteResult:
    """Score result files; the result is what ``results.json`` holds.

    Args:
        results: a ``.txt`` file, a folder, a folder of trackers' folders, or a zip (see ``result_files``).
        ground_truth: a file, a folder or a dataset's name (see ``truth_files``).
        benchmark: whose rules count; None: what the ground truth says, or looks like.
        classes: which count, numbers or names with commas, or ``all``; None: those of the benchmark (see
            ``mot_bench.datasets.rules``).
        name: what the run is called, where there is but one.
        split: cut the ground truth to it; the results are of the split, from frame 1.
        data_root: where named datasets lie.
        allow_missing: a sequence without a result file is scored as one without tracks.
        numbering: ``original`` where results of a split are numbered as the whole sequence is, ``split`` where they are
            not; None: as the frames show (see ``mot_bench.scoring.numbering``).
        jobs: processes, over the runs.
        tell: takes notes, one line each: files that are the result of no sequence.
        keep: results folder that the result files are copied into, ``runs/NAME/seed-N/tracks/SEQUENCE.txt`` as
            ``mot-bench run`` has them, so that they can be looked at and explained later, and that the counts of each
            sequence are written to, ``counts.npz``; None: not kept.

    Raises:
        MotBenchError: a fault in the ground truth; no result file that fits; the only run has a fault. With several
            runs a fault makes its run a failed row, and the others are scored.
    """
    check_numbering(numbering)
    sets = find_results(results, name)
    names = {stem for one in sets for stem in one.files}
    stated = Stated(benchmark, classes)
    opened = open_truth(ground_truth, stated=stated, split=split, data_root=data_root, names=names)
    _check_truth(opened)
    dataset, tasks = _tasks(sets, opened, results, tell)
    for task in tasks:
        check_place(task.run, "a name", results, "rename the folder or file, or say --name")
    counted = counted_of(dataset)
    scoring = Scoring(dataset, allow_missing, keep, numbering)
    rows = score_runs(tasks, scoring, jobs)
    result = SuiteResult(
        suite=SUITE,
        title=f"Result files scored on {dataset.name}",
        dataset=_dataset_record(dataset),
        scorer=scorer_record(dataset.benchmark, counted),
        runs=[row for row, _ in rows],
    )
    if keep is not None:
        write_counts(keep / COUNTS, result, {(row.run, row.seed): counts for row, counts in rows if counts is not None})
    return result


def _tasks(
    sets: list[ResultSet], dataset: Dataset, path: Path, tell: Callable[[str], None]
) -> tuple[Dataset, list[Task]]:
    """Return the runs that have a file for some sequence, and the dataset with MOT17's copies that all of them have.

    What is passed over is told.

    Raises:
        InputError: no file is named after a sequence.
    """
    names = [sequence.name for sequence in dataset.sequences]
    if path.is_file() and len(names) == len(sets) == len(sets[0].files) == 1:
        (one,) = sets
        return dataset, [Task(one.run, one.seed, dict(zip(names, one.files.values(), strict=True)))]
    fitting = [one for one in sets if files_by_sequence(one.files, dataset)]
    if not fitting:
        found = sorted({stem for one in sets for stem in one.files})
        expected = f"result files {listed(f'{name}.txt' for name in names)}, named after the sequences"
        hint = did_you_mean(found[0], names)
        raise InputError(path, expected, f"{listed(f'{name}.txt' for name in found)}{hint}")
    whole = with_copies(dataset, (one.files for one in fitting))
    tasks = [_task(one, whole) for one in distinct(fitting)]
    for one in sets:
        for name in _passed_over(one, whole):
            tell(f"{one.files[name].label}: passed over, the ground truth has no sequence of this name")
    return whole, tasks


def _task(one: ResultSet, dataset: Dataset) -> Task:
    return Task(one.run, one.seed, files_by_sequence(one.files, dataset), tuple(_passed_over(one, dataset)))


def _passed_over(one: ResultSet, dataset: Dataset) -> list[str]:
    """Return the names of the files that belong to no sequence of the dataset."""
    used = {file.label for file in files_by_sequence(one.files, dataset).values()}
    return [name for name, file in one.files.items() if file.label not in used]


def _check_truth(dataset: Dataset) -> None:
    for sequence in dataset.sequences:
        if sequence.load_ground_truth is None:
            place = sequence.folder or sequence.name
            raise InputError(place, f"ground truth of {sequence.name}", "none (a test split?)")


def _dataset_record(dataset: Dataset) -> DatasetRecord:
    return DatasetRecord(
        name=dataset.name,
        benchmark=dataset.benchmark,
        split=dataset.split,
        classes=list(dataset.rules.classes) if dataset.rules else [],
        sequences=[
            SequenceRecord(name=one.name, length=one.length, frame_rate=one.frame_rate, digest=one.digest)
            for one in dataset.sequences
        ],
    )
