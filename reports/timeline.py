"""What a run made of each person of a sequence over time: the input of the timeline figure.

The harness fills it from track files and ground truth (``mot_bench.reporting.trajectories``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Frames ``first`` to ``last``, both included, 1-based, in which a person is followed under one track identity."""

    person: int
    track: int
    first: int
    last: int


@dataclass(frozen=True)
class Presence:
    """Frames ``first`` to ``last`` in which a person is in the ground truth."""

    person: int
    first: int
    last: int


@dataclass(frozen=True)
class Switch:
    """An identity switch of TrackEval (CLEAR): in ``frame`` a person is found under another identity than before."""

    person: int
    frame: int


@dataclass(frozen=True)
class Timeline:
    """One run on one sequence.

    Attributes:
        run, seed: whose tracks.
        sequence: name.
        frames: its length.
        frame_rate: frames per second.
        presences: of the ground truth.
        spans: where people are found (IoU 0.5 or more).
        switches: as TrackEval counts them.
    """

    run: str
    seed: int
    sequence: str
    frames: int
    frame_rate: float
    presences: tuple[Presence, ...] = ()
    spans: tuple[Span, ...] = ()
    switches: tuple[Switch, ...] = ()
