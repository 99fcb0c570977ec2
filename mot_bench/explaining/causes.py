"""From a matching to errors with causes.

What each cause means is in ``mot_bench.reports.explanation.CAUSES``, in its order.

Thresholds, and why these:

- a person is *mostly hidden* below a visibility of 0.5, the limit that the diagnosis of networks uses too;
- *small* is below 32 x 32 pixels, COCO's limit (Lin et al., ECCV 2014, arXiv 1405.0312);
- a box is *near* somebody from IoU 0.1, TIDE's background threshold (Bolya et al., ECCV 2020, arXiv 2008.08115,
  section 2.2), and *on* somebody from 0.5, CLEAR's threshold; between both it is *loose*;
- a person is *detected* if a detection would count as a hit in AP (IoU 0.5, best first, each person once). It is *as
  sure as what the run makes tracks of* if its score is at least the 5 % quantile of the scores of
  the detections of people whom the run tracked in these very frames of the sequence. So no
  tracker's own thresholds are needed;
- people who *cross* do so within a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.mot_text import TrackRows
from mot_bench.explaining.detected import Detected, best_overlap
from mot_bench.explaining.events import NOBODY, EventTable
from mot_bench.explaining.matching import NONE, THRESHOLD, Matching, match
from mot_bench.explaining.scene import BoolArray, FloatArray, IntArray, People, Scene, scene_of
from mot_bench.explaining.switches import HIDDEN, Names, Sight, fragmentation_causes, switch_causes
from mot_bench.reports.explanation import KINDS, Kind

SMALL_PX2 = 32**2
NEAR = 0.1
SURE_QUANTILE = 0.05


@dataclass(frozen=True)
class Errors:
    """Errors of one kind: (K,) rows of people and of tracks (``NONE`` where there is none), and causes."""

    truth: IntArray
    track: IntArray
    cause: Names

    def of(self, cause: str) -> BoolArray:
        """(K,) which are of a cause."""
        return np.asarray(self.cause == cause, np.bool_)

    def by_cause(self) -> dict[str, int]:
        """How many there are of each cause."""
        names, counts = np.unique(self.cause.astype(np.str_), return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))


@dataclass(frozen=True)
class Analysis:
    """One run on one sequence, taken apart.

    Attributes:
        people, scene, matching: what it stands on.
        track_ltwh: (R, 4) boxes of the scene's tracks; ``file_ids`` (R,) their ids in the file.
        errors: by kind.
        nearest: (R,) pair with the person whom each track overlaps most, ``NONE`` for nobody.
    """

    people: People
    scene: Scene
    matching: Matching
    track_ltwh: FloatArray
    file_ids: IntArray
    errors: Mapping[Kind, Errors]
    nearest: IntArray


def analyse(
    people: People, tracks: TrackRows, frame_rate: float, detected: Detected | None
) -> Analysis:
    """Find the errors of a track file and their causes.

    Args:
        people: of the sequence.
        tracks: of the run.
        frame_rate: frames a second.
        detected: the run's detections, judged; None where they are not known.

    Raises:
        MotBenchError: as ``mot_bench.scoring.preparation.metric_input``.
    """
    scene, rows = scene_of(people, tracks)
    matching = match(scene)
    boxes = tracks.boxes_ltwh[rows]
    sight = None if detected is None else _sight(detected, matching)
    nearest = _nearest(scene)
    loose, duplicates = _loose(scene, matching, nearest)
    supported = np.ones(len(boxes), np.bool_)
    wrong = np.flatnonzero(matching.truth_of == NONE)
    if detected is not None:
        support = best_overlap(
            scene.track_frames[wrong],
            boxes[wrong],
            detected.frames,
            detected.boxes_ltwh,
            scene.length,
        )
        supported[wrong] = support >= THRESHOLD
    missed = matching.track_of == NONE
    missed[scene.pair_truth[loose]] = False
    false = matching.truth_of == NONE
    false[scene.pair_track[loose]] = False
    errors: dict[Kind, Errors] = {
        "false negative": _missed(people, matching, np.flatnonzero(missed), sight),
        "false positive": _false(people, scene, matching, np.flatnonzero(false), nearest, duplicates, boxes, supported,
                                 known=sight is not None),
        "loose box": _loose_boxes(people, scene, loose, sight, supported),
        "identity switch": _of_rows(matching, matching.switched, switch_causes(people, scene, matching, frame_rate)),
        "fragmentation": _of_rows(matching, matching.resumed, fragmentation_causes(people, matching, sight)),
    }  # fmt: skip
    return Analysis(people, scene, matching, boxes, tracks.ids[rows], errors, nearest)


def _sight(detected: Detected, matching: Matching) -> Sight:
    """Who was detected, and by a detection as sure as what the run makes tracks of."""
    sureness = detected.sureness(len(matching.track_of))
    seen = ~np.isnan(sureness)
    used = sureness[(matching.track_of != NONE) & seen]
    least = np.quantile(used, SURE_QUANTILE) if len(used) else -np.inf
    return Sight(seen, sureness >= least)


def _nearest(scene: Scene) -> IntArray:
    """(R,) the pair in which each track overlaps most, by ``NEAR`` at least."""
    nearest = np.full(len(scene.track_frames), NONE, np.int64)
    order = np.lexsort((scene.pair_truth, -scene.iou, scene.pair_track))
    tracks, first = np.unique(scene.pair_track[order], return_index=True)
    pairs = order[first]
    near = scene.iou[pairs] >= NEAR
    nearest[tracks[near]] = pairs[near]
    return nearest


def _loose(scene: Scene, matching: Matching, nearest: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs that are loose boxes: of a wrong box and the missed person nearest to it.

    And those that lost to one.
    """
    pairs = nearest[(matching.truth_of == NONE) & (nearest != NONE)]
    pairs = pairs[matching.track_of[scene.pair_truth[pairs]] == NONE]
    order = pairs[np.lexsort((scene.pair_track[pairs], -scene.iou[pairs], scene.pair_truth[pairs]))]
    _, first = np.unique(scene.pair_truth[order], return_index=True)
    won = np.sort(order[first])
    return won, np.setdiff1d(pairs, won)


def _missed(people: People, matching: Matching, rows: IntArray, sight: Sight | None) -> Errors:
    before, after = matching.before[rows] != NONE, matching.after[rows] != NONE
    hidden = people.visibility[rows] < HIDDEN
    small, edge = people.areas[rows] < SMALL_PX2, people.at_edge[rows]
    never, not_yet, lost = ~before & ~after, ~before & after, before & after
    if sight is None:
        cause = np.select(
            [hidden, small, edge, never, not_yet, lost],
            ["mostly hidden", "small", "at the picture's edge", "never tracked", "track not yet begun",
             "lost on the way"],
            "track ended early",
        )  # fmt: skip
    else:
        unseen, unsure = ~sight.seen[rows], ~sight.surely[rows]
        cause = np.select(
            [unseen & hidden, unseen & small, unseen & edge, unseen, unsure, never, not_yet, lost],
            ["not detected: mostly hidden", "not detected: small", "not detected: at the picture's edge",
             "not detected: in full view", "detected: too unsure", "detected: never tracked",
             "detected: track not yet begun", "detected: lost on the way"],
            "detected: track ended early",
        )  # fmt: skip
    return Errors(rows, np.full(len(rows), NONE, np.int64), cause.astype(np.object_))


def _false(
    people: People,
    scene: Scene,
    matching: Matching,
    rows: IntArray,
    nearest: IntArray,
    duplicates: IntArray,
    boxes_ltwh: FloatArray,
    supported: BoolArray,
    *,
    known: bool,
) -> Errors:
    pairs = nearest[rows]
    near = pairs != NONE
    truth = np.where(near, scene.pair_truth[pairs], NONE) if len(scene.iou) else pairs
    overlap = np.where(near, scene.iou[pairs], 0.0) if len(scene.iou) else np.zeros(len(rows))
    duplicate = (overlap >= THRESHOLD) | np.isin(pairs, duplicates)
    left_out = best_overlap(
        scene.track_frames[rows],
        boxes_ltwh[rows],
        people.left_out_frames,
        people.left_out_ltwh,
        scene.length,
    )
    on_people = np.zeros(scene.track_id_count, np.bool_)
    on_people[scene.track_ids[matching.truth_of != NONE]] = True
    cause = np.select(
        [
            duplicate,
            left_out >= THRESHOLD,
            ~supported[rows] & known,
            near,
            on_people[scene.track_ids[rows]],
        ],
        [
            "duplicate",
            "on somebody who does not count",
            "predicted box",
            "beside a person",
            "drifted off a person",
        ],
        "background",
    )
    return Errors(truth.astype(np.int64), rows, cause.astype(np.object_))


def _loose_boxes(
    people: People, scene: Scene, pairs: IntArray, sight: Sight | None, supported: BoolArray
) -> Errors:
    truth, track = scene.pair_truth[pairs], scene.pair_track[pairs]
    hidden = people.visibility[truth] < HIDDEN
    better = np.zeros(len(truth), np.bool_) if sight is None else sight.surely[truth]
    cause = np.select(
        [better, ~supported[track], hidden],
        ["better box was detected", "predicted box", "person mostly hidden"],
        "other" if sight is None else "loose detection",
    )
    return Errors(truth, track, cause.astype(np.object_))


def _of_rows(matching: Matching, marked: BoolArray, cause: Names) -> Errors:
    """Errors of marked rows of people, with the tracks that they are matched with."""
    rows = np.flatnonzero(marked)
    return Errors(rows, matching.track_of[rows], cause)


def events_of(analysis: Analysis, sequence: str) -> EventTable:
    """The errors as events, sorted by frame, kind, person and track."""
    parts = [_events(analysis, kind, errors) for kind, errors in analysis.errors.items()]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort(
        (columns["track_id"], columns["truth_id"], columns["kind"], columns["frame"])
    )
    sorted_columns = {name: column[order] for name, column in columns.items()}
    return EventTable(sequence=np.full(len(order), sequence, np.object_), **sorted_columns)


def _events(analysis: Analysis, kind: Kind, errors: Errors) -> dict[str, npt.NDArray[np.generic]]:
    people, scene, matching = analysis.people, analysis.scene, analysis.matching
    truth, track = errors.truth, errors.track
    before = _at(matching.before, truth)
    frames = np.where(truth != NONE, _at(people.frames, truth), _at(scene.track_frames, track))
    other = _at(matching.track_of, truth if kind == "false positive" else before)
    since = _at(people.frames, before)
    if kind == "false positive":
        before, since = np.full_like(before, NONE), np.full_like(since, NONE)
    if kind == "loose box":
        other = np.full_like(other, NONE)
    return {
        "frame": frames + 1,
        "kind": np.full(len(truth), KINDS.index(kind), np.int64),
        "cause": errors.cause,
        "truth_id": _at(people.file_ids, truth, NOBODY),
        "track_id": _at(analysis.file_ids, track, NOBODY),
        "other_id": _at(analysis.file_ids, other, NOBODY),
        "since_frame": np.where(since == NONE, NOBODY, since + 1),
        "iou": _overlaps(scene, truth, track),
    }


def _at(values: IntArray, rows: IntArray, default: int = NONE) -> IntArray:
    """Values of rows, the default where the row is ``NONE``."""
    found = np.full(len(rows), default, np.int64)
    some = rows != NONE
    found[some] = values[rows[some]]
    return found


def _overlaps(scene: Scene, truth: IntArray, track: IntArray) -> FloatArray:
    """Overlap of each person and track; NaN where either is missing or they do not overlap."""
    keys = scene.pair_truth * max(1, len(scene.track_frames)) + scene.pair_track
    order = np.argsort(keys)
    wanted = np.where(
        (truth == NONE) | (track == NONE), NONE, truth * max(1, len(scene.track_frames)) + track
    )
    found = np.full(len(wanted), np.nan)
    if len(keys):
        places = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        same = keys[order[places]] == wanted
        found[same] = scene.iou[order[places[same]]]
    return found
