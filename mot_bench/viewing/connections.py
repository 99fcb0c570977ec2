"""The open connections of a server: no more than so many, and none that stands still for long.

A connection that sends its request byte by byte, or takes its answer so, would keep a thread for
ever. Each has a time by which it must have moved on; the server looks at the clock now and then and
ends those that have not.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class Connections:
    """Connections with the time, in seconds of the monotonic clock, at which each is ended."""

    def __init__(self, most: int) -> None:
        """Begin without any; at most ``most`` are let in."""
        self._most = most
        self._until: dict[socket.socket, float] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._until)

    def let_in(self, connection: socket.socket, seconds: float) -> bool:
        """Take a connection for so long; False if there are too many."""
        with self._lock:
            if len(self._until) >= self._most:
                return False
            self._until[connection] = time.monotonic() + seconds
            return True

    def allow(self, connection: socket.socket, seconds: float) -> None:
        """Give a connection so much time from now on."""
        with self._lock:
            if connection in self._until:
                self._until[connection] = time.monotonic() + seconds

    def forget(self, connection: socket.socket) -> None:
        """Take note that a connection is closed."""
        with self._lock:
            self._until.pop(connection, None)

    def end_overdue(self) -> None:
        """End the connections whose time is over.

        Whoever reads from them or writes to them is told so.
        """
        now = time.monotonic()
        with self._lock:
            for connection, until in self._until.items():
                if until < now:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)
