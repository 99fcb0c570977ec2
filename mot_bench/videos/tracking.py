"""Track a video with any detector and tracker; write MOT text and an annotated video."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mot_bench.datasets.mot_text import TrackRows, write_tracks
from mot_bench.datasets.picture_decoding import Picture
from mot_bench.engine.store import key_of
from mot_bench.errors import InputError, MotBenchError
from mot_bench.networks.applying import EMBEDDED_SCORE
from mot_bench.networks.model_keys import WEIGHT_SUFFIXES, Network, is_weights, weights_digest
from mot_bench.suites.overrides import override
from mot_bench.suites.parameters import tracker_needs
from mot_bench.suites.schema import ModelSpec, RunSpec, Suite
from mot_bench.trackers.boxes import xyxy_to_ltwh
from mot_bench.trackers.interface import Detections, Frame, Need, SequenceInfo, Tracker, Tracks
from mot_bench.tracking.opening import opened
from mot_bench.tracking.running import Runner, TrackerFault
from mot_bench.tracking.sparse_flow import SparseFlow
from mot_bench.videos.annotation import TrackPainter, VideoWriter
from mot_bench.videos.clips import Clip

if TYPE_CHECKING:
    from mot_bench.detectors.interface import Detector, Extractor

TRACKS, VIDEO = "tracks.txt", "tracks.mp4"
STAGES = ("reading", "detecting", "embedding", "tracking", "drawing")


@dataclass(frozen=True)
class Tracking:
    """A detector, a tracker, and the other inputs of the tracker.

    Attributes:
        detector: maps pictures to detections.
        extractor: computes separate embeddings; None to use the embeddings of the detections.
        tracker: an instance that is not shared; a user's tracker runs in its own process.
        needs: the inputs that the tracker needs in addition to boxes and scores.
        flow: computes camera motion from the pictures; None if the tracker does not need it or it
            is switched off.
        decimals: decimals of boxes in the track file; None for all.
        notes: one line for each way in which the tracker does not get what it asked for.
        close: ends the process of a user's tracker.
    """

    detector: Detector
    extractor: Extractor | None
    tracker: Runner | Tracker
    needs: frozenset[Need]
    flow: SparseFlow | None
    decimals: int | None = 2
    notes: tuple[str, ...] = ()
    close: Callable[[], None] = lambda: None


@dataclass
class Tracked:
    """The result of tracking a video.

    Attributes:
        frames: number of tracked frames.
        ids: number of trajectories.
        interrupted: whether Ctrl-C ended the tracking early.
        detections: number of detections.
        best: the highest score of a detection; 0 without detections.
        seconds: seconds spent in each stage.
    """

    frames: int = 0
    ids: int = 0
    interrupted: bool = False
    detections: int = 0
    best: float = 0.0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))


def make_tracking(
    detections: str | None,
    embeddings: str | None,
    tracker: str,
    settings: list[str],
    device: str = "cpu",
) -> Tracking:
    """Load the networks and create the tracker.

    Args:
        detections: weights of a detector: a checkpoint folder, or a .pth, .pt, .safetensors or
            .onnx file.
        embeddings: weights of a ReID network: a checkpoint folder or an .onnx file; None for none.
        tracker: a tracker name, FILE.py:Class or module:Class.
        settings: parameters of the tracker as ``KEY=VALUE``; also ``camera_motion=none``.
        device: a device name of torch's.

    Raises:
        MotBenchError: the weights, the tracker or a parameter do not exist, or an input that the
            tracker needs is missing.
    """
    from mot_bench.networks.loading import load_detector, load_extractor

    run = RunSpec(name="track", tracker=tracker)
    suite = override(Suite(name="track", base="track", dataset="video", runs=[run]), settings)
    run = suite.runs[0]
    needs = tracker_needs(run)
    detecting = _network(detections, "fairmot", "--detections")
    detector = load_detector(detecting, Path(str(detections)), device)
    notes, extractor = [], None
    if embeddings is not None and Need.EMBEDDINGS in needs:
        extractor = load_extractor(
            _network(embeddings, "reid", "--embeddings"), Path(embeddings), device
        )
    elif embeddings is not None:
        notes.append(f"--embeddings is not used: {run.tracker} with these parameters takes none")
    elif Need.EMBEDDINGS in needs and not detector.embedding_size:
        raise MotBenchError(
            f"tracker {run.tracker}: expected embeddings, found a detector without ReID; "
            "give --embeddings (a ReID checkpoint folder or .onnx), or another --tracker"
        )
    flow = None
    if Need.CAMERA_MOTION in needs and run.camera_motion != "none":
        try:
            flow = SparseFlow()
        except MotBenchError as error:
            notes.append(f"the camera is taken to stand still: {error}")
    stack = ExitStack()
    tracking = stack.enter_context(opened(run.tracker, run.parameters, each_frame=True))
    return Tracking(
        detector, extractor, tracking, needs, flow, run.decimals, tuple(notes), stack.close
    )


def _network(weights: str | None, kind: str, option: str) -> Network:
    """Return a network whose weights are in a file or folder."""
    possible = f"weights: a folder with a checkpoint, or a file {', '.join(WEIGHT_SUFFIXES)}"
    if weights is None:
        raise MotBenchError(f"{option}: expected {possible}; found none")
    if not is_weights(Path(weights)):
        raise InputError(
            weights, f"{possible} ({option})", "another file" if Path(weights).exists() else "none"
        )
    spec = ModelSpec(title=weights, kind="reid" if kind == "reid" else "fairmot", file=weights)
    inputs: dict[str, object] = {"file": weights_digest(Path(weights)), "kind": kind}
    return Network(Path(weights).stem, 0, spec, None, (), key_of(inputs), inputs)


def track_video(
    clip: Clip, tracking: Tracking, out: Path, *, step: Callable[[Tracked], None] | None = None
) -> Tracked:
    """Track a clip and write ``tracks.txt`` and ``tracks.mp4``.

    Frames in ``tracks.txt`` are numbered as in the file of the clip. Ctrl-C stops after the current
    frame. In that case, and after a picture that cannot be decoded, the tracks so far are written.

    Args:
        clip: the pictures.
        tracking: the networks and the tracker.
        out: the folder for both files.
        step: is called after every frame.

    Raises:
        MotBenchError: a picture cannot be decoded, the tracker fails, or a file cannot be written.
    """
    rows: list[tuple[int, Tracks]] = []
    result = Tracked()
    try:
        with VideoWriter(out / VIDEO, clip.frame_rate) as video, _interruptible() as interrupted:
            painter: TrackPainter | None = None
            started = time.perf_counter()
            for index, picture in enumerate(clip.pictures(), start=1):
                if painter is None:
                    painter = TrackPainter(picture.shape[0], float(clip.frame_rate))
                    tracking.tracker.reset(_info(clip, picture))
                read = time.perf_counter()
                tracks = _track(tracking, index, picture, result)
                tracked = time.perf_counter()
                video.write(painter.draw(picture, tracks))
                rows.append((clip.first + index - 1, tracks))
                result.frames = index
                result.seconds["reading"] += read - started
                started = time.perf_counter()
                result.seconds["drawing"] += started - tracked
                if step is not None:
                    step(result)
                if interrupted.is_set():
                    result.interrupted = True
                    break
    except TrackerFault as fault:
        frame = f"frame {clip.first + result.frames}"
        raise MotBenchError(
            f"{clip.path.name}, {frame}: {fault.line}; what was tracked before is kept"
        ) from fault
    finally:
        together = _joined(rows)
        result.ids = len(np.unique(together.ids))
        if rows:
            write_tracks(out / TRACKS, together, tracking.decimals)
    return result


def _info(clip: Clip, picture: Picture) -> SequenceInfo:
    height, width = picture.shape[:2]
    return SequenceInfo(clip.path.stem, float(clip.frame_rate), width, height, clip.length)


def _track(tracking: Tracking, index: int, picture: Picture, result: Tracked) -> Tracks:
    """Return the tracks of one frame.

    The number of detections and the seconds of each stage are added to the result.
    """
    start = time.perf_counter()
    detections = tracking.detector.detect([picture])[0]
    detected = time.perf_counter()
    result.detections += len(detections.scores)
    result.best = max(result.best, float(detections.scores.max(initial=0.0)))
    if tracking.extractor is not None:
        kept = detections.scores >= EMBEDDED_SCORE  # as in suites: no tracker looks at the others
        boxes = detections.boxes_xyxy[kept]
        detections = Detections(
            boxes, detections.scores[kept], tracking.extractor.embed(picture, boxes)
        )
    embedded = time.perf_counter()
    motion = None
    if Need.CAMERA_MOTION in tracking.needs:
        motion = np.eye(2, 3) if tracking.flow is None else tracking.flow.update(picture)
    image = picture if Need.IMAGE in tracking.needs else None
    tracks = tracking.tracker.update(Frame(index, detections, image, motion))
    result.seconds["detecting"] += detected - start
    result.seconds["embedding"] += embedded - detected
    result.seconds["tracking"] += time.perf_counter() - embedded
    return tracks


def _joined(rows: list[tuple[int, Tracks]]) -> TrackRows:
    """Return all tracks as the rows of a track file."""
    counts = [len(tracks) for _, tracks in rows]
    frames = np.repeat(np.array([frame for frame, _ in rows], np.int64), counts)
    ids = np.concatenate([np.empty(0, np.int64), *(tracks.ids for _, tracks in rows)])
    boxes = np.concatenate([np.empty((0, 4)), *(tracks.boxes_xyxy for _, tracks in rows)])
    scores = np.concatenate([np.empty(0), *(tracks.scores for _, tracks in rows)])
    return TrackRows(frames, ids, xyxy_to_ltwh(boxes), scores, np.ones(len(frames), np.int64))


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event, so that files can be finished.

    A second Ctrl-C ends the program as usual.
    """
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: object) -> None:  # noqa: ARG001 - as the signal module calls it
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
