"""Ground truth to score against, however it lies: a file, a folder of files, sequence folders, or a dataset by name.

The length of a sequence is ``seqLength`` of its ``seqinfo.ini`` or the number of its pictures where
there are any; of a bare file the last frame of the ground truth. Results beyond it are a fault and
not taken as a longer sequence: a length that followed the results would differ from tracker to
tracker. Write a ``seqinfo.ini`` where the sequence really goes on.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from mot_bench.atomic import write_text
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.class_names import LABELS
from mot_bench.datasets.dataset import Dataset, GroundTruth, Sequence
from mot_bench.datasets.motchallenge import (
    DEFAULT_FRAME_RATE,
    find_sequence_folders,
    is_sequence_folder,
)
from mot_bench.datasets.rule_decision import decide_rules
from mot_bench.datasets.rules import Stated
from mot_bench.datasets.split_folders import choose_split
from mot_bench.datasets.splits import FULL, HeldTruth, cut_sequence, truth_digest
from mot_bench.datasets.truth_by_rules import read_truth
from mot_bench.errors import InputError
from mot_bench.files.places import check_name

SCORED_ON = "scored-on.json"


def write_scored_on(out: Path, ground_truth: str, data_root: Path | None = None) -> None:
    """Write beside results.json where the ground truth and the data root are: looking at results finds them again.

    Raises:
        MotBenchError: the folder cannot be written.
    """
    path = Path(ground_truth)
    text = str(path.resolve()) if path.exists() else ground_truth
    record = {"ground_truth": text}
    if data_root is not None:
        record["data_root"] = str(data_root.resolve())
    write_text(out / SCORED_ON, json.dumps(record) + "\n")


def open_truth(
    ground_truth: str,
    *,
    stated: Stated | None = None,
    split: str | None = None,
    data_root: Path | None = None,
    names: Collection[str] = (),
) -> Dataset:
    """Open ground truth as a dataset.

    Args:
        ground_truth: path of a file or folder, or a dataset's name.
        stated: rules and classes that the user wants (see ``mot_bench.datasets.rules``); None: as
            the data say.
        split: cut to it (see ``mot_bench.datasets.splits``).
        data_root: where named datasets lie.
        names: of sequences or result files, to choose among the splits of a dataset's root.

    Raises:
        MotBenchError: nothing of that name, or a fault in a file.
    """
    path = Path(ground_truth)
    if (
        path.is_file()
        and path.name == "gt.txt"
        and path.parent.name == "gt"
        and is_sequence_folder(path.parent.parent)
    ):
        path = path.parent.parent
    if path.is_dir():
        path = choose_split(path, names)
    if path.is_file():
        dataset = _from_files(path, [path], stated)
    elif path.is_dir() and not find_sequence_folders(path) and (files := _truth_files(path)):
        dataset = _from_files(path, files, stated)
    else:
        return open_dataset(
            str(path) if path.is_dir() else ground_truth, data_root, split, stated=stated
        )
    if split is None or split == FULL:
        return dataset
    return replace(
        dataset, split=split, sequences=tuple(cut_sequence(one, split) for one in dataset.sequences)
    )


def _truth_files(folder: Path) -> list[Path]:
    """Return the text files of a folder in name order, without hidden ones (``._a.txt``) and ``labels.txt``."""
    return sorted(
        file
        for file in folder.glob("*.txt")
        if not file.name.startswith(".") and file.name != LABELS
    )


def _from_files(path: Path, files: list[Path], stated: Stated | None) -> Dataset:
    """One sequence a file, named after it."""
    rules = decide_rules(path, files, [file.stem for file in files], stated)
    sequences = tuple(_sequence(file, read_truth(file, rules)) for file in files)
    name = path.resolve().stem if path.is_file() else path.resolve().name
    return Dataset(name, rules.benchmark, FULL, sequences, rules=rules)


def _sequence(file: Path, truth: GroundTruth) -> Sequence:
    if not len(truth.frames):
        expected = (
            "rows that tell how long the sequence is, or seqLength in a SEQ/seqinfo.ini beside gt"
        )
        raise InputError(file, expected, "an empty file")
    length = int(truth.frames.max())
    return Sequence(
        name=check_name(file.stem, "ground truth with a name", file.parent, "rename the file"),
        length=length,
        frame_rate=DEFAULT_FRAME_RATE,
        width=None,
        height=None,
        folder=None,
        first_frame=1,
        file_length=length,
        digest=truth_digest(truth, length, DEFAULT_FRAME_RATE),
        load_ground_truth=HeldTruth(truth),
    )
