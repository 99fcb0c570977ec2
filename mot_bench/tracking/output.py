"""What a tracker gives: what can be wrong with it, and a copy of it that the tracker cannot change any more."""

from __future__ import annotations

import numpy as np

from mot_bench.trackers.interface import Tracks

LARGEST_ID = 2**53
"""Track files are read as double precision numbers, which hold all integers up to here and no more."""


def fault_of(tracks: object, detection_count: int) -> str:
    """Return what is wrong with a tracker's output, or an empty text.

    Args:
        tracks: what the tracker returned.
        detection_count: how many detections the frame has.
    """
    if not isinstance(tracks, Tracks):
        return f"{type(tracks).__name__}, expected Tracks"
    return (
        _fault_of_types(tracks) or _fault_of_boxes(tracks) or _fault_of_ids(tracks, detection_count)
    )


def _fault_of_types(tracks: Tracks) -> str:
    fields = (("boxes_xyxy", "fiu"), ("scores", "fiu"), ("ids", "iu"), ("detection_indices", "iu"))
    for name, kinds in fields:
        values = getattr(tracks, name)
        if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds:
            found = (
                f"an array of {values.dtype}"
                if isinstance(values, np.ndarray)
                else type(values).__name__
            )
            return f"{found} as {name}, expected an array of {'numbers' if 'f' in kinds else 'integers'}"
    if tracks.ids.ndim != 1:
        return f"ids of shape {tracks.ids.shape}, expected one number for each track"
    count = len(tracks.ids)
    shapes = (tracks.boxes_xyxy.shape, tracks.scores.shape, tracks.detection_indices.shape)
    if shapes != ((count, 4), (count,), (count,)):
        return (
            f"arrays that do not fit each other: {count} ids, boxes {shapes[0]}, scores {shapes[1]}, "
            f"detection indices {shapes[2]}"
        )
    return ""


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
    """Return a copy of tracks without fault, which stays as it is when the tracker uses its arrays again.

    Boxes and scores are float64 then, ids and indices int64.
    """
    return Tracks(
        np.array(tracks.boxes_xyxy, np.float64, order="C", subok=False),
        np.array(tracks.scores, np.float64, order="C", subok=False),
        np.array(tracks.ids, np.int64, order="C", subok=False),
        np.array(tracks.detection_indices, np.int64, order="C", subok=False),
    )
