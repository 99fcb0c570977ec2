"""Detection AP: cases with known numbers, a plain loop beside it, and what must not matter."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from conftest import MakeSequence
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.detections.formats import make_detections
from mot_bench.diagnostics import (
    JudgedPicture,
    average_precision,
    average_precision_by_picture,
    detection_quality,
    judged_pictures,
)
from mot_bench.errors import MotBenchError
from mot_bench.trackers.boxes import iou_matrix

FloatArray = npt.NDArray[np.float64]


def picture(
    detections: list[tuple[float, float]], people: list[float], hidden: list[float] | None = None
) -> JudgedPicture:
    """Boxes 10 by 10 in a row: detections as (place, score), people by their places, of whom some are hidden."""
    hidden = hidden or []
    truth = np.array([[x, 0, x + 10, 10] for x in [*people, *hidden]], np.float64).reshape(-1, 4)
    boxes = np.array([[x, 0, x + 10, 10] for x, _ in detections], np.float64).reshape(-1, 4)
    scores = np.array([score for _, score in detections], np.float64)
    return JudgedPicture(boxes, scores, truth, np.arange(len(truth)) < len(people))


def random_pictures(seed: int, count: int = 12, ties: bool = True) -> list[JudgedPicture]:
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        people, found = int(rng.integers(0, 7)), int(rng.integers(0, 12))
        truth = rng.uniform(0, 40, (people, 2))
        truth = np.concatenate((truth, truth + rng.uniform(8, 14, (people, 2))), axis=1)
        boxes = rng.uniform(0, 40, (found, 4))
        boxes[:, 2:] = boxes[:, :2] + rng.uniform(8, 14, (found, 2))
        if people:
            close = rng.random(found) < 0.7
            boxes[close] = truth[rng.integers(0, people, close.sum())] + rng.normal(
                0, 1.5, (close.sum(), 4)
            )
        scores = rng.integers(0, 6, found) / 5 if ties else rng.random(found)
        pictures.append(JudgedPicture(boxes, scores, truth, rng.random(people) < 0.75))
    return pictures


def slow_average_precision(pictures: list[JudgedPicture], iou: float) -> float:
    """By the definition, one detection after the other; scores must differ within a picture."""
    verdicts = []
    people = 0
    for shown in pictures:
        taken: set[int] = set()
        people += int(shown.cared.sum())
        for index in sorted(range(len(shown.scores)), key=lambda i: -shown.scores[i]):
            overlaps = iou_matrix(shown.boxes_xyxy[index : index + 1], shown.truth_xyxy)[0]
            free = [
                t
                for t in range(len(overlaps))
                if shown.cared[t] and t not in taken and overlaps[t] >= iou
            ]
            if free:
                taken.add(max(free, key=lambda t: overlaps[t]))
                verdicts.append((shown.scores[index], True))
            elif not any(overlaps[t] >= iou for t in range(len(overlaps)) if not shown.cared[t]):
                verdicts.append((shown.scores[index], False))
    points = []
    for threshold in sorted({score for score, _ in verdicts}, reverse=True):
        kept = [hit for score, hit in verdicts if score >= threshold]
        points.append((sum(kept) / people, sum(kept) / len(kept)))
    area, before = 0.0, 0.0
    for index, (recall, _) in enumerate(points):
        area += (recall - before) * max(precision for _, precision in points[index:])
        before = recall
    return area


def slow_by_picture(pictures: list[JudgedPicture], most: int = 128) -> float:
    areas = []
    for shown in pictures:
        truth = shown.truth_xyxy[shown.cared]
        if not len(truth):
            continue
        detected: list[int] = []
        hits = []
        for index in sorted(range(len(shown.scores)), key=lambda i: -shown.scores[i])[:most]:
            overlaps = iou_matrix(shown.boxes_xyxy[index : index + 1], truth)[0]
            best = int(overlaps.argmax())
            hits.append(bool(overlaps[best] > 0.5 and best not in detected))
            if hits[-1]:
                detected.append(best)
        precision = [sum(hits[: n + 1]) / (n + 1) for n in range(len(hits))]
        areas.append(sum(max(precision[n:]) / len(truth) for n, hit in enumerate(hits) if hit))
    return float(np.mean(areas))


def test_a_case_by_hand() -> None:
    """Hit, miss, hit of three people: recall 1/3 at precision 1, 2/3 at 2/3, so AP = 1/3 + 2/9."""
    shown = [picture([(0, 0.9), (500, 0.8)], [0, 30]), picture([(101, 0.7)], [100])]
    quality = average_precision(shown)
    assert quality.ap == pytest.approx(1 / 3 + 2 / 9)
    assert quality.recall.tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert quality.precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3])
    assert quality.scores.tolist() == [0.9, 0.8, 0.7]
    assert quality.people == 3
    assert average_precision_by_picture(shown) == pytest.approx((1 / 2 + 1) / 2)


def test_the_envelope_forgives_an_early_miss() -> None:
    """Miss first, then two hits: precision 0, 1/2, 2/3; the envelope is 2/3 throughout."""
    shown = [picture([(500, 0.9), (0, 0.8), (30, 0.7)], [0, 30])]
    assert average_precision(shown).ap == pytest.approx(2 / 3)
    assert average_precision_by_picture(shown) == pytest.approx(2 / 3)


def test_a_second_detection_of_the_same_person_is_wrong() -> None:
    quality = average_precision([picture([(0, 0.9), (1, 0.8)], [0])])
    assert quality.precision.tolist() == [1, 0.5]
    assert quality.ap == 1


def test_the_definitions_differ_where_the_nearest_person_is_taken() -> None:
    """The second detection is nearest to the first person (overlap 8/12), but half on the second one (7/13)."""
    shown = [picture([(0, 0.9), (2, 0.8)], [0, 5])]
    assert average_precision(shown).ap == 1
    assert average_precision_by_picture(shown) == 0.5


def test_overlap_at_the_limit() -> None:
    """Two boxes that share two thirds of each: overlap exactly one half."""
    box = np.array([[0.0, 0, 15, 10]])
    shown = [JudgedPicture(box + [5.0, 0, 5, 0], np.array([1.0]), box, np.array([True]))]
    assert average_precision(shown).ap == 1, "at least a half"
    assert average_precision_by_picture(shown) == 0, "more than a half, as the official code has it"


def test_hidden_people_count_neither_way() -> None:
    shown = [picture([(0, 0.5), (100, 0.9), (101, 0.8), (500, 0.1)], [0], hidden=[100])]
    quality = average_precision(shown)
    assert quality.ap == 1
    assert quality.scores.tolist() == [0.5, 0.1], "both detections on the hidden person are gone"
    assert quality.people == 1


def test_only_the_best_128_count_by_picture() -> None:
    noise = [(1000 + 20 * n, 0.9) for n in range(128)]
    shown = [picture([*noise, (0, 0.5)], [0])]
    assert average_precision_by_picture(shown) == 0
    assert average_precision_by_picture(shown, most=129) == pytest.approx(1 / 129)
    assert average_precision(shown).ap == pytest.approx(1 / 129)


def test_nothing_to_find_and_nothing_found() -> None:
    assert math.isnan(average_precision([]).ap)
    assert math.isnan(average_precision_by_picture([picture([(0, 0.5)], [])]))
    blind = [picture([], [0, 50]), picture([], [])]
    assert average_precision(blind).ap == 0
    assert average_precision(blind).recall.shape == (0,)
    assert average_precision_by_picture(blind) == 0


@pytest.mark.parametrize("seed", range(20))
def test_agreement_with_plain_loops(seed: int) -> None:
    shown = random_pictures(seed, ties=False)
    for iou in (0.5, 0.75):
        assert average_precision(shown, iou=iou).ap == pytest.approx(
            slow_average_precision(shown, iou), abs=1e-12
        )
    assert average_precision_by_picture(shown) == pytest.approx(slow_by_picture(shown), abs=1e-12)
    assert average_precision_by_picture(shown, most=3) == pytest.approx(
        slow_by_picture(shown, 3), abs=1e-12
    )


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_order_of_detections_and_pictures_does_not_matter(seed: int) -> None:
    """Also where scores are equal."""
    shown = random_pictures(seed)
    rng = np.random.default_rng(seed)
    mixed = []
    for one in shown:
        order = rng.permutation(len(one.scores))
        mixed.append(
            dataclasses.replace(one, boxes_xyxy=one.boxes_xyxy[order], scores=one.scores[order])
        )
    mixed = [mixed[index] for index in rng.permutation(len(mixed))]
    first, second = average_precision(shown), average_precision(mixed)
    assert np.array_equal([first.ap], [second.ap], equal_nan=True)
    assert first.recall.tolist() == second.recall.tolist()
    assert average_precision_by_picture(shown) == pytest.approx(
        average_precision_by_picture(mixed), nan_ok=True
    )


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_truth_as_detections_is_perfect(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shown = [
        dataclasses.replace(
            one, boxes_xyxy=one.truth_xyxy[one.cared], scores=rng.random(one.cared.sum())
        )
        for one in random_pictures(seed)
    ]
    assert average_precision(shown).ap == 1
    assert average_precision_by_picture(shown) == 1


def test_scores_matter_only_by_their_order() -> None:
    shown = random_pictures(3)
    curved = [dataclasses.replace(one, scores=np.exp(3 * one.scores)) for one in shown]
    assert average_precision(shown).ap == average_precision(curved).ap


TRUTH = (
    "2,2,50,10,20,40,1,1,0.1\n"  # hardly visible
    "1,1,10,10,20,40,1,1,1\n"
    "1,3,90,10,20,40,1,8,1\n"  # no pedestrian
    "2,1,12,10,20,40,1,1,1\n"
)


def test_from_a_sequence(tmp_path: Path, make_sequence: MakeSequence) -> None:
    make_sequence(tmp_path / "A", truth=TRUTH)
    (sequence,) = open_dataset(str(tmp_path / "A"), None).sequences
    boxes = np.array([[10.0, 10, 20, 40], [90, 10, 20, 40], [12, 10, 20, 40]])
    detections = make_detections(np.array([1, 1, 2]), boxes, np.array([0.6, 0.9, 0.7]), None)
    pictures = judged_pictures(sequence, detections)
    assert [len(one.truth_xyxy) for one in pictures] == [2, 2, 0, 0]
    assert pictures[0].cared.tolist() == [True, False]
    every = detection_quality([(sequence, detections)])
    assert every.standard.people == 3
    assert every.standard.ap == pytest.approx(2 / 3)
    assert every.by_picture == pytest.approx((1 / 2 + 1 / 2) / 2), (
        "there the detection on the distractor is wrong"
    )
    seen = detection_quality([(sequence, detections)], min_visibility=0.2)
    assert seen.standard.ap == 1
    assert seen.by_picture == every.by_picture
    blind = dataclasses.replace(sequence, load_ground_truth=None)
    with pytest.raises(
        MotBenchError, match="A: expected ground truth to judge detections by, found none"
    ):
        detection_quality([(blind, detections)])
