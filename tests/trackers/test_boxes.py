"""Properties of the box conversions and of IoU."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mot_bench.trackers import boxes as bx
from mot_bench.trackers.interface import FloatArray

coordinates = st.floats(-2000, 4000)
lengths = st.floats(0.01, 3000)
Convert = Callable[[FloatArray], FloatArray]

ROUND_TRIPS: list[tuple[Convert, Convert]] = [
    (bx.xyxy_to_ltwh, bx.ltwh_to_xyxy),
    (bx.xyxy_to_cxcywh, bx.cxcywh_to_xyxy),
    (bx.xyxy_to_cxcyah, bx.cxcyah_to_xyxy),
    (bx.xyxy_to_cxcysr, bx.cxcysr_to_xyxy),
]


@st.composite
def box_arrays(
    draw: st.DrawFn, max_size: int = 6, lengths: st.SearchStrategy[float] = lengths
) -> FloatArray:
    rows = draw(st.lists(st.tuples(coordinates, coordinates, lengths, lengths), max_size=max_size))
    values = np.array(rows, np.float64).reshape(len(rows), 4)
    values[:, 2:] += values[:, :2]
    return values


def iou_of_two(a: FloatArray, b: FloatArray, extra: float) -> float:
    """The textbook formula, one pair at a time."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + extra
    height = min(a[3], b[3]) - max(a[1], b[1]) + extra
    if width <= 0 or height <= 0:
        return 0.0
    area_a = (a[2] - a[0] + extra) * (a[3] - a[1] + extra)
    area_b = (b[2] - b[0] + extra) * (b[3] - b[1] + extra)
    return float(width * height / (area_a + area_b - width * height))


@given(boxes=box_arrays())
@pytest.mark.parametrize(("there", "back"), ROUND_TRIPS, ids=["ltwh", "cxcywh", "cxcyah", "cxcysr"])
def test_there_and_back(boxes: FloatArray, there: Convert, back: Convert) -> None:
    original = boxes.copy()
    boxes.setflags(write=False)
    result = back(there(boxes))
    assert result.shape == boxes.shape
    np.testing.assert_allclose(result, boxes, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(boxes, original)


@given(boxes=box_arrays())
@pytest.mark.parametrize("convert", [function for pair in ROUND_TRIPS for function in pair])
def test_conversions_leave_their_input_alone(boxes: FloatArray, convert: Convert) -> None:
    original = boxes.copy()
    boxes.setflags(write=False)
    converted = convert(boxes)
    np.testing.assert_array_equal(boxes, original)
    assert not np.shares_memory(converted, boxes) or not len(boxes)


def test_conversions_by_hand() -> None:
    boxes = np.array([[10.0, 20, 40, 80]])
    np.testing.assert_array_equal(bx.xyxy_to_ltwh(boxes), [[10, 20, 30, 60]])
    np.testing.assert_array_equal(bx.xyxy_to_cxcywh(boxes), [[25, 50, 30, 60]])
    np.testing.assert_array_equal(bx.xyxy_to_cxcyah(boxes), [[25, 50, 0.5, 60]])
    np.testing.assert_array_equal(bx.xyxy_to_cxcysr(boxes), [[25, 50, 1800, 0.5]])


def test_has_size_wants_both_sides() -> None:
    boxes = np.array([[0.0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 1, 0], [3, 3, 3, 3]])
    assert bx.has_size(boxes).tolist() == [True, False, False, False]
    assert bx.has_size(np.empty((0, 4))).shape == (0,)


def test_negative_area_becomes_nan() -> None:
    assert np.isnan(bx.cxcysr_to_xyxy(np.array([[5.0, 5, -4, 0.5]]))).any()


@given(one=box_arrays(), other=box_arrays(), inclusive=st.booleans())
def test_iou_is_the_textbook_formula(one: FloatArray, other: FloatArray, inclusive: bool) -> None:
    matrix = bx.iou_matrix(one, other, inclusive=inclusive)
    assert matrix.shape == (len(one), len(other))
    expected = [[iou_of_two(a, b, float(inclusive)) for b in other] for a in one]
    # Sides of a hundredth of a pixel at coordinates of thousands leave some six digits.
    np.testing.assert_allclose(
        matrix, np.array(expected).reshape(matrix.shape), rtol=1e-6, atol=1e-9
    )


@given(one=box_arrays(lengths=st.floats(0, 3000)), other=box_arrays(lengths=st.floats(0, 3000)))
def test_iou_is_symmetric_and_a_fraction(one: FloatArray, other: FloatArray) -> None:
    for inclusive in (False, True):
        matrix = bx.iou_matrix(one, other, inclusive=inclusive)
        np.testing.assert_array_equal(matrix, bx.iou_matrix(other, one, inclusive=inclusive).T)
        assert np.isfinite(matrix).all()
        assert ((matrix >= 0) & (matrix <= 1 + 1e-9)).all()


@given(boxes=box_arrays())
def test_iou_with_itself_is_one(boxes: FloatArray) -> None:
    np.testing.assert_allclose(np.diag(bx.iou_matrix(boxes, boxes)), 1.0)


# Sizes that survive a shift by thousands of pixels.
@given(boxes=box_arrays(lengths=st.floats(1, 3000)), shift=st.floats(-500, 500))
def test_iou_does_not_change_with_the_origin(boxes: FloatArray, shift: float) -> None:
    np.testing.assert_allclose(
        bx.iou_matrix(boxes + shift, boxes[::-1] + shift),
        bx.iou_matrix(boxes, boxes[::-1]),
        atol=1e-8,
    )


def test_iou_of_empty_boxes_is_zero() -> None:
    point = np.array([[5.0, 5, 5, 5]])
    assert bx.iou_matrix(point, point) == np.array([[0.0]])
    assert bx.iou_matrix(point, point, inclusive=True) == np.array([[1.0]])


def test_inclusive_boxes_that_touch_overlap() -> None:
    left, right = np.array([[0.0, 0, 10, 10]]), np.array([[10.0, 0, 20, 10]])
    assert bx.iou_matrix(left, right)[0, 0] == 0
    assert bx.iou_matrix(left, right, inclusive=True)[0, 0] == pytest.approx(11 / (121 + 121 - 11))


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (0, 3), (3, 0)])
def test_iou_of_nothing(rows: int, columns: int) -> None:
    assert bx.iou_matrix(np.zeros((rows, 4)), np.zeros((columns, 4))).shape == (rows, columns)
