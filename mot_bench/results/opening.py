"""Open a results folder together with the dataset that its runs were scored on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.rules import Rules, Stated
from mot_bench.errors import InputError, MotBenchError
from mot_bench.records.results import DatasetRecord, SequenceRecord
from mot_bench.results.folder import ResultsFolder
from mot_bench.scoring.sequence_names import of_name
from mot_bench.scoring.truth_files import open_truth


def open_results(
    path: Path, data_root: Path | None = None, dataset: str | None = None
) -> ResultsFolder:
    """Open a results folder and the dataset that its runs were scored on.

    Args:
        path: folder with a results.json.
        data_root: where named datasets lie; None: where they lay when the results were made.
        dataset: name or path of the dataset, of a folder of ground truth or of a gt.txt; None: what
            the results name.

    Raises:
        InputError: there is no results.json.
        MotBenchError: the dataset is not found, or has other ground truth than was scored on.
    """
    folder = ResultsFolder(path)
    if (path / "tracks.txt").is_file() and not folder.has_results:
        tracks = path / "tracks.txt"
        raise InputError(
            path,
            "the results of mot-bench run or score",
            f"tracks.txt of mot-bench track: mot-bench viewer {path} plays them; with ground truth, "
            f"mot-bench score {tracks} --ground-truth GT --out OUT makes results",
        )
    record = folder.result.dataset
    try:
        opened = _dataset(folder, data_root or folder.data_root, dataset)
    except MotBenchError as error:
        if dataset is not None:
            raise
        hint = "(say where the data are: --dataset NAME_OR_PATH, --data-root FOLDER)"
        raise MotBenchError(f"{error} {hint}") from error
    sequences = tuple(_scored_sequence(opened, sequence) for sequence in record.sequences)
    scored_on = Dataset(opened.name, record.benchmark, opened.split, sequences, opened.root)
    return dataclasses.replace(folder, opened=scored_on)


def _dataset(folder: ResultsFolder, data_root: Path | None, named: str | None) -> Dataset:
    """Open the dataset that the user names, else the one that the folder names."""
    record = folder.result.dataset
    stated = _stated_rules(record)
    names = [sequence.name for sequence in record.sequences]
    if named is not None:
        name, _, split = named.partition("@")
        return open_truth(
            name, stated=stated, split=split or record.split, data_root=data_root, names=names
        )
    if folder.ground_truth is not None:
        return open_truth(
            folder.ground_truth,
            stated=stated,
            split=record.split,
            data_root=data_root,
            names=names,
        )
    return open_dataset(folder.dataset_name, data_root, record.split or None, stated=stated)


def _stated_rules(record: DatasetRecord) -> Stated:
    """Return the rules and classes that a result was scored by."""
    rules = Rules(record.benchmark, "results.json", tuple(record.classes))
    return Stated(record.benchmark, rules.chosen, rules.reason)


def _scored_sequence(opened: Dataset, record: SequenceRecord) -> Sequence:
    """Return the sequence of a dataset that was scored, after a check of its ground truth."""
    sequence = of_name(record.name, opened.sequences)
    if sequence is None:
        raise MotBenchError(
            f"dataset {opened.name}: expected sequence {record.name}, found none of this name"
        )
    if sequence.digest != record.digest:
        raise MotBenchError(
            f"dataset {opened.name}: expected the ground truth of {record.name} that was scored on "
            f"(results.json has its digest), found another"
        )
    return sequence
