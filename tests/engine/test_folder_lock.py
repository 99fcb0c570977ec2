"""Commands that write into one folder: one at a time, said in one line.

Times and tracks are those of what is shown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mot_bench.cli import app
from mot_bench.files.folder_lock import checkpoint_lock, results_lock

fcntl = pytest.importorskip("fcntl")
BOXES = "".join(f"{frame},1,{10 + frame},10,20,40,1,1,1\n" for frame in range(1, 7))


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with one run."""
    (tmp_path / "gt.txt").write_text(BOXES)
    (tmp_path / "one.txt").write_text(BOXES)
    done = score(tmp_path)
    assert done.exit_code == 0, done.output
    return tmp_path / "out"


def score(place: Path) -> Result:
    return command(
        "score", place / "one.txt", "--ground-truth", place / "gt.txt", "--out", place / "out"
    )


@pytest.fixture
def busy(folder: Path) -> Iterator[Path]:
    """The same folder, held by another process for all that this one can tell."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.mark.parametrize(
    "given",
    [
        ("run", "--suite", "smoke", "--only", "sort", "--out", "OUT"),
        ("score", "OUT/../one.txt", "--ground-truth", "OUT/../gt.txt", "--out", "OUT"),
        ("report", "OUT"),
        ("explain", "one", "--out", "OUT"),
        ("viewer", "OUT"),
        ("video", "OUT", "--run", "one"),
        ("plot", "--out", "OUT", "--format", "svg"),
    ],
)
def test_a_command_refuses_a_folder_that_another_is_at_work_in(
    busy: Path, given: tuple[str, ...]
) -> None:
    before = {path: path.read_bytes() for path in busy.rglob("*") if path.is_file()}
    done = command(*(part.replace("OUT", str(busy)) for part in given))
    assert done.exit_code == 2
    assert f"{busy}: expected no other mot-bench at work in it, found one" in done.output
    assert {path: path.read_bytes() for path in busy.rglob("*") if path.is_file()} == before


def test_two_trainings_never_write_to_one_checkpoint(tmp_path: Path) -> None:
    with (tmp_path / ".out.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = command(
            "train", "--data", "street-train-smoke", "--preset", "tiny", "--out", tmp_path / "out"
        )
    assert done.exit_code == 2
    assert "expected no other mot-bench at work in it" in done.output
    assert not (tmp_path / "out").exists()


def test_a_lock_is_held_once_by_a_process_and_gone_at_the_end(tmp_path: Path) -> None:
    with (
        results_lock(tmp_path),
        results_lock(tmp_path / "." / "..", make=True),
        results_lock(tmp_path),
    ):
        assert (tmp_path / ".lock").exists()
        with (tmp_path / ".lock").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with checkpoint_lock(tmp_path / "net"):
        assert (tmp_path / ".net.lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_a_killed_process_left_holds_nobody(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("")
    with results_lock(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_not_made_by_its_lock(tmp_path: Path) -> None:
    assert command("report", tmp_path / "typo").exit_code != 0
    with pytest.raises(ZeroDivisionError), results_lock(tmp_path / "empty", make=True):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_speed_is_shown_of_what_was_timed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOT_BENCH_STORE", str(tmp_path / "store"))
    given = [
        "run",
        "--suite",
        "smoke",
        "--only",
        "sort,bytetrack",
        "--out",
        str(tmp_path),
        "--jobs",
        "1",
    ]
    assert command(*given, "--timing").exit_code == 0
    assert speeds(tmp_path) == {"sort", "bytetrack"}
    assert command(*given, "--set", "sort.min_hits=2").exit_code == 0
    assert command("report", tmp_path).exit_code == 0
    assert speeds(tmp_path) == {"bytetrack"}
    assert command(*given).exit_code == 0
    assert speeds(tmp_path) == {"sort", "bytetrack"}, "the same as was timed"


def speeds(folder: Path) -> set[str]:
    """The runs that have a speed in timing.csv."""
    return {line.partition(",")[0] for line in (folder / "timing.csv").read_text().splitlines()[1:]}


@pytest.mark.parametrize(
    "given",
    [
        ("report", "OUT"),
        ("explain", "one", "--out", "OUT"),
        ("viewer", "OUT", "--pictures", "none"),
    ],
)
def test_tracks_that_were_edited_are_said(folder: Path, given: tuple[str, ...]) -> None:
    assert command("explain", "one", "--out", folder).exit_code == 0
    (tracks,) = folder.rglob("tracks/*.txt")
    arguments = [part.replace("OUT", str(folder)) for part in given]
    assert "expected the tracks that were scored" not in command(*arguments).output
    tracks.write_text(BOXES.replace("1,1,", "1,2,", 1))
    assert (
        f"warning: {tracks}: expected the tracks that were scored, found others"
        in command(*arguments).output
    )


def test_a_score_again_replaces_an_edited_file(folder: Path) -> None:
    (tracks,) = folder.rglob("tracks/*.txt")
    before = tracks.read_bytes()
    tracks.write_text("")
    assert score(folder.parent).exit_code == 0
    assert tracks.read_bytes() == before
    assert json.loads((folder / "results.json").read_bytes())["runs"][0]["status"] == "ok"


@pytest.mark.parametrize("given", [("report", "OUT"), ("explain", "one", "--out", "OUT")])
def test_what_killed_commands_left_is_swept_by_the_next(
    folder: Path, given: tuple[str, ...]
) -> None:
    left = [
        folder / ".report.html.abc.tmp",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    own = folder / "notes.tmp"
    own.write_text("mine")
    assert command(*(part.replace("OUT", str(folder)) for part in given)).exit_code == 0
    assert [path for path in left if path.exists()] == []
    assert own.exists()


def test_temporary_folders_of_killed_processes_are_swept_and_those_of_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    temporary = tmp_path / "tmp"
    names = {
        f"mot-bench-{ended.pid}-abc": False,
        f"mot-bench-{os.getpid()}-abc": True,
        "mot-bench-notes": True,
    }
    for name in names:
        (temporary / name).mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with results_lock(tmp_path / "out", make=True):
        assert {name: (temporary / name).exists() for name in names} == names
