"""Serve the requests to a user's tracker in a process of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from mot_bench.trackers import registry
from mot_bench.tracking.channel import Channel, Closed, Kind, fault_to_bytes, tracks_to_bytes
from mot_bench.tracking.judging import config_of, judge
from mot_bench.tracking.running import InProcess, TrackerFault, fault_from

_SIGNAL_WHEN_PARENT_ENDS = 1  # PR_SET_PDEATHSIG of Linux


def serve(number: int, parent: int) -> None:
    """Answer requests until the other side closes the channel, then end this process.

    Args:
        number: the file descriptor of the socket.
        parent: the number of the parent process.
    """
    _end_with(parent)
    _be_first_when_memory_is_short()
    channel = Channel(socket.socket(fileno=number))
    own = os.getpid()
    runner: InProcess | None = None
    with contextlib.suppress(Closed):
        while True:
            _, body = channel.receive()
            kind, answer, runner = _answered(pickle.loads(body), runner)
            if os.getpid() != own:
                os._exit(0)  # the tracker forked, and this is the copy
            channel.send(kind, answer)
    os._exit(0)  # do not wait for threads and exit handlers of the tracker


def _answered(
    request: tuple[str, object], runner: InProcess | None
) -> tuple[Kind, bytes, InProcess | None]:
    """Serve a request; an exception becomes an answer."""
    word, content = request
    try:
        if word == "judge":
            return Kind.JUDGEMENT, _judged(*content), None  # type: ignore[misc]
        if word == "reset":
            runner = _begun(*content)  # type: ignore[misc]
            return Kind.READY, b"", runner
        assert runner is not None
        before = runner.seconds
        tracks = runner.update(content)  # type: ignore[arg-type]
        return Kind.TRACKS, tracks_to_bytes(tracks, runner.seconds - before), runner
    except registry.UnknownTracker as error:
        return Kind.UNKNOWN, fault_to_bytes(str(error), ""), None
    except BaseException as error:
        fault = error if isinstance(error, TrackerFault) else fault_from(error)
        return Kind.FAULT, fault_to_bytes(fault.line, fault.details), None


def _judged(reference: str, parameters: Mapping[str, object]) -> bytes:
    return judge(registry.load(reference), parameters).model_dump_json().encode()


def _begun(reference: str, parameters: Mapping[str, object], sequence: object) -> InProcess:
    runner = InProcess(reference, config_of(registry.load(reference), parameters), foreign=True)
    runner.reset(sequence)  # type: ignore[arg-type]
    return runner


def _end_with(parent: int) -> None:
    """Make this process end with its parent, even while the tracker runs."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SIGNAL_WHEN_PARENT_ENDS, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _be_first_when_memory_is_short() -> None:
    """Make the system kill this process before its parent if memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
