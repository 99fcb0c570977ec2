"""Score any result files against ground truth: the function behind ``mot-bench score``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mot_bench.datasets.dataset import Dataset
from mot_bench.datasets.rules import Stated
from mot_bench.errors import InputError, did_you_mean, listed
from mot_bench.files.places import check_place
from mot_bench.records.results import DatasetRecord, SequenceRecord, SuiteResult
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
    """Score result files and return the content of ``results.json``.

    Args:
        results: a ``.txt`` file, a folder, a folder of trackers' folders, or a zip (see
            ``result_files``).
        ground_truth: a file, a folder or a dataset's name (see ``truth_files``).
        benchmark: the benchmark whose rules count; None to infer it from the ground truth.
        classes: the classes that count (numbers or names with commas, or ``all``); None for those
            of the benchmark (see ``mot_bench.datasets.rules``).
        name: the name of the run if there is only one.
        split: the split to cut the ground truth to.
        data_root: the folder of named datasets.
        allow_missing: whether a sequence without a result file is scored as empty.
        numbering: ``original`` if results of a split keep the frame numbers of the whole sequence,
            ``split`` if they count from 1; None to infer it (see ``mot_bench.scoring.numbering``).
        jobs: the number of processes.
        tell: a function that is called with each skipped file.
        keep: the results folder that receives ``counts.npz`` and copies of the result files, laid
            out like those of ``mot-bench run``; None to keep nothing.

    Raises:
        MotBenchError: the ground truth is faulty, no result file matches, or the only run is
            faulty. A fault in one of several runs makes a failed row.
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
    rows = score_runs(tasks, Scoring(dataset, allow_missing, keep, numbering), jobs)
    result = SuiteResult(
        suite=SUITE,
        title=f"Result files scored on {dataset.name}",
        dataset=_dataset_record(dataset),
        scorer=scorer_record(dataset.benchmark, counted),
        runs=[row for row, _ in rows],
    )
    if keep is not None:
        counts = {(row.run, row.seed): values for row, values in rows if values is not None}
        write_counts(keep / COUNTS, result, counts)
    return result


def _tasks(
    sets: list[ResultSet], dataset: Dataset, path: Path, tell: Callable[[str], None]
) -> tuple[Dataset, list[Task]]:
    """Return the dataset with those of MOT17's copies that all runs have, and the runs to score.

    ``tell`` is called with each skipped file.

    Raises:
        InputError: no file is named after a sequence.
    """
    names = [sequence.name for sequence in dataset.sequences]
    if path.is_file() and len(names) == len(sets) == len(sets[0].files) == 1:
        (one,) = sets
        return dataset, [Task(one.run, one.seed, dict(zip(names, one.files.values(), strict=True)))]
    matching = [one for one in sets if files_by_sequence(one.files, dataset)]
    if not matching:
        raise _no_match(path, sets, names)
    whole = with_copies(dataset, (one.files for one in matching))
    for one in sets:
        for name in _skipped(one, whole):
            label = one.files[name].label
            tell(f"{label}: skipped, the ground truth has no sequence with this name")
    return whole, _tasks_of(matching, whole)


def _no_match(path: Path, sets: list[ResultSet], names: list[str]) -> InputError:
    """Return the error that no result file is named after a sequence."""
    found = sorted({stem for one in sets for stem in one.files})
    wanted = listed(f"{name}.txt" for name in names)
    given = listed(f"{name}.txt" for name in found)
    hint = did_you_mean(found[0], names)
    return InputError(path, f"result files {wanted}, named after the sequences", f"{given}{hint}")


def _tasks_of(sets: list[ResultSet], dataset: Dataset) -> list[Task]:
    """Return a task for each run, in the order of their names."""
    return [
        Task(
            one.run,
            one.seed,
            files_by_sequence(one.files, dataset),
            tuple(_skipped(one, dataset)),
        )
        for one in distinct(sets)
    ]


def _skipped(one: ResultSet, dataset: Dataset) -> list[str]:
    """Return the names of the files that match no sequence of the dataset."""
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
            SequenceRecord(
                name=one.name, length=one.length, frame_rate=one.frame_rate, digest=one.digest
            )
            for one in dataset.sequences
        ],
    )
