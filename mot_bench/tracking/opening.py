"""Open trackers by reference: mot-bench's in this process, users' in processes of their own."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import ValidationError

from mot_bench.errors import MotBenchError, did_you_mean, shortened
from mot_bench.trackers import registry
from mot_bench.tracking.channel import Garbled, Kind, fault_from_bytes
from mot_bench.tracking.isolated import IsolatedTracker, TrackerProcess, time_limit
from mot_bench.tracking.judging import Judgement, config_of, judge
from mot_bench.tracking.running import InProcess, Runner, TrackerFault

_LONGEST_JUDGING_S = 120.0


class TrackerBroken(MotBenchError):
    """A user's tracker fails before it tracks, which fails its run."""


@contextmanager
def opened(
    reference: str, parameters: Mapping[str, object], *, each_frame: bool = False
) -> Iterator[Runner]:
    """Prepare a tracker for one sequence.

    Args:
        reference: the tracker's reference in the registry.
        parameters: valid parameters that differ from the defaults.
        each_frame: whether a user's tracker has the time limit for each frame instead of for the
            sequence.
    """
    if registry.is_ours(reference):
        yield InProcess(reference, config_of(registry.load(reference), parameters))
        return
    with TrackerProcess(time_limit(), each_answer=each_frame) as process:
        yield IsolatedTracker(process, reference, parameters)


def judged(reference: str, parameters: Mapping[str, object]) -> Judgement:
    """Return a tracker's description of itself and its judgement of these parameters.

    Raises:
        TrackerBroken: a user's tracker does not answer.
        MotBenchError: there is no such tracker.
    """
    if registry.is_ours(reference):
        return judge(registry.load(reference), parameters)
    found = _judged_elsewhere(reference, _Parameters(parameters))
    if isinstance(found, MotBenchError):
        raise found
    return found


class _Parameters:
    """Hashable parameters, compared by value."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = dict(values)
        self._text = json.dumps(self.values, sort_keys=True, default=repr)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Parameters) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@functools.lru_cache(maxsize=1024)
def _judged_elsewhere(reference: str, parameters: _Parameters) -> Judgement | MotBenchError:
    """Return the judgement of a user's tracker, or its error; both are cached."""
    where = f"tracker {reference!r}"
    try:
        if ":" not in reference and reference not in registry.names():
            registry.load(reference)  # raises an error with the known names, imports nothing
        with TrackerProcess(min(time_limit(), _LONGEST_JUDGING_S)) as process:
            kind, body = process.ask("judge", (reference, parameters.values))
        if kind == Kind.UNKNOWN:
            return MotBenchError(shortened(fault_from_bytes(body)[0], 600))
        return Judgement.model_validate_json(body)
    except registry.UnknownTracker as error:
        return MotBenchError(f"{error}{did_you_mean(reference, registry.names())}")
    except TrackerFault as fault:
        return TrackerBroken(f"{where}: {fault.line}")
    except (Garbled, ValidationError):
        return TrackerBroken(f"{where}: its process sent something else than an answer")
