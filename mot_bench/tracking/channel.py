"""Exchange messages with the process of a user's tracker over a pair of sockets.

Requests to that process are pickles. Its answers are untrusted, so they are JSON or plain numbers.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import numpy as np

from mot_bench.trackers.interface import Tracks

_HEAD = struct.Struct("<BQ")
_TRACKS_HEAD = struct.Struct("<dQ")
_TRACK_BYTES = 4 * 8 + 3 * 8
_SLICE_S = 0.2
LONGEST_MESSAGE = 64 * 2**20
"""The most bytes in an answer of a tracker's process: a million tracks in a frame."""


class Kind(IntEnum):
    """The kind of a message."""

    REQUEST = 0
    READY = 1
    TRACKS = 2
    JUDGEMENT = 3
    UNKNOWN = 4
    FAULT = 5


class Closed(Exception):
    """The other side has closed the channel."""


class Garbled(Exception):
    """The other side sent something that is not a message."""


class Channel:
    """One end of the pair."""

    def __init__(self, end: socket.socket, check: Callable[[], None] | None = None) -> None:
        """Use this socket.

        Args:
            end: the socket, which stays open until ``close``.
            check: a function that is called several times a second while this side waits; it may
                raise to end the waiting.
        """
        self._end, self._check = end, check
        end.settimeout(None if check is None else _SLICE_S)

    def send(self, kind: Kind, body: bytes) -> None:
        """Send a message; raise ``Closed`` if the other side is gone."""
        for part in (_HEAD.pack(kind, len(body)), body):
            rest = memoryview(part)
            while rest:
                rest = rest[self._patiently(lambda rest=rest: self._end.send(rest)) :]  # type: ignore[misc]

    def receive(self) -> tuple[Kind, bytes]:
        """Return the next message; raise ``Closed`` or ``Garbled`` if there is none."""
        number, size = _HEAD.unpack(self._bytes(_HEAD.size))
        if number not in Kind.__members__.values() or (
            size > LONGEST_MESSAGE and number != Kind.REQUEST
        ):
            raise Garbled
        return Kind(number), self._bytes(size)

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _bytes(self, size: int) -> bytes:
        content = bytearray(size)
        rest = memoryview(content)
        while rest:
            count = self._patiently(lambda rest=rest: self._end.recv_into(rest))  # type: ignore[misc]
            if not count:
                raise Closed
            rest = rest[count:]
        return bytes(content)

    def _patiently(self, act: Callable[[], int]) -> int:
        while True:
            try:
                return act()
            except TimeoutError:
                if self._check is not None:
                    self._check()
            except OSError as error:
                raise Closed from error


def tracks_to_bytes(tracks: Tracks, seconds: float) -> bytes:
    """Return tracks (as ``copy_of`` makes them) and the seconds spent on them as bytes."""
    arrays = (tracks.boxes_xyxy, tracks.scores, tracks.ids, tracks.detection_indices)
    return _TRACKS_HEAD.pack(seconds, len(tracks.ids)) + b"".join(
        array.tobytes() for array in arrays
    )


def tracks_from_bytes(body: bytes) -> tuple[Tracks, float]:
    """Return tracks and seconds; raise ``Garbled`` for other bytes."""
    if len(body) < _TRACKS_HEAD.size:
        raise Garbled
    seconds, count = _TRACKS_HEAD.unpack_from(body)
    if len(body) != _TRACKS_HEAD.size + count * _TRACK_BYTES or not seconds >= 0:
        raise Garbled
    numbers = np.frombuffer(body, np.float64, 5 * count, _TRACKS_HEAD.size).copy()
    integers = np.frombuffer(body, np.int64, 2 * count, _TRACKS_HEAD.size + 40 * count).copy()
    return Tracks(
        numbers[: 4 * count].reshape(count, 4),
        numbers[4 * count :],
        integers[:count],
        integers[count:],
    ), seconds


def fault_to_bytes(line: str, details: str) -> bytes:
    """Return a fault as bytes."""
    return json.dumps([line, details]).encode()


def fault_from_bytes(body: bytes) -> tuple[str, str]:
    """Return the line and the details of a fault; raise ``Garbled`` for other bytes."""
    try:
        content: Any = json.loads(body)
        line, details = content
    except (ValueError, TypeError, RecursionError) as error:
        raise Garbled from error
    return str(line), str(details)
