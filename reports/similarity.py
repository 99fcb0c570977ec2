"""The data of the similarity figure: how similar embeddings of one person and of two people are.

The harness computes it from the embeddings in its store (``mot_bench.reporting.similarities``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Similarity:
    """Pairs of a network's embeddings at ground-truth boxes, counted by their cosine similarity.

    The pairs are those that TPR is computed from: two boxes of one sequence, at least 10 frames
    apart, of people who are at least half visible.

    Attributes:
        model: the network's name.
        seed: the network's seed.
        edges: the edges of the bins, rising; one more than there are bins.
        same: the number of pairs of one person in each bin.
        different: the number of pairs of two people in each bin.
        threshold: the similarity that a tenth of the pairs of two people exceed (FAR 0.1).
        tpr: the fraction of the pairs of one person above the threshold.
    """

    model: str
    seed: int
    edges: tuple[float, ...]
    same: tuple[int, ...]
    different: tuple[int, ...]
    threshold: float
    tpr: float

    def __post_init__(self) -> None:
        """Raise ValueError unless there is one count for each bin."""
        if not len(self.edges) - 1 == len(self.same) == len(self.different):
            raise ValueError(
                f"{len(self.edges)} edges for {len(self.same)} and {len(self.different)} counts"
            )
