"""The contract of the tracker interface, held by every tracker: what it remembers, shares, keeps and starts anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from contract_samples import (
    SEQUENCE,
    Boxes,
    Case,
    assert_same,
    crowd,
    every_case,
    frame_for,
    make,
    needs_of,
    nothing,
    three_objects,
    track,
)

from mot_bench.trackers.interface import Tracks


@every_case
def test_a_gap_stands_for_frames_without_detections(case: Case) -> None:
    needs, frames = needs_of(case), crowd(2)
    skipped = {8, 9, 10, 12, 13, 25}
    explicit = track(
        make(case), needs, [nothing() if i in skipped else b for i, b in enumerate(frames, start=1)]
    )
    tracker = make(case)
    jumping = [
        tracker.update(frame_for(needs, index, boxes))
        for index, boxes in enumerate(frames, start=1)
        if index not in skipped
    ]
    assert_same(
        jumping, [tracks for index, tracks in enumerate(explicit, start=1) if index not in skipped]
    )


@every_case
def test_the_first_frame_may_have_any_index(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    results = [
        tracker.update(frame_for(needs, 500 + index, three_objects(index)))
        for index in range(1, 20)
    ]
    assert_same(results, track(make(case), needs, [three_objects(index) for index in range(1, 20)]))


@every_case
def test_a_very_long_gap_ends_every_track(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    before = track(tracker, needs, [three_objects(index) for index in range(1, 11)])
    after = [
        tracker.update(frame_for(needs, 10_000_000 + index, three_objects(1)))
        for index in range(10)
    ]
    assert len(after[-1]) == 3
    assert not set(after[-1].ids.tolist()) & set(before[-1].ids.tolist())


@every_case
def test_two_instances_share_nothing(case: Case) -> None:
    needs, one, other = needs_of(case), crowd(3), crowd(4)
    alone = track(make(case), needs, one), track(make(case), needs, other)
    first, second = make(case), make(case)
    together: tuple[list[Tracks], list[Tracks]] = ([], [])
    for index, (ours, theirs) in enumerate(zip(one, other, strict=True), start=1):
        together[0].append(first.update(frame_for(needs, index, ours)))
        together[1].append(second.update(frame_for(needs, index, theirs)))
    assert_same(together[0], alone[0])
    assert_same(together[1], alone[1])


@every_case
def test_reset_makes_a_second_pass_identical(case: Case) -> None:
    needs, frames = needs_of(case), crowd(5)
    tracker = make(case)
    first = track(tracker, needs, frames)
    tracker.reset(replace(SEQUENCE, name="another", frame_rate=10.0))
    track(tracker, needs, crowd(6))
    tracker.reset(SEQUENCE)
    assert_same(track(tracker, needs, frames), first)


@every_case
def test_inputs_are_not_changed_and_not_kept(case: Case) -> None:
    """Arrays that cannot be written to are taken.

    What the caller does with its arrays later changes nothing.
    """
    needs, frames = needs_of(case), crowd(7)
    expected = track(make(case), needs, frames)
    tracker = make(case)
    results = []
    for index, boxes in enumerate(frames, start=1):
        frame = frame_for(
            needs, index, Boxes(boxes.boxes_xyxy.copy(), boxes.scores.copy(), boxes.identities)
        )
        detections = frame.detections
        arrays: list[Any] = [detections.boxes_xyxy, detections.scores]
        arrays += [
            array
            for array in (detections.embeddings, frame.image, frame.camera_motion)
            if array is not None
        ]
        copies = [array.copy() for array in arrays]
        tracks = tracker.update(frame)
        results.append(Tracks(*(part.copy() for part in parts(tracks))))
        for array, copy in zip(arrays, copies, strict=True):
            np.testing.assert_array_equal(array, copy)
            array.setflags(write=True)
            array[...] = 1
    assert_same(results, expected)


@every_case
def test_what_was_given_out_is_not_changed_later(case: Case) -> None:
    tracker, needs = make(case), needs_of(case)
    given_out, copies = [], []
    for index, boxes in enumerate(crowd(8), start=1):
        tracks = tracker.update(frame_for(needs, index, boxes))
        given_out.append(tracks)
        copies.append(Tracks(*(part.copy() for part in parts(tracks))))
    assert_same(given_out, copies)


def parts(tracks: Tracks) -> tuple[Any, ...]:
    return tracks.boxes_xyxy, tracks.scores, tracks.ids, tracks.detection_indices


@every_case
def test_ids_are_not_used_again(case: Case) -> None:
    """Two objects that come one after the other, with a minute between them, are two identities."""
    tracker, needs = make(case), needs_of(case)
    first = Boxes(np.array([[10.0, 20.0, 50.0, 110.0]]), np.array([0.95]), (0,))
    second = Boxes(np.array([[400.0, 220.0, 450.0, 330.0]]), np.array([0.95]), (1,))
    frames = [first] * 10 + [nothing()] * 200 + [second] * 10
    results = track(tracker, needs, frames)
    assert not set(results[9].ids.tolist()) & set(results[-1].ids.tolist())
