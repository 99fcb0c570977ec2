"""Ground truth and tracks as the layers of boxes that the viewer draws."""

from __future__ import annotations

import numpy as np

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.reports.viewer_files import Layer
from mot_bench.scoring.profiles import counted_rows, profile_of


def truth_layer(truth: GroundTruth, benchmark: str) -> Layer:
    """Ground truth with its visible part in percent, -1 where a box does not count in the score."""
    counts = counted_rows(truth, profile_of(benchmark))
    visible = np.clip(np.rint(100 * truth.visibility), 0, 100).astype(np.int64)
    return _in_order(truth.frames, truth.ids, truth.boxes_ltwh, np.where(counts, visible, -1))


def track_layer(tracks: TrackRows) -> Layer:
    """Tracks with their scores in percent (0 to 100; what lies beyond is cut)."""
    return _in_order(
        tracks.frames,
        tracks.ids,
        tracks.boxes_ltwh,
        np.rint(100 * np.clip(tracks.scores, 0, 1)).astype(np.int64),
    )


def _in_order(frames: np.ndarray, ids: np.ndarray, boxes: np.ndarray, percent: np.ndarray) -> Layer:
    order = np.lexsort((ids, frames))
    return Layer(frames[order], ids[order], boxes[order], percent[order])


def stage_size(sequence: Sequence, layers: list[Layer]) -> tuple[int, int]:
    """Width and height of the stage in pixels: of the pictures, or so that every box is on it."""
    if sequence.width and sequence.height:
        return sequence.width, sequence.height
    far = [
        layer.boxes_ltwh[:, :2] + layer.boxes_ltwh[:, 2:] for layer in layers if len(layer.frames)
    ]
    if not far:
        return 1920, 1080
    width, height = np.ceil(np.concatenate(far).max(axis=0))
    return max(1, int(width)), max(1, int(height))
