"""Times, in a pass of its own: one job, one thread, after a warm-up over the first frames that does not count.

Nothing is taken from the store: detections are read again, camera motion is read or estimated again, and the tracker
runs again. The time of association is that inside the tracker's ``update``. Detections read from files cost no
detecting and no embedding here; a report says so beside the figures.
"""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from mot_bench.atomic import write_text
from mot_bench.camera import open_camera_motion
from mot_bench.datasets.types import Dataset, Sequence
from mot_bench.detections.sources import open_detections
from mot_bench.environment import machine
from mot_bench.progress import SuiteProgress
from mot_bench.results import RunResult, RunTiming, SuiteResult, SuiteTiming
from mot_bench.suites.parameters import tracker_config
from mot_bench.suites.schema import RunSpec, Suite
from mot_bench.work import Inputs, track
from trackers import registry
from trackers.interface import Need

_WARM_UP_FRAMES = 30


def measure_suite(
    suite: Suite, dataset: Dataset, result: SuiteResult, out: Path, console: Console | None = None
) -> SuiteTiming:
    """Measure every run that succeeded and write ``timing.json``.

    Args:
        suite: as it was run.
        dataset: what it was run on.
        result: which runs succeeded.
        out: output folder.
        console: where progress is shown; standard error by default.
    """
    rows = [row for row in result.runs if row.status == "ok"]
    measured = []
    with SuiteProgress(console or Console(stderr=True), "timing", len(rows)) as progress:
        for row in rows:
            measured.append(_measure(suite.run(row.run), row, dataset))
            progress.step(row.run)
    timing = SuiteTiming(machine=machine(), runs=measured)
    write_text(out / "timing.json", timing.model_dump_json(indent=1) + "\n")
    return timing


def _measure(run: RunSpec, row: RunResult, dataset: Dataset) -> RunTiming:
    seconds = {"reading_s": 0.0, "camera_s": 0.0, "associating_s": 0.0}
    for number, sequence in enumerate(dataset.sequences):
        if number == 0:
            _time_sequence(run, row, dataset, sequence, frames=_WARM_UP_FRAMES)
        for name, spent in _time_sequence(run, row, dataset, sequence, frames=None).items():
            seconds[name] += spent
    frames = sum(sequence.length for sequence in dataset.sequences)
    return RunTiming(run=row.run, seed=row.seed, frames=frames, detecting_s=0.0, embedding_s=0.0, **seconds)


def _time_sequence(
    run: RunSpec, row: RunResult, dataset: Dataset, sequence: Sequence, *, frames: int | None
) -> dict[str, float]:
    """Seconds for reading, camera motion and association of one sequence, or of its first frames."""
    config = tracker_config(run)
    needs = registry.load(run.tracker).needs(config)
    start = time.perf_counter()
    source = open_detections(row.detections, dataset, seed=row.seed, options=dict(run.detection_options) or None)
    detections = source.load(sequence).by_frame(sequence.length)[:frames]
    read = time.perf_counter()
    motion = None
    if Need.CAMERA_MOTION in needs:
        motion = open_camera_motion(run.camera_motion, dataset).load(sequence)
    prepared = time.perf_counter()
    shortened = sequence if frames is None else _shortened(sequence, len(detections))
    _, associating = track(run.tracker, config, Inputs(shortened, detections, motion))
    decoding = time.perf_counter() - prepared - associating if Need.IMAGE in needs else 0.0
    return {"reading_s": read - start + decoding, "camera_s": prepared - read, "associating_s": associating}


def _shortened(sequence: Sequence, length: int) -> Sequence:
    return Sequence(
        sequence.name, length, sequence.frame_rate, sequence.width, sequence.height, sequence.folder,
        sequence.first_frame, sequence.file_length, sequence.digest, None, sequence.load_frames,
    )  # fmt: skip
