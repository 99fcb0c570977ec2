"""ReID quality at the boxes of the ground truth: TPR at a FAR, and the rank-1 rate.

A pair of features is accepted as the same person if its cosine similarity exceeds a threshold. TPR
is the accepted fraction of the pairs of one person, at the threshold that accepts a tenth of the
pairs of two people (FAR 0.1). There are two sets of pairs, whose figures must not be compared:

- **the paper's** (FairMOT's ``test_emb.py``): all pairs of the split, including the easy pairs of
  different sequences;
- **within a sequence**: pairs of one sequence that are at least 10 frames apart, pooled over
  sequences, as a tracker must tell them apart.

The ROC curve counts similarities in 200,000 bins between about the lowest one and 1. TPR is linear
in between, as in the paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.errors import MotBenchError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FAR = 0.1
GAP_FRAMES = 10
PEDESTRIAN = 1

_BINS = 200_000
_BLOCK = 1024
_SAMPLE = 512
_ROC_FAR = np.concatenate(([0.0], np.logspace(-4, 0, 201)))


@dataclass(frozen=True)
class LabelledFeatures:
    """Embeddings at the boxes of the ground truth.

    Attributes:
        features: (N, D), not necessarily of unit length; rows with NaN have no embedding and are
            ignored.
        identities: (N,) within the sequence; a person is a sequence and an identity.
        sequences: (N,) number of the sequence.
        frames: (N,) 1-based.
        visibility: (N,) 0 to 1.
    """

    features: npt.NDArray[np.float32]
    identities: IntArray
    sequences: IntArray
    frames: IntArray
    visibility: FloatArray

    def __len__(self) -> int:
        return len(self.identities)

    def take(self, rows: npt.NDArray[np.intp]) -> LabelledFeatures:
        """Return the features of these rows."""
        return LabelledFeatures(
            self.features[rows],
            self.identities[rows],
            self.sequences[rows],
            self.frames[rows],
            self.visibility[rows],
        )


@dataclass(frozen=True)
class Verification:
    """The result of telling pairs of features apart.

    Attributes:
        tpr: true positive rate at the false acceptance rate ``far``, 0 to 1; NaN if there are no
            pairs of one person or none of two people.
        far: the false acceptance rate.
        rank_1: the fraction of the features that are nearest to a feature of their own person,
            among those that have a pair with their own person.
        roc_far, roc_tpr: (P,) the ROC curve, at FAR 0 and from 1e-4 to 1.
        same, different: number of pairs of one person and of two people.
    """

    tpr: float
    far: float
    rank_1: float
    roc_far: FloatArray
    roc_tpr: FloatArray
    same: int
    different: int


@dataclass(frozen=True)
class ReidQuality:
    """The results for both sets of pairs: the paper's pairs, and those within one sequence."""

    paper: Verification
    within: Verification


def labelled(pairs: Iterable[tuple[Sequence, npt.NDArray[np.float32]]]) -> LabelledFeatures:
    """Return the features of a split's pedestrians.

    Args:
        pairs: each sequence with one embedding for each row of its ground truth.

    Raises:
        MotBenchError: a sequence has no ground truth, or another number of rows than embeddings.
    """
    parts = [_pedestrians(number, *pair) for number, pair in enumerate(pairs)]
    if not parts:
        raise MotBenchError("ReID: expected embeddings of at least one sequence, found none")
    return LabelledFeatures(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.identities for part in parts]),
        np.concatenate([part.sequences for part in parts]),
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.visibility for part in parts]),
    )


def _pedestrians(
    number: int, sequence: Sequence, features: npt.NDArray[np.float32]
) -> LabelledFeatures:
    """Return the features of the pedestrians of one sequence."""
    truth = sequence.ground_truth
    if truth is None or len(truth.ids) != len(features):
        rows = "none" if truth is None else f"one of {len(truth.ids)} rows"
        raise MotBenchError(
            f"{sequence.name}: expected ground truth for {len(features)} embeddings, found {rows}"
        )
    whole = LabelledFeatures(
        features, truth.ids, np.full(len(features), number), truth.frames, truth.visibility
    )
    return whole.take(np.flatnonzero(truth.considered & (truth.classes == PEDESTRIAN)))


def reid_quality(
    embedded: LabelledFeatures, *, paper_step: int = 3, min_visibility: float = 0.0
) -> ReidQuality:
    """Evaluate both sets of pairs at FAR 0.1.

    Args:
        embedded: the features of a split.
        paper_step: the paper's pairs use every Nth frame (3 in ``mot17.emb``).
        min_visibility: boxes with a lower visibility are left out of both sets.
    """
    seen = embedded.take(np.flatnonzero(embedded.visibility >= min_visibility))
    return ReidQuality(
        paper=verification(seen.take(np.flatnonzero((seen.frames - 1) % paper_step == 0))),
        within=verification(seen, within_sequences=True, gap_frames=GAP_FRAMES),
    )


def verification(
    embedded: LabelledFeatures,
    *,
    within_sequences: bool = False,
    gap_frames: int = 0,
    far: float = FAR,
) -> Verification:
    """Tell pairs of features apart by their cosine similarity.

    Args:
        embedded: the features.
        within_sequences: whether to use only pairs of one sequence.
        gap_frames: the least distance in frames of a pair of one sequence.
        far: the accepted fraction of the pairs of two people.
    """
    embedded = embedded.take(np.flatnonzero(np.isfinite(embedded.features).all(axis=1)))
    length = np.linalg.norm(embedded.features, axis=1, keepdims=True)
    unit = (embedded.features / np.maximum(length, 1e-12)).astype(np.float32)
    _, sequences = np.unique(embedded.sequences, return_inverse=True)
    people = _people(embedded)
    groups = [np.arange(len(unit))]
    if within_sequences:
        groups = [
            np.flatnonzero(sequences == number) for number in range(sequences.max(initial=-1) + 1)
        ]
    tally = _Tally(unit, people, sequences, embedded.frames, gap_frames)
    for group in groups:
        tally.add(group)
    return tally.result(far)


def _people(embedded: LabelledFeatures) -> IntArray:
    """Return (N,) numbers, one for each sequence and identity."""
    keys = np.stack((embedded.sequences, embedded.identities), axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


class _Tally:
    """Counts of pairs by similarity, made in blocks to save memory."""

    def __init__(
        self,
        unit: npt.NDArray[np.float32],
        people: IntArray,
        sequences: IntArray,
        frames: IntArray,
        gap_frames: int,
    ) -> None:
        self.unit, self.people, self.sequences, self.frames = unit, people, sequences, frames
        self.gap_frames = gap_frames
        sample = unit[:: max(1, len(unit) // _SAMPLE)]
        self.lowest = min(float((sample @ sample.T).min(initial=1.0)), 1 - 1e-6)
        self.same, self.all = np.zeros(_BINS + 1, np.int64), np.zeros(_BINS + 1, np.int64)
        self.best_same = np.full(len(unit), -np.inf, np.float32)
        self.best_other = np.full(len(unit), -np.inf, np.float32)

    def add(self, group: npt.NDArray[np.intp]) -> None:
        """Count all pairs within a group of rows, each pair once."""
        starts = range(0, len(group), _BLOCK)
        for first in starts:
            for second in starts[first // _BLOCK :]:
                self._add_block(
                    group[first : first + _BLOCK], group[second : second + _BLOCK], first == second
                )

    def _add_block(
        self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], diagonal: bool
    ) -> None:
        similarity = self.unit[rows] @ self.unit[columns].T
        same = self.people[rows, None] == self.people[columns]
        used = (
            np.triu(np.ones(same.shape, np.bool_), 1) if diagonal else np.ones(same.shape, np.bool_)
        )
        if self.gap_frames:
            apart = np.abs(self.frames[rows, None] - self.frames[columns]) >= self.gap_frames
            used &= apart | (self.sequences[rows, None] != self.sequences[columns])
        places = np.clip((similarity - self.lowest) * (_BINS / (1 - self.lowest)), 0, _BINS).astype(
            np.intp
        )
        self.all += np.bincount(places[used], minlength=_BINS + 1)
        same_used = same & used
        self.same += np.bincount(places[same_used], minlength=_BINS + 1)
        for best, chosen in ((self.best_same, same_used), (self.best_other, used & ~same)):
            shown = np.where(chosen, similarity, -np.inf)
            best[rows] = np.maximum(best[rows], shown.max(axis=1))
            best[columns] = np.maximum(best[columns], shown.max(axis=0))

    def result(self, far: float) -> Verification:
        """Return the result for the pairs counted so far."""
        same, different = int(self.same.sum()), int(self.all.sum() - self.same.sum())
        paired = np.isfinite(self.best_same)
        is_first = (self.best_same > self.best_other)[paired]
        rank_1 = float(is_first.mean()) if paired.any() else np.nan
        if not same or not different:
            empty = np.full(len(_ROC_FAR), np.nan)
            return Verification(np.nan, far, rank_1, _ROC_FAR, empty, same, different)
        used = np.flatnonzero(self.all)[::-1]
        accepted = np.concatenate(([0], np.cumsum(self.same[used]))) / same
        false = np.concatenate(([0], np.cumsum((self.all - self.same)[used]))) / different
        tpr = float(np.interp(far, false, accepted))
        return Verification(
            tpr, far, rank_1, _ROC_FAR, np.interp(_ROC_FAR, false, accepted), same, different
        )
