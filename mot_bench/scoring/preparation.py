"""Convert ground truth and tracks to the input of TrackEval's metric classes, without files.

This module follows TrackEval 1.3.0's ``MotChallenge2DBox`` (overlap, preprocessing, relabelling)
with the same arithmetic in the same order, so that every field of every metric is equal, as a test
shows. It is faster because the ground truth is prepared once for all runs, overlaps are computed
without copies, and the assignment to distractors is solved only in frames with enough overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from mot_bench.datasets.dataset import GroundTruth
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.errors import MotBenchError
from mot_bench.scoring.profiles import PEDESTRIAN, VALID_CLASSES, Profile, counted_rows, profile_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
MetricInput = dict[str, object]

_EPS = float(np.finfo(np.float64).eps)
_MOST_PAIRS = 25_000_000
"""The most pairs of true boxes and tracks in a frame: their overlaps take 200 MB."""


@dataclass(frozen=True)
class _FrameTruth:
    """The ground truth of one frame.

    Attributes:
        corners: (4, N) pixels.
        areas: (N,) square pixels.
        distractor: (N,) whether a row is a distractor.
        kept: (N,) whether a row counts.
        kept_ids: the new ids of the rows that count.
    """

    corners: FloatArray
    areas: FloatArray
    distractor: BoolArray
    kept: BoolArray
    kept_ids: IntArray


@dataclass(frozen=True)
class PreparedTruth:
    """The ground truth of one sequence, prepared once for scoring all runs.

    Attributes:
        profile: the profile that decides which rows count.
        length: the number of frames.
        frames: the ground truth of each frame.
        id_count: the number of identities that count.
        box_count: the number of boxes that count.
    """

    profile: Profile
    length: int
    frames: tuple[_FrameTruth, ...]
    id_count: int
    box_count: int


@dataclass(frozen=True)
class FrameOverlap:
    """The rows (M,) of tracks that count in a frame, and their overlap (N, M) with ground truth."""

    rows: IntArray
    similarity: FloatArray


def prepare(truth: GroundTruth, length: int, benchmark: str) -> PreparedTruth:
    """Sort ground truth by frame and decide which rows count.

    Args:
        truth: the rows of one sequence.
        length: the number of frames in the sequence.
        benchmark: the benchmark, which decides the profile (see ``mot_bench.scoring.profiles``).

    Raises:
        MotBenchError: a row is beyond the sequence, an identity occurs twice in a frame, or a class
            is not one of MOTChallenge's 1..13.
    """
    profile = profile_of(benchmark)
    _check_rows(truth.frames, truth.ids, length, "ground truth")
    if profile.uses_classes and len(truth.classes):
        strange = truth.classes[
            (truth.classes < VALID_CLASSES.start) | (truth.classes >= VALID_CLASSES.stop)
        ]
        if len(strange):
            raise MotBenchError(f"ground truth: expected classes 1 to 13, found {strange[0]}")
    kept = counted_rows(truth, profile)
    identities = np.unique(truth.ids[kept])
    new_ids = np.searchsorted(identities, truth.ids)
    distractor = np.isin(truth.classes, profile.distractor_classes)

    corners = corners_of(truth.boxes_ltwh)
    areas = areas_of(corners)
    frames = []
    for rows in _rows_by_frame(truth.frames, length):
        keep = kept[rows]
        frames.append(
            _FrameTruth(corners[:, rows], areas[rows], distractor[rows], keep, new_ids[rows][keep])
        )
    return PreparedTruth(profile, length, tuple(frames), len(identities), int(kept.sum()))


def metric_input(truth: PreparedTruth, tracks: TrackRows) -> MetricInput:
    """Return the dictionary that ``eval_sequence`` of TrackEval's metrics takes.

    Raises:
        MotBenchError: a track is beyond the sequence, occurs twice in a frame, or has a class other
            than 1.
    """
    found = frame_overlaps(truth, tracks)
    ids = [tracks.ids[one.rows] for one in found]
    identities = np.unique(np.concatenate(ids)) if ids else np.empty(0, np.int64)
    new_ids = [np.searchsorted(identities, frame_ids) for frame_ids in ids]
    return {
        "num_timesteps": truth.length,
        "num_gt_ids": truth.id_count,
        "num_tracker_ids": len(identities),
        "num_gt_dets": truth.box_count,
        "num_tracker_dets": sum(len(frame_ids) for frame_ids in ids),
        "gt_ids": [frame.kept_ids for frame in truth.frames],
        "tracker_ids": new_ids,
        "similarity_scores": [one.similarity for one in found],
    }


def frame_overlaps(truth: PreparedTruth, tracks: TrackRows) -> list[FrameOverlap]:
    """Return the tracks and overlaps of each frame after tracks on distractors are removed.

    Raises:
        MotBenchError: as ``metric_input``.
    """
    _check_rows(tracks.frames, tracks.ids, truth.length, "tracks")
    if len(tracks.classes) and tracks.classes.max() > PEDESTRIAN:
        raise MotBenchError(
            f"tracks: expected class 1 or -1 in column 8, found {tracks.classes.max()}"
        )
    corners = corners_of(tracks.boxes_ltwh)
    areas = areas_of(corners)
    found = []
    for frame, rows in zip(truth.frames, _rows_by_frame(tracks.frames, truth.length), strict=True):
        _check_pairs(len(frame.areas), tracks.frames[rows])
        similarity = overlap(frame.corners, frame.areas, corners[:, rows], areas[rows])
        removed = _on_distractors(frame, similarity)
        if len(removed):
            rows, similarity = np.delete(rows, removed), np.delete(similarity, removed, axis=1)
        found.append(FrameOverlap(rows, similarity[frame.kept]))
    return found


def overlap(
    corners_a: FloatArray, areas_a: FloatArray, corners_b: FloatArray, areas_b: FloatArray
) -> FloatArray:
    """Return the IoU (N, M) of (4, N) and (4, M) corners, equal to TrackEval's to the last bit."""
    left_a, top_a, right_a, bottom_a = corners_a[:, :, None]
    left_b, top_b, right_b, bottom_b = corners_b
    intersection: FloatArray = np.minimum(right_a, right_b)
    intersection -= np.maximum(left_a, left_b)
    np.maximum(intersection, 0, out=intersection)
    height: FloatArray = np.minimum(bottom_a, bottom_b)
    height -= np.maximum(top_a, top_b)
    np.maximum(height, 0, out=height)
    intersection *= height
    union: FloatArray = np.add(areas_a[:, None], areas_b, out=height)
    union -= intersection
    flat_a, flat_b = areas_a <= _EPS, areas_b <= _EPS
    if flat_a.any() or flat_b.any():
        intersection[flat_a] = 0
        intersection[:, flat_b] = 0
        intersection[union <= _EPS] = 0
        union[union <= _EPS] = 1
    intersection /= union
    return intersection


def _check_pairs(people: int, frames: IntArray) -> None:
    """Raise MotBenchError if a frame has too many boxes for a matrix of their overlaps.

    Args:
        people: the number of true boxes in the frame.
        frames: (M,) the frame's number for each of its tracks.
    """
    if people * len(frames) > _MOST_PAIRS:
        raise MotBenchError(
            f"tracks: expected at most {_MOST_PAIRS:,} pairs of true boxes and tracks in a frame, "
            f"found {people:,} x {len(frames):,} in frame {frames[0]} "
            "(is the frame in column 1 the same throughout?)"
        )


def _on_distractors(frame: _FrameTruth, similarity: FloatArray) -> IntArray:
    """Return the columns of the tracks that the assignment matches to a distractor."""
    enough = 0.5 - _EPS
    if not frame.distractor.any() or not (similarity[frame.distractor] >= enough).any():
        return np.empty(0, np.int64)
    scores = similarity.copy()
    scores[scores < enough] = 0
    rows, columns = linear_sum_assignment(-scores)
    matched = scores[rows, columns] > _EPS
    rows, columns = rows[matched], columns[matched]
    return columns[frame.distractor[rows]].astype(np.int64)


def corners_of(boxes_ltwh: FloatArray) -> FloatArray:
    """Return boxes as (4, N) rows of left, top, right and bottom, in pixels."""
    corners = boxes_ltwh.T.copy()
    corners[2:] += corners[:2]
    return corners


def areas_of(corners: FloatArray) -> FloatArray:
    """Return the areas of boxes given as corners (see ``corners_of``), in square pixels."""
    areas: FloatArray = (corners[2] - corners[0]) * (corners[3] - corners[1])
    return areas


def _rows_by_frame(frames: IntArray, length: int) -> list[IntArray]:
    """Return the row indices of each frame 1..length, in file order."""
    order = np.argsort(frames, kind="stable")
    cuts = np.searchsorted(frames[order], np.arange(1, length + 2))
    return [order[a:b] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def _check_rows(frames: IntArray, ids: IntArray, length: int, what: str) -> None:
    if not len(frames):
        return
    if frames.min() < 1 or frames.max() > length:
        found = frames.min() if frames.min() < 1 else frames.max()
        raise MotBenchError(f"{what}: expected frames 1 to {length}, found {found}")
    order = np.lexsort((ids, frames))
    again = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    if again.any():
        row = order[:-1][again][0]
        raise MotBenchError(
            f"{what}: expected each id once a frame, "
            f"found id {ids[row]} twice in frame {frames[row]}"
        )
