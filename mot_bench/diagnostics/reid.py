"""How well embeddings tell people apart: TPR at a FAR, and rank 1, at the boxes of the ground truth.

Pairs of features are called "the same person" where their cosine similarity is above a threshold.
At the threshold that takes a tenth of the pairs of different people for the same one (FAR 0.1), TPR
is the part of the pairs of one person that is taken for the same. Two sets of pairs, which must not
be set beside each other:

- **the paper's** (FairMOT's ``test_emb.py``): all pairs of the split, those of different sequences too, which are easy;
- **within a sequence**: pairs of one sequence that are at least 10 frames apart, pooled over sequences: what a tracker
  has to tell apart.

The ROC is made from similarities in 200,000 bins between about the lowest one and 1, with TPR
linear in between as in the paper.
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
        features: (N, D), of any length; rows with NaN were not embedded, and are left out.
        identities: (N,) within the sequence: the same person is who has the same sequence and
            identity.
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
        """Some of the rows."""
        return LabelledFeatures(
            self.features[rows],
            self.identities[rows],
            self.sequences[rows],
            self.frames[rows],
            self.visibility[rows],
        )


@dataclass(frozen=True)
class Verification:
    """How well pairs are told apart.

    Attributes:
        tpr: at FAR ``far``, 0 to 1; NaN where there are no pairs of one person, or none of two.
        far: see there.
        rank_1: part of the features, of those whose person is among their pairs, that are nearest
            to their own person.
        roc_far, roc_tpr: (P,) the curve, at 0 and from FAR 1e-4 to 1.
        same, different: how many pairs of one person and of two there were.
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
    """Both sets of pairs: ``paper`` (all, of every third frame or so), and ``within`` one sequence."""

    paper: Verification
    within: Verification


def labelled(pairs: Iterable[tuple[Sequence, npt.NDArray[np.float32]]]) -> LabelledFeatures:
    """Features of a split's pedestrians, from each sequence with an embedding for each row of its ground truth.

    Raises:
        MotBenchError: a sequence has no ground truth, or another number of rows than embeddings.
    """
    parts: list[LabelledFeatures] = []
    for number, (sequence, features) in enumerate(pairs):
        truth = sequence.ground_truth
        if truth is None or len(truth.ids) != len(features):
            rows = "none" if truth is None else f"one of {len(truth.ids)} rows"
            raise MotBenchError(
                f"{sequence.name}: expected ground truth for {len(features)} embeddings, found {rows}"
            )
        whole = LabelledFeatures(
            features, truth.ids, np.full(len(features), number), truth.frames, truth.visibility
        )
        parts.append(whole.take(np.flatnonzero(truth.considered & (truth.classes == PEDESTRIAN))))
    if not parts:
        raise MotBenchError("ReID: expected embeddings of at least one sequence, found none")
    return LabelledFeatures(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.identities for part in parts]),
        np.concatenate([part.sequences for part in parts]),
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.visibility for part in parts]),
    )


def reid_quality(
    embedded: LabelledFeatures, *, paper_step: int = 3, min_visibility: float = 0.0
) -> ReidQuality:
    """Both sets of pairs at FAR 0.1.

    Args:
        embedded: features of a split.
        paper_step: the paper's pairs are of every so-manieth frame (3 in ``mot17.emb``).
        min_visibility: people of whom less is visible are left out of both.
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
        embedded: features.
        within_sequences: only pairs of one sequence.
        gap_frames: of one sequence, only pairs at least so many frames apart.
        far: part of the pairs of different people that may be taken for one.
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
    """(N,) one number for each sequence and identity."""
    keys = np.stack((embedded.sequences, embedded.identities), axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


class _Tally:
    """Counts of pairs by similarity, in blocks that take little memory."""

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
        """All pairs within a group of rows, each once."""
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
        """What the counts say."""
        same, different = int(self.same.sum()), int(self.all.sum() - self.same.sum())
        asked = np.isfinite(self.best_same)
        rank_1 = float((self.best_same > self.best_other)[asked].mean()) if asked.any() else np.nan
        if not same or not different:
            empty = np.full(len(_ROC_FAR), np.nan)
            return Verification(np.nan, far, rank_1, _ROC_FAR, empty, same, different)
        used = np.flatnonzero(self.all)[::-1]
        taken = np.concatenate(([0], np.cumsum(self.same[used]))) / same
        mistaken = np.concatenate(([0], np.cumsum((self.all - self.same)[used]))) / different
        tpr = float(np.interp(far, mistaken, taken))
        return Verification(
            tpr, far, rank_1, _ROC_FAR, np.interp(_ROC_FAR, mistaken, taken), same, different
        )
