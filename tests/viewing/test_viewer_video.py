"""mot-bench video: tracks drawn on the pictures, errors marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from typer.testing import CliRunner
from viewer_samples import BASE, write_folder

from mot_bench.cli import app
from mot_bench.datasets.frames import open_frames
from mot_bench.reports.viewer_files import Span
from mot_bench.viewing.error_painter import ErrorPainter

PEOPLE = {1: (20.0, 20.0, 50.0, 90.0)}
TRACKS = {4: (100.0, 20.0, 130.0, 90.0), 5: (160.0, 20.0, 190.0, 90.0)}


def painted(frame: int, *spans: Span, rate: float = 10) -> npt.NDArray[np.bool_]:
    grey = np.full((160, 240, 3), 90, np.uint8)
    before = grey.copy()
    drawn = ErrorPainter("a run", spans, 160, rate).draw(grey, frame, PEOPLE, TRACKS)
    assert np.array_equal(grey, before)
    changed: npt.NDArray[np.bool_] = drawn != ErrorPainter("a run", (), 160, rate).draw(
        grey, frame, PEOPLE, TRACKS
    )
    return changed


def test_errors_are_marked_where_they_are_and_while_they_last() -> None:
    missed = painted(3, Span(3, 5, "false negative", "", 1, None))[:140]
    assert missed[:, :70].any()
    assert not missed[:, 95:].any()
    assert not painted(6, Span(3, 5, "false negative", "", 1, None)).any()
    wrong = painted(3, Span(3, 3, "false positive", "", None, 4))[:140]
    assert wrong[50:60, 100:131].any()
    assert not wrong[:, :90].any()
    switch = Span(3, 3, "identity switch", "", 1, 5, 4)
    assert painted(3, switch)[:140, 150:].any()
    assert painted(13, switch).any()
    assert not painted(14, switch).any()


def test_an_error_without_a_box_is_no_fault() -> None:
    assert not painted(
        3, Span(3, 3, "loose box", "", 1, 99), Span(3, 3, "false negative", "", 99, None)
    )[:140].any()


def test_a_video_of_a_run(tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), length=44)
    result = CliRunner().invoke(app, ["video", str(out), "--run", BASE, "--sequence", "walk"])
    assert result.exit_code == 0, result.output
    video = out / "runs" / BASE / "seed-0" / "videos" / "walk.mp4"
    assert f"video: {video}" in result.output
    frames = open_frames(video, 44)
    assert len(list(frames.iterate())) == 44

    def pink(frame: int) -> int:
        return int((np.abs(frames.read(frame).astype(int) - (255, 95, 178)).sum(axis=2) < 60).sum())

    assert pink(41) > 5 * pink(39) + 50


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--run", "none"], "--run: expected some of base"),
        (["--run", BASE, "--sequence", "none"], "--sequence: expected some of walk"),
        (["--run", BASE, "--seed", "3"], "--seed: expected one of 0 for base, found 3"),
        (["--run", BASE], "sequence walk: expected pictures to draw on, found none"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, arguments: list[str], fault: str) -> None:
    out = write_folder(tmp_path, sequences=("walk",), length=4, pictures=False)
    result = CliRunner().invoke(app, ["video", str(out), *arguments])
    assert result.exit_code == 2
    assert fault in result.stderr
    assert result.stderr.strip().count("\n") == 0
    assert not list(out.rglob("*.mp4"))
