"""Which identity a repaired box gets: rules that take an error away and make no other where that can be avoided."""

from __future__ import annotations

import numpy as np

from mot_bench.explaining.matching import NONE, Matching
from mot_bench.explaining.scene import BoolArray, IntArray, Scene


def added_identities(scene: Scene, matching: Matching, rows: IntArray) -> IntArray:
    """(K,) identities for true boxes that are added for rows of people.

    Rows of a person between the same two matches get one identity: that of the match before; where another box has it
    in one of their frames, that of the match after; else a new one of the person's own.
    """
    taken = _taken(scene)
    ids = scene.track_id_count + scene.truth_ids[rows]
    held = np.where(matching.track_of != NONE, scene.track_ids[matching.track_of], NONE) if taken.shape[1] else rows
    order = np.lexsort((rows, matching.before[rows], scene.truth_ids[rows]))
    ordered = rows[order]
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (np.diff(scene.truth_ids[ordered]) != 0) | (np.diff(matching.before[ordered]) != 0)
    for stretch in np.split(order, np.flatnonzero(begins)[1:]) if len(rows) else []:
        frames = scene.truth_frames[rows[stretch]]
        for match in (matching.before[rows[stretch[0]]], matching.after[rows[stretch[0]]]):
            if match != NONE and not taken[frames, held[match]].any():
                ids[stretch] = held[match]
                taken[frames, held[match]] = True
                break
    return ids


def kept_identities(scene: Scene, matching: Matching, switches: IntArray) -> IntArray:
    """(R,) identities without the given switches (rows of people).

    The matched rows of a person are cut into pieces at the switches, and pieces on both sides of a repaired switch form
    a chain. A chain gets the identity of its first piece; where a box that belongs to none of the later pieces has it
    in their frames, the whole chain gets a new identity.
    """
    ids = scene.track_ids.copy()
    chains = _chains(scene, matching, switches)
    for _, tail in chains:
        ids[tail] = NONE
    taken = _taken(scene, ids != NONE)
    for number, (head, tail) in enumerate(chains):
        identity = ids[head[0]]
        if taken[scene.track_frames[tail], identity].any():
            taken[scene.track_frames[head], identity] = False
            ids[head] = ids[tail] = scene.track_id_count + number
        else:
            ids[tail] = identity
            taken[scene.track_frames[tail], identity] = True
    return ids


def _chains(scene: Scene, matching: Matching, switches: IntArray) -> list[tuple[IntArray, IntArray]]:
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


def _taken(scene: Scene, counted: BoolArray | None = None) -> BoolArray:
    """(length, identities) whether a box of the frame has the identity."""
    taken = np.zeros((scene.length, scene.track_id_count), np.bool_)
    rows = slice(None) if counted is None else counted
    taken[scene.track_frames[rows], scene.track_ids[rows]] = True
    return taken
