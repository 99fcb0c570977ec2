"""Datasets by name or path.

A name is one of ``list_datasets()``, or of the entry-point group ``mot_bench.datasets`` (each entry
a function ``(data_root: Path | None, seed: int) -> Dataset``). Anything else is a path: a folder
with sequence folders in it, or one sequence folder.

The data root is ``--data-root``, else the environment variable ``MOT_BENCH_DATA``, else
``data_root`` in the user's configuration file (``config.toml`` in the folder that ``platformdirs``
names for ``mot-bench``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
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
from mot_bench.datasets.rules import Stated, decide_rules
from mot_bench.datasets.split_folders import choose_split
from mot_bench.datasets.splits import FULL, cut_sequence
from mot_bench.errors import InputError, MotBenchError, did_you_mean, nearest_path, quoted
from mot_bench.files.toml_files import read_toml

ENTRY_POINT_GROUP = "mot_bench.datasets"


@dataclass(frozen=True)
class DatasetEntry:
    """One dataset that can be named.

    Attributes:
        name: what ``--dataset`` takes.
        title: what it is.
        places: folders under the data root where it is looked for, first found first taken; none if
            it is generated.
        benchmark: see ``Dataset.benchmark``.
        split: the split that the name stands for.
    """

    name: str
    title: str
    places: tuple[str, ...] = ()
    benchmark: str = ""
    split: str = FULL

    @property
    def looked_for(self) -> str:
        """Where it comes from, in words."""
        return (
            " or ".join(f"DATA_ROOT/{place}" for place in self.places)
            if self.places
            else "generated"
        )


_MOT17 = ("MOT17/train", "mot17/train")

NAMED = (
    DatasetEntry(
        "mot15-train", "MOT15, training sequences", ("MOT15/train", "2DMOT2015/train"), "MOT15"
    ),
    DatasetEntry(
        "mot16-train", "MOT16, training sequences", ("MOT16/train", "mot16/train"), "MOT16"
    ),
    DatasetEntry("mot17-train", "MOT17, training sequences, one copy of three", _MOT17, "MOT17"),
    DatasetEntry(
        "mot17-half-train",
        "MOT17, frames 1 to n//2+1 (CenterTrack, ByteTrack)",
        _MOT17,
        "MOT17",
        "half-train",
    ),
    DatasetEntry(
        "mot17-half-val",
        "MOT17, frames after n//2+1 (CenterTrack, ByteTrack)",
        _MOT17,
        "MOT17",
        "half-val",
    ),
    DatasetEntry(
        "mot17-half-train-fairmot",
        "MOT17, frames 1 to n//2 (FairMOT)",
        _MOT17,
        "MOT17",
        "half-train-fairmot",
    ),
    DatasetEntry(
        "mot17-half-val-fairmot",
        "MOT17, frames after n//2 (FairMOT)",
        _MOT17,
        "MOT17",
        "half-val-fairmot",
    ),
    DatasetEntry(
        "mot20-train", "MOT20, training sequences", ("MOT20/train", "mot20/train"), "MOT20"
    ),
    DatasetEntry(
        "dancetrack-val",
        "DanceTrack, validation sequences",
        ("DanceTrack/val", "dancetrack/val"),
        "DanceTrack",
    ),
    DatasetEntry(
        "sportsmot-val",
        "SportsMOT, validation sequences",
        (
            "SportsMOT/val",
            "SportsMOT/dataset/val",
            "sportsmot/val",
            "sportsmot_publish/dataset/val",
        ),
        "SportsMOT",
    ),
)


def config_file() -> Path:
    """The user's configuration file, whether it exists or not."""
    import platformdirs

    return Path(platformdirs.user_config_dir("mot-bench")) / "config.toml"


def resolve_data_root(option: Path | None) -> Path | None:
    """The data root: the option, else ``MOT_BENCH_DATA``, else the user's configuration file, else None.

    Raises:
        MotBenchError: what is named is no folder, or the configuration file is malformed.
    """
    if option is not None:
        return _folder(option, "--data-root")
    variable = os.environ.get("MOT_BENCH_DATA")
    if variable:
        return _folder(Path(variable), "MOT_BENCH_DATA")
    path = config_file()
    if not path.is_file():
        return None
    _, settings = read_toml(path)
    unknown = sorted(settings.keys() - {"data_root"})
    if unknown:
        raise InputError(path, "the key data_root alone", f"unknown key {unknown[0]}")
    root = settings.get("data_root")
    if root is None:
        return None
    if not isinstance(root, str):
        raise InputError(path, "a path as text for data_root", quoted(root))
    return _folder(path.parent / Path(root).expanduser(), f"data_root in {path}")


def _folder(path: Path, where: str) -> Path:
    if not path.is_dir():
        raise MotBenchError(f"{where}: expected a folder with data, found {'a file' if path.exists() else 'nothing'}"
                            f" at {path}")  # fmt: skip
    return path


def list_datasets() -> list[DatasetEntry]:
    """Every dataset that can be named: generated ones, those under the data root, other packages'."""
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
        data_root: see ``resolve_data_root``; also where detections and camera motion of a path are
            looked for.
        split: see ``mot_bench.datasets.splits``; None: the one that the name stands for.
        seed: of generated datasets.
        stated: rules and classes that the user wants; None: as the dataset is.

    Raises:
        MotBenchError: unknown, not found (and where it was looked for), at fault, or other rules
            were stated than a named dataset has.
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
    """Return a generated dataset or one of another package; None if there is none of this name."""
    if name in street.DATASETS:
        return street.open_street(name, seed)
    points = entry_points(group=ENTRY_POINT_GROUP)
    point = next((point for point in points if point.name == name), None)
    if point is None:
        return None
    dataset: Dataset = point.load()(data_root, seed)
    return dataset


def _unknown(name_or_path: str) -> MotBenchError:
    """Return the error that names the known datasets, and the nearest name or path."""
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
    """Return the folder that a path or a dataset's name stands for.

    The data root where nothing is named.

    Raises:
        MotBenchError: nothing is named and there is no data root, or there is no such folder.
    """
    if path_or_name is None:
        if data_root is None:
            raise MotBenchError(
                "data check: expected a PATH, or a data root (--data-root, MOT_BENCH_DATA); found neither"
            )
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
    """Open what a command line or a suite names as ``NAME_OR_PATH[@SPLIT]`` (errors as ``open_dataset``)."""
    name, _, split = text.partition("@")
    return open_dataset(name, data_root, split or None)


def _as_it_is(dataset: Dataset, stated: Stated) -> Dataset:
    """Return a dataset whose rules are its own affair; refuse others.

    Raises:
        MotBenchError: another benchmark or a choice of classes was stated.
    """
    if stated.benchmark not in (None, dataset.benchmark):
        raise MotBenchError(
            f"--benchmark: expected {dataset.benchmark}, as {dataset.name} is, found {stated.benchmark}"
        )
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
    if stated.benchmark not in (None, entry.benchmark):
        raise MotBenchError(
            f"--benchmark: expected {entry.benchmark}, as {entry.name} is, found {stated.benchmark}"
        )
    named = Stated(entry.benchmark, stated.classes, f"the dataset's name {entry.name}")
    return _open_folder(
        folder, name=entry.name, split=split or entry.split, root=data_root, stated=named, one=True
    )


def _folder_of(entry: DatasetEntry, data_root: Path | None) -> Path:
    """Return where a named dataset lies under the data root.

    Raises:
        MotBenchError: there is no data root, or none of its folders is that of the dataset.
    """
    if data_root is None:
        raise MotBenchError(
            f"dataset {entry.name}: expected a data root (--data-root, MOT_BENCH_DATA or data_root in "
            f"{config_file()}) with {' or '.join(entry.places)}, found none"
        )
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
    """Open a folder of sequences; ``one``: of MOT17's copies of a sequence one alone."""
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
    """Refuse two sequences of one name."""
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        found = f"{repeated} more than once (name in seqinfo.ini)"
        raise InputError(path, "sequences of different names", found)


def _cut(dataset: Dataset, split: str) -> Dataset:
    sequences = tuple(cut_sequence(sequence, split) for sequence in dataset.sequences)
    return replace(dataset, split=split, sequences=sequences)
