"""Parts of the ground truth: who belongs where, and what counts neither way."""

from __future__ import annotations

import numpy as np
import pytest
from explain_samples import random_scene, sequence_of, tracks_of, truth_of

from mot_bench.detections.formats import make_detections
from mot_bench.diagnostics.detection import detection_quality
from mot_bench.explaining.causes import analyse
from mot_bench.explaining.detected import Detected, judge
from mot_bench.explaining.rescoring import rescore
from mot_bench.explaining.scene import People, people_of
from mot_bench.explaining.slices import (
    BOXES,
    PARTS,
    RECALLED,
    RIGHT,
    WRONG,
    average_precision,
    part_aps,
    part_counts,
    parts_of,
)

Rows = list[tuple[float, ...]]


def people_in(rows: Rows, length: int = 4) -> People:
    return people_of(sequence_of(truth_of(rows), length), "MOT17")


def judged(people: People, rows: Rows) -> Detected:
    table = np.array(rows, np.float64).reshape(-1, 6)
    return judge(people, table[:, 0].astype(np.int64) - 1, table[:, 1:5], table[:, 5])


def test_parts_by_area_visibility_and_touching_boxes() -> None:
    people = people_in(
        [
            (1, 1, 0.0, 0.0, 31.0, 33.0, 1, 1, 0.0),
            (1, 2, 20.0, 0.0, 32.0, 32.0, 1, 1, 0.25),
            (1, 3, 40.0, 0.0, 95.0, 97.0, 1, 1, 0.74),
            (2, 3, 40.0, 0.0, 96.0, 96.0, 1, 1, 1.0),
        ]
    )
    parts = {by: part.tolist() for by, part in parts_of(people).items()}
    assert parts == {"size": [0, 1, 1, 2], "visibility": [0, 1, 2, 3], "density": [1, 2, 1, 0]}
    assert all(max(part) < len(PARTS[by]) for by, part in parts_of(people).items())


def test_without_visibility_there_are_no_parts_by_it() -> None:
    people = people_in([(1, 1, 0.0, 0.0, 30.0, 30.0, 1, 1, 1.0)])
    assert set(parts_of(people)) == {"size", "density"}
    assert set(part_aps([(people, judged(people, []))])) == {"size", "density"}


def test_parts_add_up_to_the_whole() -> None:
    sequence, tracks = random_scene(11, people=7, length=30, noise=3.0)
    analysis = analyse(people_of(sequence, "MOT17"), tracks, 25.0, None)
    whole = rescore(analysis.scene)
    for by in ("size", "density"):
        counts = np.array(part_counts(analysis)[by]).sum(axis=0)
        assert counts[BOXES] == whole.hits + whole.misses
        assert counts[RECALLED] == whole.hits
        assert counts[RIGHT] == whole.identity
        assert counts[BOXES] - counts[RIGHT] + counts[WRONG] == whole.identity_misses


def test_a_wrong_box_counts_with_whom_it_is_on() -> None:
    truth: Rows = [(frame, 1, 10.0, 10.0, 20.0, 30.0, 1, 1, 0.2) for frame in (1, 2, 3)]
    tracks: Rows = [
        (1, 7, 10.0, 10.0, 20.0, 30.0),
        (2, 7, 10.0, 10.0, 20.0, 30.0),
        (3, 8, 10.0, 10.0, 20.0, 30.0),
    ]
    nobody: Rows = [(1, 9, 90.0, 10.0, 100.0, 100.0)]
    analysis = analyse(people_in(truth), tracks_of(tracks + nobody), 25.0, None)
    counts = part_counts(analysis)
    assert counts["visibility"] == [[3, 3, 2, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert counts["size"] == [[3, 3, 2, 1], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert counts["density"][0] == [3, 3, 2, 2]


def test_ap_of_everybody_is_that_of_the_diagnosis() -> None:
    sequence, tracks = random_scene(5, people=6, length=40, noise=4.0)
    rng = np.random.default_rng(0)
    detections = make_detections(
        tracks.frames, tracks.boxes_ltwh, np.round(rng.random(len(tracks)), 1)
    )
    people = people_of(sequence, "MOT17")
    found = judge(people, detections.frames - 1, detections.boxes_ltwh, detections.scores)
    counted = ~(found.ignored & (found.found < 0))
    ours = average_precision(found.scores[counted], found.found[counted] >= 0, len(people.frames))
    assert ours == pytest.approx(detection_quality([(sequence, detections)]).standard.ap, abs=1e-12)


def test_ap_leaves_out_what_is_of_other_parts() -> None:
    small, large = (10.0, 10.0, 20.0, 30.0), (60.0, 10.0, 100.0, 100.0)
    people = people_in([(1, 1, *small, 1, 1, 0.3), (1, 2, *large, 1, 1, 0.9)])
    both: Rows = [(1, *small, 0.9), (1, *large, 0.8)]
    aps = part_aps([(people, judged(people, both))])
    assert aps["size"] == [1.0, None, 1.0]
    again: Rows = [
        *both,
        (1, 60.0, 12.0, 100.0, 100.0, 0.99),
    ]  # finds the large person, the other box repeats it
    aps = part_aps([(people, judged(people, again))])
    assert aps["size"][0] == 1.0
    nobody: Rows = [
        *both,
        (1, 10.0, 70.0, 20.0, 30.0, 0.95),
    ]  # small, on nobody, surer than the rest
    aps = part_aps([(people, judged(people, nobody))])
    assert aps["size"] == [0.5, None, 1.0]
    assert aps["visibility"] == [None, 0.5, None, 0.5]
    assert part_aps([(people, judged(people, []))])["size"] == [0.0, None, 0.0]
