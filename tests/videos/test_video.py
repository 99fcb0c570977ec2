"""Tracking videos and folders of pictures: what is written, when it ends early, and that a browser plays it."""

from __future__ import annotations

import base64
import shutil
import signal
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from typer.testing import CliRunner

from mot_bench import cli
from mot_bench.datasets.mot_text import read_tracks
from mot_bench.datasets.picture_decoding import Picture
from mot_bench.errors import InputError, MotBenchError
from mot_bench.trackers import registry
from mot_bench.trackers.interface import Detections, Tracks
from mot_bench.videos.annotation import TrackPainter, VideoWriter, colour_of
from mot_bench.videos.clips import open_clip
from mot_bench.videos.tracking import TRACKS, VIDEO, Tracked, Tracking, make_tracking, track_video

HEIGHT, WIDTH = 97, 131


def scene(frame: int) -> Picture:
    """Two bright people that walk, on grey."""
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for left, top in ((10 + 2 * frame, 12), (90 - 2 * frame, 55)):
        picture[top : top + 32, left : left + 14] = 250
    return picture


class Bright:
    """Detects what is bright."""

    embedding_size = 0
    digest = "bright"

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        return [self._one(picture) for picture in pictures]

    def _one(self, picture: Picture) -> Detections:
        boxes: list[list[float]] = []
        for top, bottom in ((0, 50), (50, HEIGHT)):
            rows, columns = np.nonzero(picture[top:bottom, :, 0] > 200)
            if len(rows):
                boxes.append(
                    [columns.min(), rows.min() + top, columns.max() + 1, rows.max() + top + 1]
                )
        return Detections(np.array(boxes, np.float64).reshape(-1, 4), np.full(len(boxes), 0.95))


class Ones:
    """Embeddings that are all alike; remembers how many boxes it was asked for."""

    embedding_size = 4
    digest = "ones"

    def __init__(self) -> None:
        self.asked = 0

    def embed(
        self, picture: Picture, boxes_xyxy: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float32]:
        assert picture.shape == (HEIGHT, WIDTH, 3)
        self.asked += len(boxes_xyxy)
        return np.full((len(boxes_xyxy), 4), 0.5, np.float32)


def tracking(tracker: str = "bytetrack", extractor: Ones | None = None) -> Tracking:
    made = registry.make(tracker)
    return Tracking(Bright(), extractor, made, made.needs(made.Config()), None)


def folder_of_pictures(folder: Path, count: int, first: int = 1) -> Path:
    folder.mkdir(parents=True)
    for frame in range(count):
        Image.fromarray(scene(frame)).save(folder / f"{first + frame}.png")
    return folder


def video_of(path: Path, count: int, rate: Fraction) -> Path:
    with VideoWriter(path, rate) as writer:
        for frame in range(count):
            writer.write(scene(frame))
    return path


def test_a_folder_is_tracked_and_drawn(tmp_path: Path) -> None:
    clip = open_clip(folder_of_pictures(tmp_path / "pictures", 12))
    seen: list[int] = []
    result = track_video(
        clip, tracking(), tmp_path / "out", step=lambda done: seen.append(done.frames)
    )
    assert seen == list(range(1, 13))
    assert (result.frames, result.ids, result.interrupted) == (12, 2, False)
    rows = read_tracks(tmp_path / "out" / TRACKS)
    assert rows.frames.tolist() == sorted([*range(1, 13), *range(1, 13)])
    with av.open(str(tmp_path / "out" / VIDEO)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (
            WIDTH + 1,
            HEIGHT + 1,
            Fraction(30),
        )
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 12
    plain = np.pad(scene(11), ((0, 1), (0, 1), (0, 0))).astype(int)
    different = np.abs(frames[11].astype(int) - plain).max(axis=2) > 60
    assert 100 < different.sum() < 0.5 * different.size
    assert (tmp_path / "out" / VIDEO).read_bytes().find(
        b"moov"
    ) < 100  # in front: it plays before it is all there


def test_a_video_keeps_its_rate_and_frame_numbers(tmp_path: Path) -> None:
    path = video_of(tmp_path / "there.mp4", 12, Fraction(25, 2))
    clip = open_clip(path, start=4, frames=5)
    assert (clip.frame_rate, clip.length) == (Fraction(25, 2), 5)
    result = track_video(clip, tracking("sort"), tmp_path / "out")
    assert result.frames == 5
    assert np.unique(read_tracks(tmp_path / "out" / TRACKS).frames).tolist() == [4, 5, 6, 7, 8]
    with av.open(str(tmp_path / "out" / VIDEO)) as container:
        assert container.streams.video[0].average_rate == Fraction(25, 2)
    assert open_clip(path).length == 12
    assert open_clip(path, start=11, frames=50).length == 2


def test_ctrl_c_keeps_what_is_tracked(tmp_path: Path) -> None:
    clip = open_clip(folder_of_pictures(tmp_path / "pictures", 12))

    def step(done: Tracked) -> None:
        if done.frames == 5:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    result = track_video(clip, tracking(), tmp_path / "out", step=step)
    assert signal.getsignal(signal.SIGINT) is before
    assert (result.frames, result.interrupted) == (5, True)
    assert read_tracks(tmp_path / "out" / TRACKS).frames.max() == 5
    assert video_length(tmp_path / "out" / VIDEO) == 5
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [VIDEO, TRACKS]


def video_length(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_broken_picture_ends_it_and_keeps_what_is_tracked(tmp_path: Path) -> None:
    pictures = folder_of_pictures(tmp_path / "pictures", 6)
    (pictures / "5.png").write_bytes(b"none")
    with pytest.raises(InputError, match=r"5\.png: expected a picture that can be decoded"):
        track_video(open_clip(pictures), tracking(), tmp_path / "out")
    assert read_tracks(tmp_path / "out" / TRACKS).frames.max() == 4
    assert video_length(tmp_path / "out" / VIDEO) == 4
    Image.fromarray(scene(0)[:50]).save(pictures / "3.png")
    with pytest.raises(
        InputError, match="expected pictures of one size, 131x97, found 131x50 in frame 3"
    ):
        track_video(open_clip(pictures), tracking(), tmp_path / "out")


def test_frames_without_anybody_are_frames(tmp_path: Path) -> None:
    (tmp_path / "dark").mkdir()
    for frame in range(3):
        Image.new("RGB", (64, 48)).save(tmp_path / "dark" / f"{frame}.png")
    result = track_video(open_clip(tmp_path / "dark"), tracking(), tmp_path / "out")
    assert (result.frames, result.ids) == (3, 0)
    assert (tmp_path / "out" / TRACKS).read_text() == ""
    assert video_length(tmp_path / "out" / VIDEO) == 3


def test_a_separate_extractor_is_asked_for_each_box(tmp_path: Path) -> None:
    extractor = Ones()
    clip = open_clip(folder_of_pictures(tmp_path / "pictures", 6))
    result = track_video(clip, tracking("deepsort", extractor), tmp_path / "out")
    assert extractor.asked == 12
    assert result.ids == 2


def test_pictures_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = folder_of_pictures(tmp_path / "sequence" / "img1", 11, first=995)
    (tmp_path / "sequence" / "seqinfo.ini").write_text("[Sequence]\nframeRate=14\n")
    clip = open_clip(tmp_path / "sequence")
    assert (clip.path, clip.frame_rate, clip.length) == (folder, Fraction(14), 11)
    assert [file.stem for file in clip.files] == [str(number) for number in range(995, 1006)]
    np.testing.assert_array_equal(next(clip.pictures()), scene(0))
    assert open_clip(folder, frame_rate=29.97).frame_rate == Fraction(2997, 100)
    assert open_clip(folder).frame_rate == 30


def without_frames(path: Path, lost: set[int]) -> Path:
    """Write a copy of a video as a transport stream, without some of its frames (from 1), their times kept."""
    to = path.with_suffix(".ts")
    with av.open(str(path)) as source, av.open(str(to), "w") as target:
        made = target.add_stream("mpeg2video", rate=10)
        made.width, made.height, made.pix_fmt, made.gop_size = WIDTH + 1, HEIGHT + 1, "yuv420p", 1
        for number, frame in enumerate(source.decode(video=0), start=1):
            if number not in lost:
                picture = frame.reformat(format="yuv420p")
                picture.pts, picture.time_base = number, Fraction(1, 10)
                target.mux(made.encode(picture))
        target.mux(made.encode())
    return to


def test_frames_that_a_stream_lost_are_told(tmp_path: Path) -> None:
    path = video_of(tmp_path / "there.mp4", 20, Fraction(10))
    assert open_clip(path).notes == ()
    assert open_clip(without_frames(path, set())).notes == ()
    (note,) = open_clip(without_frames(path, {6, 7, 15})).notes
    assert "about 3 frames are missing in 2 places" in note
    assert "the first after frame 5: 0.300 s where 0.100 s are usual" in note


@pytest.mark.parametrize(
    "address", ["rtsp://camera/1", "rtsp:/camera/1", "https://example.org/a.mp4", "udp://@:1234"]
)
def test_streams_are_refused_with_the_way_out(address: str) -> None:
    done = CliRunner().invoke(cli.app, ["track", address])
    assert done.exit_code == 2
    told = " ".join(done.stderr.split())
    assert f"{address}: expected a video file or a folder of pictures, found an address" in told
    assert "Record a part of the stream first" in told
    with pytest.raises(MotBenchError, match="streams are not supported"):
        open_clip(Path(address))


def test_what_is_no_clip_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="expected a video file or a folder of pictures, found no such file"
    ):
        open_clip(tmp_path / "none.mp4")
    with pytest.raises(InputError, match="expected pictures from frame 1 on, found 0 pictures"):
        open_clip(tmp_path)
    (tmp_path / "there.mp4").write_bytes(b"no video" * 100)
    with pytest.raises(InputError, match="expected a video that can be decoded"):
        open_clip(tmp_path / "there.mp4")
    video_of(tmp_path / "there.mp4", 2, Fraction(10))
    with pytest.raises(MotBenchError, match="--frame-rate: expected it for a folder"):
        open_clip(tmp_path / "there.mp4", frame_rate=5)
    with pytest.raises(MotBenchError, match="--start: expected a number above 0, found 0"):
        open_clip(tmp_path / "there.mp4", start=0)
    with pytest.raises(InputError, match="expected frames from 9 on, found a video of 2"):
        track_video(open_clip(tmp_path / "there.mp4", start=9), tracking(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_weights_and_needs_are_checked_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(
        MotBenchError,
        match=r"--detections: expected weights: a folder with a checkpoint, or a file",
    ):
        make_tracking(None, None, "bytetrack", [])
    with pytest.raises(
        MotBenchError, match=r"there\.txt: expected weights: .* \(--detections\), found none"
    ):
        make_tracking(str(tmp_path / "there.txt"), None, "bytetrack", [])
    with pytest.raises(MotBenchError, match="expected one of"):
        make_tracking(None, None, "nothing", [])
    with pytest.raises(MotBenchError, match="--set nothing=1: expected one of"):
        make_tracking(None, None, "sort", ["nothing=1"])


def test_colours_stay_and_trails_end() -> None:
    painter = TrackPainter(HEIGHT, 10.0)
    blank = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    box = np.array([[20.0, 20.0, 50.0, 70.0]])
    tracks = Tracks(box, np.ones(1), np.array([7]), np.array([0]))
    drawn = painter.draw(blank, tracks)
    assert not blank.any()
    assert tuple(drawn[45, 20]) == colour_of(7)
    for _ in range(3):
        left_behind = painter.draw(blank, tracks)
    far = Tracks(box + 1e7, np.ones(1), np.array([8]), np.array([0]))
    painter.draw(blank, far)
    assert left_behind.any()
    for _ in range(12):
        assert not painter.draw(blank, Tracks()).any()
    assert len({colour_of(identity) for identity in range(1, 60)}) == 59


@pytest.mark.browser
def test_a_browser_plays_it(tmp_path: Path) -> None:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install playwright"
    )
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium found")
    track_video(
        open_clip(folder_of_pictures(tmp_path / "pictures", 20)), tracking(), tmp_path / "out"
    )
    content = base64.b64encode((tmp_path / "out" / VIDEO).read_bytes()).decode()
    arguments = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    )
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments.split())
        page = browser.new_page()
        page.set_content(f'<video muted autoplay src="data:video/mp4;base64,{content}"></video>')
        page.wait_for_function("document.querySelector('video').ended", timeout=20_000)
        found = page.evaluate(
            "(v => [v.readyState, v.videoWidth, v.videoHeight])(document.querySelector('video'))"
        )
        browser.close()
    assert found[0] >= 2  # the picture at hand is decoded
    assert found[1:] == [WIDTH + 1, HEIGHT + 1]
