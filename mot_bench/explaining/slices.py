"""AP, recall and IDF1 for parts of the ground truth: people by size, by visibility, and by how many others touch them.

Matching is done once, among everybody; a part is then looked at alone, and what belongs to other
parts counts neither way ("don't care"):

- **recall**: of the part's boxes, those that CLEAR matched.
- **IDF1**: IDTP and IDFN are of the part's boxes, by the one assignment of identities of the whole sequence. A wrong
  box counts in the part of the person whom it overlaps most, by IoU 0.5 at least. One that is on
  nobody counts by its own size and by how many people's boxes it touches; it has no visibility, and
  counts in no part by visibility.
- **AP** of the detections, at IoU 0.5 as in ``mot_bench.diagnostics.detection``: a detection that finds a person of
  another part, or is a second one on such a person, is left out. One on nobody counts by its own
  size and by whom it touches, and, since it has no visibility, in every part by visibility (as in
  the Caltech benchmark: Dollar et al., PAMI 2012, section 3).

Sizes are COCO's (Lin et al., ECCV 2014): areas of boxes, with limits at 32 x 32 and 96 x 96 pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from mot_bench.explaining.causes import Analysis
from mot_bench.explaining.detected import Detected
from mot_bench.explaining.matching import NONE, THRESHOLD
from mot_bench.explaining.rescoring import identity_pairs
from mot_bench.explaining.scene import BoolArray, FloatArray, IntArray, People

By = Literal["size", "visibility", "density"]
PARTS: Mapping[By, tuple[str, ...]] = {
    "size": ("below 32 x 32 px", "32 x 32 to 96 x 96 px", "96 x 96 px and more"),
    "visibility": (
        "0 to 25 % visible",
        "25 to 50 % visible",
        "50 to 75 % visible",
        "75 to 100 % visible",
    ),
    "density": (
        "touched by no other box",
        "touched by 1 other",
        "touched by 2 or 3 others",
        "touched by 4 or more",
    ),
}
BOXES, RECALLED, RIGHT, WRONG = range(4)  # columns of counts
_AREAS_PX2 = (32.0**2, 96.0**2)
_VISIBILITIES = (0.25, 0.5, 0.75)
_TOUCHING = (1, 2, 4)
_ELSEWHERE = -1


def parts_of(people: People) -> dict[By, IntArray]:
    """(G,) the part that each box belongs to, by what it is divided by.

    No visibility where none is given.
    """
    parts: dict[By, IntArray] = {
        "size": _by_size(people.areas),
        "density": _by_touching(people.neighbours),
    }
    if people.visibility_given:
        parts["visibility"] = np.digitize(people.visibility, _VISIBILITIES).astype(np.int64)
    return parts


def part_counts(analysis: Analysis) -> dict[str, list[list[int]]]:
    """For each part its boxes, how many were recalled, how many are IDTP, and how many tracks' boxes are IDFP."""
    people, scene, matching = analysis.people, analysis.scene, analysis.matching
    pairs = identity_pairs(scene)
    right = np.zeros(len(people.frames), np.bool_)
    right[scene.pair_truth[pairs]] = True
    wrong = np.ones(len(scene.track_frames), np.bool_)
    wrong[scene.pair_track[pairs]] = False
    nearest = analysis.nearest[wrong]
    on = np.full(len(nearest), NONE, np.int64)
    near = nearest != NONE
    near[near] = scene.iou[nearest[near]] >= THRESHOLD
    on[near] = scene.pair_truth[nearest[near]]
    areas = (analysis.track_ltwh[:, 2] * analysis.track_ltwh[:, 3])[wrong]
    touches = np.bincount(scene.pair_track, minlength=len(scene.track_frames))[wrong]
    own: dict[By, IntArray] = {"size": _by_size(areas), "density": _by_touching(touches)}
    found: dict[str, list[list[int]]] = {}
    for by, part in parts_of(people).items():
        elsewhere = own.get(by, np.full(len(on), _ELSEWHERE, np.int64))
        of_wrong = np.where(on == NONE, elsewhere, part[on]) if len(part) else elsewhere
        masks = (np.ones(len(part), np.bool_), matching.track_of != NONE, right)
        counts = [np.bincount(part[mask], minlength=len(PARTS[by])) for mask in masks]
        counts.append(np.bincount(of_wrong[of_wrong != _ELSEWHERE], minlength=len(PARTS[by])))
        found[by] = np.column_stack(counts).tolist()
    return found


def part_aps(judged: Iterable[tuple[People, Detected]]) -> dict[By, list[float | None]]:
    """AP of each part over sequences; None where there is nobody to find.

    Nothing by visibility unless all have it.
    """
    every = list(judged)
    found: dict[By, list[float | None]] = {}
    for by, labels in PARTS.items():
        if by == "visibility" and not all(people.visibility_given for people, _ in every):
            continue
        found[by] = [_part_ap(every, by, part) for part in range(len(labels))]
    return found


def _part_ap(judged: list[tuple[People, Detected]], by: By, part: int) -> float | None:
    scores, hits, boxes = [np.empty(0)], [np.empty(0, np.bool_)], 0
    for people, detected in judged:
        of_people = parts_of(people)[by]
        counted, hit = _counted(detected, of_people, by, part)
        scores.append(detected.scores[counted])
        hits.append(hit[counted])
        boxes += int(np.count_nonzero(of_people == part))
    return average_precision(np.concatenate(scores), np.concatenate(hits), boxes)


def _counted(
    detected: Detected, of_people: IntArray, by: By, part: int
) -> tuple[BoolArray, BoolArray]:
    """(D,) which detections count in a part, and which of them find somebody."""
    hit = detected.found != NONE
    somebody = np.where(hit, detected.found, detected.again)
    if by == "size":
        own = _by_size(detected.boxes_ltwh[:, 2] * detected.boxes_ltwh[:, 3])
    elif by == "density":
        own = _by_touching(detected.touches)
    else:
        own = np.full(len(hit), part, np.int64)
    of_detections = np.where(somebody == NONE, own, of_people[somebody]) if len(of_people) else own
    counted = (of_detections == part) & ~(detected.ignored & ~hit)
    return np.asarray(counted, np.bool_), np.asarray(hit, np.bool_)


def average_precision(scores: FloatArray, hits: BoolArray, boxes: int) -> float | None:
    """Area under the envelope of precision over recall; equal scores are one point.

    None where there are no boxes.
    """
    if not boxes:
        return None
    order = np.argsort(-scores, kind="stable")
    scores, found = scores[order], np.cumsum(hits[order], dtype=np.int64)
    ends = (
        np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
        if len(scores)
        else np.empty(0, np.int64)
    )
    envelope = np.maximum.accumulate((found[ends] / (ends + 1))[::-1])[::-1]
    return float(np.sum(np.diff(found[ends], prepend=0) * envelope) / boxes)


def _by_size(areas_px2: FloatArray) -> IntArray:
    return np.digitize(areas_px2, _AREAS_PX2).astype(np.int64)


def _by_touching(others: IntArray) -> IntArray:
    return np.digitize(others, _TOUCHING).astype(np.int64)
