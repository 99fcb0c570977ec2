"""Datasets and MOT text as people have them, from public reports: scored as TrackEval does, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from case_files import case, error_of, scored
from conftest import MakeSequence

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.check import check_data
from mot_bench.datasets.mot_text import parse_tracks
from mot_bench.datasets.seqinfo import read_seqinfo
from mot_bench.detections.formats import read_file
from mot_bench.detections.sources import find_file
from mot_bench.engine.store import Store
from mot_bench.errors import InputError
from mot_bench.networks.model_keys import Networks
from mot_bench.results.opening import open_results
from mot_bench.running.variants import Planner
from mot_bench.stages.context import Context
from mot_bench.stages.roles import EVALUATION
from mot_bench.suites.loader import load_suite
from mot_bench.tracking.camera_motion import open_camera_motion

SWAPPED = (71.698, 91.667, 76.596)


@pytest.mark.parametrize(
    "variant",
    [
        "semi",
        "trailing",
        "eleven",
        "bom",
        "cr",
        "crlf",
        "commaspace",
        "tabs",
        "floatid",
        "sci",
        "utf16",
    ],
)
def test_text_of_spreadsheets_is_scored_as_trackeval_does(variant: str) -> None:
    folder = case("20-spreadsheet")
    assert scored(folder / variant, folder / "gt").figures == SWAPPED


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("comment", "a.txt:1: expected a row of tracks, found a comment (delete this line)"),
        (
            "header",
            "found a header (frame, id, bb_left, bb_top, bb_width, bb_height, conf, x, y,); write one line",
        ),
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
    assert (
        "seqinfo.ini:1: expected an INI file that begins with [Sequence], found 'name=s'"
        in error_of(folder / "tr", folder / "c")
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
    assert (
        "gt.txt:1: expected a frame number of 1 to 1000000, found 1700000000040 (a time stamp?"
        in error_of(folder / "tr", folder / "gt")
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
    assert any(
        "det.txt: expected boxes in pixels, found fractions of the picture" in line
        for line in lines
    )


@pytest.mark.parametrize("results", ["half", "half_orig"])
def test_results_of_a_half_are_scored_in_either_numbering(results: str) -> None:
    folder = case("19-half-val")
    said = scored(folder / results, folder / "gt", split="half-val")
    assert said.figures == scored(folder / "half", folder / "gt", split="half-val").figures
    warnings = said.result.runs[0].warnings
    assert any("numbered as the whole sequence is" in warning for warning in warnings) == (
        results == "half_orig"
    )


def test_results_of_the_whole_sequence_are_cut_to_a_split_when_asked() -> None:
    folder = case("19-half-val")
    line = error_of(folder / "whole", folder / "gt", split="half-val")
    assert "results of the whole sequence are cut to it by --numbering original" in line
    whole = scored(folder / "whole", folder / "gt", split="half-val", numbering="original")
    assert whole.figures == scored(folder / "half", folder / "gt", split="half-val").figures


def test_small_results_in_original_numbering(make_sequence: MakeSequence, tmp_path: Path) -> None:
    make_sequence(
        tmp_path / "gt" / "a",
        truth="".join(f"{f},1,{10 + f},10,20,40,1,1,1\n" for f in range(1, 11)),
        length=10,
    )
    (tmp_path / "a.txt").write_text("".join(f"{f},1,{10 + f},10,20,40,1\n" for f in range(7, 11)))
    out = tmp_path / "out"
    said = scored(tmp_path / "a.txt", tmp_path / "gt", split="half-val", keep=out)
    assert said.figures == (100, 100, 100)
    assert (out / "runs" / "a" / "seed-0" / "tracks" / "a.txt").read_text().startswith("1,1,17.0,")
    line = error_of(tmp_path / "a.txt", tmp_path / "gt", split="half-val", numbering="split")
    assert "a.txt:1: expected a frame of 1 to 4, found frame 7" in line
    assert "by --numbering original" in error_of(
        tmp_path / "a.txt", tmp_path / "gt", split="frames:5-8"
    )
    (tmp_path / "a.txt").write_text("".join(f"{f},1,{10 + f},10,20,40,1\n" for f in range(4, 8)))
    (warning, *_) = (
        scored(tmp_path / "a.txt", tmp_path / "gt", split="frames:3-").result.runs[0].warnings
    )
    assert "there are none before 3), say --numbering original" in warning
    assert "did you mean 'original'" in error_of(
        tmp_path / "a.txt", tmp_path / "gt", numbering="orignal"
    )


def test_a_datasets_root_stands_for_the_split_that_the_results_are_of() -> None:
    folder = case("25-dancetrack")
    said = scored(folder / "tr" / "tracker" / "dancetrack0004.txt", folder / "dancetrack")
    assert said.figures == SWAPPED
    assert said.result.dataset.name == "val"
    line = error_of(folder / "tr" / "tracker" / "dancetrack0003.txt", folder / "dancetrack")
    assert f"a root with several; give one of {folder / 'dancetrack' / 'train'}, " in line


def test_a_root_with_one_split_of_ground_truth(make_sequence: MakeSequence, tmp_path: Path) -> None:
    make_sequence(tmp_path / "MOT17" / "train" / "MOT17-02-FRCNN")
    make_sequence(tmp_path / "MOT17" / "test" / "MOT17-01-FRCNN", truth=None)
    (tmp_path / "MOT17" / "seqmap.txt").write_text("name\nMOT17-02-FRCNN\n")
    assert open_dataset(str(tmp_path / "MOT17"), None).name == "train"
    make_sequence(tmp_path / "MOT17" / "val" / "MOT17-04-FRCNN")
    with pytest.raises(
        InputError, match=r"one split, found a root with several; give one of .*train, .*val"
    ):
        open_dataset(str(tmp_path / "MOT17"), None)
    (tmp_path / "MOT17-04.txt").write_text("1,1,10,10,20,40,1\n")
    assert scored(tmp_path / "MOT17-04.txt", tmp_path / "MOT17").result.dataset.name == "val"
    out = tmp_path / "tracked"
    out.mkdir()
    (out / "tracks.txt").write_text("1,1,10,10,20,40,1\n")
    with pytest.raises(
        InputError, match=r"found tracks.txt of mot-bench track: mot-bench viewer .* plays them"
    ):
        open_results(out)


def test_tracks_after_the_last_frame_of_the_truth_come_with_a_hint() -> None:
    folder = case("48-truth-ends-early")
    for truth in ("gt", "flat"):
        line = error_of(folder / "tr", folder / truth)
        assert "expected a frame of 1 to 10, found frame 11, beyond the sequence" in line
        assert "write seqLength in its seqinfo.ini" in line


def test_detections_in_fractions_are_said_by_a_run(tmp_path: Path) -> None:
    dataset = open_dataset(str(case("50-normalised")), None)
    suite = load_suite("association")
    context = Context({EVALUATION: dataset}, Networks(suite), Store(tmp_path))
    variant = Planner(suite, context).variant(suite.runs[0], 0)
    assert variant.warnings == ["s: detections look like fractions of the picture (multiply left and width by its "
                                "width, top and height by its height), not like pixels"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            "dets.json",
            "dets.json, JSON (of COCO, perhaps); write one line FRAME,-1,LEFT,TOP,WIDTH,HEIGHT,SCORE",
        ),
        ("dets.csv", "dets.csv, CSV; write one line"),
        (
            "s_000001.txt",
            "1 files such as s_000001.txt, perhaps one for each frame; write one line",
        ),
    ],
)
def test_detections_of_other_formats_come_with_the_way_out(
    name: str, found: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(InputError) as caught:
        find_file(tmp_path, "s")
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "width", "message"),
    [
        (1.7e12, 5, "whole frame numbers of at most 1000000"),
        (1, 7.7e9, "boxes within 1000000 pixels"),
    ],
)
def test_arrays_of_detections_are_bounded(
    frame: float, width: float, message: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "s.npz", frame=[frame], boxes_ltwh=[[1, 1, width, 5]], scores=[1.0])
    with pytest.raises(InputError, match=message):
        read_file(tmp_path / "s.npz")


@pytest.mark.parametrize(
    "text",
    [
        "[Sequence]\nframe_rate=29.97\nseq-length=12\n".encode("utf-16"),
        b"[SEQUENCE]\r\nFPS: 29.97\r\nSeqLength: 12 ; frames\r\n",
        "[Sequence]\nname=Stra\u00dfe\nframeRate=29.97\nSEQ_LENGTH=12\n".encode("latin-1"),
    ],
)
def test_keys_of_seqinfo_as_people_write_them(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "seqinfo.ini").write_bytes(text)
    info = read_seqinfo(tmp_path)
    assert info is not None
    assert (info.frame_rate, info.length, info.unknown) == (29.97, 12, ())


def test_keys_that_are_not_known_are_said(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "gt" / "a")
    text = (folder / "seqinfo.ini").read_text()
    (folder / "seqinfo.ini").write_text(text.replace("frameRate", "framRate"))
    notes = " ".join(check_data(tmp_path / "gt").sequences[0].notes)
    assert "unknown keys in seqinfo.ini: framrate (did you mean 'frameRate'?)" in notes


@pytest.mark.parametrize("place", ["gt.txt", "GT/GT.TXT", "labels/gt.csv"])
def test_ground_truth_in_another_place_comes_with_the_way_out(place: str, tmp_path: Path) -> None:
    file = tmp_path / "set" / "seq" / place
    file.parent.mkdir(parents=True)
    file.write_text("1,1,1,1,5,5,1,1,1\n")
    with pytest.raises(InputError) as caught:
        check_data(tmp_path / "set")
    assert f"{file} is in the wrong place: move it to SEQUENCE/gt/gt.txt" in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "1|1|10|10|5|5|1",
            "6 to 17 columns of tracks, found 1 column ('1|1|10|10|5|5|1'; write commas between the columns)",
        ),
        (f"1,{2**60},10,10,5,5,1", "an id of at most 9007199254740992, found 1152921504606846976"),
    ],
)
def test_a_row_that_cannot_be_read_is_quoted(row: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_tracks(row, "a.txt")
    assert message in str(caught.value)
