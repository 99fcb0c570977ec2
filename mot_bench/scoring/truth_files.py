"""Open ground truth to score against: a file, a folder of files, sequence folders, or a dataset.

The length of a sequence is ``seqLength`` in its ``seqinfo.ini`` or its number of pictures; the
length of a bare file is its last frame. Results beyond that length are a fault and do not make the
sequence longer, since the length would then differ between trackers. If the sequence really is
longer, write a ``seqinfo.ini``.
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
    """Write the places of the ground truth and the data root beside results.json, for later use.

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
        ground_truth: the path of a file or folder, or a dataset's name.
        stated: the rules and classes that the user wants (see ``mot_bench.datasets.rules``); None
            to infer them from the data.
        split: the split to cut to (see ``mot_bench.datasets.splits``).
        data_root: the folder of named datasets.
        names: the names of sequences or result files, to choose among the splits of a root.

    Raises:
        MotBenchError: the ground truth does not exist, or a file is faulty.
    """
    path = _sequence_folder_of(Path(ground_truth))
    if path.is_dir():
        path = choose_split(path, names)
    files = _truth_files(path)
    if not files:
        name = str(path) if path.is_dir() else ground_truth
        return open_dataset(name, data_root, split, stated=stated)
    dataset = _from_files(path, files, stated)
    if split is None or split == FULL:
        return dataset
    sequences = tuple(cut_sequence(one, split) for one in dataset.sequences)
    return replace(dataset, split=split, sequences=sequences)


def _sequence_folder_of(path: Path) -> Path:
    """Return the folder of a sequence in place of its ``gt/gt.txt``; any other path unchanged."""
    is_truth = path.is_file() and path.parts[-2:] == ("gt", "gt.txt")
    folder = path.parent.parent
    return folder if is_truth and is_sequence_folder(folder) else path


def _truth_files(path: Path) -> list[Path]:
    """Return a file, or the text files of a folder without sequence folders, in name order.

    Hidden files (``._a.txt``) and ``labels.txt`` are skipped.
    """
    if path.is_file():
        return [path]
    if not path.is_dir() or find_sequence_folders(path):
        return []
    files = [file for file in path.glob("*.txt") if not file.name.startswith(".")]
    return sorted(file for file in files if file.name != LABELS)


def _from_files(path: Path, files: list[Path], stated: Stated | None) -> Dataset:
    """Return a dataset with one sequence for each file, named after the file."""
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
