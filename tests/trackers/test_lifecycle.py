"""The life of tracks in JDE's heirs: birth, loss, recovery, duplicates."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mot_bench.trackers.boxes import cxcyah_to_xyxy, iou_matrix, xyxy_to_cxcyah
from mot_bench.trackers.kalman import make_bank
from mot_bench.trackers.lifecycle import Lifecycle, may_be_duplicates
from mot_bench.trackers.motion_models import CXCYAH

BOX = np.array([[100.0, 100, 140, 200]])
ONE = np.array([0])
NONE = np.empty(0, np.int64)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(*[st.floats(-50, 50)] * 2, *[st.floats(0.5, 80)] * 2),
    st.tuples(*[st.floats(-0.4, 0.4)] * 4),
)
def test_the_quick_look_never_misses_a_duplicate(
    box: tuple[float, float, float, float], change: tuple[float, float, float, float]
) -> None:
    left, top, width, height = box
    one = np.array([[left, top, left + width, top + height]])
    other = one + np.array(change) * np.array([width, height, width, height])
    assume((other[:, 2:] > other[:, :2]).all())
    if iou_matrix(one, other, inclusive=True)[0, 0] > 0.85:
        assert may_be_duplicates(one, other)
        assert may_be_duplicates(other, one)


def tracks(buffer_frames: int = 2) -> Lifecycle:
    return Lifecycle(make_bank(CXCYAH), xyxy_to_cxcyah, cxcyah_to_xyxy, buffer_frames)


def see(life: Lifecycle, frame: int, *, row: int | None = 0) -> None:
    """One frame with the box in it, seen as the track of this row.

    None: nobody is seen and nothing is there.
    """
    life.predict(slice(3, 4))
    if row is not None:
        life.see(np.array([row]), ONE)
    life.finish_frame(BOX, np.ones(1), NONE, frame)


def test_a_track_is_confirmed_at_once_only_in_the_first_frame() -> None:
    for frame, confirmed in ((1, True), (2, False)):
        life = tracks()
        life.finish_frame(BOX, np.ones(1), ONE, frame)
        assert life.table["confirmed"].tolist() == [confirmed]


def test_an_unconfirmed_track_that_is_not_seen_again_is_gone() -> None:
    life = tracks()
    life.finish_frame(BOX, np.ones(1), ONE, 2)
    see(life, 3, row=None)
    assert len(life) == 0


def test_a_lost_track_is_found_within_the_buffer_and_one_frame_more_and_then_dies_at_its_next_miss() -> (
    None
):
    life = tracks(buffer_frames=2)
    life.finish_frame(BOX, np.ones(1), ONE, 1)
    for frame in (
        2,
        3,
        4,
    ):  # last seen in frame 1: out of the buffer in frame 4, and kept for one frame more
        see(life, frame, row=None)
    assert life.table["expired"].tolist() == [True]
    see(life, 5)
    assert (life.table["lost"].tolist(), life.table["id"].tolist()) == ([False], [1])
    see(life, 6, row=None)
    assert len(life) == 0


def test_of_a_tracked_and_a_lost_track_on_one_spot_the_longer_lived_stays() -> None:
    life = tracks()
    life.finish_frame(BOX, np.ones(1), ONE, 1)
    see(life, 2)
    life.predict(slice(3, 4))
    before = life.finish_frame(
        BOX + 1.0, np.ones(1), ONE, 3
    )  # the first is lost, and a second is born on it
    assert (life.table["id"].tolist(), before.tolist()) == ([1], [0])
