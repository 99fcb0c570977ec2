"""Times, in passes of their own: one job, one thread, after a warm-up over the first frames that does not count.

Every run is timed several times; its median counts, and what the passes differ by is shown beside
(a network looks at each picture once for all passes). The load of the machine is recorded, so that
a report can warn.

Nothing is taken from the store but weights: pictures are read or drawn again, networks look at them
again, detections from files are read again, camera motion is read or estimated again, and the
tracker runs again. The time of association is that inside the tracker's ``update``. Detections read
from files cost no detecting and no embedding here; a report says so beside the figures.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from mot_bench.datasets.dataset import Dataset, FrameSource, Sequence
from mot_bench.datasets.frames import decode_ahead
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import open_detections
from mot_bench.engine.environment import machine
from mot_bench.engine.stage import StageFailed
from mot_bench.engine.store import Store
from mot_bench.engine.store_place import open_store
from mot_bench.engine.versions import code_version
from mot_bench.errors import InputError
from mot_bench.networks import applying
from mot_bench.networks.loading import load_detector, load_extractor
from mot_bench.networks.model_keys import Network, Networks, run_models
from mot_bench.records.results import RunResult, SuiteResult, SuiteTiming
from mot_bench.reports.times import RunTiming
from mot_bench.results.folder import ResultsFolder
from mot_bench.running.runner import Options
from mot_bench.suites.parameters import tracker_needs
from mot_bench.suites.schema import RunSpec, Suite
from mot_bench.terminal.progress import SuiteProgress
from mot_bench.trackers import registry
from mot_bench.trackers.interface import Need
from mot_bench.tracking.camera_motion import open_camera_motion
from mot_bench.tracking.opening import TrackerBroken
from mot_bench.tracking.sequence_tracking import Inputs, track

_WARM_UP_FRAMES = 30
_TIMED = ("mot_bench.networks.applying", "mot_bench.networks.loading")  # beside the trackers
REPEATS = 3
"""How often each run is timed, in rounds of all runs, so that a busy minute does not hit one run alone."""


def timed(
    suite: Suite, dataset: Dataset, result: SuiteResult, options: Options, *, whole: bool
) -> SuiteTiming | None:
    """Times of a finished suite: measured over all frames if asked for, over some if the suite says so.

    Times over some frames that this machine measured before, for the same results, are taken again.
    """
    if whole:
        return measure_suite(suite, dataset, result, options)
    if not suite.timing_frames:
        return None
    try:
        before = ResultsFolder(options.out).stored_timing()
    except InputError:
        before = None
    if before is not None and (before.machine, before.of) == (
        machine(),
        _of(result, suite.timing_frames),
    ):
        return before
    return measure_suite(suite, dataset, result, options, frames=suite.timing_frames)


def measure_suite(
    suite: Suite,
    dataset: Dataset,
    result: SuiteResult,
    options: Options,
    *,
    frames: int = 0,
    console: Console | None = None,
) -> SuiteTiming:
    """Measure every run that succeeded and write ``timing.json``.

    Args:
        suite: as it was run.
        dataset: what it was run on.
        result: which runs succeeded.
        options: output folder and device.
        frames: only the first so many frames of one sequence (of the one with the most people); 0:
            everything.
        console: where progress is shown; standard error by default.
    """
    rows = [row for row in result.runs if row.status == "ok"]
    sequences = _sequences_to_time(dataset, frames)
    networks = Networks(suite, options.data_root, options.device)
    pass_ = _Pass(networks, dataset, open_store(options.store, options.out), {})
    load = load_of_others()
    begun, begun_cpu = time.perf_counter(), time.process_time()
    with SuiteProgress(console or Console(stderr=True), "timing", REPEATS * len(rows)) as progress:
        passes = _measure_rounds(pass_, rows, sequences, progress)
    spent, passed = time.process_time() - begun_cpu, time.perf_counter() - begun
    # The CPU time of other trackers is not known: they work in processes of their own.
    ours = all(row.tracker in registry.TRACKERS for row in rows)
    timing = SuiteTiming(
        machine=machine(),
        runs=tuple(median_of(found) for found in passes),
        of=_of(result, frames),
        load=load,
        cpu_share=spent / max(passed, 1e-9) if ours else None,
    )
    ResultsFolder(options.out).write_timing(timing)
    return timing


def _sequences_to_time(dataset: Dataset, frames: int) -> list[Sequence]:
    """Return all sequences, or the first ``frames`` frames of the one with the most people."""
    if not frames:
        return list(dataset.sequences)
    busiest = max(dataset.sequences, key=_people_per_frame)
    return [_shortened(busiest, min(frames, busiest.length))]


def _people_per_frame(sequence: Sequence) -> float:
    truth = sequence.ground_truth
    return 0.0 if truth is None else len(truth.ids) / sequence.length


def _measure_rounds(
    pass_: _Pass, rows: list[RunResult], sequences: list[Sequence], progress: SuiteProgress
) -> list[list[RunTiming]]:
    """Time all runs in turn, several times over; return the passes of each run and seed.

    A run that fails has no pass; the progress display says why.
    """
    passes: dict[tuple[str, int], list[RunTiming]] = {}
    for row in rows * REPEATS:
        try:
            one = pass_.measure(pass_.networks.suite.run(row.run), row, sequences)
            passes.setdefault((row.run, row.seed), []).append(one)
        except (StageFailed, TrackerBroken) as error:
            progress.say(f"{row.run} has no times: {error}")
        progress.step(row.run)
    return list(passes.values())


def load_of_others() -> float | None:
    """Return the load average a core before anything is timed.

    None where the system does not say.
    """
    if not hasattr(os, "getloadavg"):
        return None
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def median_of(passes: list[RunTiming] | tuple[RunTiming, ...]) -> RunTiming:
    """Return the pass with the median time of association, with the speeds of all passes beside."""
    middle = sorted(passes, key=lambda one: one.associating_s)[len(passes) // 2]
    return replace(
        middle,
        association_passes=tuple(one.association_fps for one in passes),
        end_to_end_passes=tuple(one.end_to_end_fps for one in passes),
    )


def _of(result: SuiteResult, frames: int) -> str:
    """What times are of: a digest of all track files, the code and the number of frames."""
    digests = sorted(
        f"{row.run} {row.seed} {sorted(row.track_digests.items())}" for row in result.runs
    )
    return hashlib.sha256(
        "\n".join([*digests, code_version(*_TIMED), str(frames), f"{REPEATS} passes"]).encode()
    ).hexdigest()


@dataclass
class _Pass:
    """One pass over the runs.

    What was measured of a network is kept for the next run that uses it.
    """

    networks: Networks
    dataset: Dataset
    store: Store
    known: dict[tuple[str, ...], tuple[SequenceDetections, dict[str, float]]]

    def measure(self, run: RunSpec, row: RunResult, sequences: list[Sequence]) -> RunTiming:
        """Times of one run."""
        run = run.model_copy(update={"parameters": {**run.parameters, **_calibrated(row)}})
        times = RunTiming(run=row.run, seed=row.seed, of=row.making())
        for number, sequence in enumerate(sequences):
            if number == 0:
                self._sequence(
                    run, row, _shortened(sequence, min(_WARM_UP_FRAMES, sequence.length))
                )
            times = times.plus(sequence.length, self._sequence(run, row, sequence))
        return times

    def _sequence(self, run: RunSpec, row: RunResult, sequence: Sequence) -> dict[str, float]:
        """Seconds of every stage for one sequence."""
        needs = tracker_needs(run)
        detections, seconds = self._detections(run, row, sequence)
        start = time.perf_counter()
        motion = None
        if Need.CAMERA_MOTION in needs:
            motion = open_camera_motion(run.camera_motion, self.dataset).load(sequence)
        prepared = time.perf_counter()
        frames = detections.by_frame(sequence.length)
        tracked = track(run, Inputs(sequence, frames, motion))
        return {
            **seconds,
            "reading_s": seconds["reading_s"] + tracked.reading_s,
            "camera_s": prepared - start,
            "associating_s": tracked.associating_s,
        }

    def _detections(
        self, run: RunSpec, row: RunResult, sequence: Sequence
    ) -> tuple[SequenceDetections, dict[str, float]]:
        """The detections of a sequence, and the seconds that reading, detecting and embedding took."""
        detector, extractor = run_models(self.networks.suite, run)
        if detector is None:
            start = time.perf_counter()
            source = open_detections(
                row.detections,
                self.dataset,
                seed=row.seed,
                options=dict(run.detection_options) or None,
            )
            found = _first(source.load(sequence), sequence.length)
            return found, {
                "reading_s": time.perf_counter() - start,
                "detecting_s": 0.0,
                "embedding_s": 0.0,
            }
        network = self.networks.network(detector, row.seed)
        key = (network.key, extractor or "", sequence.name, str(sequence.length))
        if key not in self.known:
            self.known[key] = self._applied(network, extractor, row.seed, sequence)
        return self.known[key]

    def _applied(
        self, network: Network, extractor: str | None, seed: int, sequence: Sequence
    ) -> tuple[SequenceDetections, dict[str, float]]:
        from mot_bench.detections.formats import npz_detections

        blind = replace(
            sequence, load_ground_truth=None
        )  # the embeddings of the truth are no part of the time
        device = self.networks.device
        if extractor is None:
            made = applying.detect(
                load_detector(network, self.store.folder("train", network.key), device), blind, None
            )
            times: dict[str, float] = {"embedding_s": 0.0, **made.times}
        else:
            before = (network.key, "", sequence.name, str(sequence.length))
            if before not in self.known:
                self.known[before] = self._applied(network, None, seed, sequence)
            detections, times = self.known[before]
            reid = self.networks.network(extractor, seed)
            made = applying.embed(
                load_extractor(reid, self.store.folder("train", reid.key), device),
                blind,
                detections,
            )
            times = {
                **times,
                "embedding_s": made.times["embedding_s"],
            }  # the picture was read for the detector
        found = npz_detections(sequence.name, made.files[applying.DETECTIONS])
        return found, {name: times[name] for name in ("reading_s", "detecting_s", "embedding_s")}


def _calibrated(row: RunResult) -> dict[str, Any]:
    return {} if row.calibration is None else dict(row.calibration.parameters)


def _first(detections: SequenceDetections, length: int) -> SequenceDetections:
    from mot_bench.detections.formats import window

    return window(detections, 0, length)


def _shortened(sequence: Sequence, length: int) -> Sequence:
    """The first frames of a sequence."""
    load = sequence.load_frames
    return replace(
        sequence,
        length=length,
        load_frames=None if load is None else lambda: _First(load(), length),
    )


class _First:
    """The first pictures of a sequence."""

    def __init__(self, frames: FrameSource, length: int) -> None:
        self._frames, self._length = frames, length

    def __len__(self) -> int:
        return self._length

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        return self._frames.read(index)

    def iterate(self) -> Iterator[npt.NDArray[np.uint8]]:
        return decode_ahead(self._frames.read(index) for index in range(1, self._length + 1))
