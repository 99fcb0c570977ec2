"""How alike embeddings of the same person and of different people are: the input of the similarity figure.

The harness fills it from what its store keeps (``mot_bench.reporting.similarities``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Similarity:
    """Pairs of embeddings of a network at the boxes of the ground truth, counted by their cosine similarity.

    Pairs are of one sequence, at least 10 frames apart, of people at least half visible: those of
    TPR in the reports.

    Attributes:
        model, seed: the network.
        edges: of the bins of ``same`` and ``different``, rising, one more than these.
        same: pairs of one person in each bin.
        different: pairs of two people.
        threshold: the similarity above which a tenth of the pairs of different people lie (FAR
            0.1).
        tpr: part of the pairs of one person above it.
    """

    model: str
    seed: int
    edges: tuple[float, ...]
    same: tuple[int, ...]
    different: tuple[int, ...]
    threshold: float
    tpr: float
