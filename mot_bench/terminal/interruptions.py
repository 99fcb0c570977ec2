"""Ctrl-C, SIGTERM and SIGHUP: the first one ends the command in good order, the second one at once.

Everything is written whole or not at all, so that the end may come at any moment.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from types import FrameType

INTERRUPTED = "interrupted; what is finished is kept: run the same command again to go on"
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """A signal ends the command."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number."""
        super().__init__(number)
        self.exit_code = 128 + number


class _State:
    """Whether a signal came, and whether that was said."""

    came = False
    said = False


def heed_signals() -> None:
    """Turn signals into ``Interrupted``; those that are ignored (``nohup``, background) stay so."""
    if threading.current_thread() is not threading.main_thread():
        return
    numbers = [number for name in _NAMES if (number := getattr(signal, name, None)) is not None]
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, _on_signal)
    atexit.register(_ignore_from_here_on, heeded)


def _ignore_from_here_on(numbers: list[int]) -> None:
    """Ignore signals while the interpreter is taken down, which would put back their default: death by signal.

    It is registered before everything else, so that it is called last.
    """
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)


def say_interrupted() -> None:
    """Say once that the command ends."""
    if _State.said:
        return
    _State.said = True
    with contextlib.suppress(OSError, ValueError):
        print(f"\n{INTERRUPTED}", file=sys.stderr, flush=True)


def exit_code_of(error: KeyboardInterrupt) -> int:
    """Return the exit code for what ended the command."""
    return error.exit_code if isinstance(error, Interrupted) else 128 + signal.SIGINT


def _on_signal(number: int, _: FrameType | None) -> None:
    if _State.came:
        say_interrupted()
        os._exit(128 + number)
    _State.came = True
    raise Interrupted(number)
