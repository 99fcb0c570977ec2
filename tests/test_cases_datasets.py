"""Datasets and MOT text as people have them, from public reports: scored as TrackEval does, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from case_files import case, error_of, scored
from conftest import MakeSequence

from mot_bench.camera import open_camera_motion
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.check import check_data

SWAPPED = (71.698, 91.667, 76.596)


@pytest.mark.parametrize(
    "variant",
    ["semi", "trailing", "eleven", "bom", "cr", "crlf", "commaspace", "tabs", "floatid", "sci", "utf16"],
)
def test_text_of_spreadsheets_is_scored_as_trackeval_does(variant: str) -> None:
    folder = case("20-spreadsheet")
    assert scored(folder / variant, folder / "gt").figures == SWAPPED


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("comment", "a.txt:1: expected a row of tracks, found a comment (delete this line)"),
        ("header", "found a header (frame, id, bb_left, bb_top, bb_width, bb_height, conf, x, y,); write one line"),
        ("eight_ragged", "a.txt:2: expected 7 columns as in the lines above, found 10 columns"),
        ("nan", "expected a finite number in column"),
        ("negative_size", "expected a width and height of at least 0"),
    ],
)
def test_text_that_can_be_misread_is_refused(variant: str, message: str) -> None:
    folder = case("20-spreadsheet")
    assert message in error_of(folder / variant, folder / "gt")


@pytest.mark.parametrize("variant", ["a", "b", "f", "g"])
def test_seqinfo_in_any_case_with_keys_left_out(variant: str) -> None:
    folder = case("23-seqinfo")
    said = scored(folder / "tr" / "cam1.txt", folder / variant)
    assert said.figures == SWAPPED
    assert said.result.dataset.sequences[0].frame_rate == {"b": 29.97}.get(variant, 30)


def test_a_copied_name_does_not_hide_a_sequence() -> None:
    folder = case("23-seqinfo")
    assert scored(folder / "tr", folder / "d").figures == SWAPPED
    assert "a result file for each sequence" in (line := error_of(folder / "tr", folder / "e"))
    assert "none for cam2" in line


def test_seqinfo_without_a_section_says_what_to_write() -> None:
    folder = case("23-seqinfo")
    assert "seqinfo.ini:1: expected an INI file that begins with [Sequence], found 'name=s'" in error_of(
        folder / "tr", folder / "c"
    )


def test_a_sequence_with_nobody_in_it_is_scored() -> None:
    folder = case("17-empty-truth")
    assert scored(folder / "tr", folder / "gt").figures == (68.280, 81.250, 72.727)


def test_a_small_set_with_an_empty_sequence(make_sequence: MakeSequence, tmp_path: Path) -> None:
    make_sequence(tmp_path / "gt" / "a")
    make_sequence(tmp_path / "gt" / "b", truth="\n")
    (tmp_path / "tr").mkdir()
    (tmp_path / "tr" / "a.txt").write_text(
        "1;1;10;10;20;40;1;\n2;1;12;10;20;40;1;\n2;2;50;10;20;40;1;\n4;1;16;10;20;40;1;\n"
    )
    (tmp_path / "tr" / "b.txt").write_text("1;1;10;10;20;40;1;\n")
    said = scored(tmp_path / "tr", tmp_path / "gt")
    assert said.figures[1] == 75.0
    assert said.result.dataset.benchmark == "MOT17"


def test_time_stamps_are_refused_in_one_line() -> None:
    folder = case("49-timestamps")
    assert "gt.txt:1: expected a frame number of 1 to 1000000, found 1700000000040 (a time stamp?" in error_of(
        folder / "tr", folder / "gt"
    )


def test_pictures_that_change_their_size_move_no_camera() -> None:
    folder = case("34-pictures-change")
    dataset = open_dataset(str(folder / "resize"), None)
    (sequence,) = dataset.sequences
    motion = open_camera_motion("optical-flow", dataset).load(sequence)
    assert motion.shape == (30, 2, 3)
    assert np.isfinite(motion).all()
    lines = [str(finding) for finding in check_data(folder / "resize").all_findings]
    assert sum(" pixels " in line for line in lines) == 1


def test_fractions_of_the_picture_are_found_by_the_data_check() -> None:
    lines = [str(finding) for finding in check_data(case("50-normalised")).all_findings]
    assert any("det.txt: expected boxes in pixels, found fractions of the picture" in line for line in lines)
