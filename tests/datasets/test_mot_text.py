"""MOT text: reading is strict, faults are named by line, writing and reading are inverse."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.datasets.mot_table import TRACKS, scan
from mot_bench.datasets.mot_text import (
    TrackRows,
    format_tracks,
    parse_tracks,
    read_detections,
    read_ground_truth,
    read_tracks,
    write_tracks,
)
from mot_bench.errors import InputError, MotBenchError

GOOD = "1,1,10,20,30,40,0.9,-1,-1,-1\n"

# Each bad file: what is in it, the line at fault, a part of the message.
BAD = {
    "too few columns": ("1,1,10,20,30\n", 1, "6 to 17 columns of tracks, found 5 columns"),
    "two rows in one line": (GOOD.strip() + "," + GOOD, 1, "found 20 columns"),
    "columns that change": (
        GOOD + "2,1,10,20,30,40,0.9\n",
        2,
        "10 columns as in the lines above, found 7",
    ),
    "text": (GOOD + "2,1,ten,20,30,40,0.9,-1,-1,-1\n", 2, "a number in column 3, found 'ten'"),
    "an empty cell": (
        GOOD + "2,1,,20,30,40,0.9,-1,-1,-1\n",
        2,
        "a number in column 3, found nothing",
    ),
    "a header": (
        "frame,id,x,y,w,h,s\n" + GOOD,
        1,
        "found a header (frame, id, x, y, w, h, s); write one line FRAME,ID",
    ),
    "a comment": (
        "# of my tracker\n" + GOOD,
        1,
        "a row of tracks, found a comment (delete this line)",
    ),
    "decimal commas": ("1;1;10,5;20;30;40\n", 1, "found '10,5' (write decimals with a point)"),
    "decimal commas in quotes": (
        '"1","1","10,5","20","30","40"\n',
        1,
        "write decimals with a point",
    ),
    "JSON": (
        '[{"image_id": 1, "bbox": [1, 2, 3, 4]}]',
        1,
        "found JSON (perhaps boxes in COCO's format); write one line",
    ),
    "YOLO labels": ("0 0.52 0.48 0.08 0.27\n", 1, "found YOLO labels"),
    "an empty cell between tabs": (
        "1\t1\t10\t20\t30\t40\t\t-1\t-1\t-1\n",
        1,
        "a number in column 7, found nothing",
    ),
    "a time stamp": (
        "1700000000040" + GOOD[1:],
        1,
        "of 1 to 10, found 1700000000040 (a time stamp? number the frames",
    ),
    "a box beyond any picture": (
        GOOD.replace("30", "1e200"),
        1,
        "a box within 1000000 pixels, found (10, 20, 1e+200",
    ),
    "a box far outside": (
        GOOD.replace("10", "-7762643126", 1),
        1,
        "a box within 1000000 pixels, found (-7.76264e+09",
    ),
    "NaN": (
        GOOD + GOOD.replace("1,1,", "2,1,").replace("30", "nan"),
        2,
        "a finite number in column 5, found nan",
    ),
    "infinity": (GOOD.replace("0.9", "inf"), 1, "a finite number in column 7, found inf"),
    "negative width": (
        "\n" + GOOD.replace("30", "-30"),
        2,
        "a width and height of at least 0, found -30 x 40",
    ),
    "negative height": (GOOD.replace("40", "-1"), 1, "found 30 x -1"),
    "frame 0": (
        GOOD + "0,1,10,20,30,40,0.9,-1,-1,-1\n",
        2,
        "a whole frame number of at least 1, found 0",
    ),
    "a broken frame": ("1.5" + GOOD[1:], 1, "a whole frame number of at least 1, found 1.5"),
    "a frame beyond": (
        GOOD + "11" + GOOD[1:],
        2,
        "a frame of 1 to 10, found frame 11, beyond the sequence",
    ),
    "an id twice": (
        GOOD + "2" + GOOD[1:] + GOOD,
        3,
        "an id once in frame 1, found id 1 a second time (first in line 1)",
    ),
    "a detection file": (
        GOOD.replace("1,1", "1,-1"),
        1,
        "a whole id of at least 0, found -1 (is this a file of det",
    ),
    "a broken id": (GOOD.replace("1,1", "1,1.5"), 1, "a whole id of at least 0, found 1.5"),
    "an underscore": (GOOD.replace("10", "1_0"), 1, "a number in column 3, found '1_0'"),
    "no text at all": ("\x00\x01\x02", 1, "found a binary file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tracks_are_refused_with_file_and_line(case: str, tmp_path: Path) -> None:
    content, line, message = BAD[case]
    path = tmp_path / "tracks.txt"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_tracks(path, length=10)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: expected ")
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, found in ((tmp_path / "no.txt", "no such file"), (tmp_path, "a folder")):
        for read in (read_tracks, read_detections, read_ground_truth):
            with pytest.raises(InputError, match=found):
                read(path)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("content", ["", "\n", " \r\n\n", "\x1e"])
def test_an_empty_file_has_no_rows(content: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(content)
    tracks = read_tracks(path)
    assert len(tracks) == 0
    assert tracks.boxes_ltwh.shape == (0, 4)
    assert read_detections(path).boxes_ltwh.shape == (0, 4)
    assert read_ground_truth(path).boxes_ltwh.shape == (0, 4)


@pytest.mark.parametrize(
    "content",
    [
        "1,2,3,4,5,6,0.5,-1,-1,-1\r\n2,2,3,4,5,6,0.5,-1,-1,-1\r\n",
        "1 2 3 4 5 6 0.5 -1 -1 -1\n2 2 3 4 5 6 0.5 -1 -1 -1\n",
        "1\t2\t3\t4\t5\t6\t0.5\t-1\t-1\t-1\r\n2  2 3 4 5 6 .5 -1 -1 -1",
        "1, 2, 3.0, 4, 5, 6, 5e-1, -1, -1, -1\n\n2, 2, 3, 4, 5, 6, 0.5, -1, -1, -1\n\n",
        "\ufeff1,2,3,4,5,6,0.5,-1,-1,-1\n2.0,2.0,3,4,5,6,0.5,-1,-1,-1",
        "1;2;3;4;5;6;0.5;-1;-1;-1\n2;2;3;4;5;6;0.5;-1;-1;-1\n",
        "1; 2; 3; 4; 5; 6; 0.5; -1; -1; -1;\r\n2; 2; 3; 4; 5; 6; 0.5; -1; -1; -1;\r\n",
        "1,2,3,4,5,6,0.5,-1,-1,-1,\n2,2,3,4,5,6,0.5,-1,-1,-1,,\n,,,,,,,,,\n",
        "1,2,3,4,5,6,0.5,-1,-1,-1\n2,2,3,4,5,6,0.5,-1,-1,-1,\n",
        "1,2,3,4,5,6,0.5,-1,-1,-1,-1,7\n2,2,3,4,5,6,0.5,-1,-1,-1,-1,7\n",
        "1,2,3,4,5,6,0.5,-1,-1,-1\r2,2,3,4,5,6,0.5,-1,-1,-1\r",
        '"1","2","3","4","5","6","0.5","-1","-1","-1"\n"2","2","3","4","5","6","0.5","-1","-1","-1"\n',
        "1e0,2e0,3.0e+00,4,5,6,5e-1,-1,-1,-1\n2e0,2e0,3,4,5,6,0.5,-1,-1,-1\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_variants_that_people_have(content: str, encoding: str) -> None:
    tracks = parse_tracks(content.encode(encoding), "tracks.txt", 2)
    assert tracks.frames.tolist() == [1, 2]
    assert tracks.ids.tolist() == [2, 2]
    assert tracks.boxes_ltwh.tolist() == [[3, 4, 5, 6]] * 2
    assert tracks.scores.tolist() == [0.5, 0.5]
    assert tracks.classes.tolist() == [-1, -1]


def test_columns_that_may_be_left_out() -> None:
    six, seven = parse_tracks("1,2,3,4,5,6", "six"), parse_tracks("1,2,3,4,5,6,0.25", "seven")
    assert (six.scores[0], seven.scores[0]) == (1, 0.25)
    assert six.classes.tolist() == seven.classes.tolist() == [1]


def test_detections_may_repeat_any_id(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,-1,10,20,30,40,0.9,-1,-1,-1\n" * 2 + "2,-1,10,20,30,40,2.5,-1,-1,-1\n")
    rows = read_detections(path)
    assert rows.frames.tolist() == [1, 1, 2]
    assert rows.scores.tolist() == [0.9, 0.9, 2.5]
    with pytest.raises(InputError, match=r"det.txt:3: expected a frame of 1 to 1"):
        read_detections(path, length=1)


def test_ground_truth_of_mot17(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,10,20,30,40,1,1,0.25\n1,2,10,20,30,40,0,7,1\n")
    truth = read_ground_truth(path)
    assert truth.considered.tolist() == [True, False]
    assert truth.classes.tolist() == [1, 7]
    assert truth.visibility.tolist() == [0.25, 1]


def test_ground_truth_of_mot15_has_coordinates_where_others_have_classes(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text(
        "1,9,499,158,31.03,75.17,1,-4.15,-7.36,0\n1,15,258,219,32.9,88.7,0,-11.3,-5.6,0\n"
    )
    for benchmark in (None, "MOT15"):
        truth = read_ground_truth(path, benchmark=benchmark)
        assert truth.considered.tolist() == [True, False]
        assert truth.classes.tolist() == [1, 1]
        assert truth.visibility.tolist() == [1, 1]
    with pytest.raises(
        InputError, match=r"gt.txt:1: expected a class of 1 to 13 in column 8, found -4.15"
    ):
        read_ground_truth(path, benchmark="MOT17")


def test_ten_columns_with_classes_are_told_from_mot15(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,10,20,30,40,1,7,0.5,-1\n")
    assert read_ground_truth(path).classes.tolist() == [7]
    assert read_ground_truth(path, benchmark="MOT15").classes.tolist() == [1]


def test_scan_finds_every_fault_and_keeps_the_lines_of_what_is_sound() -> None:
    content = (GOOD + "0,1,1,1,1,1,1,1,1,1\n\n" + "2" + GOOD[1:] + "x\n").encode()
    found = scan(content, TRACKS)
    assert [fault.line for fault in found.faults] == [2, 5]
    assert found.lines == [1, 4]
    assert found.table[:, 0].tolist() == [1, 2]


numbers = st.floats(-1e6, 1e6, allow_nan=False)
rows = st.lists(
    st.tuples(
        st.integers(1, 50),
        st.integers(0, 10**9),
        numbers,
        numbers,
        st.floats(0, 1e5),
        st.floats(0, 1e5),
        numbers,
    ),
    unique_by=lambda row: row[:2],
    max_size=20,
)


def _tracks(values: list[tuple[float, ...]]) -> TrackRows:
    table = np.array(values, np.float64).reshape(-1, 7)
    return TrackRows(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2:6],
        table[:, 6],
        np.full(len(table), -1, np.int64),
    )


@settings(max_examples=60, deadline=None)
@given(rows)
def test_writing_and_reading_are_inverse(values: list[tuple[float, ...]]) -> None:
    tracks = _tracks(values)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deeper" / "tracks.txt"
        write_tracks(path, tracks, None)
        back = read_tracks(path)
    for name in ("frames", "ids", "boxes_ltwh", "scores"):
        np.testing.assert_array_equal(getattr(back, name), getattr(tracks, name))
    if len(tracks):
        assert back.classes.tolist() == tracks.classes.tolist()


@settings(max_examples=40, deadline=None)
@given(rows)
def test_line_by_line_reads_what_the_fast_way_reads(values: list[tuple[float, ...]]) -> None:
    content = format_tracks(_tracks(values), None).encode()
    slow = scan(content, TRACKS)
    assert not slow.faults
    fast = parse_tracks(content, "tracks")
    np.testing.assert_array_equal(slow.table[:, 2:6], fast.boxes_ltwh)
    np.testing.assert_array_equal(slow.table[:, 1], fast.ids)


def test_decimals_round_boxes_and_leave_scores() -> None:
    text = format_tracks(_tracks([(1, 2, 3.14159, 2.71828, 10.0, 0.05, 0.123456789)]), 2)
    assert text == "1,2,3.14,2.72,10.00,0.05,0.123456789,-1,-1,-1\n"


def test_writing_where_one_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MotBenchError, match="expected a place that can be written"):
        write_tracks(tmp_path / "file" / "tracks.txt", _tracks([]))
