"""Pieces explained in this process or in several, each with people and detections at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from mot_bench.datasets.dataset import Dataset
from mot_bench.engine.processes import end_processes, start_processes
from mot_bench.explaining.stage import Explainer, Piece

_FEW_FRAMES = 10_000  # of tracks, so few that starting processes costs more than it gains


def explain_pieces(
    pieces: Iterable[Piece],
    dataset: Dataset,
    store_root: Path,
    jobs: int,
    on_done: Callable[[list[Piece], list[str]], None],
) -> list[Piece]:
    """Explain pieces; those that share a sequence and detections are done by one process, one after the other.

    Args:
        pieces: what to do.
        dataset: that they are on.
        store_root: folder of the store.
        jobs: processes.
        on_done: is given pieces and their keys in the store, in this process.

    Returns:
        The pieces that could not be explained, since their process was killed twice.

    Raises:
        MotBenchError: a piece is at fault. What was finished is kept.
    """
    groups: dict[tuple[str, str], list[Piece]] = {}
    for piece in pieces:
        groups.setdefault((piece.sequence, piece.detections_digest), []).append(piece)
    lengths = {sequence.name: sequence.length for sequence in dataset.sequences}
    cost = {which: lengths[which[0]] * len(group) for which, group in groups.items()}
    if jobs == 1 or len(groups) == 1 or sum(cost.values()) < _FEW_FRAMES:
        explainer = Explainer(dataset, store_root)
        for group in groups.values():
            for piece in group:
                on_done([piece], [explainer.explain(piece)])
        return []
    longest = sorted(groups, key=lambda which: -cost[which])
    left = _explain_in_processes(
        {which: groups[which] for which in longest}, (dataset, store_root), jobs, on_done
    )
    lost = []
    for which in left:  # a process died: one group at a time, to find the one that it dies of
        if _explain_in_processes({which: groups[which]}, (dataset, store_root), 1, on_done):
            lost += groups[which]
    return lost


def _explain_in_processes(
    groups: dict[tuple[str, str], list[Piece]],
    data: tuple[Dataset, Path],
    jobs: int,
    on_done: Callable[[list[Piece], list[str]], None],
) -> list[tuple[str, str]]:
    """Explain groups of pieces; return those that were not done when a process died."""
    executor = start_processes(min(jobs, len(groups)), _start, data)
    left = dict(groups)
    try:
        futures = {executor.submit(_explain, pieces): which for which, pieces in groups.items()}
        for future in as_completed(futures):
            on_done(groups[futures[future]], future.result())
            del left[futures[future]]
    except BrokenProcessPool:
        return list(left)
    except BaseException:
        end_processes(executor, at_once=True)
        raise
    finally:
        end_processes(executor)
    return []


_explainer: Explainer | None = None


def _start(dataset: Dataset, store_root: Path) -> None:
    global _explainer
    _explainer = Explainer(dataset, store_root)


def _explain(pieces: list[Piece]) -> list[str]:
    assert _explainer is not None
    return [_explainer.explain(piece) for piece in pieces]
