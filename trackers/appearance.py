"""One feature a track: an exponential moving average of its embeddings, as JDE, FairMOT and BoT-SORT keep it."""

from __future__ import annotations

import numpy as np

from mot_bench.trackers.interface import FloatArray, IntArray

DISTANCE_DECIMALS = 12
"""Cosine distances are rounded to this. A detection and its duplicate may have equal embeddings: their distances are
then equal too, and ties fall alike on every machine, whatever the last bits of its matrix product."""


class SmoothedFeatures:
    """(N, D) L2-normalised features, row for row with a table of tracks (JDE, arXiv 1909.12605, section 3.4)."""

    def __init__(self, momentum: float) -> None:
        """No features yet; ``momentum`` in 0..1 is the weight of the past."""
        self._momentum = momentum
        self._features: FloatArray | None = None

    def cosine_distance(self, rows: IntArray, embeddings: FloatArray) -> FloatArray:
        """(len(rows), M) distances 1 - cosine, at least 0."""
        if self._features is None or not len(rows) or not len(embeddings):
            return np.zeros((len(rows), len(embeddings)))
        distance: FloatArray = 1.0 - self._features[rows] @ embeddings.T
        np.maximum(distance, 0.0, out=distance)
        return np.round(distance, DISTANCE_DECIMALS, out=distance)

    def blend(self, rows: IntArray, embeddings: FloatArray) -> None:
        """Move the features of these tracks towards the embeddings they were seen with."""
        if self._features is None or not len(rows):
            return
        mixed = self._momentum * self._features[rows] + (1.0 - self._momentum) * embeddings
        self._features[rows] = _unit(mixed)

    def rearrange(self, before: IntArray, born: FloatArray) -> None:
        """Follow the table.

        Args:
            before: former row of each track, -1 for those born.
            born: embeddings of those born, in the order of their rows.
        """
        features = self._features
        if features is None:
            features = np.empty((0, born.shape[1]))
        if (
            not len(born)
            and len(before) == len(features)
            and (before == np.arange(len(before))).all()
        ):
            return
        old = before >= 0
        if not len(born):
            self._features = features[before]
            return
        rearranged = np.empty((len(before), born.shape[1]))
        rearranged[old] = features[before[old]]
        rearranged[~old] = born
        self._features = rearranged


def _unit(vectors: FloatArray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = vectors / np.maximum(length, 1e-12)
    return unit
