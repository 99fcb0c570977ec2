"""Trackers of users that do what they should not; each costs its own row.

Read as a file, never imported by tests.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

import numpy as np

from mot_bench.trackers.interface import Frame, Need, SequenceInfo, TrackerConfig, Tracks


class Steady:
    """Gives every detection an id of its own."""

    Config: type[TrackerConfig] = TrackerConfig

    def __init__(self, config: TrackerConfig) -> None:
        self.config = config

    @classmethod
    def needs(cls, _config: TrackerConfig) -> frozenset[Need]:
        return frozenset()

    def reset(self, _sequence: SequenceInfo) -> None:
        self.frame = 0

    def update(self, frame: Frame) -> Tracks:
        self.frame += 1
        self.given = frame
        if self.frame == 2:
            self.misbehave()
        return self.tracks(frame)

    def misbehave(self) -> None:
        pass

    def tracks(self, frame: Frame) -> Tracks:
        count = len(frame.detections)
        return Tracks(
            frame.detections.boxes_xyxy.copy(),
            frame.detections.scores.copy(),
            np.arange(1, count + 1),
            np.arange(count),
        )


class BufferReused(Steady):
    """Returns views of one buffer, which it overwrites in every frame."""

    def reset(self, sequence: SequenceInfo) -> None:
        super().reset(sequence)
        self.boxes, self.numbers = np.empty((100, 4)), np.empty((2, 100), np.int64)

    def tracks(self, frame: Frame) -> Tracks:
        made = super().tracks(frame)
        count = len(made)
        self.boxes[:] = self.numbers[:] = 1
        self.boxes[:count] = made.boxes_xyxy
        self.numbers[0, :count], self.numbers[1, :count] = made.ids, made.detection_indices
        return Tracks(
            self.boxes[:count], made.scores, self.numbers[0, :count], self.numbers[1, :count]
        )


class Leaving(Steady):
    def misbehave(self) -> None:
        os._exit(0)


class Crashing(Steady):
    def misbehave(self) -> None:
        ctypes.string_at(0)


class Killed(Steady):
    def misbehave(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class GroupKilled(Steady):
    def misbehave(self) -> None:
        os.killpg(0, signal.SIGKILL)


class Interrupting(Steady):
    def misbehave(self) -> None:
        raise KeyboardInterrupt


class Exiting(Steady):
    def misbehave(self) -> None:
        sys.exit(0)


class HugeId(Steady):
    def tracks(self, frame: Frame) -> Tracks:
        made = super().tracks(frame)
        return Tracks(made.boxes_xyxy, made.scores, made.ids + 2**53, made.detection_indices)


class UnsignedId(Steady):
    def tracks(self, frame: Frame) -> Tracks:
        made = super().tracks(frame)
        ids = made.ids.astype(np.uint64) + np.uint64(2**63)
        return Tracks(made.boxes_xyxy, made.scores, ids, made.detection_indices)  # type: ignore[arg-type]


class Unprintable(Exception):
    def __str__(self) -> str:
        raise SystemExit("no text")


class Speechless(Steady):
    def misbehave(self) -> None:
        raise Unprintable


class Longwinded(Steady):
    def misbehave(self) -> None:
        raise ValueError("x" * 10_000_000)


class Scribbling(Steady):
    """Makes its inputs writable and writes to them."""

    def misbehave(self) -> None:
        boxes = self.given.detections.boxes_xyxy
        if boxes.base is not None:
            boxes.base.setflags(write=True)
        boxes.setflags(write=True)
        boxes[:] = 0


class HungUp(Steady):
    def misbehave(self) -> None:
        os.closerange(0, 256)


class Vague(Steady):
    @classmethod
    def needs(cls, _config: TrackerConfig) -> frozenset[Need]:
        return None  # type: ignore[return-value]


class Demanding(Steady):
    @classmethod
    def needs(cls, _config: TrackerConfig) -> frozenset[Need]:
        os._exit(0)


class Picky(Steady):
    class Config(TrackerConfig):
        def model_post_init(self, _context: object) -> None:
            os._exit(0)


class Talkative(Steady):
    """Prints more than a terminal wants."""

    def misbehave(self) -> None:
        for _ in range(10):
            print("y" * 1_000_000)


class Patching(Steady):
    """Patches numpy for itself."""

    def misbehave(self) -> None:
        np.array = np.concatenate = np.isfinite = np.unique = None  # type: ignore[assignment]


class Forking(Steady):
    """Leaves a copy of itself behind, which goes on as if it were the tracker."""

    def misbehave(self) -> None:
        os.fork()


class Threading(Steady):
    def misbehave(self) -> None:
        threading.Thread(target=time.sleep, args=(600,)).start()


class Moving(Steady):
    """Changes the working directory, swallows signals, closes what it prints to."""

    def misbehave(self) -> None:
        os.chdir("/")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.close(1)
        os.environ.clear()


class Hanging(Steady):
    def misbehave(self) -> None:
        time.sleep(600)


class Abandoning(Steady):
    """Ends, and leaves a process behind that holds whatever this one had open."""

    def misbehave(self) -> None:
        if os.fork() == 0:
            os.setsid()
            time.sleep(20)
            os._exit(0)
        os._exit(0)
