"""Detection AP at one overlap, by two definitions that must not be set beside each other.

- **Standard**: over the whole split. Detections are matched in each picture, best first, each to the truth that it
  overlaps most among those still free; then one precision-recall curve is drawn over all pictures,
  and its area taken under the envelope (the largest precision at this recall or a higher one;
  PASCAL VOC since 2010).
- **By picture**: as FairMOT's ``test_det.py`` has it: the area is taken in each picture, of the 128 best detections,
  and averaged over the pictures that have people in them. Each detection may only be matched to the
  one truth that it overlaps most, taken or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.errors import MotBenchError
from mot_bench.trackers.boxes import iou_matrix, ltwh_to_xyxy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

OVERLAP = 0.5
MOST_BY_PICTURE = 128
PEDESTRIAN = 1


@dataclass(frozen=True)
class JudgedPicture:
    """One picture's detections and truth.

    Attributes:
        boxes_xyxy: (N, 4) detections, in any order.
        scores: (N,) of them.
        truth_xyxy: (M, 4) people, and whatever else detections may lie on.
        cared: (M,) bool, False where a detection counts neither way: people who can hardly be seen,
            or no pedestrians.
    """

    boxes_xyxy: FloatArray
    scores: FloatArray
    truth_xyxy: FloatArray
    cared: BoolArray


@dataclass(frozen=True)
class AveragePrecision:
    """The standard AP, and its curve with one point for each score that was given.

    Attributes:
        ap: 0 to 1; NaN where there is nobody to find.
        recall, precision: (P,) of all detections that score at least as much as this, best scores
            first.
        scores: (P,).
        people: how many there were to find.
    """

    ap: float
    recall: FloatArray
    precision: FloatArray
    scores: FloatArray
    people: int


@dataclass(frozen=True)
class DetectionQuality:
    """Both definitions: ``standard``, and ``by_picture`` (0 to 1.

    NaN where there is nobody to find).
    """

    standard: AveragePrecision
    by_picture: float


def detection_quality(
    pairs: Iterable[tuple[Sequence, SequenceDetections]], *, min_visibility: float = 0.0
) -> DetectionQuality:
    """Judge the detections of a split at IoU 0.5.

    Args:
        pairs: each sequence with its detections.
        min_visibility: in the standard AP, people of whom less is visible count neither way. The
            paper's definition counts everybody.

    Raises:
        MotBenchError: a sequence has no ground truth.
    """
    judged: list[JudgedPicture] = []
    everybody: list[JudgedPicture] = []
    for sequence, detections in pairs:
        judged.extend(judged_pictures(sequence, detections, min_visibility=min_visibility))
        everybody.extend(judged_pictures(sequence, detections))
    return DetectionQuality(average_precision(judged), average_precision_by_picture(everybody))


def judged_pictures(
    sequence: Sequence, detections: SequenceDetections, *, min_visibility: float = 0.0
) -> list[JudgedPicture]:
    """Each frame's detections and truth.

    Only pedestrians who are considered and visible enough are cared for.

    Raises:
        MotBenchError: the sequence has no ground truth.
    """
    truth = sequence.ground_truth
    if truth is None:
        raise MotBenchError(
            f"{sequence.name}: expected ground truth to judge detections by, found none"
        )
    cared = truth.considered & (truth.classes == PEDESTRIAN) & (truth.visibility >= min_visibility)
    order = np.argsort(truth.frames, kind="stable")
    boxes, cared = ltwh_to_xyxy(truth.boxes_ltwh[order]), cared[order]
    cuts = np.searchsorted(truth.frames[order], np.arange(1, sequence.length + 2))
    return [
        JudgedPicture(found.boxes_xyxy, found.scores, boxes[first:last], cared[first:last])
        for found, first, last in zip(
            detections.by_frame(sequence.length), cuts[:-1], cuts[1:], strict=True
        )
    ]


def average_precision(
    pictures: Iterable[JudgedPicture], *, iou: float = OVERLAP
) -> AveragePrecision:
    """The standard AP. The order of detections, and that of equal scores, changes nothing.

    Truth that is cared for is matched first; a detection that is left and overlaps other truth
    counts neither way.

    Args:
        pictures: of the whole split.
        iou: a detection finds what it overlaps by at least so much.
    """
    scores, hits = [np.empty(0)], [np.empty(0, np.bool_)]
    people = 0
    for picture in pictures:
        hit, counted = _match(picture, iou)
        scores.append(picture.scores[counted])
        hits.append(hit[counted])
        people += int(picture.cared.sum())
    return _curve(np.concatenate(scores), np.concatenate(hits), people)


def _match(picture: JudgedPicture, iou: float) -> tuple[BoolArray, BoolArray]:
    """Which detections found somebody, and which count at all."""
    count = len(picture.scores)
    hit, counted = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    cared = picture.truth_xyxy[picture.cared]
    overlap = iou_matrix(picture.boxes_xyxy, cared)
    near = overlap >= iou
    best = overlap.max(axis=1, initial=0.0)
    # Equal scores: the one that overlaps somebody more comes first; then by place, which nobody can
    # see the order of.
    order = np.lexsort((*picture.boxes_xyxy.T[::-1], -best, -picture.scores))
    free = np.ones(len(cared), np.bool_)
    for index in order[near[order].any(axis=1)]:
        open_to = near[index] & free
        if open_to.any():
            free[int(np.argmax(np.where(open_to, overlap[index], -1.0)))] = False
            hit[index] = True
    if not picture.cared.all():
        on_others = (iou_matrix(picture.boxes_xyxy, picture.truth_xyxy[~picture.cared]) >= iou).any(
            axis=1
        )
        counted = hit | ~on_others
    return hit, counted


def _curve(scores: FloatArray, hits: BoolArray, people: int) -> AveragePrecision:
    """The curve over all detections; equal scores are one point."""
    order = np.argsort(-scores, kind="stable")
    scores, found = scores[order], np.cumsum(hits[order], dtype=np.int64)
    ends = (
        np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
        if len(scores)
        else np.empty(0, np.int64)
    )
    precision = found[ends] / (ends + 1)
    recall = found[ends] / people if people else np.zeros(len(ends))
    area = _area(found[ends], precision, people) if people else np.nan
    return AveragePrecision(area, recall, precision, scores[ends], people)


def _area(found: npt.NDArray[np.int64], precision: FloatArray, people: int) -> float:
    """Under the envelope of a curve.

    ``found`` are people, so that perfect is 1 and no rounding below it.
    """
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(found, prepend=0) * envelope) / people)


def average_precision_by_picture(
    pictures: Iterable[JudgedPicture], *, iou: float = OVERLAP, most: int = MOST_BY_PICTURE
) -> float:
    """The mean over pictures with people of each one's own AP, as FairMOT prints it.

    NaN where there are none.

    Truth that is not cared for is not there at all: detections on it are wrong.

    Args:
        pictures: of the whole split.
        iou: a detection finds what it overlaps by more than this.
        most: only so many detections of each picture, the best ones.
    """
    areas = [_area_of_picture(picture, iou, most) for picture in pictures if picture.cared.any()]
    return float(np.mean(areas)) if areas else np.nan


def _area_of_picture(picture: JudgedPicture, iou: float, most: int) -> float:
    order = np.lexsort((*picture.boxes_xyxy.T[::-1], -picture.scores))[:most]
    if not len(order):
        return 0.0
    overlap = iou_matrix(picture.boxes_xyxy[order], picture.truth_xyxy[picture.cared])
    nearest = overlap.argmax(axis=1)
    close = np.flatnonzero(overlap[np.arange(len(order)), nearest] > iou)
    _, first = np.unique(nearest[close], return_index=True)
    hits = np.zeros(len(order), np.bool_)
    hits[close[first]] = True
    found = np.cumsum(hits, dtype=np.int64)
    return _area(found, found / np.arange(1, len(order) + 1), int(picture.cared.sum()))
