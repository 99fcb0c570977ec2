"""A user's tracker that misbehaves fails its own run, with one line; the others go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.records.results import RunResult
from mot_bench.running import suite_jobs
from mot_bench.running.runner import Options, run_suite
from mot_bench.suites.loader import load_suite
from mot_bench.suites.overrides import with_tracker
from mot_bench.trackers.interface import Tracks
from mot_bench.tracking.output import fault_of

SOURCE = '''
from mot_bench.trackers.interface import TrackerConfig, Tracks

class Quiet:
    """Sees nothing."""
    Config = TrackerConfig
    def __init__(self, config): pass
    @classmethod
    def needs(cls, config): return frozenset()
    def reset(self, sequence): pass
    def update(self, frame): return Tracks()

class Unbuilt(Quiet):
    def __init__(self, config): raise RuntimeError("no weights")

class Unset(Quiet):
    def reset(self, sequence): raise RuntimeError("no picture size")

class Silent(Quiet):
    def update(self, frame): return None

class Breaking(Quiet):
    def update(self, frame): return Tracks() if frame.index < 5 else 1 / 0

class Leaving(Quiet):
    def update(self, frame): raise SystemExit(3)

class Scribbling(Quiet):
    def update(self, frame):
        frame.detections.boxes_xyxy[:] = 0
        return Tracks()

class Deadly(Quiet):
    def update(self, frame): __import__("os")._exit(7)

class Demanding(Quiet):
    @classmethod
    def needs(cls, config): raise RuntimeError("no idea")
'''

ONE = (np.array([[0.0, 0.0, 4.0, 9.0]]), np.ones(1), np.array([1]), np.array([-1]))
TWO = (np.array([[0.0, 0.0, 4.0, 9.0]] * 2), np.ones(2), np.array([1, 1]), np.array([-1, -1]))


def _rows(tmp_path: Path, name: str, jobs: int = 1) -> dict[str, RunResult]:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    suite = with_tracker(load_suite("smoke"), f"{path}:{name}")
    dataset = open_dataset(suite.dataset, None)
    suite = suite.model_copy(update={"runs": [suite.run("sort"), suite.runs[-1]]})
    options = Options(tmp_path / "out", jobs)
    result = run_suite(suite, dataset, options, Console(quiet=True))
    return {row.tracker.rpartition(":")[2]: row for row in result.runs}


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("Unbuilt", "before the first frame: RuntimeError in mine.py:14: no weights"),
        ("Unset", "before the first frame: RuntimeError in mine.py:17: no picture size"),
        ("Silent", "frame 1: the tracker gave NoneType, expected Tracks"),
        ("Breaking", "frame 5: ZeroDivisionError in mine.py:23"),
        ("Leaving", "frame 1: SystemExit in mine.py:26: 3"),
        ("Scribbling", "assignment destination is read-only"),
        ("Demanding", "RuntimeError: no idea"),
    ],
)
def test_misbehaving_tracker_fails_alone(tmp_path: Path, name: str, finding: str) -> None:
    rows = _rows(tmp_path, name)
    assert rows[name].status == "failed"
    assert finding in rows[name].error
    assert "\n" not in rows[name].error
    assert rows[name].combined is None
    assert rows["sort"].status == "ok"
    assert rows["sort"].combined is not None


def test_a_tracker_that_ends_its_process_fails_alone_in_workers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite_jobs, "_FEW_FRAMES", 0)
    rows = _rows(tmp_path, "Deadly", jobs=2)
    assert "frame 1: its process ended by itself, with exit code 7" in rows["Deadly"].error
    assert rows["sort"].status == "ok"


def test_tracker_without_tracks_is_scored(tmp_path: Path) -> None:
    row = _rows(tmp_path, "Quiet")["Quiet"]
    assert row.status == "ok"
    assert row.combined is not None
    assert row.combined.metrics["HOTA"] == 0


@pytest.mark.parametrize(
    ("tracks", "finding"),
    [
        (Tracks(*ONE), ""),
        (Tracks(), ""),
        (None, "NoneType"),
        (Tracks(*TWO), "one id twice"),
        (Tracks(ONE[0], ONE[1], np.array([0]), ONE[3]), "the id 0"),
        (Tracks(ONE[0], ONE[1], np.array([np.nan]), ONE[3]), "array of float64 as ids"),
        (Tracks([[0, 0, 4, 9]], ONE[1], ONE[2], ONE[3]), "list as boxes_xyxy"),  # type: ignore[arg-type]
        (Tracks(ONE[0] * np.nan, ONE[1], ONE[2], ONE[3]), "NaN or infinite"),
        (Tracks(ONE[0][:, [2, 1, 0, 3]], ONE[1], ONE[2], ONE[3]), "negative size"),
        (Tracks(ONE[0], ONE[1], ONE[2], np.array([3])), "detection index outside"),
        (Tracks(ONE[0], np.ones(2), ONE[2], ONE[3]), "do not fit each other"),
    ],
)
def test_fault_of_names_what_is_wrong(tracks: object, finding: str) -> None:
    found = fault_of(tracks, detection_count=2)
    assert finding in found
    assert bool(found) == bool(finding)
