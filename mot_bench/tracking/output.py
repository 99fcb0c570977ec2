"""Check the output of a tracker, and copy it so that the tracker cannot change it."""

from __future__ import annotations

import numpy as np

from mot_bench.trackers.interface import Tracks

LARGEST_ID = 2**53
"""Ids must be smaller, since track files are read as double precision numbers."""


def fault_of(tracks: object, detection_count: int) -> str:
    """Return the fault in a tracker's output, or an empty text.

    Args:
        tracks: the value that the tracker returned.
        detection_count: the number of detections in the frame.
    """
    if not isinstance(tracks, Tracks):
        return f"{type(tracks).__name__}, expected Tracks"
    fault = _fault_of_types(tracks) or _fault_of_shapes(tracks) or _fault_of_boxes(tracks)
    return fault or _fault_of_ids(tracks, detection_count)


def _fault_of_types(tracks: Tracks) -> str:
    fields = (("boxes_xyxy", "fiu"), ("scores", "fiu"), ("ids", "iu"), ("detection_indices", "iu"))
    for name, kinds in fields:
        values = getattr(tracks, name)
        is_array = isinstance(values, np.ndarray)
        if not is_array or values.dtype.kind not in kinds:
            found = f"an array of {values.dtype}" if is_array else type(values).__name__
            expected = "numbers" if "f" in kinds else "integers"
            return f"{found} as {name}, expected an array of {expected}"
    return ""


def _fault_of_shapes(tracks: Tracks) -> str:
    if tracks.ids.ndim != 1:
        return f"ids of shape {tracks.ids.shape}, expected one number for each track"
    count = len(tracks.ids)
    shapes = (tracks.boxes_xyxy.shape, tracks.scores.shape, tracks.detection_indices.shape)
    if shapes == ((count, 4), (count,), (count,)):
        return ""
    return (
        f"arrays that do not fit each other: {count} ids, boxes {shapes[0]}, "
        f"scores {shapes[1]}, detection indices {shapes[2]}"
    )


def _fault_of_boxes(tracks: Tracks) -> str:
    if not np.isfinite(tracks.boxes_xyxy).all() or not np.isfinite(tracks.scores).all():
        return "a box or score that is NaN or infinite"
    if (tracks.boxes_xyxy[:, 2:] < tracks.boxes_xyxy[:, :2]).any():
        return "a box of negative size"
    return ""


def _fault_of_ids(tracks: Tracks, detection_count: int) -> str:
    if not len(tracks.ids):
        return ""
    if tracks.ids.min() < 1:
        return f"the id {tracks.ids.min()}, expected at least 1"
    if tracks.ids.max() >= LARGEST_ID:
        return f"the id {tracks.ids.max()}, expected less than 2^53 ({LARGEST_ID})"
    if len(np.unique(tracks.ids)) != len(tracks.ids):
        return "one id twice"
    if not -1 <= tracks.detection_indices.min() <= tracks.detection_indices.max() < detection_count:
        return f"a detection index outside -1 to {detection_count - 1}"
    return ""


def copy_of(tracks: Tracks) -> Tracks:
    """Return a copy of valid tracks: boxes and scores as float64, ids and indices as int64."""
    return Tracks(
        np.array(tracks.boxes_xyxy, np.float64, order="C", subok=False),
        np.array(tracks.scores, np.float64, order="C", subok=False),
        np.array(tracks.ids, np.int64, order="C", subok=False),
        np.array(tracks.detection_indices, np.int64, order="C", subok=False),
    )
