"""Detection AP at one overlap, by two definitions whose figures must not be compared.

- **Standard**: one precision-recall curve over the whole split. In each picture, the best detection
  is matched first, each one to the free ground truth box that it overlaps most. AP is the area
  under the envelope of the curve (the largest precision at this recall or a higher one; PASCAL VOC
  since 2010).
- **By picture**, as in FairMOT's ``test_det.py``: the area is computed for the 128 best detections
  of each picture and averaged over the pictures with people. A detection may only be matched to the
  ground truth box that it overlaps most, even if that box is taken.
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
    """The detections and the ground truth of one picture.

    Attributes:
        boxes_xyxy: (N, 4) detections, in any order.
        scores: (N,) their scores.
        truth_xyxy: (M, 4) people, and other objects that detections may overlap.
        cared: (M,) bool; False for objects whose detections count neither as right nor as wrong,
            such as people who are hardly visible.
    """

    boxes_xyxy: FloatArray
    scores: FloatArray
    truth_xyxy: FloatArray
    cared: BoolArray


@dataclass(frozen=True)
class AveragePrecision:
    """The standard AP, and its curve with one point for each distinct score.

    Attributes:
        ap: 0 to 1; NaN if there are no people to detect.
        recall, precision: (P,) recall and precision of the detections with at least this score, in
            descending order of scores.
        scores: (P,).
        people: number of people to detect.
    """

    ap: float
    recall: FloatArray
    precision: FloatArray
    scores: FloatArray
    people: int


@dataclass(frozen=True)
class DetectionQuality:
    """AP by both definitions; ``by_picture`` is 0 to 1, or NaN if there are no people to detect."""

    standard: AveragePrecision
    by_picture: float


def detection_quality(
    pairs: Iterable[tuple[Sequence, SequenceDetections]], *, min_visibility: float = 0.0
) -> DetectionQuality:
    """Evaluate the detections of a split at IoU 0.5.

    Args:
        pairs: each sequence with its detections.
        min_visibility: in the standard AP, detections of less visible people count neither as right
            nor as wrong. The paper's definition counts everybody.

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
    """Return the detections and the ground truth of each frame.

    ``cared`` is True for considered pedestrians of sufficient visibility.

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
    """Return the standard AP. It does not depend on the order of detections or of equal scores.

    Detections are first matched to the people to detect. An unmatched detection that overlaps
    another ground truth box counts neither as right nor as wrong.

    Args:
        pictures: the pictures of the whole split.
        iou: the least overlap of a match.
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
    """Return which detections are right, and which count as right or wrong at all."""
    count = len(picture.scores)
    hit, counted = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    cared = picture.truth_xyxy[picture.cared]
    overlap = iou_matrix(picture.boxes_xyxy, cared)
    near = overlap >= iou
    best = overlap.max(axis=1, initial=0.0)
    # Ties are broken by overlap and then by position, so the order of detections is irrelevant.
    order = np.lexsort((*picture.boxes_xyxy.T[::-1], -best, -picture.scores))
    free = np.ones(len(cared), np.bool_)
    for index in order[near[order].any(axis=1)]:
        candidates = near[index] & free
        if candidates.any():
            free[int(np.argmax(np.where(candidates, overlap[index], -1.0)))] = False
            hit[index] = True
    if not picture.cared.all():
        on_others = (iou_matrix(picture.boxes_xyxy, picture.truth_xyxy[~picture.cared]) >= iou).any(
            axis=1
        )
        counted = hit | ~on_others
    return hit, counted


def _curve(scores: FloatArray, hits: BoolArray, people: int) -> AveragePrecision:
    """Return the curve over all detections, with one point for each distinct score."""
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
    """Return the area under the envelope of a curve.

    ``found`` counts people, so that rounding cannot keep a perfect curve below 1.
    """
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(found, prepend=0) * envelope) / people)


def average_precision_by_picture(
    pictures: Iterable[JudgedPicture], *, iou: float = OVERLAP, most: int = MOST_BY_PICTURE
) -> float:
    """Return the mean AP of the pictures with people, as FairMOT prints it; NaN without people.

    Only people to detect count as ground truth: detections of other objects are wrong.

    Args:
        pictures: the pictures of the whole split.
        iou: the overlap that a match must exceed.
        most: the number of detections of each picture to use, best first.
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
