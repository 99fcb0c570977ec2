"""Explain runs in this process or in several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mot_bench.datasets.dataset import Dataset
from mot_bench.engine.schedule import Job, Schedule
from mot_bench.engine.stage import StageFailed
from mot_bench.engine.store import Store
from mot_bench.engine.workers import Pool
from mot_bench.explaining.context import ExplainingContext, Sources
from mot_bench.stages.explain import Explain
from mot_bench.stages.judge import Judge

_FEW_FRAMES = 10_000  # of tracks, so few that starting processes costs more than it gains


@dataclass(frozen=True)
class ExplainAll:
    """The task of explaining several runs with the same detections of one sequence."""

    pieces: tuple[Explain, ...]

    def do(self, context: ExplainingContext) -> list[Explain]:
        """Return what was explained; without detections if they are not at hand any more."""
        made = []
        for piece in self.pieces:
            digest = piece.detections_digest
            if digest and context.judged(piece.sequence, digest) is None:
                piece = replace(piece, detections_digest="")
            context.cache.make(piece)
            made.append(piece)
        return made


def is_explained(piece: Explain, context: ExplainingContext) -> bool:
    """Return whether the store has all of a piece, and its judged detections if these are known."""
    digest = piece.detections_digest
    judged = not digest or context.cache.has(Judge(piece.sequence, digest))
    return judged and context.cache.has(piece)


def explain_pieces(
    pieces: Sequence[Explain],
    dataset: Dataset,
    store: Store,
    sources: Sources,
    jobs: int,
    on_done: Callable[[list[Explain]], None],
) -> dict[str, str]:
    """Explain pieces; those that share a sequence and detections are done one after the other.

    Args:
        pieces: what to do.
        dataset: that they are on.
        store: for the results.
        sources: where detections come from, by their digest.
        jobs: processes.
        on_done: is given what was explained, in this process.

    Returns:
        Why pieces could not be explained, by their labels.

    Raises:
        MotBenchError: a piece is at fault. What was finished is kept.
    """
    groups: dict[tuple[str, str], list[Explain]] = {}
    for piece in pieces:
        groups.setdefault((piece.sequence, piece.detections_digest), []).append(piece)
    lengths = {sequence.name: sequence.length for sequence in dataset.sequences}
    few = sum(lengths[piece.sequence] for piece in pieces) < _FEW_FRAMES
    pool = Pool(ExplainingContext, (dataset, store, sources), 1 if few else min(jobs, len(groups)))
    lost: dict[str, str] = {}

    def on_failed(job: Job, reason: StageFailed) -> None:
        assert isinstance(job.task, ExplainAll)
        lost.update({piece.label: reason.line for piece in job.task.pieces})

    def done(_: Job, made: Any) -> None:
        on_done(made)

    schedule = Schedule(pool)
    for (sequence, digest), group in groups.items():
        cost = float(lengths[sequence] * len(group))
        schedule.add(Job(f"explain {sequence} {digest}", ExplainAll(tuple(group)), cost=cost))
    try:
        schedule.run(done, on_failed, lambda: None)
    except BaseException:
        pool.close(at_once=True)
        raise
    pool.close()
    return lost
