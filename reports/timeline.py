"""The data of the timeline figure: when each person of a sequence was followed, and by which tracks.

The harness makes it from track files and ground truth (``mot_bench.reporting.trajectories``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """Frames ``first`` to ``last`` (1-based, both included) in which one track follows a person."""

    person: int
    track: int
    first: int
    last: int


class Presence(NamedTuple):
    """Frames ``first`` to ``last`` in which a person is in the ground truth."""

    person: int
    first: int
    last: int


class Switch(NamedTuple):
    """An identity switch of TrackEval (CLEAR): the person has another track from ``frame`` on."""

    person: int
    frame: int


@dataclass(frozen=True)
class Timeline:
    """One run on one sequence.

    Attributes:
        run: the run's name.
        seed: the run's seed.
        sequence: the sequence's name.
        frames: the length of the sequence.
        frame_rate: in frames per second.
        presences: when people are in the ground truth.
        spans: when people are tracked (IoU 0.5 or more).
        switches: the identity switches that TrackEval counts.
    """

    run: str
    seed: int
    sequence: str
    frames: int
    frame_rate: float
    presences: tuple[Presence, ...] = ()
    spans: tuple[Span, ...] = ()
    switches: tuple[Switch, ...] = ()
