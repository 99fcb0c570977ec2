"""HOTA, IDF1 and CLEAR of a scene: TrackEval's definitions on flat arrays, some ten times as quick.

Repairs need dozens of scores of every run. The arithmetic is that of TrackEval 1.3.0 (HOTA: Luiten
et al., IJCV 2020, arXiv 2009.07736, sections 4 and 5; Identity: Ristani et al., 2016, arXiv
1609.01775); tests hold the figures equal to its classes on random scenes and real tracks. Figures
of record are always TrackEval's own: these serve for gains alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import linear_sum_assignment

from mot_bench.explaining.matching import THRESHOLD, Matching, alone, assigned, match
from mot_bench.explaining.scene import BoolArray, FloatArray, IntArray, Scene
from mot_bench.scoring.best_matching import matching_pairs

ALPHAS = np.arange(0.05, 0.99, 0.05)
METRICS = ("HOTA", "IDF1", "MOTA")
_EPS = float(np.finfo(np.float64).eps)
_MOST_CELLS = 4_000_000  # of a matrix of people by tracks; where there are more, none is made


@dataclass(frozen=True)
class Counts:
    """What TrackEval adds up over sequences.

    Attributes:
        hota_tp: (19,) over alpha; ``hota_misses`` (19,) false negatives and false positives
            together.
        association: (19,) AssA times hota_tp.
        identity: IDTP; ``identity_misses`` IDFN and IDFP together.
        hits, misses, false_boxes, switches: CLR_TP, CLR_FN, CLR_FP, IDSW.
    """

    hota_tp: FloatArray
    hota_misses: FloatArray
    association: FloatArray
    identity: int
    identity_misses: int
    hits: int
    misses: int
    false_boxes: int
    switches: int

    def metrics(self) -> dict[str, float]:
        """HOTA (mean over alpha), IDF1 and MOTA as TrackEval's ``combine_sequences`` computes them.

        Fractions.
        """
        detection = self.hota_tp / np.maximum(1, self.hota_tp + self.hota_misses)
        association = self.association / np.maximum(1, self.hota_tp)
        return {
            "HOTA": float(np.mean(np.sqrt(detection * association))),
            "IDF1": self.identity / max(1.0, self.identity + 0.5 * self.identity_misses),
            "MOTA": (self.hits - self.false_boxes - self.switches)
            / max(1.0, self.hits + self.misses),
        }

    def to_list(self) -> list[float]:
        """All of it as numbers, for JSON."""
        arrays = np.concatenate([self.hota_tp, self.hota_misses, self.association]).tolist()
        counts = [
            self.identity,
            self.identity_misses,
            self.hits,
            self.misses,
            self.false_boxes,
            self.switches,
        ]
        return [*arrays, *counts]

    @classmethod
    def from_list(cls, numbers: list[float]) -> Self:
        """Read what ``to_list`` gave."""
        count = len(ALPHAS)
        curves = np.array(numbers[: 3 * count], np.float64).reshape(3, count)
        whole = [int(number) for number in numbers[3 * count :]]
        return cls(curves[0], curves[1], curves[2], *whole)


def total(parts: Iterable[Counts]) -> Counts:
    """Sequences together."""
    columns = list(zip(*(part.to_list() for part in parts), strict=True))
    return Counts.from_list(
        [sum(column) for column in columns] if columns else [0.0] * (3 * len(ALPHAS) + 6)
    )


def rescore(scene: Scene, matching: Matching | None = None) -> Counts:
    """Score a scene; ``matching`` is that of the scene, where it is known already."""
    matching = matching or match(scene)
    people, rows = len(scene.truth_frames), len(scene.track_frames)
    hota_tp, association = _hota(scene)
    identity = int(identity_pairs(scene).sum())
    return Counts(
        hota_tp=hota_tp,
        hota_misses=people + rows - 2 * hota_tp,
        association=association,
        identity=identity,
        identity_misses=people + rows - 2 * identity,
        hits=matching.hits,
        misses=people - matching.hits,
        false_boxes=rows - matching.hits,
        switches=int(matching.switched.sum()),
    )


def identity_pairs(scene: Scene) -> BoolArray:
    """(P,) which pairs are IDTP: of the one-to-one assignment of people and tracks with most pairs at IoU 0.5."""
    near: BoolArray = scene.iou >= THRESHOLD
    shape = (scene.truth_id_count, scene.track_id_count)
    if not near.any():
        return near
    keys = scene.truth_ids[scene.pair_truth] * shape[1] + scene.track_ids[scene.pair_track]
    if shape[0] * shape[1] > _MOST_CELLS:
        return _identity_pairs_of_many(near, keys, shape[1])
    together = np.bincount(keys[near], minlength=shape[0] * shape[1]).reshape(shape)
    rows, columns = linear_sum_assignment(together, maximize=True)
    partner = np.full(shape[0], -1)
    partner[rows] = columns
    right: BoolArray = near & (
        partner[scene.truth_ids[scene.pair_truth]] == scene.track_ids[scene.pair_track]
    )
    return right


def _identity_pairs_of_many(near: BoolArray, keys: IntArray, tracks: int) -> BoolArray:
    """Return the pairs that are IDTP without a matrix of all people by all tracks, (P,).

    Args:
        near: (P,) pairs that overlap by half.
        keys: (P,) person times the number of tracks, plus track.
        tracks: how many there are.
    """
    kinds, counts = np.unique(keys[near], return_counts=True)
    chosen = kinds[matching_pairs(kinds // tracks, kinds % tracks, counts)]
    return near & np.isin(keys, chosen)


def _hota(scene: Scene) -> tuple[FloatArray, FloatArray]:
    """(19,) true positives, and AssA times these."""
    tracks = max(1, scene.track_id_count)
    keys = scene.truth_ids[scene.pair_truth] * tracks + scene.track_ids[scene.pair_track]
    # Of each pair of identities: how often they are together, out of how often either is there.
    union = (
        np.bincount(scene.truth_ids, minlength=scene.truth_id_count)[
            scene.truth_ids[scene.pair_truth]
        ]
        + np.bincount(scene.track_ids, minlength=tracks)[scene.track_ids[scene.pair_track]]
    )
    chosen = _hota_pairs(scene, keys, union)
    keys, union, iou = keys[chosen], union[chosen], scene.iou[chosen]
    _, first, kinds = np.unique(keys, return_index=True, return_inverse=True)
    union = union[first]
    hits, association = np.zeros(len(ALPHAS)), np.zeros(len(ALPHAS))
    for place, alpha in enumerate(ALPHAS):
        together = np.bincount(kinds[iou >= alpha - _EPS], minlength=len(union))
        hits[place] = together.sum()
        association[place] = np.sum(together * (together / np.maximum(1, union - together)))
    return hits, association


def _hota_pairs(scene: Scene, keys: IntArray, union: IntArray) -> BoolArray:
    """(P,) the pairs of HOTA's assignment: of largest overlap times alignment of the identities, frame by frame."""
    truth, track, iou = scene.pair_truth, scene.pair_track, scene.iou
    by_truth = np.bincount(truth, iou, len(scene.truth_frames))
    by_track = np.bincount(track, iou, len(scene.track_frames))
    share = by_track[track] + by_truth[truth] - iou
    share = np.where(share > _EPS, iou / np.maximum(share, _EPS), 0.0)
    if scene.truth_id_count * scene.track_id_count > _MOST_CELLS:
        keys = np.unique(keys, return_inverse=True)[1]
    together = np.bincount(keys, share)[keys] if len(keys) else share
    scores = together / (union - together) * iou
    chosen = alone(scene, np.ones(len(iou), np.bool_)) & (scores > 0)
    for frame in np.unique(scene.truth_frames[truth[~chosen]]).tolist():
        part = slice(scene.pair_starts[frame], scene.pair_starts[frame + 1])
        chosen[part] = assigned(scene, frame, truth[part], track[part], scores[part])
    return chosen
