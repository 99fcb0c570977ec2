"""Run a tracker in this process, and turn its errors into one line each."""

from __future__ import annotations

import time
import traceback
from pathlib import Path
from typing import Protocol

from mot_bench.errors import MotBenchError, shortened
from mot_bench.trackers import registry
from mot_bench.trackers.faults import error_text
from mot_bench.trackers.interface import (
    Frame,
    InvalidInput,
    SequenceInfo,
    Tracker,
    TrackerConfig,
    Tracks,
)
from mot_bench.tracking.inputs import changed_input, private_copy
from mot_bench.tracking.output import copy_of, fault_of

_LONGEST_TRACE = 20_000


class TrackerFault(Exception):
    """A tracker raised an exception, returned invalid tracks, or its process ended."""

    def __init__(self, line: str, details: str = "") -> None:
        """Store the message in one line, and the traceback if there is one."""
        super().__init__(line, details)
        self.line, self.details = line, details


class Runner(Protocol):
    """A tracker that processes a sequence, in this process or in another.

    Attributes:
        seconds: the time spent in the tracker's ``update`` so far.
    """

    seconds: float

    def reset(self, sequence: SequenceInfo) -> None:
        """Begin a sequence; raise ``TrackerFault`` if that fails."""
        ...

    def update(self, frame: Frame) -> Tracks:
        """Return a copy of the valid tracks of a frame; raise ``TrackerFault`` otherwise."""
        ...


class InProcess:
    """A tracker in this process."""

    def __init__(self, reference: str, config: TrackerConfig, *, foreign: bool = False) -> None:
        """Prepare a tracker.

        Args:
            reference: the tracker's reference in the registry.
            config: its parameters.
            foreign: whether it is a user's tracker. Then it gets copies of its inputs, and a
                changed input and any exception, even ``KeyboardInterrupt``, is a fault.
        """
        self.seconds = 0.0
        self._reference, self._config, self._foreign = reference, config, foreign
        self._caught: tuple[type[BaseException], ...] = (
            (BaseException,) if foreign else (Exception, SystemExit)
        )

    def reset(self, sequence: SequenceInfo) -> None:
        """Create the tracker and begin a sequence."""
        try:
            self._tracker: Tracker = registry.load(self._reference)(self._config)  # type: ignore[call-arg]
            self._tracker.reset(sequence)
        except self._caught as error:
            raise fault_from(error) from error

    def update(self, frame: Frame) -> Tracks:
        """Return the tracks of a frame."""
        given = private_copy(frame) if self._foreign else frame
        start = time.perf_counter()
        try:
            tracks = self._tracker.update(given)
        except self._caught as error:
            raise fault_from(error) from error
        self.seconds += time.perf_counter() - start
        changed = changed_input(given, frame) if self._foreign else ""
        if changed:
            raise TrackerFault(
                f"the tracker changed its input {changed}; expected it to change a copy"
            )
        fault = fault_of(tracks, len(frame.detections))
        if fault:
            raise TrackerFault(f"the tracker gave {fault}")
        return copy_of(tracks)


def fault_from(error: BaseException) -> TrackerFault:
    """Return the fault for an exception of a tracker, with its place and traceback."""
    text = shortened(error_text(error), 320)
    if isinstance(error, InvalidInput | MotBenchError):
        return TrackerFault(text, _trace(error))
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    raised = f"{type(error).__name__}{where}"
    return TrackerFault(f"{raised}: {text}" if text else raised, _trace(error))


def _trace(error: BaseException) -> str:
    """Return the traceback of an exception, shortened in its middle; empty if it cannot be made."""
    try:
        text = "".join(traceback.format_exception(error))
    except BaseException:  # a user's __str__ can raise anything
        return ""
    half = _LONGEST_TRACE // 2
    text = text if len(text) <= _LONGEST_TRACE else f"{text[:half]}\n...\n{text[-half:]}"
    return text.encode(errors="replace").decode()
