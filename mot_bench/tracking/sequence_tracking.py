"""Run a tracker over one sequence: from detections to tracks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.engine.stage import StageFailed
from mot_bench.errors import MotBenchError
from mot_bench.suites.parameters import tracker_needs
from mot_bench.suites.schema import RunSpec
from mot_bench.trackers.boxes import xyxy_to_ltwh
from mot_bench.trackers.interface import Detections, Frame, Need, SequenceInfo, Tracks
from mot_bench.tracking.opening import opened
from mot_bench.tracking.running import TrackerFault


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
    """Run a tracker over a sequence; a user's tracker runs in a process of its own.

    Raises:
        StageFailed: the tracker raised, returned impossible tracks, or took too long; the reason
            names the frame.
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
            raise StageFailed(f"{sequence.name}, {where}: {fault.line}", fault.details) from fault
        return Tracked(_rows(found), tracker.seconds, frames.seconds)


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
