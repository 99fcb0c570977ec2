"""The detections of a whole sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.trackers.boxes import ltwh_to_xyxy
from mot_bench.trackers.interface import Detections


@dataclass(frozen=True)
class SequenceDetections:
    """All detections of one sequence, sorted by frame and, within a frame, in file order.

    Attributes:
        frames: (N,) int64, 1-based within the split.
        boxes_ltwh: (N, 4) float64, pixels.
        scores: (N,) float64.
        embeddings: (N, D) float32, L2-normalised, or None.
        digest: hex SHA-256 over all of these arrays.
        scores_unknown: whether all rows of the file have the same score of 0 or less (MOTChallenge
            writes -1 for an unknown score). Then ``scores`` are 1.
    """

    frames: npt.NDArray[np.int64]
    boxes_ltwh: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    embeddings: npt.NDArray[np.float32] | None
    digest: str
    scores_unknown: bool = False

    def by_frame(self, length: int) -> list[Detections]:
        """Return the ``Detections`` of each frame 1..length; the arrays are read-only."""
        boxes = ltwh_to_xyxy(self.boxes_ltwh)
        boxes.setflags(write=False)
        scores = self.scores.view()
        scores.setflags(write=False)
        features = None if self.embeddings is None else self.embeddings.view()
        if features is not None:
            features.setflags(write=False)
        cuts = np.searchsorted(self.frames, np.arange(1, length + 2))
        return [
            Detections(boxes[a:b], scores[a:b], None if features is None else features[a:b])
            for a, b in zip(cuts[:-1], cuts[1:], strict=True)
        ]
