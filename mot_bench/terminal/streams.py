"""Standard output and standard error of the command line, wherever they lead."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from io import TextIOWrapper

CLOSED_PIPE = 141
"""Exit code where nobody reads any more, as shells give it for SIGPIPE."""
_FAULTS = {errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT}


def prepare_streams() -> None:
    """Have characters that a console cannot show appear as escapes, and what a closed stream is given thrown away."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_of_output(error: OSError) -> bool:
    """Return whether an error is of writing to a stream, and not of some file (which has a name)."""
    return error.filename is None and error.errno in _FAULTS


def give_up_output(error: OSError) -> int:
    """Say why standard output cannot be written, where somebody reads it at all, and return the exit code.

    What is still to be written is thrown away, so that the interpreter does not try it again.
    """
    code = CLOSED_PIPE
    if error.errno != errno.EPIPE:
        code = 2
        with contextlib.suppress(OSError):
            where = "standard output: expected a place that can be written"
            print(f"error: {where}, found: {error.strerror}", file=sys.stderr, flush=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        with contextlib.suppress(OSError):
            os.dup2(nowhere, number)
    return code


def finish_output(code: int) -> int:
    """Write what is still to be written; return the exit code, another one if that fails."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        return give_up_output(error)
    return code
