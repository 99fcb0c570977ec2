"""One piece of work: one run on one sequence, from detections to a track file to a score.

Runs in worker processes; what it makes goes straight to the store, so that a killed suite keeps all that is finished.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.mot_text import TrackRows, format_tracks, parse_tracks
from mot_bench.datasets.types import Sequence
from mot_bench.errors import MotBenchError
from mot_bench.scoring.score import PreparedTruth, score_sequence
from mot_bench.store import Store, digest_of
from trackers import registry
from trackers.boxes import xyxy_to_ltwh
from trackers.interface import Detections, Frame, InvalidInput, Need, SequenceInfo, Tracker, TrackerConfig, Tracks

TRACKS = "tracks.txt"
SCORE = "score.json"


@dataclass(frozen=True)
class Inputs:
    """What a tracker is given for one sequence.

    Attributes:
        detections: one for each frame.
        camera_motion: (length, 2, 3), or None where the tracker does not need it.
        sequence: its frames are opened if the tracker needs pictures.
    """

    sequence: Sequence
    detections: list[Detections]
    camera_motion: npt.NDArray[np.float64] | None


@dataclass(frozen=True)
class Failure:
    """Why a run failed: one line, and the traceback where the tracker raised something of its own."""

    line: str
    details: str


def track(tracker: str, config: TrackerConfig, inputs: Inputs) -> tuple[TrackRows, float]:
    """Run a tracker over a sequence; its tracks, and the seconds spent in its ``update``.

    Raises:
        TrackingFailed: the tracker raised, or gave tracks that cannot be; says in which frame.
    """
    sequence = inputs.sequence
    instance = _ready(tracker, config, sequence)
    found: list[Tracks] = []
    seconds = 0.0
    for frame in _frames(inputs, with_images=Need.IMAGE in type(instance).needs(config)):
        start = time.perf_counter()
        try:
            tracks = instance.update(frame)
        except (Exception, SystemExit) as error:
            raise TrackingFailed(
                _reason(f"{sequence.name}, frame {frame.index}", error), traceback.format_exc()
            ) from error
        seconds += time.perf_counter() - start
        fault = fault_of(tracks, len(frame.detections))
        if fault:
            raise TrackingFailed(f"{sequence.name}, frame {frame.index}: the tracker gave {fault}", "")
        found.append(tracks)
    return _rows(found), seconds


def _ready(tracker: str, config: TrackerConfig, sequence: Sequence) -> Tracker:
    info = SequenceInfo(sequence.name, sequence.frame_rate, sequence.width, sequence.height, sequence.length)
    try:
        instance: Tracker = registry.load(tracker)(config)  # type: ignore[call-arg]
        instance.reset(info)
    except (Exception, SystemExit) as error:
        reason = _reason(f"{sequence.name}, before the first frame", error)
        raise TrackingFailed(reason, traceback.format_exc()) from error
    return instance


class TrackingFailed(Exception):
    """A tracker failed on a sequence."""

    def __init__(self, line: str, details: str) -> None:
        """Keep the one line and the traceback."""
        super().__init__(line, details)
        self.failure = Failure(line, details)


def fault_of(tracks: object, detection_count: int) -> str:
    """What is wrong with a tracker's output, or an empty text."""
    if not isinstance(tracks, Tracks):
        return f"{type(tracks).__name__}, expected Tracks"
    fields = (("boxes_xyxy", "fiu"), ("scores", "fiu"), ("ids", "iu"), ("detection_indices", "iu"))
    for name, kinds in fields:
        values = getattr(tracks, name)
        if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds:
            found = f"an array of {values.dtype}" if isinstance(values, np.ndarray) else type(values).__name__
            return f"{found} as {name}, expected an array of {'numbers' if 'f' in kinds else 'integers'}"
    count = len(tracks.ids)
    shapes = (tracks.boxes_xyxy.shape, tracks.scores.shape, tracks.detection_indices.shape)
    if shapes != ((count, 4), (count,), (count,)):
        return f"arrays that do not fit each other: {count} ids, boxes {shapes[0]}, scores {shapes[1]}"
    if not np.isfinite(tracks.boxes_xyxy).all() or not np.isfinite(tracks.scores).all():
        return "a box or score that is NaN or infinite"
    if (tracks.boxes_xyxy[:, 2:] < tracks.boxes_xyxy[:, :2]).any():
        return "a box of negative size"
    if count and tracks.ids.min() < 1:
        return f"the id {tracks.ids.min()}, expected at least 1"
    if len(np.unique(tracks.ids)) != count:
        return "one id twice"
    if count and not -1 <= tracks.detection_indices.min() <= tracks.detection_indices.max() < detection_count:
        return f"a detection index outside -1 to {detection_count - 1}"
    return ""


def track_and_publish(
    store: Store,
    key: str,
    about: dict[str, object],
    tracker: str,
    config: TrackerConfig,
    inputs: Inputs,
    decimals: int | None,
) -> Failure | None:
    """Run a tracker over a sequence and put the track file into the store; the failure, if it failed."""
    try:
        rows, seconds = track(tracker, config, inputs)
    except TrackingFailed as failed:
        return failed.failure
    times = {"frames": inputs.sequence.length, "associating_s": seconds}
    store.publish("track", key, {TRACKS: format_tracks(rows, decimals).encode()}, about, times)
    return None


def score_and_publish(store: Store, key: str, about: dict[str, object], tracks: bytes, truth: PreparedTruth) -> None:
    """Score a track file and put the score into the store."""
    rows = parse_tracks(tracks, TRACKS, truth.length)
    start = time.perf_counter()
    score = score_sequence(truth, rows)
    store.publish("score", key, {SCORE: score.to_json().encode()}, about, {"scoring_s": time.perf_counter() - start})


def track_digest(store: Store, key: str) -> str | None:
    """Digest of a track file in the store; None if it is not there, or damaged."""
    content = store.read("track", key, TRACKS)
    return None if content is None else digest_of(content)


def _frames(inputs: Inputs, *, with_images: bool) -> Iterator[Frame]:
    images: Iterator[npt.NDArray[np.uint8] | None] = iter([None] * inputs.sequence.length)
    if with_images:
        if inputs.sequence.load_frames is None:
            raise MotBenchError(f"{inputs.sequence.name}: expected pictures on disk, found none")
        images = inputs.sequence.load_frames().iterate()
    motion = inputs.camera_motion
    for index, (detections, image) in enumerate(zip(inputs.detections, images, strict=False), start=1):
        yield Frame(index, detections, image, None if motion is None else motion[index - 1])


def _rows(found: list[Tracks]) -> TrackRows:
    counts = [len(tracks) for tracks in found]
    boxes = xyxy_to_ltwh(np.concatenate([np.empty((0, 4)), *(tracks.boxes_xyxy for tracks in found)]))
    ids = np.concatenate([np.empty(0, np.int64), *(tracks.ids for tracks in found)])
    scores = np.concatenate([np.empty(0), *(tracks.scores for tracks in found)])
    frames = np.repeat(np.arange(1, len(found) + 1), counts)
    return TrackRows(frames, ids, boxes, scores, np.ones(len(ids), np.int64))


def _reason(where: str, error: Exception | SystemExit) -> str:
    if isinstance(error, InvalidInput | MotBenchError):
        return f"{where}: {error}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    message = " ".join(str(error).split())
    raised = f"{where}: {type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
    return f"{raised}: {message}" if message else raised
