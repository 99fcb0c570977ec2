"""Parameters of runs, judged by the tracker's own Config."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from mot_bench.errors import MotBenchError, did_you_mean
from mot_bench.suites.faults import Source, describe
from mot_bench.suites.schema import RunSpec, Suite

if TYPE_CHECKING:
    from trackers.interface import Tracker, TrackerConfig

NONE = "none"


def load_tracker(reference: str) -> type[Tracker]:
    """The class of a tracker: a name, ``FILE.py:Class`` or ``module:Class``.

    Raises:
        MotBenchError: there is no such tracker.
    """
    from trackers import registry

    try:
        return registry.load(reference)
    except registry.UnknownTracker as error:
        hint = did_you_mean(reference, registry.names())
        raise MotBenchError(f"{error}{hint}") from error


def config_class(run: RunSpec, suite: str = "") -> type[TrackerConfig]:
    """The Config of a run's tracker.

    Raises:
        MotBenchError: there is no such tracker.
    """
    try:
        return load_tracker(run.tracker).Config
    except MotBenchError as error:
        raise MotBenchError(f"{_where(run, suite)}: {error}") from error


def tracker_config(run: RunSpec, suite: str = "") -> TrackerConfig:
    """The parameters of a run as its tracker takes them, defaults included.

    Args:
        run: whose parameters.
        suite: the suite's name, for the message.

    Raises:
        MotBenchError: no such tracker, no such parameter, or a value that it does not take; one line that names suite,
            run, parameter and what is allowed.
    """
    config = config_class(run, suite)
    fields = config.model_fields
    values = {
        name: None if value == NONE and name in fields and NoneType in get_args(fields[name].annotation) else value
        for name, value in run.parameters.items()
    }
    try:
        return config.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"])) or "parameters"
        expected, found = describe(first["type"], first["msg"], name, first["input"], sorted(fields))
        raise MotBenchError(f"{_where(run, suite)}: expected {expected}, found {found}") from error


def validated_parameters(run: RunSpec, suite: str = "") -> dict[str, Any]:
    """The parameters of a run as plain values, defaults included (errors as ``tracker_config``)."""
    return tracker_config(run, suite).model_dump(mode="json")


def check_parameters(suite: Suite, sources: Sequence[Source] = ()) -> None:
    """Refuse a suite with a run whose parameters its tracker does not take.

    Raises:
        MotBenchError: as ``tracker_config``, with the file and line of the run's parameters where they are known.
    """
    for run in suite.runs:
        try:
            tracker_config(run, suite.name)
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
