"""``mot-bench data check``: every fault by file and line, nothing found where nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from conftest import MakeSequence
from PIL import Image
from typer.testing import CliRunner

from mot_bench.commands import data
from mot_bench.datasets.check import check_data
from mot_bench.datasets.split_pair import check_split_pair
from mot_bench.errors import InputError, MotBenchError


def _lines(path: Path) -> list[str]:
    return [str(finding) for finding in check_data(path).all_findings]


def _run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    data.register(app)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["data", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_sound_dataset(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "set" / "s", detections="1,-1,1,1,5,5,0.5,-1,-1,-1\n")
    (folder / "img1").mkdir()
    for number in range(1, 5):
        Image.new("RGB", (160, 120)).save(folder / "img1" / f"{number:06d}.png")
    code, output = _run("check", str(tmp_path / "set"))
    assert code == 0
    assert (
        "s: MOT17, 4 frames; 4 pictures; ground truth 4 rows, 2 pedestrians; 0 boxes partly outside"
        in output
    )
    assert "1 detections; digest " in output
    assert output.endswith("no faults\n")


def test_faults_of_the_ground_truth(make_sequence: MakeSequence, tmp_path: Path) -> None:
    truth = (
        "1,1,10,10,20,40,1,1,1\n1,1,10,10,20,40,1,1,1\n9,1,10,10,20,40,1,1,1\n2,2,-5,10,20,40,1,1,1\n"
        "2,3,500,10,20,40,1,1,1\n2,4,500,10,20,40,0,1,1\n2,5,x,10,20,40,1,1,1\n2,6,1,10,20,40,1,14,1\n"
    )
    folder = make_sequence(tmp_path / "MOT17-01", truth=truth)
    path = folder / "gt" / "gt.txt"
    assert _lines(folder) == [
        f"{path}:2: expected an id once in frame 1, found id 1 a second time (first in line 1)",
        f"{path}:3: expected a frame of 1 to 4, found frame 9, beyond the sequence",
        f"{path}:7: expected a number in column 3, found 'x'",
        f"{path}:8: expected a class of 1 to 13 in column 8, found 14",
        f"{path}:5: expected a box in the picture of 160 x 120, found one wholly outside (500, 10, 20, 40)",
    ]
    report = check_data(folder).sequences[0]
    assert report.partly_outside == 1
    assert report.digest == ""
    code, output = _run("check", str(folder))
    assert code == 1
    assert output.endswith("5 faults\n")


def test_many_faults_are_counted_not_listed(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "s", truth="1,1,1,1,1,1,1,1,1\n" + "0,1,1,1,1,1,1,1,1\n" * 50)
    lines = _lines(folder)
    assert len(lines) == 21
    assert lines[-1].endswith("expected no faults, found 30 more")


def test_pictures_fewer_than_seqinfo_says(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "s")
    (folder / "img1").mkdir()
    for number in (1, 2):
        Image.new("RGB", (160, 120)).save(folder / "img1" / f"{number:06d}.png")
    assert _lines(folder) == [
        f"{folder}/seqinfo.ini:5: expected seqLength = the 2 pictures in img1, found 4"
    ]


def test_pictures_broken_or_of_another_size_or_number(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "s")
    (folder / "img1").mkdir()
    for number in (1, 2, 3, 5):
        Image.new("RGB", (160 if number < 3 else 80, 120)).save(
            folder / "img1" / f"{number:06d}.png"
        )
    (folder / "img1" / "000002.png").write_bytes(b"broken")
    lines = _lines(folder)
    assert "expected pictures 1 to 4, found none of number 4" in lines[0]
    assert "000002.png: expected a picture that can be opened" in lines[1]
    assert "000003.png: expected 160 x 120 pixels (seqinfo.ini), found 80 x 120" in lines[2]


def test_faults_of_detections_seqinfo_and_embeddings(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "set" / "a", detections="1,-1,1,1,5,-5,0.5,-1,-1,-1\n")
    (folder / "embeddings.npz").write_bytes(b"nothing")
    broken = make_sequence(tmp_path / "set" / "b")
    (broken / "seqinfo.ini").write_text("[Sequence]\nseqLength=none\n")
    lines = _lines(tmp_path / "set")
    assert (
        f"{folder}/det/det.txt:1: expected a width and height of at least 0, found 5 x -5" in lines
    )
    assert any(
        line.startswith(f"{folder}/embeddings.npz: expected an .npz archive") for line in lines
    )
    assert (
        f"{broken}/seqinfo.ini:2: expected a number of at least 1 for seqLength, found 'none'"
        in lines
    )


def test_a_data_root_with_detections_and_camera_motion(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    make_sequence(tmp_path / "MOT17" / "train" / "MOT17-02-DPM")
    make_sequence(tmp_path / "MOT15" / "train" / "x", truth="1,1,1,1,9,9,1,-3.5,2.5,0\n")
    for name, content in (
        ("detections/mine", "1,-1,1,1,1,1\n2,-1,1\n"),
        ("camera_motion", "0 1 0 0 0 1\n"),
    ):
        folder = tmp_path / "MOT17" / name
        folder.mkdir(parents=True)
        (folder / "MOT17-02.txt").write_text(content)
    report = check_data(tmp_path)
    assert [(s.name, s.benchmark) for s in report.sequences] == [
        ("x", "MOT15"),
        ("MOT17-02-DPM", "MOT17"),
    ]
    assert report.other_files == 2
    assert [finding.line for finding in report.all_findings] == [2, 1]


def test_what_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, message in (
        (tmp_path / "no", "found nothing"),
        (tmp_path / "file", "found a file"),
        (tmp_path, "none"),
    ):
        with pytest.raises(InputError, match=message):
            check_data(path)


def test_identities_in_both_halves(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "set" / "s")
    findings = check_split_pair(folder.parent, "half-train", "half-val")
    assert [str(finding) for finding in findings] == [
        f"{folder}/gt/gt.txt: expected identities of half-val alone, found 1 of s that are in half-train too: 1"
    ]
    assert check_split_pair(folder.parent, "frames:1-1", "frames:3-3") == []
    code, output = _run("check", str(folder.parent), "--split-pair", "half-train", "half-val")
    assert code == 1
    assert "1 of s that are in half-train too: 1" in output
    with pytest.raises(MotBenchError, match="dataset: expected a folder or one of"):
        check_split_pair(folder.parent, "half-train", "half-way")


def test_copies_under_other_names_are_found(make_sequence: MakeSequence, tmp_path: Path) -> None:
    truth = "".join(f"{frame},{frame % 3},{frame},7,20,40,1,1,1\n" for frame in range(1, 31))
    other = "".join(f"{frame},{frame % 3},{frame},9,20,40,1,1,1\n" for frame in range(1, 31))
    make_sequence(tmp_path / "train" / "MOT17-02-DPM", truth=truth, length=30)
    make_sequence(tmp_path / "val" / "MOT17-02-SDP", truth=truth, length=30)
    make_sequence(tmp_path / "val" / "renamed", truth=truth, length=30)
    make_sequence(tmp_path / "val" / "different", truth=other, length=30)
    findings = check_split_pair(tmp_path, str(tmp_path / "train"), str(tmp_path / "val"))
    assert [finding.path.parent.parent.name for finding in findings] == ["MOT17-02-SDP", "renamed"]


def test_list_says_what_is_there(make_sequence: MakeSequence, tmp_path: Path) -> None:
    make_sequence(tmp_path / "MOT17" / "train" / "MOT17-02-DPM")
    code, output = _run("list", "--data-root", str(tmp_path))
    assert code == 0
    lines = {line.split()[0]: line for line in output.splitlines()}
    assert "there" in lines["mot17-half-val"]
    assert "not found" in lines["mot20-train"]
    assert "generated" in lines["street"]


def test_real_data(data_root: Path) -> None:
    report = check_data(data_root)
    ids = {sequence.name: sequence.ids for sequence in report.sequences}
    assert ids["MOT17-02-DPM"] == 62
    assert ids["PETS09-S2L1"] == 19
    assert all(sequence.digest for sequence in report.sequences)
    assert [(f.path.parent.parent.name, f.line) for f in report.all_findings] == [
        ("MOT17-10-DPM", 11122),
        ("MOT17-10-DPM", 11123),
    ]
