"""Causes of errors: each in a scene made for it, with and without detections."""

from __future__ import annotations

import numpy as np
import pytest
from explain_samples import random_scene, sequence_of, tracks_of, truth_of
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.explaining.causes import analyse, events_of
from mot_bench.explaining.detected import Detected, judge
from mot_bench.explaining.events import Event
from mot_bench.explaining.scene import estimated_visibility, people_of
from mot_bench.reports.explanation import CAUSES, KINDS
from mot_bench.scoring.score import prepare, score_sequence

Rows = list[tuple[float, ...]]
SIZE = (40.0, 60.0)  # of people, pixels
RATE = 5.0


def person(
    identity: int, frames: range, x: float = 60.0, y: float = 20.0, *, visible: float = 1.0
) -> Rows:
    return [(frame, identity, x, y, *SIZE, 1, 1, visible) for frame in frames]


def track(identity: int, frames: range, x: float = 60.0, y: float = 20.0) -> Rows:
    return [(frame, identity, x, y, *SIZE) for frame in frames]


def events(
    truth: Rows, tracks: Rows, detections: Rows | None = None, length: int = 12
) -> list[Event]:
    """What is found; ``detections`` are rows of frame, left, top, width, height, score."""
    sequence = sequence_of(truth_of(truth), length)
    people = people_of(sequence, "MOT17")
    detected: Detected | None = None
    if detections is not None:
        table = np.array(sorted(detections), np.float64).reshape(-1, 6)
        detected = judge(people, table[:, 0].astype(np.int64) - 1, table[:, 1:5], table[:, 5])
    return list(events_of(analyse(people, tracks_of(tracks), RATE, detected), sequence.name))


def causes(found: list[Event], kind: str) -> list[tuple[int, str]]:
    return [(event.frame, event.cause) for event in found if event.kind == kind]


def detections_of(tracks: Rows, score: float = 0.9) -> Rows:
    return [(frame, *box, score) for frame, _, *box in tracks]


def test_a_faultless_run_has_no_events() -> None:
    assert events(person(1, range(1, 13)), track(7, range(1, 13))) == []
    assert events([(1, 1, 0, 0, 5, 5, 0, 1, 1)], []) == []


@pytest.mark.parametrize(
    ("rows", "tracked", "known", "expected"),
    [
        (person(1, range(3, 4), visible=0.4), (), False, "mostly hidden"),
        ([(3, 1, 60, 20, 31, 31, 1, 1, 0.9)], (), False, "small"),
        (person(1, range(3, 4), 0.5), (), False, "at the picture's edge"),
        (person(1, range(3, 4), 161, visible=0.9), (), False, "at the picture's edge"),
        (person(1, range(3, 4), visible=0.9), (), False, "never tracked"),
        (person(1, range(3, 6), visible=0.9), (5,), False, "track not yet begun"),
        (person(1, range(2, 5), visible=0.9), (2, 4), False, "lost on the way"),
        (person(1, range(1, 4), visible=0.9), (1, 2), False, "track ended early"),
        (person(1, range(3, 4), visible=0.4), (), True, "not detected: mostly hidden"),
        (person(1, range(3, 4), 0.5, visible=0.9), (), True, "not detected: at the picture's edge"),
        (person(1, range(3, 4), visible=0.9), (), True, "not detected: in full view"),
    ],
)
def test_false_negatives(rows: Rows, tracked: tuple[int, ...], known: bool, expected: str) -> None:
    tracks = [row for frame in tracked for row in track(7, range(frame, frame + 1))]
    found = events(rows, tracks, detections_of(tracks) if known else None)
    assert causes(found, "false negative")[:1] == [(3, expected)]


@pytest.mark.parametrize(
    ("tracked", "expected"),
    [
        ((), "never tracked"),
        ((5,), "track not yet begun"),
        ((1, 5), "lost on the way"),
        ((1,), "track ended early"),
    ],
)
def test_what_was_detected_the_tracker_lost(tracked: tuple[int, ...], expected: str) -> None:
    tracks = [row for frame in tracked for row in track(7, range(frame, frame + 1))]
    boxes = track(0, range(1, 6))
    found = events(person(1, range(1, 6), visible=0.3), tracks, detections_of(boxes))
    assert (3, f"detected: {expected}") in causes(found, "false negative")


def test_a_detection_weaker_than_those_that_are_used() -> None:
    tracks = track(7, range(1, 11))
    weak = [(frame, *box, 0.2) for frame, _, *box in track(0, range(11, 13))]
    found = events(person(1, range(1, 13), visible=0.9), tracks, detections_of(tracks) + weak)
    assert causes(found, "false negative") == [
        (frame, "detected: too unsure") for frame in (11, 12)
    ]
    sure = [(*row[:5], 0.95) for row in weak]
    found = events(person(1, range(1, 13), visible=0.9), tracks, detections_of(tracks) + sure)
    assert causes(found, "false negative") == [
        (frame, "detected: track ended early") for frame in (11, 12)
    ]


def test_false_positives() -> None:
    truth = [*person(1, range(1, 4)), (1, 9, 60.0, 90.0, 20.0, 20.0, 0, 1, 1.0)]
    tracks = track(7, range(1, 4)) + [
        (1, 8, 62.0, 22.0, *SIZE),  # a second box on the person
        (1, 9, 60.0, 90.0, 20.0, 20.0),  # on a row that the ground truth zero-marks
        (1, 10, 85.0, 20.0, *SIZE),  # half beside the person
        (1, 11, 150.0, 20.0, *SIZE),  # on nobody, ever
        (5, 7, 60.0, 20.0, *SIZE),  # of a track that was on the person
    ]
    named = {event.track_id: event.cause for event in events(truth, tracks) if event.frame == 1}
    assert named == {
        8: "duplicate",
        9: "on somebody who does not count",
        10: "beside a person",
        11: "background",
    }
    assert causes(events(truth, tracks), "false positive")[-1] == (5, "drifted off a person")
    boxes = detections_of([row for row in tracks if row[:2] not in ((5, 7), (1, 11))])
    known = events(truth, tracks, boxes)
    assert causes(known, "false positive")[-1] == (5, "predicted box")
    assert {event.track_id: event.cause for event in known if event.frame == 1}[
        11
    ] == "predicted box"


def test_a_duplicate_names_the_track_and_the_person_that_it_repeats() -> None:
    found = events(person(1, range(1, 2)), [*track(7, range(1, 2)), (1, 8, 62.0, 22.0, *SIZE)])
    assert [(event.truth_id, event.track_id, event.other_id) for event in found] == [(1, 8, 7)]
    assert found[0].since_frame is None
    assert found[0].iou is not None
    assert found[0].iou > 0.5


def test_a_loose_box_is_one_event_for_a_miss_and_a_false_box() -> None:
    loose: Rows = [(1, 7, 85.0, 20.0, *SIZE)]
    (event,) = events(person(1, range(1, 2)), loose)
    assert (event.kind, event.cause, event.truth_id, event.track_id) == ("loose box", "other", 1, 7)
    assert event.iou == pytest.approx(15 / 65)
    assert causes(events(person(1, range(1, 2), visible=0.2), loose), "loose box") == [
        (1, "person mostly hidden")
    ]
    tight: Rows = [(1, 7, 60.0, 20.0, *SIZE)]
    for boxes, cause in (
        (loose, "loose detection"),
        (tight, "better box was detected"),
        ([], "predicted box"),
    ):
        found = events(person(1, range(1, 2)), loose, detections_of(boxes))
        assert causes(found, "loose box") == [(1, cause)]


def test_of_two_loose_boxes_the_closer_one_counts() -> None:
    found = events(person(1, range(1, 2)), [(1, 7, 90.0, 20.0, *SIZE), (1, 8, 84.0, 20.0, *SIZE)])
    named = {(event.kind, event.track_id): event.cause for event in found}
    assert named == {("loose box", 8): "other", ("false positive", 7): "duplicate"}


def test_a_box_nearest_to_a_tracked_person_is_no_loose_box_of_another() -> None:
    truth = person(1, range(1, 2)) + person(2, range(1, 2), 95.0)
    found = events(truth, [*track(7, range(1, 2)), (1, 8, 70.0, 20.0, *SIZE)])
    assert sorted((event.kind, event.cause) for event in found) == [
        ("false negative", "never tracked"),
        ("false positive", "duplicate"),
    ]


def switched(truth: Rows, first: range, then: range, more: Rows | None = None) -> list[Event]:
    found = events(truth, track(7, first) + track(8, then) + (more or []))
    return [event for event in found if event.kind == "identity switch"]


def test_identity_switches() -> None:
    seen = person(1, range(1, 13))
    (event,) = switched(seen, range(1, 5), range(5, 13))
    assert (event.frame, event.cause, event.since_frame) == (5, "other", 4)
    assert (event.truth_id, event.track_id, event.other_id, event.iou) == (1, 8, 7, 1.0)
    (event,) = switched(seen, range(1, 5), range(7, 13))
    assert (event.frame, event.cause, event.since_frame) == (7, "after missed frames", 4)
    hidden = person(1, range(1, 5)) + person(1, range(5, 7), visible=0.4) + person(1, range(7, 13))
    (event,) = switched(hidden, range(1, 5), range(7, 13))
    assert event.cause == "after occlusion"
    away = person(1, range(1, 5)) + person(1, range(7, 13))
    (event,) = switched(away, range(1, 5), range(7, 13))
    assert event.cause == "after leaving the picture"
    outside = person(1, range(1, 5)) + person(1, range(5, 7), -25.0) + person(1, range(7, 13))
    (event,) = switched(outside, range(1, 5), range(7, 13))
    assert event.cause == "after leaving the picture"


def test_at_a_crossing_identities_go_from_one_person_to_another() -> None:
    truth = person(1, range(1, 13)) + person(2, range(1, 13), 120.0)
    tracks = (
        track(7, range(1, 5))
        + track(8, range(5, 13))
        + track(8, range(1, 5), 120.0)
        + track(7, range(5, 13), 120)
    )
    found = [event for event in events(truth, tracks) if event.kind == "identity switch"]
    assert [(event.truth_id, event.cause) for event in found] == [
        (1, "at a crossing"),
        (2, "at a crossing"),
    ]
    # An identity that comes from somebody else after more than a second (5 frames) is no crossing.
    late = track(8, range(1, 3), 120.0) + track(7, range(1, 9)) + track(8, range(9, 13))
    found = [event for event in events(truth, late) if event.kind == "identity switch"]
    assert [event.cause for event in found] == ["other"]


def test_fragmentations() -> None:
    def resumed(
        middle: Rows, detections: Rows | None = None, bystander: bool = True
    ) -> list[tuple[int, str]]:
        truth = person(1, range(1, 5)) + middle + person(1, range(8, 13))
        tracks = track(7, range(1, 5)) + track(7, range(8, 13))
        if bystander:
            truth, tracks = (
                truth + person(2, range(1, 13), 120.0),
                tracks + track(9, range(1, 13), 120.0),
            )
        boxes = None if detections is None else detections_of(tracks) + detections
        return causes(events(truth, tracks, boxes), "fragmentation")

    lost = person(1, range(5, 8))
    assert resumed(lost) == [(8, "other")]
    assert resumed(person(1, range(5, 8), visible=0.3)) == [(8, "occlusion")]
    assert resumed([]) == [(8, "person was away")]
    assert (
        resumed(lost, [])
        == resumed(lost, detections_of(track(0, range(5, 6))))
        == [(8, "not detected")]
    )
    assert resumed(lost, detections_of(track(0, range(5, 7)))) == [(8, "dropped")]
    assert resumed(lost, detections_of(track(0, range(5, 7)), 0.2)) == [(8, "too unsure")]
    # TrackEval passes over frames that have no tracks at all: nothing was interrupted then.
    assert resumed(lost, bystander=False) == []


def test_visibility_is_estimated_from_who_stands_nearer() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 20.0], [0.0, 5.0, 10.0, 20.0], [100.0, 0.0, 10.0, 20.0]])
    a, b = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 2])
    iou = np.array([1, 150 / 250, 150 / 250, 1, 1])
    assert estimated_visibility(boxes, a, b, iou) == pytest.approx([0.25, 1, 1])


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(0, 7),
    known=st.booleans(),
    grid=st.booleans(),
)
def test_events_add_up_to_trackeval(seed: int, people: int, known: bool, grid: bool) -> None:
    sequence, tracks = random_scene(seed, people=people, noise=6.0, grid=grid)
    assert sequence.ground_truth is not None
    truth = prepare(sequence.ground_truth, sequence.length, "MOT17")
    clear = score_sequence(truth, tracks).families["CLEAR"]
    crowd = people_of(sequence, "MOT17")
    order = np.argsort(tracks.frames, kind="stable")[::2]
    detected = judge(
        crowd, tracks.frames[order] - 1, tracks.boxes_ltwh[order], np.linspace(0, 1, len(order))
    )
    table = events_of(analyse(crowd, tracks, 5.0, detected if known else None), "A")
    count = {kind: len(table.of_kind(kind)) for kind in KINDS}
    assert count["false negative"] + count["loose box"] == clear["CLR_FN"]
    assert count["false positive"] + count["loose box"] == clear["CLR_FP"]
    assert count["identity switch"] == clear["IDSW"]
    assert count["fragmentation"] == clear["Frag"]
    assert all(event.cause in CAUSES[event.kind] for event in table)
    assert np.array_equal(table.frame, np.sort(table.frame))
