"""Locks of processes that leave nothing in the system's memory, however the processes end.

``multiprocessing`` gives the semaphores of a queue names in ``/dev/shm`` unless processes are forked directly, and a
semaphore whose whole process group is killed stays there for ever. A pipe has no name: it goes with its last process.
"""

from __future__ import annotations

import os
from multiprocessing.connection import Pipe
from multiprocessing.context import ForkServerContext


class PipeSemaphore:
    """A semaphore of processes: a pipe with one byte for each time that it can still be acquired.

    It has what the queues of ``multiprocessing`` use of a semaphore, and travels to a process that is being started.
    """

    def __init__(self, value: int) -> None:
        """Make a semaphore that can be acquired ``value`` times before somebody has to wait; a few thousand at most."""
        self._reader, self._writer = Pipe(duplex=False)
        os.write(self._writer.fileno(), b"x" * value)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, waiting for it if ``block``, for ``timeout`` seconds at most; return whether that succeeded.

        A call that does not wait for ever must be the only one of its moment, as it is in a queue with one writer.
        """
        if (not block or timeout is not None) and not self._reader.poll(timeout if block else 0):
            return False
        os.read(self._reader.fileno(), 1)
        return True

    def release(self) -> None:
        """Give one back."""
        os.write(self._writer.fileno(), b"x")

    def __enter__(self) -> bool:
        """Acquire the semaphore."""
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        """Release the semaphore."""
        self.release()

    @property
    def _semlock(self) -> PipeSemaphore:
        """Return what ``multiprocessing.Queue.full`` asks ``_is_zero`` of."""
        return self

    def _is_zero(self) -> bool:
        return not self._reader.poll(0)


class NamelessForkServer(ForkServerContext):
    """The fork server's way to start processes, with queues whose locks have no names."""

    def Lock(self) -> PipeSemaphore:  # type: ignore[override]  # noqa: N802
        """Return a lock."""
        return PipeSemaphore(1)

    def BoundedSemaphore(self, value: int = 1) -> PipeSemaphore:  # type: ignore[override]  # noqa: N802
        """Return a semaphore; nothing holds the bound, which queues keep."""
        return PipeSemaphore(value)
