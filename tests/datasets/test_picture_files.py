"""The order of pictures, whatever they are named: one for datasets, ``track`` and the data check."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_files import case
from conftest import MakeSequence
from PIL import Image

from mot_bench.datasets.check import check_data
from mot_bench.datasets.frames import count_pictures, find_pictures, list_pictures
from mot_bench.datasets.motchallenge import describe
from mot_bench.datasets.picture_files import list_folder
from mot_bench.errors import InputError
from mot_bench.videos.clips import open_clip


def _write(folder: Path, *names: str, size: tuple[int, int] = (16, 12)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("RGB", size).save(folder / name)
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ["frame_1.jpg", "frame_2.jpg", "frame_9.jpg", "frame_10.jpg", "frame_11.jpg"],
        ["1.png", "02.png", "3.png", "0010.png", "11.png"],
        ["1700000000040.jpg", "1700000000080.jpg", "1700000000120.jpg"],
        ["cam1_9_b.jpg", "cam1_10_a.png", "cam2_1_a.jpg", "CAM10_1.JPG"],
        ["a.jpg", "b.jpg"],
    ],
)
def test_one_natural_order_everywhere(names: list[str], tmp_path: Path) -> None:
    folder = _write(tmp_path / "img1", *sorted(names, reverse=True))
    (folder / f"._{names[0]}").write_bytes(b"macOS")
    (folder / ".DS_Store").write_bytes(b"")
    (folder / "Thumbs.db").write_bytes(b"")
    (folder / "folder.jpg").mkdir()
    assert [file.name for file in list_pictures(folder).values()] == names
    assert [file.name for file in open_clip(folder).files] == names
    assert list_folder(folder).hidden == 1


def test_numbers_are_frames_up_to_the_last(tmp_path: Path) -> None:
    folder = _write(tmp_path / "img1", "1.png", "2.png", "4.png")
    assert list(list_pictures(folder)) == [1, 2, 4]
    assert count_pictures(folder) == 4
    assert describe(tmp_path).length == 4


@pytest.mark.parametrize(
    "names", [("1.png", "01.png"), ("000001.png", "000001.jpg"), ("f_1.png", "f_01.png")]
)
def test_two_pictures_of_one_number_are_refused(names: tuple[str, str], tmp_path: Path) -> None:
    folder = _write(tmp_path / "img1", *names)
    with pytest.raises(InputError, match=r"one picture of each number, found .* and .*\(move one"):
        list_pictures(folder)


def test_hidden_files_are_no_pictures_and_no_video(tmp_path: Path) -> None:
    (tmp_path / "img1").mkdir()
    (tmp_path / "img1" / "._000001.jpg").write_bytes(b"")
    (tmp_path / "._video.mp4").write_bytes(b"")
    assert find_pictures(tmp_path, "img1") is None
    assert find_pictures(tmp_path, "img2") is None


def test_the_data_check_says_the_order_and_what_it_passed_over(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "s", length=None)
    _write(folder / "img1", "f_1.jpg", "f_2.jpg", "f_10.jpg", "f_11.png")
    (folder / "img1" / "._f_1.jpg").write_bytes(b"")
    notes = check_data(folder).sequences[0].notes
    assert "1 hidden files in img1 skipped" in notes
    assert "pictures in the order of their names, f_1.jpg to f_11.png" in notes
    assert "no picture of number 3 among them, the next one takes its frame" in notes
    assert "pictures of several formats" in notes


def test_the_data_check_finds_pictures_that_change_or_are_bombs(
    make_sequence: MakeSequence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100 * 100)
    folder = make_sequence(tmp_path / "s", length=None)
    _write(folder / "img1", "1.png", "2.png")
    _write(folder / "img1", "3.png", size=(20, 12))
    _write(folder / "img1", "4.png", size=(400, 400))
    (folder / "img1" / "5.png").write_bytes(b"broken")
    lines = [str(finding) for finding in check_data(folder).all_findings]
    assert lines[0].endswith("3.png: expected 16 x 12 pixels (as 1.png), found 20 x 12")
    assert (
        "4.png: expected a picture that can be opened, found Image size (160000 pixels)" in lines[1]
    )
    assert "5.png: expected a picture that can be opened" in lines[2]


def test_unpadded_names_of_a_report() -> None:
    folder = case("21-unpadded-names")
    assert [file.name for file in open_clip(folder / "s").files] == [
        f"frame_{n}.jpg" for n in range(1, 13)
    ]
    assert [file.name for file in open_clip(folder / "pad").files] == [
        f"frame_{n:02d}.jpg" for n in range(1, 13)
    ]
    assert any(
        "in the order of their names" in note
        for note in check_data(folder / "s").sequences[0].notes
    )
