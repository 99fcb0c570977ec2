"""Open datasets by name or path.

A name is one of ``list_datasets()``, including those of the entry-point group
``mot_bench.datasets`` (each entry is a function ``(data_root: Path | None, seed: int) ->
Dataset``). Anything else is the path of a folder of sequence folders, or of one sequence folder.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from mot_bench import simulation as street
from mot_bench.datasets.dataset import Dataset
from mot_bench.datasets.misplaced import no_sequences
from mot_bench.datasets.motchallenge import (
    describe,
    find_sequence_folders,
    one_copy,
    open_sequence,
)
from mot_bench.datasets.named_datasets import NAMED, DatasetEntry
from mot_bench.datasets.rule_decision import decide_rules
from mot_bench.datasets.rules import Stated
from mot_bench.datasets.split_folders import choose_split
from mot_bench.datasets.splits import FULL, cut_sequence
from mot_bench.errors import InputError, MotBenchError, did_you_mean, nearest_path, quoted
from mot_bench.files.user_configuration import configuration_file

ENTRY_POINT_GROUP = "mot_bench.datasets"


def list_datasets() -> list[DatasetEntry]:
    """Return every dataset that has a name: generated, public, and those of other packages."""
    plugins = [
        DatasetEntry(point.name, f"from {point.value}")
        for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
    ]
    generated = [
        DatasetEntry(name, title, (), street.BENCHMARK)
        for name, (title, _) in street.DATASETS.items()
    ]
    return [*generated, *NAMED, *plugins]


def open_dataset(
    name_or_path: str,
    data_root: Path | None,
    split: str | None = None,
    *,
    seed: int = 0,
    stated: Stated | None = None,
) -> Dataset:
    """Open a dataset and read its ground truth.

    Args:
        name_or_path: a name of ``list_datasets()``, or a folder.
        data_root: see ``resolve_data_root``; detections and camera motion of a path are searched
            there too.
        split: see ``mot_bench.datasets.splits``; None for the split that the name stands for.
        seed: the seed of generated datasets.
        stated: the rules and classes that the user wants; None to keep those of the dataset.

    Raises:
        MotBenchError: the dataset is unknown, missing or faulty, or the stated rules contradict
            those of a named dataset.
    """
    stated = stated or Stated()
    entry = next((entry for entry in NAMED if entry.name == name_or_path), None)
    if entry is not None:
        return _open_named(entry, data_root, split, stated)
    made = _made_by_code(name_or_path, data_root, seed)
    if made is not None:
        return _as_it_is(_cut(made, split or FULL), stated)
    path = Path(name_or_path)
    if not path.is_dir():
        raise _unknown(name_or_path)
    path = choose_split(path)
    name = path.resolve().name
    return _open_folder(path, name=name, split=split or FULL, root=data_root, stated=stated)


def _made_by_code(name: str, data_root: Path | None, seed: int) -> Dataset | None:
    """Return the dataset of this name that is generated or that another package has, or None."""
    if name in street.DATASETS:
        return street.open_street(name, seed)
    points = entry_points(group=ENTRY_POINT_GROUP)
    point = next((point for point in points if point.name == name), None)
    if point is None:
        return None
    dataset: Dataset = point.load()(data_root, seed)
    return dataset


def _unknown(name_or_path: str) -> MotBenchError:
    """Return the error that lists the known datasets and the nearest name or path."""
    path = Path(name_or_path)
    known = [entry.name for entry in list_datasets()]
    hint = did_you_mean(name_or_path, known)
    if path.exists():
        found = f"a file, {path}{hint}"
    else:
        found = f"neither, and no folder {path.absolute()}{hint or nearest_path(path)}"
    expected = f"a folder or one of {', '.join(known)}"
    return MotBenchError(f"dataset: expected {expected}; found {found}")


def find_folder(path_or_name: Path | None, data_root: Path | None) -> Path:
    """Return the folder that a path or a dataset's name stands for; by default the data root.

    Raises:
        MotBenchError: the folder does not exist, or neither a path nor a data root is given.
    """
    if path_or_name is None:
        if data_root is None:
            expected = "a PATH, or a data root (--data-root, MOT_BENCH_DATA)"
            raise MotBenchError(f"data check: expected {expected}; found neither")
        return data_root
    entry = next((entry for entry in NAMED if entry.name == str(path_or_name)), None)
    if entry is not None and not path_or_name.exists():
        return _folder_of(entry, data_root)
    if path_or_name.exists():
        return path_or_name
    names = [entry.name for entry in NAMED]
    hint = did_you_mean(str(path_or_name), names) or nearest_path(path_or_name)
    raise InputError(
        path_or_name,
        "a folder of sequences, or a dataset's name (mot-bench data list)",
        f"nothing{hint}",
    )


def open_dataset_text(text: str, data_root: Path | None) -> Dataset:
    """Open the dataset that ``NAME_OR_PATH[@SPLIT]`` names (errors as ``open_dataset``)."""
    name, _, split = text.partition("@")
    return open_dataset(name, data_root, split or None)


def _as_it_is(dataset: Dataset, stated: Stated) -> Dataset:
    """Return a dataset whose rules cannot be changed.

    Raises:
        MotBenchError: the user stated another benchmark or a choice of classes.
    """
    _check_benchmark(stated, dataset.name, dataset.benchmark)
    if stated.classes is not None:
        raise MotBenchError(
            f"--classes: expected no choice on {dataset.name}, found {quoted(stated.classes)}"
        )
    return dataset


def _open_named(
    entry: DatasetEntry, data_root: Path | None, split: str | None, stated: Stated
) -> Dataset:
    folder = _folder_of(entry, data_root)
    if split is not None and entry.split not in (FULL, split):
        raise MotBenchError(
            f"dataset {entry.name}: expected no split but its own, {entry.split}, found {split!r}"
        )
    _check_benchmark(stated, entry.name, entry.benchmark)
    named = Stated(entry.benchmark, stated.classes, f"the dataset's name {entry.name}")
    return _open_folder(
        folder, name=entry.name, split=split or entry.split, root=data_root, stated=named, one=True
    )


def _check_benchmark(stated: Stated, name: str, benchmark: str) -> None:
    """Refuse a stated benchmark other than that of the dataset (``MotBenchError``)."""
    if stated.benchmark not in (None, benchmark):
        expected = f"{benchmark}, the benchmark of {name}"
        raise MotBenchError(f"--benchmark: expected {expected}, found {stated.benchmark}")


def _folder_of(entry: DatasetEntry, data_root: Path | None) -> Path:
    """Return the folder of a named dataset under the data root.

    Raises:
        MotBenchError: there is no data root, or the dataset is not in it.
    """
    if data_root is None:
        sources = f"--data-root, MOT_BENCH_DATA or data_root in {configuration_file()}"
        expected = f"a data root ({sources}) with {' or '.join(entry.places)}"
        raise MotBenchError(f"dataset {entry.name}: expected {expected}, found none")
    folder = next(
        (data_root / place for place in entry.places if (data_root / place).is_dir()), None
    )
    if folder is not None:
        return folder
    looked = " or ".join(str(data_root / place) for place in entry.places)
    raise MotBenchError(f"dataset {entry.name}: expected a folder {looked}, found neither")


def _open_folder(
    path: Path, *, name: str, split: str, root: Path | None, stated: Stated, one: bool = False
) -> Dataset:
    """Open a folder of sequences; ``one`` keeps only one of MOT17's copies of each sequence."""
    folders = find_sequence_folders(path)
    if not folders:
        raise no_sequences(path)
    if one and stated.benchmark == "MOT17":
        folders = one_copy(folders)
    truths = [folder / "gt" / "gt.txt" for folder in folders]
    rules = decide_rules(path, truths, [folder.name for folder in folders], stated)
    sequences = tuple(open_sequence(describe(folder), rules) for folder in folders)
    _check_names(path, [sequence.name for sequence in sequences])
    dataset = Dataset(
        name=name,
        benchmark=rules.benchmark,
        split=FULL,
        sequences=sequences,
        root=root,
        rules=rules,
    )
    return _cut(dataset, split)


def _check_names(path: Path, names: list[str]) -> None:
    """Refuse two sequences with the same name."""
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        found = f"{repeated} more than once (name in seqinfo.ini)"
        raise InputError(path, "sequences of different names", found)


def _cut(dataset: Dataset, split: str) -> Dataset:
    sequences = tuple(cut_sequence(sequence, split) for sequence in dataset.sequences)
    return replace(dataset, split=split, sequences=sequences)
