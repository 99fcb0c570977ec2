"""Workers: tasks done in this process or in several, each with its data at hand."""

from __future__ import annotations

import functools
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mot_bench.datasets.dataset import Sequence
from mot_bench.engine.processes import end_processes, start_processes
from mot_bench.engine.schedule import JobFailed
from mot_bench.engine.store import Store, digest_of, key_of
from mot_bench.engine.versions import stage_version
from mot_bench.running.piece_work import (
    TRACKS,
    Failure,
    Inputs,
    score_and_publish,
    track_and_publish,
    track_digest,
)
from mot_bench.running.pieces import EVALUATION, OPTICAL_FLOW, Data, Piece, Scenes
from mot_bench.scoring.score import PreparedTruth, prepare
from mot_bench.suites.schema import RunSpec
from mot_bench.trackers.interface import Detections


@dataclass(frozen=True)
class Outcome:
    """What became of a piece: its failure, or nothing."""

    piece: Piece
    failure: Failure | None


def score_inputs(sequence: Sequence, benchmark: str, tracks_digest: str) -> dict[str, object]:
    """Everything that can change a score."""
    return {
        "tracks": tracks_digest,
        "ground_truth": sequence.digest,
        "length": sequence.length,
        "benchmark": benchmark,
        "code": stage_version("score"),
    }


class Worker:
    """Does tasks; keeps the data of the last sequence at hand, so tasks on one sequence should follow each other."""

    def __init__(self, scenes: Scenes, store_root: Path) -> None:
        """A worker for these data and this store."""
        self.store = Store(store_root)
        self.networks = scenes.networks
        self.data = {
            role: Data(dataset, self.store, scenes.networks)
            for role, dataset in scenes.datasets.items()
        }
        self.loaded: tuple[str, Any] | None = None
        self._at_hand: tuple[tuple[object, ...], list[Detections]] | None = None
        self.truth = functools.lru_cache(maxsize=8)(self._prepare)

    def detections(self, role: str, run: RunSpec, seed: int, sequence: str) -> list[Detections]:
        """The detections of a run on a sequence by frame; those asked for last are at hand."""
        data = self.data[role]
        key = (role, data.source_key(run, seed), sequence)
        if self._at_hand is None or self._at_hand[0] != key:
            found = data.source(run, seed).load(data.sequences[sequence])
            self._at_hand = (key, found.by_frame(data.sequences[sequence].length))
        return self._at_hand[1]

    def _prepare(self, role: str, name: str) -> PreparedTruth:
        data = self.data[role]
        sequence = data.sequences[name]
        assert sequence.ground_truth is not None
        return prepare(sequence.ground_truth, sequence.length, data.dataset.benchmark)


@dataclass(frozen=True)
class TrackTask:
    """Make the track file and the score of a piece, as far as the store lacks them or ``force`` says so."""

    piece: Piece
    force: bool = False

    def do(self, worker: Worker) -> Outcome:
        """Track and score."""
        piece, store, data = self.piece, worker.store, worker.data[EVALUATION]
        sequence = data.sequences[piece.sequence]
        if self.force or track_digest(store, piece.key) is None:
            motion = (
                None
                if piece.camera_motion is None
                else data.camera_motion(piece.camera_motion, piece.sequence)
            )
            frames = worker.detections(EVALUATION, piece.run, piece.seed, piece.sequence)
            failure = track_and_publish(
                store, piece.key, piece.inputs, piece.run, Inputs(sequence, frames, motion)
            )
            if failure is not None:
                return Outcome(piece, failure)
        content = store.read("track", piece.key, TRACKS)
        assert content is not None
        about = score_inputs(sequence, data.dataset.benchmark, digest_of(content))
        if self.force or not store.has("score", key_of(about)):
            score_and_publish(
                store, key_of(about), about, content, worker.truth(EVALUATION, piece.sequence)
            )
        return Outcome(piece, None)


@dataclass(frozen=True)
class CameraTask:
    """Put the optical flow of a sequence into the store."""

    role: str
    sequence: str

    def do(self, worker: Worker) -> None:
        """Estimate it."""
        worker.data[self.role].camera_motion(OPTICAL_FLOW, self.sequence)


class Task(Protocol):
    """Something that a worker does; it and its result travel between processes."""

    def do(self, worker: Worker) -> Any:
        """Do it."""
        ...


class Pool:
    """Workers in ``jobs`` processes of one thread each; with one job, a worker in this process."""

    def __init__(self, scenes: Scenes, store_root: Path, jobs: int) -> None:
        """Workers for these data and this store; processes start with the first task."""
        self._worker = Worker(scenes, store_root) if jobs == 1 else None
        self._data = (scenes, store_root)
        self.places = jobs
        self._executor: ProcessPoolExecutor | None = None if jobs == 1 else self._started()

    def submit(self, task: Task) -> Future[Any]:
        """Have a task done; with one job it is done when this returns.

        Raises:
            BrokenProcessPool: a worker's process died before; ``renew`` starts others.
        """
        if self._executor is not None:
            return self._executor.submit(_do, task)
        assert self._worker is not None
        future: Future[Any] = Future()
        try:
            future.set_result(task.do(self._worker))
        except JobFailed as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        """Start other processes where one has died."""
        self.close()
        self._executor = self._started()

    def close(self, *, at_once: bool = False) -> None:
        """End the workers; ``at_once`` without waiting for what they do."""
        if self._executor is not None:
            end_processes(self._executor, at_once=at_once)

    def _started(self) -> ProcessPoolExecutor:
        return start_processes(self.places, _start, self._data)


_worker: Worker | None = None


def _start(scenes: Scenes, store_root: Path) -> None:
    global _worker
    _worker = Worker(scenes, store_root)


def _do(task: Task) -> Any:
    assert _worker is not None
    return task.do(_worker)
