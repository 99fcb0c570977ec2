"""What each identity switch of a run costs, so that the worst can be looked at first.

The cost of a switch is the number of frames in which the person is then followed under an identity
that IDF1 counts as wrong, up to the person's next switch. Frames before a person's first switch
that are wrong (the right identity came later) count to that switch. So the costs of a run add up to
all frames in which people who were ever switched are followed under a wrong identity: nothing is
counted twice, nothing is left out.

Who is matched is CLEAR's matching, which identity is right is the assignment of IDF1 (Ristani et
al., 2016, arXiv 1609.01775, section 4), both as TrackEval has them. A switch back to the right
identity costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mot_bench.datasets.mot_text import TrackRows
from mot_bench.explaining.matching import match
from mot_bench.explaining.rescoring import identity_pairs
from mot_bench.explaining.scene import People, scene_of


@dataclass(frozen=True)
class Switch:
    """An identity switch and its cost.

    Attributes:
        sequence: name.
        frame: 1-based, the first frame under the new identity; ``since`` the last one under the
            old.
        person: id in the ground truth file.
        before, now: ids in the track file.
        cost: frames.
        idf1: by how much the sequence's IDF1 would be higher (a fraction) if these frames alone
            were right.
    """

    sequence: str
    frame: int
    since: int
    person: int
    before: int
    now: int
    cost: int
    idf1: float


def switches_of(sequence: str, people: People, tracks: TrackRows) -> list[Switch]:
    """The identity switches of a sequence, in the order of person and frame.

    Raises:
        MotBenchError: tracks that cannot be scored.
    """
    scene, rows = scene_of(people, tracks)
    matching = match(scene)
    names = np.unique(tracks.ids[rows])
    wrong = np.zeros(len(scene.truth_frames), np.bool_)
    wrong[scene.pair_truth[matching.pairs & ~identity_pairs(scene)]] = True
    boxes = len(scene.truth_frames) + len(scene.track_frames)
    found = []
    for person in np.unique(scene.truth_ids[matching.switched]).tolist():
        own = np.flatnonzero(scene.truth_ids == person)  # sorted by frame, as the scene is
        part = np.cumsum(
            matching.switched[own]
        )  # 0 before the first switch, then which switch was the last
        costs = np.bincount(np.maximum(part, 1), wrong[own])
        for number, row in enumerate(own[matching.switched[own]].tolist(), start=1):
            before = int(matching.before[row])
            cost = int(costs[number])
            found.append(
                Switch(
                    sequence=sequence,
                    frame=int(scene.truth_frames[row]) + 1,
                    since=int(scene.truth_frames[before]) + 1,
                    person=int(people.file_ids[row]),
                    before=int(names[scene.track_ids[matching.track_of[before]]]),
                    now=int(names[scene.track_ids[matching.track_of[row]]]),
                    cost=cost,
                    idf1=2 * cost / boxes,
                )
            )
    return found


def costliest(switches: list[Switch], count: int) -> list[Switch]:
    """Those that cost most, at most so many, the worst first.

    Those that cost nothing are left out.
    """
    paid = [switch for switch in switches if switch.cost]
    return sorted(paid, key=lambda one: (-one.cost, one.sequence, one.frame, one.person))[:count]
