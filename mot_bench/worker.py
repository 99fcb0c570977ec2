"""Workers: pieces of work done in this process or in several, each with its data at hand."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from mot_bench.code_version import score_version
from mot_bench.datasets.types import Dataset, Sequence
from mot_bench.environment import THREAD_VARIABLES
from mot_bench.errors import MotBenchError
from mot_bench.plan import Data, Piece
from mot_bench.scoring.score import PreparedTruth, prepare
from mot_bench.store import Store, digest_of, key_of
from mot_bench.suites.parameters import tracker_config
from mot_bench.work import TRACKS, Failure, Inputs, score_and_publish, track_and_publish, track_digest
from trackers.interface import Detections

_WORKER_GONE = (
    "worker processes: expected them to live, found one gone (killed, out of memory, or ended by a tracker); "
    "what is finished is kept: run the same command again, with --jobs 1 if it happens again"
)


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
        "code": score_version(),
    }


class Worker:
    """Does pieces of work on one dataset; keeps the data of the last sequence, so pieces should come by sequence."""

    def __init__(self, dataset: Dataset, store_root: Path) -> None:
        """A worker for this dataset and store."""
        self.dataset = dataset
        self.store = Store(store_root)
        self.data = Data(dataset, self.store)
        self._at_hand: tuple[tuple[object, ...], list[Detections]] | None = None
        self._truth = functools.lru_cache(maxsize=2)(self._prepare)

    def do(self, piece: Piece, force: bool) -> Outcome:
        """Make the track file and the score of a piece, as far as the store lacks them or ``force`` says so."""
        if force or track_digest(self.store, piece.key) is None:
            failure = self._track(piece)
            if failure is not None:
                return Outcome(piece, failure)
        content = self.store.read("track", piece.key, TRACKS)
        assert content is not None
        inputs = score_inputs(self.data.sequences[piece.sequence], self.dataset.benchmark, digest_of(content))
        if force or not self.store.has("score", key_of(inputs)):
            score_and_publish(self.store, key_of(inputs), inputs, content, self._truth(piece.sequence))
        return Outcome(piece, None)

    def estimate_camera_motion(self, sequence: str) -> None:
        """Put the optical flow of a sequence into the store."""
        self.data.camera_motion("optical-flow", sequence)

    def _track(self, piece: Piece) -> Failure | None:
        motion = None if piece.camera_motion is None else self.data.camera_motion(piece.camera_motion, piece.sequence)
        frames = self._detections(piece)
        inputs = Inputs(self.data.sequences[piece.sequence], frames, motion)
        config = tracker_config(piece.run)
        return track_and_publish(
            self.store, piece.key, piece.inputs, piece.run.tracker, config, inputs, piece.run.decimals
        )

    def _detections(self, piece: Piece) -> list[Detections]:
        """The detections of a piece by frame; those of the last piece are at hand."""
        key = (piece.detections, repr(sorted(piece.run.detection_options.items())), piece.seed, piece.sequence)
        if self._at_hand is None or self._at_hand[0] != key:
            detections = self.data.detections(piece.run, piece.detections, piece.seed, piece.sequence)
            self._at_hand = (key, detections.by_frame(self.data.sequences[piece.sequence].length))
        return self._at_hand[1]

    def _prepare(self, name: str) -> PreparedTruth:
        sequence = self.data.sequences[name]
        assert sequence.ground_truth is not None
        return prepare(sequence.ground_truth, sequence.length, self.dataset.benchmark)


class Pool:
    """Workers in ``jobs`` processes of one thread each; with one job, a worker in this process."""

    def __init__(self, dataset: Dataset, store_root: Path, jobs: int) -> None:
        """Workers for this dataset and store; processes start with the first piece."""
        self._worker = Worker(dataset, store_root) if jobs == 1 else None
        self._executor: ProcessPoolExecutor | None = None
        if jobs > 1:
            for name in THREAD_VARIABLES:
                os.environ[name] = "1"
            self._executor = ProcessPoolExecutor(jobs, _context(), _start, (dataset, store_root))
        self._jobs = jobs

    def do(self, pieces: Iterable[tuple[Piece, bool]]) -> Iterator[Outcome]:
        """Do the pieces (each with whether it is forced); outcomes come as they are finished."""
        if self._worker is not None:
            for piece, force in pieces:
                yield self._worker.do(piece, force)
        else:
            yield from self._in_turn((_do, piece, force) for piece, force in pieces)

    def estimate_camera_motion(self, sequences: Iterable[str]) -> Iterator[object]:
        """Put the optical flow of these sequences into the store."""
        if self._worker is not None:
            for sequence in sequences:
                self._worker.estimate_camera_motion(sequence)
                yield None
        else:
            yield from self._in_turn((_estimate, sequence) for sequence in sequences)

    def close(self, *, at_once: bool = False) -> None:
        """End the workers; ``at_once`` without waiting for what they do."""
        if self._executor is None:
            return
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        self._executor.shutdown(wait=not at_once, cancel_futures=True)
        if at_once:
            for process in processes:
                process.terminate()

    def _in_turn(self, calls: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Submit a few calls ahead of the workers; results in the order of finishing.

        Raises:
            MotBenchError: a worker's process is gone.
        """
        try:
            yield from self._submit(calls)
        except BrokenProcessPool as error:
            raise MotBenchError(_WORKER_GONE) from error

    def _submit(self, calls: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        assert self._executor is not None
        waiting: set[Future[Any]] = set()
        remaining = iter(calls)
        while True:
            for function, *arguments in remaining:
                waiting.add(self._executor.submit(function, *arguments))
                if len(waiting) >= 2 * self._jobs:
                    break
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


_worker: Worker | None = None


def _context() -> BaseContext:
    """Fork from a clean server process where the system has that (quick and safe), else start anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mot_bench.worker"])
    return context


def _start(dataset: Dataset, store_root: Path) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Worker(dataset, store_root)


def _end_with_parent() -> None:
    """End this worker when the suite is killed: nobody would take its outcomes. What it was writing is swept later."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _do(piece: Piece, force: bool) -> Outcome:
    assert _worker is not None
    return _worker.do(piece, force)


def _estimate(sequence: str) -> None:
    assert _worker is not None
    _worker.estimate_camera_motion(sequence)
