"""DeepSORT's own rules, on tracks made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mot_bench.trackers.deepsort import DeepSort, DeepSortConfig
from mot_bench.trackers.interface import Detections, Frame, SequenceInfo

BOX = np.array([[100.0, 100, 140, 200]])
EMBEDDING = np.array([[0.6, 0.8]])
NOBODY = Detections(np.empty((0, 4)), np.empty(0), np.empty((0, 2)))
SOMEBODY = Detections(BOX, np.ones(1), EMBEDDING)


def ids_after_a_gap(missed: int, max_age: int) -> list[int]:
    """Return the ids of one person who stands still, before and after a gap of frames without a detection."""
    tracker = DeepSort(DeepSortConfig(n_init=1, max_age=max_age))
    tracker.reset(SequenceInfo("gap", 30.0, 640, 480))
    frames = [SOMEBODY, *[NOBODY] * missed, SOMEBODY]
    seen = [tracker.update(Frame(index, found)) for index, found in enumerate(frames, start=1)]
    return [int(tracks.ids[tracks.detection_indices >= 0][0]) for tracks in (seen[0], seen[-1])]


@pytest.mark.parametrize("max_age", [2, 3, 30])
def test_the_cascade_ends_with_tracks_seen_max_age_frames_ago(max_age: int) -> None:
    """The original's cascade has the levels 1 to ``max_age`` (deep_sort, linear_assignment.py, matching_cascade)."""
    before, after = ids_after_a_gap(max_age - 1, max_age)
    assert after == before
    before, after = ids_after_a_gap(max_age, max_age)
    assert after != before
