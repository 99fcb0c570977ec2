"""Detections of a whole sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.trackers.boxes import ltwh_to_xyxy
from mot_bench.trackers.interface import Detections


@dataclass(frozen=True)
class SequenceDetections:
    """All detections of one sequence, rows sorted by frame (stable: file order within a frame is kept).

    Attributes:
        frames: (N,) int64, 1-based within the split.
        boxes_ltwh: (N, 4) float64, pixels.
        scores: (N,) float64.
        embeddings: (N, D) float32, L2-normalised, or None.
        digest: hex SHA-256 over all of it.
        scores_unknown: whether the file has one score of 0 or less throughout (MOTChallenge writes
            -1 where there is none); ``scores`` are 1 then.
    """

    frames: npt.NDArray[np.int64]
    boxes_ltwh: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    embeddings: npt.NDArray[np.float32] | None
    digest: str
    scores_unknown: bool = False

    def by_frame(self, length: int) -> list[Detections]:
        """One ``Detections`` for each frame 1..length, empty ones too.

        Read-only, since other runs are given them.
        """
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
