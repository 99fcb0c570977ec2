"""CLEAR's matching (Bernardin and Stiefelhagen, 2008) as TrackEval 1.3.0 does it, on flat arrays.

TrackEval assigns in each frame the tracks to people so that first as many as possible keep the
track of the frame before, and then the overlap is largest; pairs below IoU 0.5 do not count. "The
frame before" is the last one in which there were both people and tracks: frames that lack either
are passed over. A pair whose person and track have no other candidate is matched in any optimum;
the assignment problem is solved only in frames where candidates compete, with the very matrix of
TrackEval, so that ties fall as they do there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from mot_bench.explaining.scene import BoolArray, FloatArray, IntArray, Scene

THRESHOLD = 0.5
NONE = -1
_EPS = float(np.finfo(np.float64).eps)
_KEEPING = 1000


@dataclass(frozen=True)
class Matching:
    """Who was matched with whom, and what CLEAR makes of it.

    Attributes:
        pairs: (P,) which pairs of the scene are matched.
        track_of: (G,) row of the track, ``NONE`` where the person was missed.
        truth_of: (R,) row of the person, ``NONE`` where the track is wrong.
        before: (G,) the same person's last matched row in an earlier frame, ``NONE`` where there is
            none; for every row, matched or not; ``after`` likewise the next one.
        switched: (G,) whether this is an identity switch.
        resumed: (G,) whether this is a fragmentation: tracking begins again.
    """

    pairs: BoolArray
    track_of: IntArray
    truth_of: IntArray
    before: IntArray
    after: IntArray
    switched: BoolArray
    resumed: BoolArray

    @property
    def hits(self) -> int:
        """CLR_TP."""
        return int(np.count_nonzero(self.pairs))


def match(scene: Scene) -> Matching:
    """Match a scene as CLEAR does."""
    pairs = _matched_pairs(scene)
    track_of = np.full(len(scene.truth_frames), NONE, np.int64)
    truth_of = np.full(len(scene.track_frames), NONE, np.int64)
    truth, track = scene.pair_truth[pairs], scene.pair_track[pairs]
    track_of[truth], truth_of[track] = track, truth
    before, after = _nearest_matches(scene, track_of >= 0)
    rows = np.flatnonzero((track_of >= 0) & (before >= 0))
    ids = scene.track_ids
    switched, resumed = np.zeros(len(track_of), np.bool_), np.zeros(len(track_of), np.bool_)
    switched[rows] = ids[track_of[rows]] != ids[track_of[before[rows]]]
    resumed[rows] = (
        scene.truth_frames[before[rows]] != _frame_before(scene)[scene.truth_frames[rows]]
    )
    return Matching(pairs, track_of, truth_of, before, after, switched, resumed)


def _matched_pairs(scene: Scene) -> BoolArray:
    candidates = scene.iou >= THRESHOLD - _EPS
    matched = candidates & alone(scene, candidates)
    competing = np.unique(scene.truth_frames[scene.pair_truth[candidates & ~matched]])
    if not len(competing):
        return matched
    holder = np.full(
        len(scene.truth_frames), NONE, np.int64
    )  # id of the track that has the person in this row
    holder[scene.pair_truth[matched]] = scene.track_ids[scene.pair_track[matched]]
    frame_before = _frame_before(scene)
    for frame in competing.tolist():
        part = slice(scene.pair_starts[frame], scene.pair_starts[frame + 1])
        chosen = np.flatnonzero(candidates[part]) + part.start
        truth, track = scene.pair_truth[chosen], scene.pair_track[chosen]
        previous = _holders_in(scene, holder, frame_before[frame])
        scores = (
            _KEEPING * (scene.track_ids[track] == previous[scene.truth_ids[truth]])
            + scene.iou[chosen]
        )
        taken = chosen[assigned(scene, frame, truth, track, scores)]
        matched[part] = False
        matched[taken] = True
        holder[scene.pair_truth[taken]] = scene.track_ids[scene.pair_track[taken]]
    return matched


def alone(scene: Scene, chosen: BoolArray) -> BoolArray:
    """(P,) among the chosen pairs, those whose person and track are in no other chosen pair."""
    truth, track = scene.pair_truth, scene.pair_track
    by_truth = np.bincount(truth[chosen], minlength=len(scene.truth_frames))
    by_track = np.bincount(track[chosen], minlength=len(scene.track_frames))
    lonely: BoolArray = chosen & (by_truth[truth] == 1) & (by_track[track] == 1)
    return lonely


def assigned(
    scene: Scene, frame: int, truth: IntArray, track: IntArray, scores: FloatArray
) -> BoolArray:
    """(K,) which of K pairs of one frame are in the assignment of largest score.

    All other pairs score 0.
    """
    first_row, last_row = scene.truth_starts[frame : frame + 2]
    first_column, last_column = scene.track_starts[frame : frame + 2]
    matrix = np.zeros((last_row - first_row, last_column - first_column))
    rows, columns = truth - first_row, track - first_column
    matrix[rows, columns] = -scores
    best = np.full(len(matrix), NONE)
    solved_rows, solved_columns = linear_sum_assignment(matrix)
    best[solved_rows] = solved_columns
    taken: BoolArray = best[rows] == columns
    return taken


def _frame_before(scene: Scene) -> IntArray:
    """(length,) for each frame the last one before it that has people and tracks.

    ``NONE`` where there is none.
    """
    both = (np.diff(scene.truth_starts) > 0) & (np.diff(scene.track_starts) > 0)
    latest = np.maximum.accumulate(np.where(both, np.arange(scene.length), NONE))
    return np.concatenate([[NONE], latest])[: scene.length]


def _holders_in(scene: Scene, holder: IntArray, frame: int) -> npt.NDArray[np.int64]:
    """(people,) id of the track that has each person in a frame; ``NONE`` for nobody."""
    holders = np.full(scene.truth_id_count, NONE, np.int64)
    if frame != NONE:
        rows = slice(scene.truth_starts[frame], scene.truth_starts[frame + 1])
        holders[scene.truth_ids[rows]] = holder[rows]
    return holders


def _nearest_matches(scene: Scene, is_matched: BoolArray) -> tuple[IntArray, IntArray]:
    """(G,) for each row the same person's last matched row before it, and the next one after it."""
    order = np.argsort(scene.truth_ids, kind="stable")  # by person, then by time
    ids, matched = scene.truth_ids[order], is_matched[order]
    before, after = np.full(len(order), NONE, np.int64), np.full(len(order), NONE, np.int64)
    earlier = _previous(ids, matched)
    later = len(order) - 1 - _previous(ids[::-1], matched[::-1])[::-1]
    found = earlier != NONE
    before[order[found]] = order[earlier[found]]
    found = later != len(order)
    after[order[found]] = order[later[found]]
    return before, after


def _previous(ids: IntArray, marked: BoolArray) -> IntArray:
    """(N,) for each place the last marked place before it that has the same id.

    ``NONE`` where there is none.
    """
    places = np.where(marked, np.arange(len(ids)), NONE)
    earlier = np.concatenate([[NONE], np.maximum.accumulate(places)])[: len(ids)]
    same: IntArray = np.where((earlier != NONE) & (ids[earlier] == ids), earlier, NONE)
    return same
