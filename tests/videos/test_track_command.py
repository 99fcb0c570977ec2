"""``mot-bench track`` from weights in a file to tracks and a video."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from mot_bench import cli
from mot_bench.datasets.mot_text import read_tracks
from mot_bench.models.fairmot import FairMotNetwork, NetworkConfig


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A network that sees somebody in the middle of every picture of 64x64 pixels, of 16x24 pixels."""
    torch.manual_seed(0)
    network = FairMotNetwork(NetworkConfig("dla34_plain", 0.25, "fast", 8, 4))
    state = network.official_state()
    state["wh.2.weight"].zero_()
    state["wh.2.bias"].copy_(torch.tensor([2.0, 3.0, 2.0, 3.0]))
    state["hm.2.weight"].normal_(std=3.0)
    state["hm.2.bias"].fill_(6.0)
    torch.save({"epoch": 1, "state_dict": state}, tmp_path / "there.pth")
    folder = tmp_path / "folder"
    command = [
        "models",
        "load",
        str(tmp_path / "there.pth"),
        "--out",
        str(folder),
        "--height",
        "64",
        "--width",
        "64",
    ]
    assert CliRunner().invoke(cli.app, command).exit_code == 0
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    for frame in range(6):
        Image.fromarray(noise).save(tmp_path / "pictures" / f"{frame}.png")
    return tmp_path / "pictures"


@pytest.mark.parametrize("tracker", ["bytetrack", "fairmot", "botsort"])
def test_tracks_and_video_are_written(
    weights: Path, pictures: Path, tmp_path: Path, tracker: str
) -> None:
    out = tmp_path / "out"
    command = [
        "track",
        str(pictures),
        "--detections",
        str(weights),
        "--tracker",
        tracker,
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(cli.app, [*command, "--frames", "4"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("4 frames, ")
    assert "frames a second" in result.stdout
    assert len(read_tracks(out / "tracks.txt")) > 0
    assert (out / "tracks.mp4").stat().st_size > 1000


def test_settings_change_the_tracker(weights: Path, pictures: Path, tmp_path: Path) -> None:
    command = ["track", str(pictures), "--detections", str(weights), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(
        cli.app, [*command, "--set", "birth_margin=1"]
    )  # no score is that high
    assert result.stdout.startswith("6 frames, 0 tracks")
    assert (tmp_path / "out" / "tracks.txt").read_text() == ""
    result = CliRunner().invoke(cli.app, [*command, "--set", "nothing=1"])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --set nothing=1: expected one of")


def test_what_it_can_take_is_said(pictures: Path, weights: Path) -> None:
    result = CliRunner().invoke(cli.app, ["track", str(pictures)])
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: --detections: expected weights: a folder with a checkpoint, or a file"
    )
    result = CliRunner().invoke(
        cli.app, ["track", str(pictures / "none.mp4"), "--detections", str(weights)]
    )
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_ctrl_c_ends_with_130_and_keeps_the_files(
    weights: Path, pictures: Path, tmp_path: Path
) -> None:
    content = (pictures / "0.png").read_bytes()
    for frame in range(6, 3000):
        (pictures / f"{frame}.png").write_bytes(content)
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "mot_bench",
        "track",
        str(pictures),
        "--detections",
        str(weights),
    ]
    process = subprocess.Popen(
        [*command, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (out / ".tracks.mp4.tmp").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "interrupted: what was tracked so far is written" in told
    assert sorted(path.name for path in out.iterdir()) == ["clip.json", "tracks.mp4", "tracks.txt"]


def tracked(weights: Path, pictures: Path, out: Path, *options: str) -> str:
    """Track, and return what was said on standard error."""
    command = ["track", str(pictures), "--detections", str(weights), "--out", str(out), *options]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 0, result.output
    return result.stderr


def test_the_viewer_plays_what_was_tracked(weights: Path, pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tracked(weights, pictures, out, "--start", "3", "--frames", "2")
    result = CliRunner().invoke(cli.app, ["viewer", str(out)])
    assert result.exit_code == 0, result.output
    (shown,) = (out / "viewer" / "pictures" / "pictures").iterdir()
    assert len(list(shown.iterdir())) == 2
    (boxes,) = (out / "viewer" / "data" / "pictures" / "tracks").iterdir()
    assert boxes.read_text().count("],[") == 1, "one list of boxes for each of the two frames"
    assert "tracks" in (out / "viewer.html").read_text()


@pytest.mark.parametrize(("moved", "found"), [(False, 0), (True, 1)])
def test_the_viewer_finds_pictures_that_moved(
    weights: Path, pictures: Path, tmp_path: Path, moved: bool, found: int
) -> None:
    out = tmp_path / "out"
    tracked(weights, pictures, out, "--frames", "2")
    pictures.rename(tmp_path / "moved")
    option = ["--dataset", str(tmp_path / "moved")] if moved else []
    result = CliRunner().invoke(cli.app, ["viewer", str(out), *option])
    assert result.exit_code == 0, result.output
    assert len(list((out / "viewer").glob("pictures/*/*"))) == found
    assert ("boxes are on an empty stage" in result.stdout) != moved


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            None,
            "clip.json: expected the clip of mot-bench track (track again to have it), found no file",
        ),
        ('{"path": "x", "first": 0, "frames": 2, "frame_rate": 30}', "found first: "),
        ('{"path": "x", "first": 1, "frames": 99999999, "frame_rate": 30}', "found frames: "),
    ],
)
def test_a_clip_that_is_not_told_is_refused(
    weights: Path, pictures: Path, tmp_path: Path, record: str | None, message: str
) -> None:
    out = tmp_path / "out"
    tracked(weights, pictures, out, "--frames", "1")
    (out / "clip.json").unlink() if record is None else (out / "clip.json").write_text(record)
    result = CliRunner().invoke(cli.app, ["viewer", str(out)])
    assert result.exit_code == 2
    assert message in result.stderr


def test_no_tracks_are_said_with_their_likely_cause(
    weights: Path, pictures: Path, tmp_path: Path
) -> None:
    said = tracked(
        weights, pictures, tmp_path / "out", "--frames", "2", "--set", "track_threshold=1.0"
    )
    assert "warning: no tracks from" in said
    assert "--set lowers the tracker's thresholds" in said
