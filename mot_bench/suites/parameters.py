"""Check the parameters of runs with the trackers' own Configs."""

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
    """Return a tracker's description of itself and its judgement of the run's parameters.

    Raises:
        TrackerBroken: a user's tracker does not answer.
        MotBenchError: there is no such tracker; the message names suite and run.
    """
    from mot_bench.tracking.opening import judged

    try:
        return judged(run.tracker, run.parameters)
    except MotBenchError as error:
        raise type(error)(f"{_where(run, suite)}: {error}") from error


def validated_parameters(run: RunSpec, suite: str = "") -> dict[str, Any]:
    """Return the parameters of a run as plain values, defaults included.

    Args:
        run: the run.
        suite: the suite's name, for the message.

    Raises:
        TrackerBroken: a user's tracker does not answer.
        MotBenchError: the tracker or a parameter is unknown, or a value is invalid; the message
            names suite, run, parameter and the allowed values.
    """
    judgement = judgement_of(run, suite)
    if judgement.parameters is None:
        raise MotBenchError(
            f"{_where(run, suite)}: expected {judgement.expected}, found {judgement.found}"
        )
    return judgement.parameters


def parameter_fields(run: RunSpec, suite: str = "") -> dict[str, ParameterField]:
    """Return the parameters of a run's tracker by name; empty if a user's tracker does not answer.

    Raises:
        MotBenchError: there is no such tracker.
    """
    from mot_bench.tracking.opening import TrackerBroken

    try:
        return judgement_of(run, suite).fields
    except TrackerBroken:
        return {}


def tracker_needs(run: RunSpec, suite: str = "") -> frozenset[Need]:
    """Return the inputs that a run's tracker needs besides boxes and scores.

    Raises:
        TrackerBroken: a user's tracker does not state its needs.
        MotBenchError: as ``validated_parameters``.
    """
    from mot_bench.tracking.opening import TrackerBroken

    validated_parameters(run, suite)
    judgement = judgement_of(run, suite)
    if judgement.needs is None:
        raise TrackerBroken(judgement.needs_fault)
    return frozenset(judgement.needs)


def check_parameters(suite: Suite, sources: Sequence[Source] = ()) -> None:
    """Refuse a suite that has a run with invalid parameters.

    A run whose tracker does not answer is not refused; only that run fails later.

    Raises:
        MotBenchError: as ``validated_parameters``, with the file and line of the run's parameters
            if they are known.
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
    """Return ``FILE:LINE: `` of the run's parameters, or an empty text."""
    for source in sources:
        for key in ("parameters", "tracker", "name"):
            line = source.line_of(key, run.name)
            if line is not None:
                return f"{source.path}:{line}: "
    return f"{sources[0].path}: " if sources else ""


def _where(run: RunSpec, suite: str) -> str:
    return f"suite {suite}, run {run.name}" if suite else f"run {run.name}"
