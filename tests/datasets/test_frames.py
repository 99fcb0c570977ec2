"""Pictures: from folders and videos, in order, ahead of need, with faults that name the file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mot_bench.datasets.frames import decode_ahead, find_pictures, list_pictures, open_frames
from mot_bench.datasets.picture_decoding import Picture
from mot_bench.datasets.splits import CutFrames
from mot_bench.errors import InputError
from mot_bench.videos.clips import open_clip


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Ten pictures of 32 x 24, frame n with red 10 n."""
    folder = tmp_path / "img1"
    folder.mkdir()
    for number in range(1, 11):
        Image.new("RGB", (32, 24), (10 * number, 0, 0)).save(folder / f"{number:06d}.png")
    return folder


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video of ten frames of 64 x 48, frame n with gray level 20 n."""
    import av

    path = tmp_path / "video.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for number in range(1, 11):
            image = np.full((48, 64, 3), 20 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _levels(frames: Iterator[Picture]) -> list[int]:
    return [int(picture[0, 0, 0]) for picture in frames]


def turned_video(path: Path, picture: Picture, degrees: int, *, mirrored: bool = False) -> Path:
    """A video of three equal frames that says how it is to be shown: turned counter-clockwise, then mirrored."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], "rgb24"
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write a rotation")
        stream.set_display_rotation(degrees, hflip=mirrored)
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_video_is_turned_as_it_says(tmp_path: Path, quarters: int, mirrored: bool) -> None:
    """Phones film with the sensor's side up and say in the file how the picture is to be shown."""
    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    path = turned_video(tmp_path / "phone.mov", picture, 90 * quarters, mirrored=mirrored)
    shown = np.rot90(picture, quarters)
    if mirrored:
        shown = np.fliplr(shown)
    for found in (open_frames(path, 3).read(2), next(open_clip(path).pictures())):
        np.testing.assert_array_equal(found, shown)


def test_a_video_turned_by_some_degrees_stays_as_it_is(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    path = turned_video(tmp_path / "tilted.mov", picture, 10)
    np.testing.assert_array_equal(open_frames(path, 3).read(1), picture)


def test_a_folder_in_order_and_at_random(pictures: Path) -> None:
    frames = open_frames(pictures, 10)
    assert len(frames) == 10
    assert frames.read(7).shape == (24, 32, 3)
    assert frames.read(7).dtype == np.uint8
    assert frames.read(7)[0, 0].tolist() == [70, 0, 0]
    assert _levels(frames.iterate()) == [10 * n for n in range(1, 11)]
    for index in (0, 11):
        with pytest.raises(IndexError):
            frames.read(index)


def test_a_video_in_order_and_at_random(video: Path) -> None:
    frames = open_frames(video, 10)
    assert _levels(frames.iterate()) == [20 * n for n in range(1, 11)]
    for index in (3, 3, 9, 1, 10):
        assert frames.read(index)[0, 0, 0] == 20 * index


def test_a_video_that_is_too_short(video: Path) -> None:
    with pytest.raises(InputError, match="at least 11 frames, found a video of 10"):
        open_frames(video, 12).read(11)


def test_a_split_of_pictures_and_of_a_video(pictures: Path, video: Path) -> None:
    for path, step in ((pictures, 10), (video, 20)):
        window = CutFrames(partial(open_frames, path, 10), 4, 6)()
        assert len(window) == 3
        assert _levels(window.iterate()) == [4 * step, 5 * step, 6 * step]
        assert window.read(1)[0, 0, 0] == 4 * step
        with pytest.raises(IndexError):
            window.read(4)


def test_gray_and_palette_pictures_become_rgb(tmp_path: Path) -> None:
    for number, mode in enumerate(("L", "P", "RGBA"), start=1):
        Image.new(mode, (8, 6)).save(tmp_path / f"{number}.png")
    assert [picture.shape for picture in open_frames(tmp_path, 3).iterate()] == [(6, 8, 3)] * 3


def test_a_broken_picture_is_named(pictures: Path) -> None:
    (pictures / "000003.png").write_bytes(b"this is no picture")
    with pytest.raises(InputError, match=r"000003.png: expected a picture that can be decoded"):
        list(open_frames(pictures, 10).iterate())


def test_a_truncated_picture_is_named(pictures: Path) -> None:
    whole = (pictures / "000002.png").read_bytes()
    (pictures / "000002.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"000002.png"):
        open_frames(pictures, 10).read(2)


def test_a_broken_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes(b"this is no video" * 100)
    with pytest.raises(InputError, match=r"video.mp4: expected a video"):
        open_frames(tmp_path / "video.mp4", 3).read(1)


def test_numbers_say_which_frame_a_picture_is(tmp_path: Path) -> None:
    for name in ("3.png", "10.png", "1.png"):
        Image.new("RGB", (2, 2)).save(tmp_path / name)
    assert {number: path.name for number, path in list_pictures(tmp_path).items()} == {
        1: "1.png",
        3: "3.png",
        10: "10.png",
    }
    Image.new("RGB", (2, 2)).save(tmp_path / "0.png")
    assert sorted(list_pictures(tmp_path)) == [1, 2, 4, 11]


def test_pictures_are_found_by_name_or_as_the_only_video(pictures: Path, video: Path) -> None:
    folder = pictures.parent
    assert find_pictures(folder, "img1") == pictures
    assert find_pictures(folder, "img2") == video
    assert find_pictures(folder, "video.mkv") == video
    assert find_pictures(pictures, "img1") is None


def test_decoding_runs_ahead_but_not_away() -> None:
    made: list[int] = []

    def slow() -> Iterator[Picture]:
        for number in range(100):
            made.append(number)
            yield np.zeros((1, 1, 3), np.uint8)

    stream = decode_ahead(slow(), ahead=4)
    next(stream)
    deadline = time.monotonic() + 5
    while len(made) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert 5 <= len(made) <= 8
    stream.close()  # type: ignore[attr-defined]
    assert not any(thread.name == "decode-ahead" for thread in threading.enumerate())
