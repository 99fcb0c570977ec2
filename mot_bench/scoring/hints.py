"""Find out why boxes hardly overlap the ground truth, by trying common mistakes in box formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.scoring.preparation import areas_of, corners_of, overlap

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_FRAMES = 60
_IOU = 0.5
_LEAST_SHARE = 0.3  # the share of the ground truth's boxes that a mistake must explain
_LEAST_GAIN = 2.0  # the factor by which correcting a mistake must raise that share


@dataclass(frozen=True)
class Boxes:
    """The boxes of one sequence in file order: 1-based frames (N,), boxes_ltwh (N, 4) in pixels."""

    frames: IntArray
    boxes_ltwh: FloatArray


@dataclass(frozen=True)
class _Slip:
    """A common mistake in words, and a function that corrects it, or returns None if it cannot."""

    words: str
    mend: Callable[[Boxes, tuple[float, float]], Boxes | None]


def likely_cause(truth: GroundTruth, boxes: Boxes, size: tuple[float, float] | None = None) -> str:
    """Return the mistake that explains why boxes do not overlap the ground truth, or an empty text.

    Args:
        truth: the ground truth of a sequence, of which the considered rows are used.
        boxes: tracks or detections of the sequence.
        size: width and height of the pictures in pixels; None to take the ground truth's extent.
    """
    people = Boxes(truth.frames[truth.considered], truth.boxes_ltwh[truth.considered])
    if not len(people.frames) or not len(boxes.frames):
        return ""
    size = size or tuple((people.boxes_ltwh[:, :2] + people.boxes_ltwh[:, 2:]).max(axis=0).tolist())
    assert size is not None
    written = covered_share(people, boxes)
    shares = {}
    for slip in _SLIPS:
        mended = slip.mend(boxes, size)
        if mended is not None:
            shares[slip.words] = covered_share(people, mended)
    best = max(shares, key=lambda words: shares[words], default="")
    if not best or shares[best] < max(_LEAST_SHARE, _LEAST_GAIN * written):
        return ""
    return (
        f"{best}: read so, {100 * shares[best]:.0f} % of the ground truth's boxes are overlapped "
        f"by half, as written {100 * written:.0f} %"
    )


def picture_size(sequence: Sequence) -> tuple[float, float] | None:
    """Return width and height of a sequence's pictures in pixels; None if they are unknown."""
    if not sequence.width or not sequence.height:
        return None
    return float(sequence.width), float(sequence.height)


def covered_share(people: Boxes, boxes: Boxes) -> float:
    """Return the share of people's boxes that a box overlaps by half, in a sample of frames."""
    frames = np.unique(people.frames)
    chosen = frames[np.linspace(0, len(frames) - 1, min(MOST_FRAMES, len(frames))).astype(np.int64)]
    hit = total = 0
    for frame in chosen.tolist():
        mine = corners_of(people.boxes_ltwh[people.frames == frame])
        theirs = corners_of(boxes.boxes_ltwh[boxes.frames == frame])
        total += mine.shape[1]
        if theirs.shape[1]:
            iou = overlap(mine, areas_of(mine), theirs, areas_of(theirs))
            hit += int((iou.max(axis=1) >= _IOU).sum())
    return hit / total if total else 0.0


def _from_corners(boxes: Boxes, _: tuple[float, float]) -> Boxes | None:
    sizes = boxes.boxes_ltwh[:, 2:] - boxes.boxes_ltwh[:, :2]
    if (sizes < 0).mean() > 0.01:
        return None
    return Boxes(boxes.frames, np.column_stack([boxes.boxes_ltwh[:, :2], np.maximum(sizes, 0)]))


def _from_centres(boxes: Boxes, _: tuple[float, float]) -> Boxes:
    sizes = boxes.boxes_ltwh[:, 2:]
    return Boxes(boxes.frames, np.column_stack([boxes.boxes_ltwh[:, :2] - sizes / 2, sizes]))


def _from_fractions(boxes: Boxes, size: tuple[float, float]) -> Boxes | None:
    if np.abs(boxes.boxes_ltwh).max() > 2:
        return None
    return Boxes(boxes.frames, boxes.boxes_ltwh * np.array([*size, *size]))


def _from_fractions_about_centres(boxes: Boxes, size: tuple[float, float]) -> Boxes | None:
    scaled = _from_fractions(boxes, size)
    return None if scaled is None else _from_centres(scaled, size)


def _with_sides_swapped(boxes: Boxes, _: tuple[float, float]) -> Boxes:
    return Boxes(boxes.frames, boxes.boxes_ltwh[:, [1, 0, 3, 2]])


def _of_frames_before(boxes: Boxes, _: tuple[float, float]) -> Boxes:
    return Boxes(boxes.frames - 1, boxes.boxes_ltwh)


def _of_frames_after(boxes: Boxes, _: tuple[float, float]) -> Boxes:
    return Boxes(boxes.frames + 1, boxes.boxes_ltwh)


_SLIPS = (
    _Slip("columns 5 and 6 look like right and bottom, not like width and height", _from_corners),
    _Slip("columns 3 and 4 look like the box's centre, not like left and top", _from_centres),
    _Slip("boxes look like fractions of the picture, not like pixels", _from_fractions),
    _Slip(
        "boxes look like fractions of the picture about their centre", _from_fractions_about_centres
    ),
    _Slip("columns look like top, left, height and width in this order", _with_sides_swapped),
    _Slip("frames look numbered from 2, one too late", _of_frames_before),
    _Slip("frames look numbered from 0, one too early", _of_frames_after),
)
