"""From a suite to pieces of work: which run on which sequence with which data, and the key of what each will make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.camera import open_camera_motion
from mot_bench.code_version import camera_version, track_version
from mot_bench.datasets.types import Dataset, Sequence
from mot_bench.detections.sources import DetectionSource, open_detections
from mot_bench.detections.types import SequenceDetections
from mot_bench.errors import InputError, MotBenchError
from mot_bench.store import Store, digest_of, key_of
from mot_bench.suites.parameters import tracker_config
from mot_bench.suites.schema import RunSpec, Suite
from trackers import registry
from trackers.interface import Need

Motion = npt.NDArray[np.float64]
OPTICAL_FLOW = "optical-flow"


@dataclass(frozen=True)
class Piece:
    """One run with one seed on one sequence: all that a worker must know, and the key of its track file."""

    run: RunSpec
    seed: int
    detections: str
    sequence: str
    camera_motion: str | None
    key: str
    inputs: dict[str, object]


@dataclass
class Variant:
    """One run with one seed: a row of the leaderboard.

    ``skipped`` and ``failed`` hold the reason where it cannot be run; it has no pieces then.
    """

    run: RunSpec
    seed: int
    detections: str
    parameters: dict[str, object]
    detections_digests: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    skipped: str = ""
    failed: str = ""


class Data:
    """Detections and camera motion of a dataset, opened when first asked for; the last sequences are kept."""

    def __init__(self, dataset: Dataset, store: Store) -> None:
        """Data for this dataset; estimated camera motion goes to the store."""
        self.dataset = dataset
        self.sequences = {sequence.name: sequence for sequence in dataset.sequences}
        self._store = store
        self._sources: dict[tuple[str, str, int], DetectionSource] = {}

    def source(self, run: RunSpec, detections: str, seed: int) -> DetectionSource:
        """Where the detections of a run come from (errors as ``open_detections``)."""
        key = (detections, repr(sorted(run.detection_options.items())), seed)
        if key not in self._sources:
            options = dict(run.detection_options) or None
            self._sources[key] = open_detections(detections, self.dataset, seed=seed, options=options)
        return self._sources[key]

    def detections(self, run: RunSpec, detections: str, seed: int, sequence: str) -> SequenceDetections:
        """The detections of one sequence."""
        return self.source(run, detections, seed).load(self.sequences[sequence])

    def camera_motion(self, source: str, sequence: str) -> Motion:
        """(length, 2, 3) camera motion; optical flow is estimated once and stored."""
        camera = open_camera_motion(source, self.dataset)
        if source != OPTICAL_FLOW:
            return camera.load(self.sequences[sequence])
        inputs = camera_inputs(self.sequences[sequence])
        key = key_of(inputs)
        content = self._store.read("camera", key, "motion.npy")
        if content is None:
            motion = camera.load(self.sequences[sequence])
            self._store.publish("camera", key, {"motion.npy": motion.astype("<f8").tobytes()}, inputs)
            return motion
        return np.frombuffer(content, "<f8").reshape(-1, 2, 3).copy()

    def has_camera_motion(self, sequence: str) -> bool:
        """Whether the optical flow of a sequence is in the store."""
        return self._store.has("camera", key_of(camera_inputs(self.sequences[sequence])))


def selected(suite: Suite, only: Iterable[str]) -> set[str]:
    """Names of the runs that the patterns of ``--only`` choose; all of them without patterns.

    Raises:
        MotBenchError: a pattern matches no run.
    """
    names = [run.name for run in suite.runs]
    chosen: set[str] = set()
    for pattern in only:
        matching = {name for name in names if fnmatchcase(name, pattern)}
        if not matching:
            raise MotBenchError(f"--only {pattern}: expected one of the runs {', '.join(names)}, found none")
        chosen |= matching
    return chosen or set(names)


def plan_variants(suite: Suite, data: Data, say: Callable[[str], None] = lambda _: None) -> list[Variant]:
    """All rows of a suite, with their pieces of work.

    A further seed that gives the same detections as the first (files have no randomness) is left out.

    Raises:
        MotBenchError: the dataset has no ground truth, detections are missing, or one of its files is malformed.
    """
    for sequence in data.dataset.sequences:
        if sequence.load_ground_truth is None:
            where = sequence.folder / "gt" / "gt.txt" if sequence.folder else data.dataset.name
            raise MotBenchError(f"{where}: expected ground truth for {sequence.name}, found none")
    digests: dict[tuple[str, str, int], dict[str, str]] = {}
    variants = []
    for run in suite.runs:
        seen: list[dict[str, str]] = []
        for seed in run.seeds or suite.seeds:
            variant = _variant(run, seed, suite, data, digests)
            if variant.detections_digests in seen and not (variant.skipped or variant.failed):
                say(f"{run.name}: seed {seed} changes nothing, it is left out")
                continue
            seen.append(variant.detections_digests)
            variants.append(variant)
    return variants


def _variant(
    run: RunSpec, seed: int, suite: Suite, data: Data, digests: dict[tuple[str, str, int], dict[str, str]]
) -> Variant:
    name = run.detections or suite.detections
    config = tracker_config(run, suite.name)
    variant = Variant(run, seed, name, config.model_dump(mode="json"))
    try:
        needs = registry.load(run.tracker).needs(config)
    except Exception as error:  # a tracker of the user's own: its run fails, the others go on
        variant.failed = f"what it needs: {type(error).__name__}: {' '.join(str(error).split())}"
        return variant
    source = data.source(run, name, seed)
    if Need.EMBEDDINGS in needs and not source.has_embeddings:
        variant.skipped = f"needs embeddings, and the detections {name} have none"
        return variant
    if Need.IMAGE in needs and any(sequence.load_frames is None for sequence in data.dataset.sequences):
        variant.skipped = f"needs pictures, and {data.dataset.name} has none on disk"
        return variant
    key = (name, repr(sorted(run.detection_options.items())), seed)
    if key not in digests:
        digests[key] = {s.name: source.load(s).digest for s in data.dataset.sequences}
    variant.detections_digests = digests[key]
    cameras = dict.fromkeys(data.sequences, "")
    if Need.CAMERA_MOTION in needs:
        try:
            cameras = {
                name: _camera_digest(run.camera_motion, sequence, data) for name, sequence in data.sequences.items()
            }
        except InputError:  # a file that is there, and malformed
            raise
        except MotBenchError as error:
            variant.skipped = f"needs camera motion: {error}"
            return variant
    for sequence in data.dataset.sequences:
        inputs = _track_inputs(variant, sequence, cameras[sequence.name], with_images=Need.IMAGE in needs)
        camera = run.camera_motion if Need.CAMERA_MOTION in needs else None
        variant.pieces.append(Piece(run, seed, name, sequence.name, camera, key_of(inputs), inputs))
    return variant


def _track_inputs(variant: Variant, sequence: Sequence, camera: str, *, with_images: bool) -> dict[str, object]:
    """Everything that can change a track file."""
    tracker = variant.run.tracker
    return {
        "tracker": tracker.rpartition(":")[2],
        "parameters": variant.parameters,
        "code": track_version(tracker),
        "sequence": [sequence.name, sequence.length, sequence.frame_rate, sequence.width, sequence.height],
        "detections": variant.detections_digests[sequence.name],
        "camera_motion": camera,
        "pictures": _pictures_digest(sequence) if with_images else "",
        "decimals": variant.run.decimals,
    }


def _camera_digest(source: str, sequence: Sequence, data: Data) -> str:
    camera = open_camera_motion(source, data.dataset)
    if source == OPTICAL_FLOW:
        return key_of(camera_inputs(sequence))
    return digest_of(camera.load(sequence).astype("<f8").tobytes())


def camera_inputs(sequence: Sequence) -> dict[str, object]:
    """Everything that can change the optical flow of a sequence."""
    return {
        "pictures": _pictures_digest(sequence),
        "frames": [sequence.first_frame, sequence.length],
        "code": camera_version(),
    }


def _pictures_digest(sequence: Sequence) -> str:
    """Names, sizes and times of change of a sequence's files; the pictures themselves are too large to hash."""
    folder = sequence.folder
    files = [] if folder is None else sorted(path for path in folder.rglob("*") if path.is_file())
    hasher = hashlib.sha256()
    for path in files:
        status = path.stat()
        hasher.update(f"{path.relative_to(folder or Path())} {status.st_size} {status.st_mtime_ns}\n".encode())
    return hasher.hexdigest()
