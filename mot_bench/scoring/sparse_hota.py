"""Compute TrackEval's HOTA to the last bit without matrices of all identities by all tracks.

TrackEval 1.3.0 keeps 21 such matrices, most of whose cells are 0, since few tracks overlap any one
object. This module keeps only the other cells. Every field is equal, because it is computed from
the same numbers in the same order:

- sums over frames are added frame by frame, and omitted numbers are 0;
- sums over whole matrices are rounded as numpy rounds them (see ``dense_sum``);
- the assignment of each frame is solved on the same matrix as in TrackEval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from trackeval.metrics import HOTA

from mot_bench.scoring.dense_sum import dense_sum

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Data = dict[str, Any]

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class _Pairs:
    """The P pairs of identities and tracks that overlap in a frame, in the order of a dense matrix.

    Attributes:
        cells: (P,) identity times the number of tracks, plus track.
        identities, tracks: (P,).
        of_overlap: (O,) the pair of each overlap, frame by frame, in the order of ``np.nonzero``.
        starts: (frames + 1,) the index of each frame's first overlap.
        potential: (P,) TrackEval's sum of normalised overlaps.
    """

    cells: IntArray
    identities: IntArray
    tracks: IntArray
    of_overlap: IntArray
    starts: IntArray
    potential: FloatArray


class SparseHota(HOTA):  # type: ignore[misc]
    """HOTA as TrackEval computes it, without dense matrices of identities by tracks."""

    def eval_sequence(self, data: Data) -> Data:
        """Return all fields of one sequence."""
        if not data["num_tracker_dets"] or not data["num_gt_dets"]:
            return dict(super().eval_sequence(data))
        people = _appearances(data["gt_ids"], data["num_gt_ids"])
        tracks = _appearances(data["tracker_ids"], data["num_tracker_ids"])
        pairs = _overlapping(data)
        both = people[pairs.identities] + tracks[pairs.tracks]
        alignment = pairs.potential / (both - pairs.potential)
        found = dict.fromkeys(self.float_fields, 0.0)
        fields: Data = {**found, **self._matched(data, pairs, alignment)}
        matches: FloatArray = fields.pop("matches")
        shares = {
            "AssA": matches / np.maximum(1, both[:, None] - matches),
            "AssRe": matches / np.maximum(1, people[pairs.identities])[:, None],
            "AssPr": matches / np.maximum(1, tracks[pairs.tracks])[:, None],
        }
        size = data["num_gt_ids"] * data["num_tracker_ids"]
        sums = dense_sum(
            pairs.cells, np.hstack([matches * share for share in shares.values()]), size
        )
        for name, total in zip(shares, np.split(sums, len(shares)), strict=True):
            fields[name] = total / np.maximum(1, fields["HOTA_TP"])
        fields["LocA"] = np.maximum(1e-10, fields["LocA"]) / np.maximum(1e-10, fields["HOTA_TP"])
        return dict(self._compute_final_fields(fields))

    def _matched(self, data: Data, pairs: _Pairs, alignment: FloatArray) -> Data:
        """Return counts over alpha, sums of overlaps, and ``matches``: (P, alphas) of each pair."""
        alphas = self.array_labels - _EPS
        counts = {name: np.zeros(len(alphas)) for name in (*self.integer_array_fields, "LocA")}
        chosen, passed = [np.empty(0, np.int64)], [np.empty((0, len(alphas)), np.bool_)]
        for frame, similarity in enumerate(data["similarity_scores"]):
            people, tracks = similarity.shape
            if people and tracks:
                part = pairs.of_overlap[pairs.starts[frame] : pairs.starts[frame + 1]]
                pair, iou = _assigned(similarity, part, alignment)
                enough = iou[:, None] >= alphas
                chosen.append(pair)
                passed.append(enough)
                matched = enough.sum(axis=0)
                if len(iou):
                    counts["LocA"] += np.cumsum(np.where(enough, iou[:, None], 0.0), axis=0)[-1]
            else:
                matched = 0
            counts["HOTA_TP"] += matched
            counts["HOTA_FN"] += people - matched
            counts["HOTA_FP"] += tracks - matched
        rows, enough = np.concatenate(chosen), np.concatenate(passed)
        columns = [np.bincount(rows[one], minlength=len(pairs.cells)) for one in enough.T]
        return {**counts, "matches": np.column_stack(columns).astype(np.float64)}


def _frames(data: Data) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    return zip(data["gt_ids"], data["tracker_ids"], data["similarity_scores"], strict=True)


def _appearances(ids: list[IntArray], count: int) -> FloatArray:
    """Return the number of frames of each identity, (count,)."""
    return np.bincount(np.concatenate(ids), minlength=count).astype(np.float64)


def _overlapping(data: Data) -> _Pairs:
    width = data["num_tracker_ids"]
    cells, values, starts = [np.empty(0, np.int64)], [np.empty(0)], [0]
    for people, tracks, similarity in _frames(data):
        rows, columns = np.nonzero(similarity)
        total = similarity.sum(0)[np.newaxis, :] + similarity.sum(1)[:, np.newaxis] - similarity
        overlap, total = similarity[rows, columns], total[rows, columns]
        plain = total > _EPS
        values.append(np.divide(overlap, total, out=np.zeros(len(rows)), where=plain))
        cells.append(people[rows].astype(np.int64) * width + tracks[columns])
        starts.append(starts[-1] + len(rows))
    places, of_overlap = np.unique(np.concatenate(cells), return_inverse=True)
    weights = np.concatenate(values)
    potential = np.bincount(of_overlap, weights, len(places)).astype(np.float64)
    return _Pairs(places, places // width, places % width, of_overlap, np.array(starts), potential)


def _assigned(
    similarity: FloatArray, pairs: IntArray, alignment: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the overlapping pairs that the assignment of a frame matches, and their overlaps."""
    rows, columns = np.nonzero(similarity)
    scores = np.zeros_like(similarity)
    scores[rows, columns] = alignment[pairs] * similarity[rows, columns]
    pair_of = np.full(similarity.shape, -1, np.int64)
    pair_of[rows, columns] = pairs
    matched = linear_sum_assignment(-scores)
    overlapping = pair_of[matched] >= 0
    return pair_of[matched][overlapping], similarity[matched][overlapping]
