"""What workers do with networks: the stages before tracking, each from and to the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mot_bench.engine.schedule import JobFailed
from mot_bench.engine.store import key_of
from mot_bench.engine.versions import stage_version, track_version
from mot_bench.errors import MotBenchError
from mot_bench.networks import applying, calibrating, stages
from mot_bench.networks.measuring import VALIDATION_FRAMES, measure_terms
from mot_bench.networks.model_keys import Network
from mot_bench.networks.training import make_task, train_network
from mot_bench.running.piece_work import Inputs, TrackingFailed, track
from mot_bench.running.pieces import CALIBRATION, EVALUATION
from mot_bench.suites.parameters import tracker_needs, validated_parameters
from mot_bench.suites.schema import RunSpec
from mot_bench.trackers.interface import Need
from mot_bench.tracking.opening import TrackerBroken

if TYPE_CHECKING:
    from torch import nn

    from mot_bench.detectors.interface import Detector, Extractor
    from mot_bench.engine.workers import Worker
    from mot_bench.models.samples import Sample, Samples

_PROBED_STEPS, _PROBED_PICTURES = 4, 16


@dataclass(frozen=True)
class PackFrames:
    """Letterbox the pictures of a sequence."""

    role: str
    sequence: str
    size: tuple[int, int]

    def do(self, worker: Worker) -> None:
        """Read or draw them."""
        stages.pack_frames(worker.store, worker.data[self.role].sequences[self.sequence], self.size)


@dataclass(frozen=True)
class PackSamples:
    """Letterbox the training pictures of a network."""

    network: Network
    size: tuple[int, int]

    def do(self, worker: Worker) -> None:
        """Read or draw them."""
        samples = worker.networks.samples(self.network.training)
        stages.pack_samples(worker.store, samples, self.size)


@dataclass(frozen=True)
class Train:
    """Train a network."""

    network: Network

    def do(self, worker: Worker) -> None:
        """Train it, from where an earlier attempt stopped."""
        _one_thread(worker)
        try:
            samples = training_samples(worker, self.network)
            validate = _validation(worker, self.network)
            train_network(
                self.network,
                samples,
                worker.store,
                device=worker.networks.device,
                validate=validate,
            )
        except JobFailed:
            raise
        except MotBenchError as error:
            raise JobFailed(str(error)) from error


@dataclass(frozen=True)
class Probe:
    """How long a step of a network's training takes: seconds, the quickest of a few."""

    network: Network

    def do(self, worker: Worker) -> float:
        """Some steps on a few pictures, thrown away."""
        import time

        _one_thread(worker)
        device = worker.networks.device
        try:
            task = make_task(
                self.network, _Few(worker.networks.samples(self.network.training)), device
            )
        except MotBenchError:
            return 0.0  # training itself will say what is wrong
        seconds = []
        for step in range(_PROBED_STEPS):
            start = time.perf_counter()
            total, _ = task.loss(tuple(tensor.to(device) for tensor in task.batch(step)))
            total.backward()  # type: ignore[no-untyped-call]
            seconds.append(time.perf_counter() - start)
        return min(seconds)


class _Few:
    """The first pictures of training data, with everybody's number."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    @property
    def identities(self) -> int:
        return self._samples.identities

    def __len__(self) -> int:
        return min(len(self._samples), _PROBED_PICTURES)

    def load(self, index: int) -> Sample:
        return self._samples.load(index)


@dataclass(frozen=True)
class Detect:
    """Run a detector over a sequence."""

    network: Network
    role: str
    sequence: str

    def do(self, worker: Worker) -> None:
        """Detections, and embeddings at the ground truth, to the store."""
        sequence = worker.data[self.role].sequences[self.sequence]
        size = stages.input_size(self.network)
        shown = None if size is None else stages.packed_frames(worker.store, sequence, size)
        applied = applying.detect(loaded_detector(worker, self.network), sequence, shown)
        inputs = stages.detect_inputs(self.network, sequence)
        worker.store.publish(stages.DETECT, key_of(inputs), applied.files, inputs, applied.times)


@dataclass(frozen=True)
class Embed:
    """Give a detector's detections the embeddings of a separate ReID network."""

    extractor: Network
    detector: Network
    role: str
    sequence: str

    def do(self, worker: Worker) -> None:
        """Detections with embeddings to the store."""
        from mot_bench.networks.sources import NetworkDetections

        sequence = worker.data[self.role].sequences[self.sequence]
        detections = NetworkDetections(worker.store, self.detector, None).load(sequence)
        applied = applying.embed(loaded_extractor(worker, self.extractor), sequence, detections)
        inputs = stages.embed_inputs(self.extractor, self.detector, sequence)
        worker.store.publish(stages.EMBED, key_of(inputs), applied.files, inputs, applied.times)


def calibration_inputs(worker_or_data: Any, run: RunSpec, seed: int) -> dict[str, object]:
    """Everything that can change what calibration chooses.

    ``worker_or_data`` is the calibration role's Data.
    """
    source = worker_or_data.source(run, seed)
    return {
        "tracker": run.tracker.rpartition(":")[2],
        "parameters": validated_parameters(run),
        "values": dict(run.calibrate),
        "detections": {s.name: source.load(s).digest for s in worker_or_data.dataset.sequences},
        "ground_truth": {s.name: s.digest for s in worker_or_data.dataset.sequences},
        "camera_motion": run.camera_motion,
        "code": [stage_version("calibrate"), track_version(run.tracker)],
    }


@dataclass(frozen=True)
class Calibrate:
    """Choose a run's thresholds on the calibration scenes."""

    run: RunSpec
    seed: int

    def do(self, worker: Worker) -> tuple[str, calibrating.Chosen]:
        """The key in the store, and what was chosen."""
        data = worker.data[CALIBRATION]
        inputs = calibration_inputs(data, self.run, self.seed)
        key = key_of(inputs)
        known = calibrating.stored(worker.store, key)
        if known is None:
            start = validated_parameters(self.run)
            chosen = calibrating.choose(
                self.run.calibrate, start, lambda values: self._tried(worker, values)
            )
            worker.store.publish("calibrate", key, {calibrating.CHOSEN: chosen.to_json()}, inputs)
            return key, chosen
        return key, known

    def _tried(self, worker: Worker, values: dict[str, object]) -> calibrating.Tried | None:
        """HOTA over the calibration scenes.

        None where the tracker does not take the values together.
        """
        from mot_bench.scoring.score import SequenceScore, combine, score_sequence, summarise

        def hota(scores: dict[str, SequenceScore]) -> float:
            return float(summarise(combine(scores)).metrics["HOTA"])

        data = worker.data[CALIBRATION]
        run = self.run.model_copy(update={"parameters": {**self.run.parameters, **values}})
        try:
            needs = tracker_needs(run)
        except TrackerBroken as error:
            raise JobFailed(str(error)) from error
        except MotBenchError:
            return None
        scores = {}
        for name, sequence in data.sequences.items():
            motion = (
                data.camera_motion(run.camera_motion, name) if Need.CAMERA_MOTION in needs else None
            )
            frames = worker.detections(CALIBRATION, run, self.seed, name)
            try:
                tracked = track(run, Inputs(sequence, frames, motion))
            except TrackingFailed as failed:
                raise JobFailed(failed.failure.line) from failed
            scores[name] = score_sequence(worker.truth(CALIBRATION, name), tracked.rows)
        rest = [
            {name: score for name, score in scores.items() if name != left_out}
            for left_out in scores
        ]
        return calibrating.Tried(hota(scores), tuple(map(hota, rest)) if len(scores) > 1 else ())


def training_samples(worker: Worker, network: Network) -> Samples:
    """The training data of a network, letterboxed where the store has that."""
    samples = worker.networks.samples(network.training)
    size = stages.input_size(network)
    return (None if size is None else stages.packed_samples(worker.store, samples, size)) or samples


def _validation(worker: Worker, network: Network) -> Callable[[nn.Module], dict[str, float]] | None:
    """Detection AP on some frames of the calibration scenes, for the live display.

    None where there are none.
    """
    size = stages.input_size(network)
    if size is None or CALIBRATION not in worker.data:
        return None
    data = worker.data[CALIBRATION]
    found = []
    for sequence in data.dataset.sequences:
        shown = stages.packed_frames(worker.store, sequence, size)
        if shown is None or sequence.ground_truth is None:
            return None
        count = max(1, VALIDATION_FRAMES // len(data.dataset.sequences))
        places = np.linspace(0, sequence.length - 1, count).astype(int)
        found.append((sequence, places, np.asarray(shown[places])))
    return lambda module: measure_terms(module, found, size)


def loaded_detector(worker: Worker, network: Network) -> Detector:
    """A detector, kept by the worker until it needs another."""
    from mot_bench.networks.loading import load_detector

    detector: Detector = _loaded(worker, network, load_detector)
    return detector


def loaded_extractor(worker: Worker, network: Network) -> Extractor:
    """A ReID extractor, kept likewise."""
    from mot_bench.networks.loading import load_extractor

    extractor: Extractor = _loaded(worker, network, load_extractor)
    return extractor


def _loaded(worker: Worker, network: Network, load: Callable[..., Any]) -> Any:
    if worker.loaded is None or worker.loaded[0] != network.key:
        _one_thread(worker)
        folder = worker.store.folder("train", network.key)
        worker.loaded = (network.key, load(network, folder, worker.networks.device))
    return worker.loaded[1]


def _one_thread(worker: Worker) -> None:
    """Torch on a CPU with one thread: the same bytes whatever the number of jobs, and no contention among them."""
    if worker.networks.device == "cpu":
        import torch

        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)


__all__ = [
    "CALIBRATION",
    "EVALUATION",
    "Calibrate",
    "Detect",
    "Embed",
    "PackFrames",
    "PackSamples",
    "Probe",
    "Train",
]
