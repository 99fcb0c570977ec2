"""One sequence as flat arrays: the people and tracks that count after TrackEval's preprocessing, and who overlaps whom.

People and track rows are sorted by frame and keep their order in the file within one, so that
assignments see the matrices that TrackEval makes, tie for tie. Of the overlaps only those above 0
are kept, as pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.scoring.preparation import PreparedTruth, frame_overlaps, overlap, prepare
from mot_bench.scoring.profiles import counted_rows

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """What rescoring needs: G boxes of people, R rows of tracks, P overlapping pairs of them.

    Attributes:
        length: frames.
        truth_frames: (G,) from 0, sorted.
        truth_ids: (G,) from 0.
        track_frames: (R,) from 0, sorted.
        track_ids: (R,) from 0.
        pair_truth, pair_track: (P,) rows of both, sorted by frame.
        iou: (P,) above 0.
    """

    length: int
    truth_frames: IntArray
    truth_ids: IntArray
    track_frames: IntArray
    track_ids: IntArray
    pair_truth: IntArray
    pair_track: IntArray
    iou: FloatArray

    @cached_property
    def truth_starts(self) -> IntArray:
        """(length + 1,) where each frame's people begin."""
        return starts(self.truth_frames, self.length)

    @cached_property
    def track_starts(self) -> IntArray:
        """(length + 1,) where each frame's tracks begin."""
        return starts(self.track_frames, self.length)

    @cached_property
    def pair_starts(self) -> IntArray:
        """(length + 1,) where each frame's pairs begin."""
        return starts(self.truth_frames[self.pair_truth], self.length)

    @property
    def truth_id_count(self) -> int:
        """How many people there are."""
        return int(self.truth_ids.max(initial=-1)) + 1

    @property
    def track_id_count(self) -> int:
        """How many tracks there are."""
        return int(self.track_ids.max(initial=-1)) + 1


@dataclass(frozen=True)
class People:
    """The ground truth of one sequence, made once and shared by all runs.

    Attributes:
        prepared: as scoring takes it.
        frames: (G,) from 0, sorted; ``ids`` (G,) from 0; ``file_ids`` (G,) as in the ground truth
            file.
        boxes_ltwh: (G, 4) pixels.
        visibility: (G,) 0 to 1: given, or estimated where the file says nothing but 1 (see
            ``estimated_visibility``).
        visibility_given: which of both.
        at_edge: (G,) whether the box reaches the picture's border; all False where its size is
            unknown.
        outside: (G,) whether the box's centre is outside the picture; likewise.
        pair_a, pair_b: (Q,) boxes of people in one frame that overlap, each with itself too, sorted
            by ``pair_a``.
        pair_iou: (Q,).
        left_out_frames: (H,) of truth rows that do not count, sorted; ``left_out_ltwh`` (H, 4).
    """

    prepared: PreparedTruth
    frames: IntArray
    ids: IntArray
    file_ids: IntArray
    boxes_ltwh: FloatArray
    visibility: FloatArray
    visibility_given: bool
    at_edge: BoolArray
    outside: BoolArray
    pair_a: IntArray
    pair_b: IntArray
    pair_iou: FloatArray
    left_out_frames: IntArray
    left_out_ltwh: FloatArray

    @property
    def length(self) -> int:
        """Frames of the sequence."""
        return self.prepared.length

    @cached_property
    def heights(self) -> FloatArray:
        """(G,) pixels."""
        return self.boxes_ltwh[:, 3]

    @cached_property
    def areas(self) -> FloatArray:
        """(G,) square pixels."""
        return self.boxes_ltwh[:, 2] * self.boxes_ltwh[:, 3]

    @cached_property
    def neighbours(self) -> IntArray:
        """(G,) how many other people's boxes touch this one."""
        others = self.pair_a != self.pair_b
        return np.bincount(self.pair_a[others], minlength=len(self.frames))

    @cached_property
    def starts(self) -> IntArray:
        """(length + 1,) where each frame begins."""
        return starts(self.frames, self.length)


def people_of(sequence: Sequence, benchmark: str) -> People:
    """The people of a sequence.

    Raises:
        MotBenchError: a fault in the ground truth (see ``prepare``).
    """
    truth = sequence.ground_truth
    assert truth is not None
    prepared = prepare(truth, sequence.length, benchmark)
    counts = counted_rows(truth, prepared.profile)
    order = np.argsort(truth.frames, kind="stable")
    rows, others = order[counts[order]], order[~counts[order]]
    frames, boxes = truth.frames[rows] - 1, truth.boxes_ltwh[rows]
    pair_a, pair_b, pair_iou = _pairs_within(frames, boxes, sequence.length)
    visibility = np.clip(truth.visibility[rows], 0, 1)
    given = bool((visibility != 1).any())
    if not given:
        visibility = estimated_visibility(boxes, pair_a, pair_b, pair_iou)
    at_edge, outside = _borders(boxes, sequence.width, sequence.height)
    return People(
        prepared=prepared,
        frames=frames,
        ids=np.searchsorted(np.unique(truth.ids[rows]), truth.ids[rows]).astype(np.int64),
        file_ids=truth.ids[rows],
        boxes_ltwh=boxes,
        visibility=visibility,
        visibility_given=given,
        at_edge=at_edge,
        outside=outside,
        pair_a=pair_a,
        pair_b=pair_b,
        pair_iou=pair_iou,
        left_out_frames=truth.frames[others] - 1,
        left_out_ltwh=truth.boxes_ltwh[others],
    )


def scene_of(people: People, tracks: TrackRows) -> tuple[Scene, IntArray]:
    """The scene of a track file, and for each of its R rows the row in the file.

    Raises:
        MotBenchError: as ``mot_bench.scoring.preparation.metric_input``.
    """
    found = frame_overlaps(people.prepared, tracks)
    rows = np.concatenate([np.empty(0, np.int64), *(one.rows for one in found)])
    track_starts = np.cumsum([0, *(len(one.rows) for one in found)])
    truths, columns, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for frame, one in enumerate(found):
        row, column = np.nonzero(one.similarity)
        truths.append(row + people.starts[frame])
        columns.append(column + track_starts[frame])
        values.append(one.similarity[row, column])
    ids = tracks.ids[rows]
    scene = Scene(
        length=people.length,
        truth_frames=people.frames,
        truth_ids=people.ids,
        track_frames=np.repeat(np.arange(people.length), np.diff(track_starts)),
        track_ids=np.searchsorted(np.unique(ids), ids).astype(np.int64),
        pair_truth=np.concatenate(truths),
        pair_track=np.concatenate(columns),
        iou=np.concatenate(values),
    )
    return scene, rows


def starts(frames: IntArray, length: int) -> IntArray:
    """(length + 1,) where each frame begins among sorted frames from 0."""
    return np.searchsorted(frames, np.arange(length + 1)).astype(np.int64)


def estimated_visibility(
    boxes_ltwh: FloatArray, pair_a: IntArray, pair_b: IntArray, iou: FloatArray
) -> FloatArray:
    """Visibility where the ground truth has none: (G,), 1 less the part of a box that one nearer person covers.

    Nearer is who stands lower in the picture (a larger bottom edge); of several, the one that
    covers most counts.
    """
    areas = boxes_ltwh[:, 2] * boxes_ltwh[:, 3]
    bottoms = boxes_ltwh[:, 1] + boxes_ltwh[:, 3]
    nearer = bottoms[pair_b] > bottoms[pair_a]
    a, b, overlapping = pair_a[nearer], pair_b[nearer], iou[nearer]
    common = overlapping / (1 + overlapping) * (areas[a] + areas[b])
    covered = np.zeros(len(areas))
    np.maximum.at(covered, a, common / areas[a])
    return np.clip(1 - covered, 0, 1)


def _pairs_within(
    frames: IntArray, boxes_ltwh: FloatArray, length: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Boxes of one frame that overlap, each with itself too: both rows and the overlap."""
    cuts = starts(frames, length)
    corners = boxes_ltwh.T.copy()
    corners[2:] += corners[:2]
    areas = (corners[2] - corners[0]) * (corners[3] - corners[1])
    lefts, rights, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for first, last in zip(cuts[:-1], cuts[1:], strict=True):
        part = corners[:, first:last]
        iou = overlap(part, areas[first:last], part, areas[first:last])
        a, b = np.nonzero(iou)
        lefts.append(a + first)
        rights.append(b + first)
        values.append(iou[a, b])
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(values)


def _borders(
    boxes_ltwh: FloatArray, width: int | None, height: int | None
) -> tuple[BoolArray, BoolArray]:
    """Which boxes reach the border of the picture (to one pixel), and which have their centre beyond it."""
    if width is None or height is None:
        nowhere = np.zeros(len(boxes_ltwh), np.bool_)
        return nowhere, nowhere
    left, top, wide, high = boxes_ltwh.T
    at_edge = (left < 1) | (top < 1) | (left + wide > width - 1) | (top + high > height - 1)
    x, y = left + wide / 2, top + high / 2
    return at_edge, (x < 0) | (y < 0) | (x > width) | (y > height)
