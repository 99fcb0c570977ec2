"""One piece of work: one run on one sequence, from detections to a track file to a score.

Runs in worker processes; what it makes goes straight to the store, so that a killed suite keeps all
that is finished.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.mot_text import TrackRows, format_tracks, parse_tracks
from mot_bench.engine.store import Store, digest_of
from mot_bench.errors import MotBenchError
from mot_bench.scoring.score import PreparedTruth, SequenceScore, score_sequence
from mot_bench.suites.parameters import tracker_needs
from mot_bench.suites.schema import RunSpec
from mot_bench.trackers.boxes import xyxy_to_ltwh
from mot_bench.trackers.interface import Detections, Frame, Need, SequenceInfo, Tracks
from mot_bench.tracking.opening import opened
from mot_bench.tracking.running import TrackerFault

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


@dataclass(frozen=True)
class Tracked:
    """What a tracker made of a sequence.

    Attributes:
        rows: its tracks.
        associating_s: seconds in the tracker's ``update``.
        reading_s: seconds spent on reading pictures, where the tracker needs them.
    """

    rows: TrackRows
    associating_s: float
    reading_s: float


def track(run: RunSpec, inputs: Inputs) -> Tracked:
    """Run a tracker over a sequence; a user's in a process of its own.

    Raises:
        TrackingFailed: the tracker raised, gave tracks that cannot be, or took too long; says in
            which frame.
    """
    sequence = inputs.sequence
    info = SequenceInfo(
        sequence.name, sequence.frame_rate, sequence.width, sequence.height, sequence.length
    )
    found: list[Tracks] = []
    where = "before the first frame"
    frames = _Frames(inputs, with_images=Need.IMAGE in tracker_needs(run))
    with opened(run.tracker, run.parameters) as tracker:
        try:
            tracker.reset(info)
            for frame in frames:
                where = f"frame {frame.index}"
                found.append(tracker.update(frame))
        except TrackerFault as fault:
            raise TrackingFailed(
                f"{sequence.name}, {where}: {fault.line}", fault.details
            ) from fault
        return Tracked(_rows(found), tracker.seconds, frames.seconds)


class TrackingFailed(Exception):
    """A tracker failed on a sequence."""

    def __init__(self, line: str, details: str) -> None:
        """Keep the one line and the traceback."""
        super().__init__(line, details)
        self.failure = Failure(line, details)

    def __str__(self) -> str:
        return self.failure.line


def track_and_publish(
    store: Store,
    key: str,
    about: dict[str, object],
    run: RunSpec,
    inputs: Inputs,
) -> Failure | None:
    """Run a tracker over a sequence and put the track file into the store.

    The failure, if it failed.
    """
    try:
        tracked = track(run, inputs)
    except TrackingFailed as failed:
        return failed.failure
    times = {"frames": inputs.sequence.length, "associating_s": tracked.associating_s}
    store.publish(
        "track", key, {TRACKS: format_tracks(tracked.rows, run.decimals).encode()}, about, times
    )
    return None


def score_and_publish(
    store: Store, key: str, about: dict[str, object], tracks: bytes, truth: PreparedTruth
) -> None:
    """Score a track file and put the score into the store."""
    rows = parse_tracks(tracks, TRACKS, truth.length)
    start = time.perf_counter()
    score = score_sequence(truth, rows)
    store.publish(
        "score",
        key,
        {SCORE: score.to_json().encode()},
        about,
        {"scoring_s": time.perf_counter() - start},
    )


def stored_score(store: Store, key: str) -> SequenceScore | None:
    """Return a score of the store.

    None if the score is not there, or damaged (errors as ``Store.parsed``).
    """
    return store.parsed(
        "score", key, SCORE, SequenceScore.from_json, "a score of TrackEval's metrics as JSON"
    )


def track_digest(store: Store, key: str) -> str | None:
    """Digest of a track file in the store; None if it is not there, or damaged."""
    content = store.read("track", key, TRACKS)
    return None if content is None else digest_of(content)


class _Frames:
    """The frames of a sequence, with the seconds that getting their pictures took."""

    def __init__(self, inputs: Inputs, *, with_images: bool) -> None:
        self.seconds = 0.0
        self._inputs, self._with_images = inputs, with_images

    def __iter__(self) -> Iterator[Frame]:
        motion = self._inputs.camera_motion
        for index, (detections, image) in enumerate(
            zip(self._inputs.detections, self._images(), strict=False), start=1
        ):
            yield Frame(index, detections, image, None if motion is None else motion[index - 1])

    def _images(self) -> Iterator[npt.NDArray[np.uint8] | None]:
        sequence = self._inputs.sequence
        if not self._with_images:
            yield from [None] * sequence.length
            return
        if sequence.load_frames is None:
            raise MotBenchError(f"{sequence.name}: expected pictures on disk, found none")
        start = time.perf_counter()
        for image in sequence.load_frames().iterate():
            self.seconds += time.perf_counter() - start
            yield image
            start = time.perf_counter()


def _rows(found: list[Tracks]) -> TrackRows:
    counts = [len(tracks) for tracks in found]
    boxes = xyxy_to_ltwh(
        np.concatenate([np.empty((0, 4)), *(tracks.boxes_xyxy for tracks in found)])
    )
    ids = np.concatenate([np.empty(0, np.int64), *(tracks.ids for tracks in found)])
    scores = np.concatenate([np.empty(0), *(tracks.scores for tracks in found)])
    frames = np.repeat(np.arange(1, len(found) + 1), counts)
    return TrackRows(frames, ids, boxes, scores, np.ones(len(ids), np.int64))
