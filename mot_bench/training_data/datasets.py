"""Training pictures from a dataset: a MOTChallenge folder or generated scenes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Hashable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset, FrameSource, GroundTruth, Sequence
from mot_bench.datasets.digests import file_mark, pictures_digest
from mot_bench.datasets.frames import list_pictures
from mot_bench.datasets.motchallenge import describe, one_copy
from mot_bench.errors import InputError
from mot_bench.models.samples import UNKNOWN
from mot_bench.trackers.boxes import ltwh_to_xyxy
from mot_bench.training_data.pictures import FloatArray, Labels, SequencePictures, Source, box_fault
from mot_bench.training_data.specs import DatasetSource

PEDESTRIAN = 1
_MOST_CLASSES = 5  # named in a message


def read_dataset(spec: DatasetSource, data_root: Path | None) -> Source:
    """Return the pictures of a dataset with its visible pedestrians.

    Raises:
        MotBenchError: the dataset is not found, has no ground truth or no pictures, or a label is
            invalid.
    """
    dataset = open_dataset(spec.dataset, data_root, spec.split, seed=spec.seed)
    sequences = _one_of_each(dataset)
    labels: list[Labels] = []
    places: list[tuple[int, int]] = []
    people: list[Hashable] = []
    parts: list[object] = [spec.min_visibility, spec.min_known_visibility, spec.stride]
    for number, sequence in enumerate(sequences):
        frames = range(1, sequence.length + 1, spec.stride)
        found, ids = _labels(sequence, frames, spec, len(people))
        labels.extend(found)
        places.extend((number, frame) for frame in frames)
        whose = _identity_scope(dataset, sequence, spec)
        people.extend((*whose, int(each)) for each in ids)
        parts.append((sequence.name, sequence.digest, _frames_digest(sequence, frames)))
    _check_anything(sequences, spec.title, labels, spec.min_visibility)
    reader = SequencePictures(tuple(_loader(sequence) for sequence in sequences), tuple(places))
    digest = hashlib.sha256(json.dumps(["dataset", parts]).encode()).hexdigest()
    return Source(spec.title, reader, tuple(labels), tuple(people), digest)


def _one_of_each(dataset: Dataset) -> tuple[Sequence, ...]:
    """Return the sequences without MOT17's copies, which would triple each person."""
    if dataset.benchmark != "MOT17":
        return dataset.sequences
    kept = set(
        one_copy([sequence.folder for sequence in dataset.sequences if sequence.folder is not None])
    )
    return tuple(
        sequence
        for sequence in dataset.sequences
        if sequence.folder is None or sequence.folder in kept
    )


def _loader(sequence: Sequence) -> Callable[[], FrameSource]:
    if sequence.load_frames is None:
        raise InputError(
            sequence.folder or sequence.name, "pictures to train on", "none (img1 or a video)"
        )
    return sequence.load_frames


def _labels(
    sequence: Sequence, frames: range, spec: DatasetSource, first_person: int
) -> tuple[list[Labels], npt.NDArray[np.int64]]:
    """Return the labels of some frames, and their people, numbered from ``first_person``."""
    truth = sequence.ground_truth
    if truth is None:
        raise InputError(
            sequence.folder or sequence.name, "ground truth to train on", "none (gt/gt.txt)"
        )
    _loader(sequence)
    rows = _learned_rows(truth, spec.min_visibility)
    rows = rows[np.isin(truth.frames[rows], frames)]
    known = _visibility(truth)[rows] >= spec.min_known_visibility
    ids = np.unique(truth.ids[rows[known]])
    names = np.where(known, np.searchsorted(ids, truth.ids[rows]) + first_person, UNKNOWN)
    boxes = ltwh_to_xyxy(truth.boxes_ltwh[rows])
    cuts = np.searchsorted(truth.frames[rows], np.arange(1, sequence.length + 2))
    found = []
    for frame in frames:
        inside = slice(cuts[frame - 1], cuts[frame])
        _check_frame(sequence, frame, boxes[inside], truth.ids[rows[inside]])
        found.append(Labels(boxes[inside].astype(np.float32), names[inside].astype(np.int64)))
    return found, ids


def _learned_rows(truth: GroundTruth, min_visibility: float) -> npt.NDArray[np.intp]:
    """Return the rows that are trained on, sorted by frame."""
    kept = truth.considered & (truth.classes == PEDESTRIAN) & (_visibility(truth) >= min_visibility)
    rows = np.flatnonzero(kept)
    return rows[np.argsort(truth.frames[rows], kind="stable")]


def _visibility(truth: GroundTruth) -> FloatArray:
    """Return the visibility of each row, (N,) in 0..1, where an unknown visibility counts as 1.

    Labelling tools write -1, or 0 in every row, if the visibility is unknown.
    """
    measured = bool((truth.visibility > 0).any())
    unknown = (truth.visibility < 0) | (not measured)
    return np.where(unknown, 1.0, truth.visibility)


def _check_anything(
    sequences: tuple[Sequence, ...], title: str, labels: list[Labels], least: float
) -> None:
    """Raise InputError if no picture has a box, and describe the ground truth."""
    if any(len(each.boxes_xyxy) for each in labels):
        return
    truths = [each.ground_truth for each in sequences if each.ground_truth is not None]
    expected = "at least one pedestrian to learn: class 1, not marked 0, visible"
    raise InputError(title, expected, _described_rows(truths, least))


def _described_rows(truths: list[GroundTruth], least: float) -> str:
    """Describe the classes, marks and visibilities of the rows, and what to change."""
    rows = sum(len(truth.frames) for truth in truths)
    if not rows:
        return "no row of ground truth in its frames (label them, or choose other data)"
    classes = Counter(int(each) for truth in truths for each in truth.classes)
    marked = sum(int((~truth.considered).sum()) for truth in truths)
    hidden = sum(int((_visibility(truth) < least).sum()) for truth in truths)
    named = ", ".join(f"{each} ({count})" for each, count in classes.most_common(_MOST_CLASSES))
    return (
        f"{rows} rows: classes {named}; {marked} marked 0 in column 7; "
        f"{hidden} with a visibility below {least:g}. "
        "Write 1 as the class and as the mark of those who are to be learned"
    )


def _check_frame(
    sequence: Sequence, frame: int, boxes_xyxy: npt.NDArray[np.float64], ids: npt.NDArray[np.int64]
) -> None:
    """Raise InputError for the first invalid label of a frame."""
    size = (
        None
        if sequence.width is None or sequence.height is None
        else (sequence.width, sequence.height)
    )
    where = sequence.name if sequence.folder is None else sequence.folder / "gt" / "gt.txt"
    told = f"frame {frame + sequence.first_frame - 1}"
    fault = box_fault(boxes_xyxy, size)
    if fault is not None:
        raise InputError(where, fault[1], f"{fault[2]} ({told}, identity {ids[fault[0]]})")


def _identity_scope(
    dataset: Dataset, sequence: Sequence, spec: DatasetSource
) -> tuple[Hashable, ...]:
    """Return the scope within which a number of the ground truth stands for one person."""
    if sequence.folder is not None:
        return (str(sequence.folder.resolve()),)
    return (dataset.name, spec.seed, sequence.name)


def _frames_digest(sequence: Sequence, frames: range) -> object:
    """Return names and stamps of the pictures of these frames, or what generated them.

    Raises:
        InputError: a picture of these frames is missing or cannot be read.
    """
    if sequence.folder is None:
        return pictures_digest(sequence)
    folder = describe(sequence.folder)
    place, before = folder.pictures, sequence.first_frame - 1 - folder.frame_offset
    if place is None or not place.is_dir():
        return pictures_digest(sequence)
    files = list_pictures(place)
    missing = next((frame for frame in frames if frame + before not in files), None)
    if missing is not None:
        raise InputError(
            place, f"a picture of frame {missing + before}", f"{len(files)} pictures without it"
        )
    shown = [files[frame + before] for frame in frames]
    return [(file.name, file_mark(file)) for file in shown]
