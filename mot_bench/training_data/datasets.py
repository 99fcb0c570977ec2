"""Training pictures from a dataset: a MOTChallenge folder or generated scenes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.frames import list_pictures
from mot_bench.datasets.motchallenge import describe, one_copy
from mot_bench.datasets.street import VERSION, StreetSequence
from mot_bench.datasets.types import Dataset, GroundTruth, Sequence
from mot_bench.errors import InputError, MotBenchError
from mot_bench.training_data.pictures import FrameReader, LabelledPicture, Source, box_fault
from mot_bench.training_data.specs import DatasetSource
from trackers.boxes import ltwh_to_xyxy

PEDESTRIAN = 1


def read_dataset(spec: DatasetSource, data_root: Path | None) -> Source:
    """The pictures of a dataset, with those pedestrians that can be seen.

    Raises:
        MotBenchError: the dataset is not found, has no ground truth or no pictures, or a label is at fault.
    """
    dataset = open_dataset(spec.dataset, data_root, spec.split, seed=spec.seed)
    pictures: list[LabelledPicture] = []
    people: list[Hashable] = []
    parts: list[object] = [spec.min_visibility, spec.stride]
    for sequence in _one_of_each(dataset):
        truth, frames = _check(sequence), list(range(1, sequence.length + 1, spec.stride))
        rows = _learned_rows(sequence, truth, spec.min_visibility)
        ids, names = np.unique(truth.ids[rows], return_inverse=True)
        boxes = ltwh_to_xyxy(truth.boxes_ltwh[rows])
        cuts = np.searchsorted(truth.frames[rows], np.arange(1, sequence.length + 2))
        assert sequence.load_frames is not None
        reader = FrameReader(sequence.load_frames)
        for frame in frames:
            inside = slice(cuts[frame - 1], cuts[frame])
            who = names[inside].astype(np.int64) + len(people)
            _check_frame(sequence, frame, boxes[inside], ids[names[inside]])
            pictures.append(LabelledPicture(reader, frame, boxes[inside].astype(np.float32), who))
        whose = _identity_scope(dataset, sequence, spec)
        people.extend((*whose, int(number)) for number in ids)
        parts.append((sequence.name, sequence.digest, _picture_digest(sequence, frames)))
    digest = hashlib.sha256(json.dumps(["dataset", parts]).encode()).hexdigest()
    return Source(spec.title, tuple(pictures), tuple(people), digest)


def _one_of_each(dataset: Dataset) -> tuple[Sequence, ...]:
    """The sequences, without MOT17's second and third copies: each person would be three people."""
    if dataset.benchmark != "MOT17":
        return dataset.sequences
    kept = set(one_copy([sequence.folder for sequence in dataset.sequences if sequence.folder is not None]))
    return tuple(sequence for sequence in dataset.sequences if sequence.folder is None or sequence.folder in kept)


def _check(sequence: Sequence) -> GroundTruth:
    """The ground truth of a sequence that has pictures too."""
    where = sequence.folder or sequence.name
    if sequence.ground_truth is None:
        raise InputError(where, "ground truth to train on", "none (gt/gt.txt)")
    if sequence.load_frames is None:
        raise InputError(where, "pictures to train on", "none (img1 or a video)")
    return sequence.ground_truth


def _learned_rows(sequence: Sequence, truth: GroundTruth, min_visibility: float) -> npt.NDArray[np.intp]:
    """Rows that are trained on, in order of frames."""
    kept = truth.considered & (truth.classes == PEDESTRIAN) & (truth.visibility >= min_visibility)
    kept &= (truth.frames >= 1) & (truth.frames <= sequence.length)
    rows = np.flatnonzero(kept)
    return rows[np.argsort(truth.frames[rows], kind="stable")]


def _check_frame(
    sequence: Sequence, frame: int, boxes_xyxy: npt.NDArray[np.float64], ids: npt.NDArray[np.int64]
) -> None:
    """Complain of the first fault of a frame's labels."""
    size = None if sequence.width is None or sequence.height is None else (sequence.width, sequence.height)
    where = sequence.name if sequence.folder is None else sequence.folder / "gt" / "gt.txt"
    told = f"frame {frame + sequence.first_frame - 1}"
    fault = box_fault(boxes_xyxy, size)
    if fault is not None:
        raise InputError(where, fault[1], f"{fault[2]} ({told}, identity {ids[fault[0]]})")


def _identity_scope(dataset: Dataset, sequence: Sequence, spec: DatasetSource) -> tuple[Hashable, ...]:
    """Within what a number of the ground truth means one person."""
    if sequence.folder is not None:
        return (str(sequence.folder.resolve()),)
    return (dataset.name, spec.seed, sequence.name)


def _picture_digest(sequence: Sequence, frames: list[int]) -> object:
    """What tells whether pictures changed: their names, sizes and times, or the generator's version.

    Raises:
        InputError: a picture of these frames is missing.
    """
    if isinstance(sequence, StreetSequence):
        return (VERSION, sequence.seed, repr(sequence.scene), sequence.first_frame, frames[-1])
    if sequence.folder is None:
        return (sequence.first_frame, frames[-1])
    folder = describe(sequence.folder)
    place, before = folder.pictures, sequence.first_frame - 1 - folder.frame_offset
    if place is None:
        raise MotBenchError(f"{sequence.folder}: expected pictures to train on, found none")
    if not place.is_dir():
        return _stamp(place)
    files = list_pictures(place)
    missing = next((frame for frame in frames if frame + before not in files), None)
    if missing is not None:
        raise InputError(place, f"a picture of frame {missing + before}", f"{len(files)} pictures without it")
    return [_stamp(files[frame + before]) for frame in frames]


def _stamp(path: Path) -> tuple[str, int, int]:
    state = path.stat()
    return path.name, state.st_size, state.st_mtime_ns
