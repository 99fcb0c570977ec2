"""From a suite to pieces of work: which run on which sequence with which data, and the key of what each will make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.digests import pictures_digest
from mot_bench.detections.doubts import detection_doubts
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import DetectionSource, described, open_detections
from mot_bench.engine.store import Store, digest_of, key_of
from mot_bench.engine.versions import stage_version, track_version
from mot_bench.errors import InputError, MotBenchError, did_you_mean
from mot_bench.networks.model_keys import Networks, run_models
from mot_bench.networks.sources import NetworkDetections
from mot_bench.suites.parameters import tracker_needs, validated_parameters
from mot_bench.suites.schema import RunSpec, Suite
from mot_bench.trackers.interface import Need
from mot_bench.tracking.camera_motion import open_camera_motion
from mot_bench.tracking.opening import TrackerBroken

Motion = npt.NDArray[np.float64]
OPTICAL_FLOW = "optical-flow"
EVALUATION, CALIBRATION = "evaluation", "calibration"


@dataclass(frozen=True)
class Scenes:
    """What workers must know of: datasets by role (``EVALUATION``, ``CALIBRATION``), and the suite's networks."""

    datasets: dict[str, Dataset]
    networks: Networks


@dataclass(frozen=True)
class Piece:
    """One run with one seed on one sequence: all that a worker must know, and the key of its track file."""

    run: RunSpec
    seed: int
    sequence: str
    camera_motion: str | None
    key: str
    inputs: dict[str, object]


@dataclass
class Variant:
    """One run with one seed: a row of the leaderboard.

    ``skipped`` and ``failed`` hold the reason where it cannot be run; it has no pieces then.
    ``found`` are its detections by sequence, without embeddings; ``detections_from`` says where
    they were taken from, and ``warnings`` say in a line each what makes them doubtful.
    """

    run: RunSpec
    seed: int
    detections: str
    parameters: dict[str, object]
    detections_digests: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    skipped: str = ""
    failed: str = ""
    found: dict[str, SequenceDetections] = field(default_factory=dict)
    detections_from: str = ""
    warnings: list[str] = field(default_factory=list)


class Data:
    """Detections and camera motion of a dataset, opened when first asked for."""

    def __init__(self, dataset: Dataset, store: Store, networks: Networks) -> None:
        """Data for this dataset.

        Estimated camera motion goes to the store, what networks find comes from there.
        """
        self.dataset = dataset
        self.networks = networks
        self.sequences = {sequence.name: sequence for sequence in dataset.sequences}
        self._store = store
        self._sources: dict[tuple[object, ...], DetectionSource] = {}

    def detections_name(self, run: RunSpec) -> str:
        """The detections of a run, as it names them or as its suite does."""
        return run.detections or self.networks.suite.detections

    def source_key(self, run: RunSpec, seed: int) -> tuple[object, ...]:
        """What decides where the detections of a run come from."""
        return (
            self.detections_name(run),
            run.embeddings,
            repr(sorted(run.detection_options.items())),
            seed,
        )

    def source(self, run: RunSpec, seed: int) -> DetectionSource:
        """Where the detections of a run come from (errors as ``open_detections``)."""
        key = self.source_key(run, seed)
        if key not in self._sources:
            self._sources[key] = self._open(run, seed)
        return self._sources[key]

    def _open(self, run: RunSpec, seed: int) -> DetectionSource:
        name = self.detections_name(run)
        detector, extractor = run_models(self.networks.suite, run)
        if detector is None:
            if run.embeddings is not None:
                raise MotBenchError(
                    f"run {run.name}: expected detections of a model beside embeddings of one, found {name}"
                )
            options = dict(run.detection_options) or None
            return open_detections(name, self.dataset, seed=seed, options=options)
        reid = None if extractor is None else self.networks.network(extractor, seed)
        return NetworkDetections(self._store, self.networks.network(detector, seed), reid)

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
            self._store.publish(
                "camera", key, {"motion.npy": motion.astype("<f8").tobytes()}, inputs
            )
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
            hint = did_you_mean(pattern, names)
            raise MotBenchError(
                f"--only {pattern}: expected one of the runs {', '.join(names)}, found none{hint}"
            )
        chosen |= matching
    return chosen or set(names)


def check_ground_truth(dataset: Dataset) -> None:
    """Refuse a dataset that nothing can be scored on.

    Raises:
        MotBenchError: a sequence has no ground truth.
    """
    for sequence in dataset.sequences:
        if sequence.load_ground_truth is None:
            where = sequence.folder / "gt" / "gt.txt" if sequence.folder else dataset.name
            raise MotBenchError(f"{where}: expected ground truth for {sequence.name}, found none")


class Planner:
    """From runs to variants, each when the data that it needs is there."""

    def __init__(self, suite: Suite, data: Data) -> None:
        """A planner for this suite on these data."""
        self._suite, self._data = suite, data
        self._found: dict[tuple[object, ...], dict[str, SequenceDetections]] = {}
        self._doubts: dict[tuple[object, ...], list[str]] = {}
        self._seen: dict[str, list[tuple[int, dict[str, str]]]] = {}

    def blank(self, run: RunSpec, seed: int) -> Variant:
        """Return a row without any work; one that has failed if its tracker does not answer."""
        name = self._data.detections_name(run)
        try:
            return Variant(run, seed, name, validated_parameters(run, self._suite.name))
        except TrackerBroken as error:
            return Variant(run, seed, name, dict(run.parameters), failed=str(error))

    def variant(self, run: RunSpec, seed: int) -> Variant:
        """The row of a run with a seed, with its pieces of work.

        Raises:
            MotBenchError: detections are missing, or one of the dataset's files is malformed.
        """
        variant = self.blank(run, seed)
        if variant.failed:
            return variant
        data = self._data
        try:
            needs = tracker_needs(run, self._suite.name)
        except TrackerBroken as error:
            variant.failed = str(error)
            return variant
        source = data.source(run, seed)
        if Need.EMBEDDINGS in needs and not source.has_embeddings:
            variant.skipped = f"needs embeddings, and the detections {variant.detections} have none"
            return variant
        if Need.IMAGE in needs and any(
            sequence.load_frames is None for sequence in data.dataset.sequences
        ):
            variant.skipped = f"needs pictures, and {data.dataset.name} has none on disk"
            return variant
        key = data.source_key(run, seed)
        if key not in self._found:
            self._look_at(key, source)
        variant.found, variant.warnings = self._found[key], self._doubts[key]
        variant.detections_from = described(source, data.dataset)
        variant.detections_digests = {name: one.digest for name, one in variant.found.items()}
        cameras = dict.fromkeys(data.sequences, "")
        if Need.CAMERA_MOTION in needs:
            try:
                cameras = {
                    name: _camera_digest(run.camera_motion, sequence, data)
                    for name, sequence in data.sequences.items()
                }
            except InputError:  # a file that is there, and malformed
                raise
            except MotBenchError as error:
                variant.skipped = f"needs camera motion: {error}"
                return variant
        for sequence in data.dataset.sequences:
            inputs = _track_inputs(
                variant, sequence, cameras[sequence.name], with_images=Need.IMAGE in needs
            )
            camera = run.camera_motion if Need.CAMERA_MOTION in needs else None
            variant.pieces.append(Piece(run, seed, sequence.name, camera, key_of(inputs), inputs))
        return variant

    def _look_at(self, key: tuple[object, ...], source: DetectionSource) -> None:
        """Note detections and what makes them doubtful (errors as ``DetectionSource.load``)."""
        sequences = self._data.dataset.sequences
        found = {one.name: replace(source.load(one), embeddings=None) for one in sequences}
        self._found[key], self._doubts[key] = found, detection_doubts(found)

    def repeats(self, variant: Variant) -> bool:
        """Whether a seed before gave the same detections: files have no randomness, it changes nothing then."""
        seen = self._seen.setdefault(variant.run.name, [])
        if variant.skipped or variant.failed:
            return False
        if any(digests == variant.detections_digests for _, digests in seen):
            return True
        seen.append((variant.seed, variant.detections_digests))
        return False


def _track_inputs(
    variant: Variant, sequence: Sequence, camera: str, *, with_images: bool
) -> dict[str, object]:
    """Everything that can change a track file."""
    tracker = variant.run.tracker
    return {
        "tracker": tracker.rpartition(":")[2],
        "parameters": variant.parameters,
        "code": track_version(tracker),
        "sequence": [
            sequence.name,
            sequence.length,
            sequence.frame_rate,
            sequence.width,
            sequence.height,
        ],
        "detections": variant.detections_digests[sequence.name],
        "camera_motion": camera,
        "pictures": pictures_digest(sequence) if with_images else "",
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
        "pictures": pictures_digest(sequence),
        "frames": [sequence.first_frame, sequence.length],
        "code": stage_version("camera"),
    }
