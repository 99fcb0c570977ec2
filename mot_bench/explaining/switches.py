"""Find the causes of identity switches and fragmentations from what lay in between.

Each cause is defined in ``mot_bench.reports.explanation.CAUSES``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.explaining.matching import NONE, Matching
from mot_bench.explaining.scene import BoolArray, FloatArray, IntArray, People, Scene

HIDDEN = 0.5
CROSSING_S = 1.0
Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Sight:
    """(G,) who was detected at all, and who as surely as what the run makes tracks of."""

    seen: BoolArray
    surely: BoolArray


@dataclass(frozen=True)
class _Between:
    """K stretches of people's rows in order of time, each from a matched row to the next one, both included.

    Attributes:
        order: (G,) rows by person, then by time.
        first, last: (K,) places in it.
        frames: (K,) frames from first to last, less one: 1 where they follow each other.
    """

    order: IntArray
    first: IntArray
    last: IntArray
    frames: IntArray

    @property
    def absent(self) -> BoolArray:
        """(K,) whether the person has no box in a frame in between."""
        return np.asarray(self.frames > self.last - self.first, np.bool_)

    def count(self, marked: BoolArray) -> IntArray:
        """(K,) how many rows strictly in between are marked."""
        sums = np.concatenate([[0], np.cumsum(marked[self.order])])
        inside: IntArray = sums[self.last] - sums[self.first + 1]
        return inside

    def least(self, values: FloatArray) -> FloatArray:
        """(K,) the least value, both ends included."""
        if not len(self.first):
            return np.empty(0)
        bounds = np.column_stack([self.first, self.last + 1]).ravel()
        padded = np.append(values[self.order], np.inf)
        least: FloatArray = np.minimum.reduceat(padded, bounds)[::2]
        return least


def _between(people: People, matching: Matching, marked: BoolArray) -> _Between:
    """What lies between the marked rows and the match before each."""
    order = np.argsort(people.ids, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    rows = np.flatnonzero(marked)
    before = matching.before[rows]
    return _Between(order, place[before], place[rows], people.frames[rows] - people.frames[before])


def switch_causes(people: People, scene: Scene, matching: Matching, frame_rate: float) -> Names:
    """(K,) of the rows that are identity switches."""
    between = _between(people, matching, matching.switched)
    away = between.absent | (between.count(people.outside) > 0)
    crossing = _crossing(people, scene, matching, round(CROSSING_S * frame_rate))
    hidden = between.least(people.visibility) < HIDDEN
    missed = between.frames > 1
    names = ["after leaving the picture", "at a crossing", "after occlusion", "after missed frames"]
    return np.select([away, crossing, hidden, missed], names, "other").astype(np.object_)


def _crossing(people: People, scene: Scene, matching: Matching, window: int) -> BoolArray:
    """(K,) of the switches, those where either track is on another person close in time."""
    rows = np.flatnonzero(matching.switched)
    before = matching.before[rows]
    # Matched rows by track, then by time: the neighbours of a row are what its track was on before
    # and after.
    matched = np.flatnonzero(matching.track_of != NONE)
    tracks = scene.track_ids[matching.track_of[matched]]
    order = matched[np.lexsort((people.frames[matched], tracks))]
    place = np.full(len(people.frames), NONE, np.int64)
    place[order] = np.arange(len(order))
    owner = np.concatenate([[NONE], scene.track_ids[matching.track_of[order]], [NONE]])
    person = np.concatenate([[NONE], people.ids[order], [NONE]])
    frame = np.concatenate([[NONE], people.frames[order], [NONE]])
    came, went = (
        place[rows],
        place[before] + 2,
    )  # places shifted by one: the row before, and the one after
    start, end = people.frames[before], people.frames[rows]
    from_another = (
        (owner[came] == owner[came + 1])
        & (person[came] != people.ids[rows])
        & (frame[came] >= end - window)
    )
    to_another = (
        (owner[went] == owner[went - 1])
        & (person[went] != people.ids[rows])
        & (frame[went] <= start + window)
    )
    return np.asarray(from_another | to_another, np.bool_)


def fragmentation_causes(people: People, matching: Matching, sight: Sight | None) -> Names:
    """(K,) of the rows where tracking begins again.

    ``sight``: who was detected, None where that is not known.
    """
    between = _between(people, matching, matching.resumed)
    rows = between.last - between.first - 1
    hidden = np.where(matching.track_of == NONE, people.visibility, np.inf)
    occluded = between.least(hidden) < HIDDEN
    conditions, names = [rows == 0, occluded], ["person was away", "occlusion"]
    if sight is not None:
        conditions += [2 * between.count(sight.seen) < rows, 2 * between.count(sight.surely) < rows]
        names += ["not detected", "too unsure"]
    return np.select(conditions, names, "other" if sight is None else "dropped").astype(np.object_)
