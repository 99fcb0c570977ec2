"""Parameters of runs, judged by the tracker's own Config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mot_bench.errors import MotBenchError
from mot_bench.suites.faults import Source
from mot_bench.suites.schema import RunSpec, Suite

if TYPE_CHECKING:
    from mot_bench.trackers.interface import Need
    from mot_bench.tracking.judging import Judgement, ParameterField


def judgement_of(run: RunSpec, suite: str = "") -> Judgement:
    """Return what a run's tracker says of itself and of the run's parameters.

    Raises:
        TrackerBroken: it is a user's, and does not answer.
        MotBenchError: there is no such tracker; one line that names suite and run.
    """
    from mot_bench.tracking.opening import judged

    try:
        return judged(run.tracker, run.parameters)
    except MotBenchError as error:
        raise type(error)(f"{_where(run, suite)}: {error}") from error


def validated_parameters(run: RunSpec, suite: str = "") -> dict[str, Any]:
    """Return the parameters of a run as plain values, defaults included.

    Args:
        run: whose parameters.
        suite: the suite's name, for the message.

    Raises:
        TrackerBroken: the tracker is a user's, and does not answer.
        MotBenchError: no such tracker, no such parameter, or a value that it does not take; one
            line that names suite, run, parameter and what is allowed.
    """
    judgement = judgement_of(run, suite)
    if judgement.parameters is None:
        raise MotBenchError(
            f"{_where(run, suite)}: expected {judgement.expected}, found {judgement.found}"
        )
    return judgement.parameters


def parameter_fields(run: RunSpec, suite: str = "") -> dict[str, ParameterField]:
    """Return the parameters that a run's tracker has, by name.

    None if the tracker is a user's and does not answer.

    Raises:
        MotBenchError: there is no such tracker.
    """
    from mot_bench.tracking.opening import TrackerBroken

    try:
        return judgement_of(run, suite).fields
    except TrackerBroken:
        return {}


def tracker_needs(run: RunSpec, suite: str = "") -> frozenset[Need]:
    """Return what a run's tracker wants beside boxes and scores.

    Raises:
        TrackerBroken: the tracker is a user's, and does not say.
        MotBenchError: as ``validated_parameters``.
    """
    from mot_bench.tracking.opening import TrackerBroken

    validated_parameters(run, suite)
    judgement = judgement_of(run, suite)
    if judgement.needs is None:
        raise TrackerBroken(judgement.needs_fault)
    return frozenset(judgement.needs)


def check_parameters(suite: Suite, sources: Sequence[Source] = ()) -> None:
    """Refuse a suite with a run whose parameters its tracker does not take.

    A run whose tracker does not answer is not refused: it fails when its turn comes, and the others
    go on.

    Raises:
        MotBenchError: as ``validated_parameters``, with the file and line of the run's parameters
            where they are known.
    """
    from mot_bench.tracking.opening import TrackerBroken

    for run in suite.runs:
        try:
            validated_parameters(run, suite.name)
        except TrackerBroken:
            continue
        except MotBenchError as error:
            where = _place(run, sources)
            raise MotBenchError(f"{where}{error}") from error


def _place(run: RunSpec, sources: Sequence[Source]) -> str:
    """``FILE:LINE: `` of the run's parameters, or nothing."""
    for source in sources:
        for key in ("parameters", "tracker", "name"):
            line = source.line_of(key, run.name)
            if line is not None:
                return f"{source.path}:{line}: "
    return f"{sources[0].path}: " if sources else ""


def _where(run: RunSpec, suite: str) -> str:
    return f"suite {suite}, run {run.name}" if suite else f"run {run.name}"
