"""Which identity a repaired box gets: rules that take an error away and make no other where that can be avoided."""

from __future__ import annotations

import numpy as np

from mot_bench.explaining.matching import NONE, Matching
from mot_bench.explaining.scene import IntArray, Scene


def added_identities(scene: Scene, matching: Matching, rows: IntArray) -> IntArray:
    """(K,) identities for true boxes that are added for rows of people.

    Rows of a person between the same two matches get one identity: that of the match before; where
    another box has it in one of their frames, that of the match after; else a new one of the
    person's own.
    """
    taken = _Taken(scene.track_frames, scene.track_ids)
    ids = scene.track_id_count + scene.truth_ids[rows]
    held = (
        np.where(matching.track_of != NONE, scene.track_ids[matching.track_of], NONE)
        if scene.track_id_count
        else rows
    )
    order = np.lexsort((rows, matching.before[rows], scene.truth_ids[rows]))
    ordered = rows[order]
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (np.diff(scene.truth_ids[ordered]) != 0) | (np.diff(matching.before[ordered]) != 0)
    for stretch in np.split(order, np.flatnonzero(begins)[1:]) if len(rows) else []:
        frames = scene.truth_frames[rows[stretch]]
        for match in (matching.before[rows[stretch[0]]], matching.after[rows[stretch[0]]]):
            if match != NONE and not taken.any(frames, held[match]):
                ids[stretch] = held[match]
                taken.add(frames, held[match])
                break
    return ids


def kept_identities(scene: Scene, matching: Matching, switches: IntArray) -> IntArray:
    """(R,) identities without the given switches (rows of people).

    The matched rows of a person are cut into pieces at the switches, and pieces on both sides of a
    repaired switch form a chain. A chain gets the identity of its first piece; where a box that
    belongs to none of the later pieces has it in their frames, the whole chain gets a new identity.
    """
    ids = scene.track_ids.copy()
    chains = _chains(scene, matching, switches)
    for _, tail in chains:
        ids[tail] = NONE
    taken = _Taken(scene.track_frames[ids != NONE], ids[ids != NONE])
    for number, (head, tail) in enumerate(chains):
        identity = ids[head[0]]
        if taken.any(scene.track_frames[tail], identity):
            taken.remove(scene.track_frames[head], identity)
            ids[head] = ids[tail] = scene.track_id_count + number
        else:
            ids[tail] = identity
            taken.add(scene.track_frames[tail], identity)
    return ids


def _chains(
    scene: Scene, matching: Matching, switches: IntArray
) -> list[tuple[IntArray, IntArray]]:
    """Rows of tracks of each chain that has a repaired switch: those of its first piece, and those of the others."""
    matched = np.flatnonzero(matching.track_of != NONE)
    order = matched[np.argsort(scene.truth_ids[matched], kind="stable")]  # by person, then by time
    repaired = np.zeros(len(scene.truth_frames), np.bool_)
    repaired[switches] = True
    begins = (matching.before[order] == NONE) | (matching.switched[order] & ~repaired[order])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(order))
    joints = np.flatnonzero(repaired[order])
    chain_of_joint = np.searchsorted(first, joints, side="right") - 1
    chains = []
    for chain, joint in zip(*_first_of_each(chain_of_joint, joints), strict=True):
        rows = matching.track_of[order]
        chains.append((rows[first[chain] : joint], rows[joint : last[chain]]))
    return chains


def _first_of_each(groups: IntArray, values: IntArray) -> tuple[IntArray, IntArray]:
    """Groups that occur, and the first value of each; both sorted."""
    found, first = np.unique(groups, return_index=True)
    return found, values[first]


class _Taken:
    """The frames in which each identity has a box.

    Grows with the boxes, not with frames by identities.
    """

    def __init__(self, frames: IntArray, ids: IntArray) -> None:
        """Note the frames (N,) and identities (N,) of boxes."""
        self._frames: dict[int, set[int]] = {}
        for frame, identity in zip(frames.tolist(), ids.tolist(), strict=True):
            self._frames.setdefault(identity, set()).add(frame)

    def any(self, frames: IntArray, identity: np.int64) -> bool:
        """Return whether the identity has a box in any of some frames."""
        return not self._frames.get(int(identity), set()).isdisjoint(frames.tolist())

    def add(self, frames: IntArray, identity: np.int64) -> None:
        """Note that the identity has a box in each of some frames."""
        self._frames.setdefault(int(identity), set()).update(frames.tolist())

    def remove(self, frames: IntArray, identity: np.int64) -> None:
        """Note that the identity has no box in any of some frames."""
        self._frames.get(int(identity), set()).difference_update(frames.tolist())
