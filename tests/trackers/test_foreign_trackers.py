"""A user's tracker works in a process of its own: whatever it does costs its own row, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from mot_bench.cli import app
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.engine.environment import TRACKER_TIMEOUT
from mot_bench.records.results import RunResult
from mot_bench.running.runner import Options, run_suite
from mot_bench.suites.overrides import with_tracker
from mot_bench.suites.schema import RunSpec, Suite

SOURCE = Path(__file__).parents[1] / "foreign_trackers.py"
GOOD = ("Steady", "BufferReused", "Talkative", "Forking", "Threading", "Moving")
BAD = {
    "Leaving": "frame 2: its process ended by itself, with exit code 0",
    "Crashing": "frame 2: its process was ended by SIGSEGV",
    "Killed": "frame 2: its process was ended by SIGKILL (perhaps memory ran out)",
    "GroupKilled": "frame 2: its process was ended by SIGKILL",
    "Interrupting": "frame 2: KeyboardInterrupt in foreign_trackers.py:",
    "Exiting": "frame 2: SystemExit in foreign_trackers.py:",
    "HugeId": "frame 1: the tracker gave the id 9007199254740994, expected less than 2^53",
    "UnsignedId": "frame 1: the tracker gave the id 9223372036854775810, expected less than 2^53",
    "Speechless": "frame 2: Unprintable in foreign_trackers.py:",
    "Longwinded": "frame 2: ValueError in foreign_trackers.py:",
    "Scribbling": "frame 2: the tracker changed its input boxes_xyxy",
    "HungUp": "frame 2: its process",
    "Patching": "frame 2: TypeError in",
    "Abandoning": "frame 2: its process ended by itself, with exit code 0",
    "Vague": "what it needs: NoneType, expected a set of Need",
    "Demanding": "its process ended by itself, with exit code 0",
    "Picky": "its process ended by itself, with exit code 0",
}
TRUTH = "".join(
    f"{frame},{person},{50 * person + frame},10,20,40,1,1,1\n"
    for frame in range(1, 5)
    for person in (1, 2)
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One sequence of four frames, two people and their detections."""
    folder = tmp_path_factory.mktemp("data") / "walk"
    for name in ("gt/gt.txt", "det/det.txt"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(TRUTH)
    (folder / "seqinfo.ini").write_text(
        "[Sequence]\nname=walk\nframeRate=25\nseqLength=4\nimWidth=640\nimHeight=480\n"
    )
    return folder.parent


def run(data: Path, out: Path, names: tuple[str, ...]) -> dict[str, RunResult]:
    """Rows by class; the first is of one of our own trackers."""
    suite = Suite(
        name="mine", base="sort", dataset=str(data), runs=[RunSpec(name="sort", tracker="sort")]
    )
    for name in names:
        suite = with_tracker(suite, f"{SOURCE}:{name}")
    result = run_suite(suite, open_dataset(str(data), None), Options(out), Console(quiet=True))
    return {row.tracker.rpartition(":")[2]: row for row in result.runs}


@pytest.fixture(scope="module")
def rows(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunResult]]:
    """All of them in one suite, so that each has the chance to harm the others."""
    path, folder = os.environ["PATH"], Path.cwd()
    yield run(data, tmp_path_factory.mktemp("out"), (*BAD, *GOOD))
    assert (path, folder) == (os.environ["PATH"], Path.cwd())


@pytest.mark.parametrize("name", BAD)
def test_what_misbehaves_fails_alone_with_one_line(rows: dict[str, RunResult], name: str) -> None:
    row = rows[name]
    assert (row.status, row.combined) == ("failed", None)
    assert BAD[name] in row.error
    assert "\n" not in row.error
    assert len(row.error) < 700


@pytest.mark.parametrize("name", [*GOOD, "sort"])
def test_the_others_are_whole(rows: dict[str, RunResult], name: str) -> None:
    row = rows[name]
    assert row.status == "ok", row.error
    assert row.combined is not None
    if name != "sort":
        assert row.track_digests == rows["Steady"].track_digests
        assert row.combined.metrics["HOTA"] == pytest.approx(1)


def test_numpy_is_as_it_was(rows: dict[str, RunResult]) -> None:
    assert rows["Patching"].status == "failed"
    assert callable(np.array)
    assert callable(np.concatenate)


def test_what_hangs_is_ended_in_time(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRACKER_TIMEOUT, "10")
    rows = run(data, tmp_path, ("Hanging", "Steady"))
    assert (
        "frame 2: it took more than 10 s, so its process was ended; --tracker-timeout"
        in rows["Hanging"].error
    )
    assert rows["Steady"].status == "ok"


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("mot_bench.trackers.sort:Sort", marks=pytest.mark.exhaustive),
        pytest.param("mot_bench.trackers.botsort:BotSort", marks=pytest.mark.exhaustive),
        "mot_bench.trackers.fairmot:FairMot",
    ],
)
def test_tracks_are_those_of_this_process_byte_for_byte(tmp_path: Path, reference: str) -> None:
    """One of ours, asked for as a user's: the same tracker in another process."""
    own = reference.partition(":")[0].removeprefix("mot_bench.trackers.")
    runs = [
        RunSpec(name="own", tracker=own, camera_motion="none"),
        RunSpec(name="other", tracker=reference, camera_motion="none"),
    ]
    suite = Suite(name="same", base="own", dataset="street-smoke", runs=runs)
    result = run_suite(
        suite, open_dataset("street-smoke", None), Options(tmp_path), Console(quiet=True)
    )
    digests = [row.track_digests for row in result.runs]
    assert [row.status for row in result.runs] == ["ok", "ok"], [row.error for row in result.runs]
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("import os; os._exit(0)", "its process ended by itself, with exit code 0"),
        ("import os; os.kill(os.getpid(), 9)", "its process was ended by SIGKILL"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_module_that_ends_its_process_does_not_end_the_command(
    data: Path, tmp_path: Path, source: str, finding: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    listed = CliRunner().invoke(app, ["list", "trackers", f"{path}:Mine"])
    assert listed.exit_code == 2
    assert finding in listed.stderr
    suite = with_tracker(
        Suite(
            name="mine", base="sort", dataset=str(data), runs=[RunSpec(name="sort", tracker="sort")]
        ),
        f"{path}:Mine",
    )
    result = run_suite(
        suite, open_dataset(str(data), None), Options(tmp_path / "out"), Console(quiet=True)
    )
    assert [row.status for row in result.runs] == ["ok", "failed"]
    assert finding in result.runs[1].error


def test_the_command_says_which_row_failed_and_exits_with_1(data: Path, tmp_path: Path) -> None:
    suite = tmp_path / "mine.toml"
    suite.write_text(
        f'base = "sort"\ndataset = "{data}"\n[[runs]]\nname = "sort"\ntracker = "sort"\n'
    )
    command = [
        sys.executable,
        "-m",
        "mot_bench",
        "run",
        "--suite",
        str(suite),
        "--out",
        str(tmp_path / "out"),
    ]
    command += ["--tracker", f"{SOURCE}:Leaving", "--tracker", f"{SOURCE}:Talkative", "--timing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1
    assert (
        "leaving failed: walk, frame 2: its process ended by itself, with exit code 0"
        in done.stderr
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr) + len(done.stdout) < 100_000
    assert (tmp_path / "out" / "report.html").exists()


def test_a_file_imports_its_neighbours_whatever_they_are_called(data: Path, tmp_path: Path) -> None:
    """Its own ``trackers``, ``models`` and ``reports`` beside it are the ones that it gets."""
    for package in ("trackers", "models", "reports"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(f"NAME = 'my {package}'\n")
    (tmp_path / "mine.py").write_text(
        "import models, reports, trackers\n"
        "from mot_bench.trackers.sort import Sort\n"
        "names = [package.NAME for package in (models, reports, trackers)]\n"
        "assert names == ['my models', 'my reports', 'my trackers'], names\n"
        "class Mine(Sort): pass\n"
    )
    suite = with_tracker(
        Suite(
            name="mine", base="sort", dataset=str(data), runs=[RunSpec(name="sort", tracker="sort")]
        ),
        f"{tmp_path / 'mine.py'}:Mine",
    )
    result = run_suite(
        suite, open_dataset(str(data), None), Options(tmp_path / "out"), Console(quiet=True)
    )
    assert [row.status for row in result.runs] == ["ok", "ok"], result.runs[1].error
    assert result.runs[0].track_digests == result.runs[1].track_digests
