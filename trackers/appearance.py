"""One appearance feature for each track: an exponential moving average of its embeddings.

JDE, FairMOT and BoT-SORT keep appearance in this way.
"""

from __future__ import annotations

import numpy as np

from mot_bench.trackers.interface import FloatArray, IntArray

DISTANCE_DECIMALS = 12
"""The number of decimals to which cosine distances are rounded.

A detection and its duplicate may have equal embeddings. Rounding makes their distances equal too,
so that ties are resolved alike on every machine, whatever the last bits of its matrix product.
"""


class SmoothedFeatures:
    """L2-normalised features (N, D), one for each track (JDE, arXiv 1909.12605, section 3.4)."""

    def __init__(self, momentum: float) -> None:
        """Start without features; ``momentum`` in 0..1 is the weight of the past."""
        self._momentum = momentum
        self._features: FloatArray | None = None

    def cosine_distance(self, rows: IntArray, embeddings: FloatArray) -> FloatArray:
        """Return the (len(rows), M) distances 1 - cosine, which are at least 0."""
        if self._features is None or not len(rows) or not len(embeddings):
            return np.zeros((len(rows), len(embeddings)))
        distance: FloatArray = 1.0 - self._features[rows] @ embeddings.T
        np.maximum(distance, 0.0, out=distance)
        return np.round(distance, DISTANCE_DECIMALS, out=distance)

    def blend(self, rows: IntArray, embeddings: FloatArray) -> None:
        """Move the features of these tracks towards the embeddings of their detections."""
        if self._features is None or not len(rows):
            return
        mixed = self._momentum * self._features[rows] + (1.0 - self._momentum) * embeddings
        self._features[rows] = _unit(mixed)

    def rearrange(self, before: IntArray, born: FloatArray) -> None:
        """Reorder the features after the table of tracks has changed.

        Args:
            before: the former row of each track, -1 for new tracks.
            born: the embeddings of the new tracks, in the order of their rows.
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
