"""Which detections found whom: what tells a detector's misses from a tracker's, and the AP of parts of the truth."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from mot_bench.explaining.scene import BoolArray, FloatArray, IntArray, People, starts
from mot_bench.files.array_files import read_arrays
from mot_bench.scoring.preparation import overlap

OVERLAP = 0.5
NONE = -1
_DTYPES = {"boxes_ltwh": np.float64, "scores": np.float64, "ignored": np.bool_}


@dataclass(frozen=True)
class Detected:
    """The detections of one sequence, judged: D rows, sorted by frame.

    Attributes:
        frames: (D,) from 0.
        boxes_ltwh: (D, 4) pixels.
        scores: (D,).
        found: (D,) row of the person whom it finds: overlap at least 0.5, best scores first, each
            person once; else ``NONE``.
        again: (D,) for one that finds nobody, the person whom it overlaps most, by at least 0.5;
            else ``NONE``.
        ignored: (D,) finds nobody, and overlaps by at least 0.5 truth that does not count.
        touches: (D,) how many people's boxes it overlaps at all.
    """

    frames: IntArray
    boxes_ltwh: FloatArray
    scores: FloatArray
    found: IntArray
    again: IntArray
    ignored: BoolArray
    touches: IntArray

    def sureness(self, people: int) -> FloatArray:
        """(G,) score of the detection that finds each person; NaN where none does."""
        scores = np.full(people, np.nan)
        hits = self.found != NONE
        scores[self.found[hits]] = self.scores[hits]
        return scores

    def to_bytes(self) -> bytes:
        """All of it as an npz; the same arrays give the same bytes."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, **{field.name: getattr(self, field.name) for field in fields(self)}
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, people: int, length: int) -> Self:
        """Read what ``to_bytes`` gave, of a sequence with so many rows of people and so many frames.

        Raises:
            InputError, KeyError, ValueError: the content is something else.
        """
        arrays = read_arrays(content, "judged detections", "an npz of judged detections")
        detected = cls(**{field.name: arrays[field.name] for field in fields(cls)})
        fault = detected._fault(people, length)
        if fault:
            raise ValueError(fault)
        return detected

    def _fault(self, people: int, length: int) -> str:
        """Return what cannot be of a sequence with so many rows of people and so many frames.

        Nothing if all can.
        """
        count = self.frames.size
        for field in fields(self):
            array = getattr(self, field.name)
            shape = (count, 4) if field.name == "boxes_ltwh" else (count,)
            if array.shape != shape or array.dtype != _DTYPES.get(field.name, np.int64):
                return f"{field.name} of shape {array.shape} and type {array.dtype}"
        if not (np.isfinite(self.boxes_ltwh).all() and np.isfinite(self.scores).all()):
            return "boxes or scores that are no numbers"
        if count and not (
            self.frames[0] >= 0 and (np.diff(self.frames) >= 0).all() and self.frames[-1] < length
        ):
            return f"frames that are not sorted, or beyond the {length} of the sequence"
        whom = np.concatenate([self.found, self.again])
        return (
            f"a row of people beyond {people}" if ((whom < NONE) | (whom >= people)).any() else ""
        )


def judge(people: People, frames: IntArray, boxes_ltwh: FloatArray, scores: FloatArray) -> Detected:
    """Judge detections; ``frames`` from 0 and sorted."""
    count = len(frames)
    found, again = np.full(count, NONE, np.int64), np.full(count, NONE, np.int64)
    ignored, touches = np.zeros(count, np.bool_), np.zeros(count, np.int64)
    cuts, left_out = starts(frames, people.length), starts(people.left_out_frames, people.length)
    for frame in np.unique(frames).tolist():
        part, rows = (
            slice(cuts[frame], cuts[frame + 1]),
            slice(people.starts[frame], people.starts[frame + 1]),
        )
        iou = box_overlap(boxes_ltwh[part], people.boxes_ltwh[rows])
        touches[part] = np.count_nonzero(iou, axis=1)
        hit = _find(iou, scores[part])
        found[part] = np.where(hit != NONE, hit + rows.start, NONE)
        if iou.shape[1]:
            near = (hit == NONE) & (iou.max(axis=1) >= OVERLAP)
            again[part] = np.where(near, iou.argmax(axis=1) + rows.start, NONE)
        others = people.left_out_ltwh[left_out[frame] : left_out[frame + 1]]
        if len(others):
            ignored[part] = (hit == NONE) & (
                box_overlap(boxes_ltwh[part], others).max(axis=1) >= OVERLAP
            )
    return Detected(frames, boxes_ltwh, scores, found, again, ignored, touches)


def _find(iou: FloatArray, scores: FloatArray) -> IntArray:
    """(D,) column of whom each detection finds: best scores first, whoever is free and overlaps most."""
    hit = np.full(len(iou), NONE, np.int64)
    near = iou >= OVERLAP
    free = np.ones(iou.shape[1], np.bool_)
    rows = np.flatnonzero(near.any(axis=1))
    best = iou[rows].max(axis=1, initial=0.0)
    for row in rows[np.lexsort((-best, -scores[rows]))].tolist():
        overlaps = np.where(near[row] & free, iou[row], -1.0)
        column = int(overlaps.argmax())
        if overlaps[column] > 0:
            free[column] = False
            hit[row] = column
    return hit


def box_overlap(boxes_a_ltwh: FloatArray, boxes_b_ltwh: FloatArray) -> FloatArray:
    """(N, M) intersection over union."""
    corners = []
    for boxes in (boxes_a_ltwh, boxes_b_ltwh):
        corner = boxes.T.copy()
        corner[2:] += corner[:2]
        corners.append((corner, (corner[2] - corner[0]) * (corner[3] - corner[1])))
    (a, area_a), (b, area_b) = corners
    return overlap(a, area_a, b, area_b)


def best_overlap(
    frames: IntArray,
    boxes_ltwh: FloatArray,
    other_frames: IntArray,
    other_ltwh: FloatArray,
    length: int,
) -> FloatArray:
    """(N,) the largest overlap of each box with the others of its frame, 0 without any.

    Both are sorted by frame.
    """
    best = np.zeros(len(frames))
    cuts, others = starts(frames, length), starts(other_frames, length)
    for frame in np.unique(frames).tolist():
        part = slice(cuts[frame], cuts[frame + 1])
        theirs = other_ltwh[others[frame] : others[frame + 1]]
        if len(theirs):
            best[part] = box_overlap(boxes_ltwh[part], theirs).max(axis=1)
    return best
