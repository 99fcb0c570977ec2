"""Run a user's tracker in a process of its own, so that it can only fail its own run.

The tracker may crash, exit, hang, print without end, patch libraries or start processes. Its
process is ended with all processes that it started when the sequence is over, when the time is up,
or when the parent process ends.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Self

from mot_bench.engine.environment import TRACKER_TIMEOUT
from mot_bench.errors import MotBenchError, shortened
from mot_bench.trackers.interface import Frame, SequenceInfo, Tracks
from mot_bench.tracking.channel import (
    Channel,
    Closed,
    Garbled,
    Kind,
    fault_from_bytes,
    tracks_from_bytes,
)
from mot_bench.tracking.output import fault_of
from mot_bench.tracking.running import TrackerFault

DEFAULT_TIMEOUT_S = 900.0

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from mot_bench.tracking.child import serve; serve(int(sys.argv[2]), int(sys.argv[3]))"
)
_MOST_SHOWN, _MOST_KEPT = 8_000, 2_000  # bytes of a tracker's output


def time_limit() -> float:
    """Return the time limit in seconds of a user's tracker for a sequence.

    Raises:
        MotBenchError: the environment variable is not a positive number.
    """
    text = os.environ.get(TRACKER_TIMEOUT, "")
    if not text:
        return DEFAULT_TIMEOUT_S
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise MotBenchError(
        f"{TRACKER_TIMEOUT}: expected a number of seconds above 0, found {shortened(text)!r}"
    )


class TrackerProcess:
    """A context manager that starts the process of a tracker and ends it."""

    def __init__(self, limit: float, *, each_answer: bool = False) -> None:
        """Set the time limit in seconds for all answers together, or for each of them."""
        self._limit, self._each_answer = limit, each_answer
        self._spent, self._asked = 0.0, 0.0

    def __enter__(self) -> Self:
        """Start the process."""
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [
                sys.executable,
                "-c",
                _PROGRAM,
                json.dumps(sys.path),
                str(number),
                str(os.getpid()),
            ]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(number,),
                start_new_session=True,
            )
        self._printed = _Printed(self._process.stdout)
        self._channel = Channel(ours, self._check)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and the processes that it started."""
        self._channel.close()
        self._end()

    def ask(self, word: str, content: object) -> tuple[Kind, bytes]:
        """Return the answer to a request.

        Raises:
            TrackerFault: the process ends, hangs, or gives a fault or an invalid answer.
        """
        self._asked = time.monotonic()
        try:
            self._channel.send(Kind.REQUEST, pickle.dumps((word, content), pickle.HIGHEST_PROTOCOL))
            kind, body = self._channel.receive()
            if kind == Kind.FAULT:
                line, details = fault_from_bytes(body)
                raise TrackerFault(shortened(line, 600), self._printed.after(details))
        except Closed:
            raise self._gone() from None
        except Garbled:
            raise self.nonsense() from None
        finally:
            if not self._each_answer:
                self._spent += time.monotonic() - self._asked
        return kind, body

    def nonsense(self) -> TrackerFault:
        """Return the fault of an invalid answer."""
        return TrackerFault(
            "its process sent something else than an answer", self._printed.after("")
        )

    def _check(self) -> None:
        """Raise if the process has ended or its time is up."""
        if self._process.poll() is not None:
            raise Closed
        if self._spent + time.monotonic() - self._asked > self._limit:
            line = f"it took more than {self._limit:g} s, so its process was ended"
            way_out = f"--tracker-timeout or {TRACKER_TIMEOUT} sets the limit"
            raise TrackerFault(f"{line}; {way_out}", self._printed.after(""))

    def _gone(self) -> TrackerFault:
        """Return the fault of a process that ended or closed the channel."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return TrackerFault(_ending(self._process.poll()), self._printed.after(""))

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()


def _ending(code: int | None) -> str:
    """Return how a process ended, in words."""
    if code is None:
        return "its process hung up without an answer"
    if code >= 0:
        return f"its process ended by itself, with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    reason = " (perhaps memory ran out)" if -code == signal.SIGKILL else ""
    return f"its process was ended by {name}{reason}"


class _Printed:
    """The output of a process: the beginning goes to standard error, and the end is kept."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self._stream, self._last = stream, b""
        threading.Thread(target=self._drain, daemon=True).start()

    def after(self, details: str) -> str:
        """Return details of a failure, followed by the end of the output."""
        printed = self._last.decode(errors="replace").strip()
        if not printed:
            return details
        return f"{details}\nprinted by the tracker, at the end:\n{printed}\n"

    def _drain(self) -> None:
        left = _MOST_SHOWN
        with self._stream as stream:
            while part := os.read(stream.fileno(), 65536):
                self._last = (self._last + part)[-_MOST_KEPT:]
                if left > 0:
                    _show(part[:left].decode(errors="replace"))
                    left -= len(part)
                    if left <= 0:
                        _show("\n(what the tracker prints beyond this is left out)\n")


def _show(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


class IsolatedTracker:
    """A ``Runner`` for a user's tracker in a process of its own."""

    def __init__(
        self, process: TrackerProcess, reference: str, parameters: Mapping[str, object]
    ) -> None:
        """Use a tracker in a started process."""
        self.seconds = 0.0
        self._process, self._which = process, (reference, dict(parameters))

    def reset(self, sequence: SequenceInfo) -> None:
        """Create the tracker in its process and begin a sequence."""
        kind, body = self._process.ask("reset", (*self._which, sequence))
        if kind == Kind.UNKNOWN:
            raise TrackerFault(shortened(fault_from_bytes(body)[0], 600))
        if kind != Kind.READY:
            raise self._process.nonsense()

    def update(self, frame: Frame) -> Tracks:
        """Return the tracks of a frame."""
        kind, body = self._process.ask("update", frame)
        if kind != Kind.TRACKS:
            raise self._process.nonsense()
        try:
            tracks, seconds = tracks_from_bytes(body)
        except Garbled:
            raise self._process.nonsense() from None
        # The tracker's process checks its tracks too, but the tracker may have patched numpy there.
        fault = fault_of(tracks, len(frame.detections))
        if fault:
            raise TrackerFault(f"the tracker gave {fault}")
        self.seconds += seconds
        return tracks
