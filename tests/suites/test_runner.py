"""Running suites: rows that fail, rows that are skipped, what is done again and what is not, killed and interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import mot_bench
from rich.console import Console

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset
from mot_bench.errors import MotBenchError
from mot_bench.records.results import RunResult, SuiteResult
from mot_bench.running.runner import Options, run_suite
from mot_bench.running.timing import measure_suite
from mot_bench.suites.schema import RunSpec, Suite
from mot_bench.trackers.interface import Frame, SequenceInfo, TrackerConfig, Tracks  # noqa: F401 - for the trackers in files

QUIET = Console(quiet=True)
NOT_COMPARED = ("environment.json", "times.json", ".lock")

TRACKER = """
import numpy as np
from mot_bench.trackers.interface import TrackerConfig, Tracks

class Config(TrackerConfig):
    pass

class Mine:
    Config = Config

    def __init__(self, config):
        pass

    @classmethod
    def needs(cls, config):
        return frozenset([{needs}])

    def reset(self, sequence):
        self.sequence = sequence

    def update(self, frame):
        {body}
        count = len(frame.detections)
        return Tracks(frame.detections.boxes_xyxy, frame.detections.scores, np.arange(1, count + 1), np.arange(count))
"""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset("street-smoke", None)


def own_tracker(folder: Path, body: str = "pass", needs: str = "") -> str:
    path = folder / f"mine_{abs(hash((body, needs)))}.py"
    path.write_text(TRACKER.format(body=body, needs=needs))
    return f"{path}:Mine"


def suite(*runs: RunSpec, seeds: tuple[int, ...] = (0,)) -> Suite:
    return Suite(
        name="mine", base=runs[0].name, dataset="street-smoke", runs=list(runs), seeds=list(seeds)
    )


SORT = RunSpec(name="sort", tracker="sort")
BYTETRACK = RunSpec(name="bytetrack", tracker="bytetrack")


def run(out: Path, chosen: Suite, dataset: Dataset, **options: object) -> SuiteResult:
    options = {"store": out / "store", **options}
    return run_suite(chosen, dataset, Options(out, **options), QUIET)  # type: ignore[arg-type]


def row(result: SuiteResult, name: str) -> RunResult:
    return next(one for one in result.runs if one.run == name)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in NOT_COMPARED)
    found = {path.relative_to(folder): path.read_bytes() for path in files}
    return {str(path): content for path, content in found.items() if "uses" not in path.parts}


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("tracks.txt")}


def test_a_suite_gives_rows_track_files_and_scores(tmp_path: Path, dataset: Dataset) -> None:
    result = run(tmp_path, suite(SORT, BYTETRACK), dataset)
    assert [one.status for one in result.runs] == ["ok", "ok"]
    for one in result.runs:
        assert one.combined is not None
        assert 0.3 < one.combined.metrics["HOTA"] < 1
        assert set(one.sequences) == {sequence.name for sequence in dataset.sequences}
        for name in one.sequences:
            text = (tmp_path / "runs" / one.run / "seed-0" / "tracks" / f"{name}.txt").read_text()
            assert len(text.splitlines()[0].split(",")) == 10
    assert row(result, "sort").track_digests != row(result, "bytetrack").track_digests
    assert row(result, "bytetrack").parameters["track_threshold"] == 0.6


def test_the_second_run_tracks_nothing_again_and_gives_the_same_bytes(
    tmp_path: Path, dataset: Dataset
) -> None:
    chosen = suite(SORT, BYTETRACK)
    run(tmp_path, chosen, dataset)
    before, first = stamps(tmp_path / "store"), contents(tmp_path)
    run(tmp_path, chosen, dataset)
    assert stamps(tmp_path / "store") == before
    assert contents(tmp_path) == first
    run(tmp_path, chosen, dataset, force=True, only=("sort",))
    changed = {path for path, stamp in stamps(tmp_path / "store").items() if stamp != before[path]}
    assert len(changed) == len(dataset.sequences)
    assert contents(tmp_path) == first


def test_a_changed_parameter_does_only_its_run_again(tmp_path: Path, dataset: Dataset) -> None:
    run(tmp_path, suite(SORT, BYTETRACK), dataset)
    before = stamps(tmp_path / "store")
    changed = SORT.model_copy(update={"parameters": {"max_age": 9}})
    run(tmp_path, suite(changed, BYTETRACK), dataset)
    assert len(stamps(tmp_path / "store")) == len(before) + len(dataset.sequences)
    assert {path: stamps(tmp_path / "store")[path] for path in before} == before


def test_a_damaged_track_file_is_made_again(tmp_path: Path, dataset: Dataset) -> None:
    chosen = suite(SORT)
    run(tmp_path, chosen, dataset)
    first = contents(tmp_path)
    damaged = next((tmp_path / "store" / "track").rglob("tracks.txt"))
    damaged.write_text("1,1,")
    run(tmp_path, chosen, dataset)
    assert contents(tmp_path) == first


def test_the_number_of_jobs_changes_no_byte(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mot_bench.running.suite_jobs._FEW_FRAMES", 0)
    chosen = suite(SORT, BYTETRACK, RunSpec(name="deepsort", tracker="deepsort"))
    run(tmp_path / "one", chosen, dataset, jobs=1)
    run(tmp_path / "two", chosen, dataset, jobs=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize(
    ("body", "fragments"),
    [
        ("if frame.index == 7: raise ValueError('no\\nway')", ("frame 7", "ValueError", "mine_", "no way")),
        ("import mot_bench.trackers.interface as i; raise i.InvalidInput('bad boxes')", ("frame 1", "bad boxes")),
        ("return Tracks()._replace() if 0 else Tracks(frame.detections.boxes_xyxy * np.nan, frame.detections.scores, "
         "np.arange(len(frame.detections)) + 1, np.arange(len(frame.detections)))", ("NaN",)),
        ("return Tracks(frame.detections.boxes_xyxy, frame.detections.scores, np.ones(len(frame.detections), int), "
         "np.arange(len(frame.detections)))", ("one id twice",)),
        ("return Tracks(frame.detections.boxes_xyxy, frame.detections.scores, np.arange(len(frame.detections)), "
         "np.arange(len(frame.detections)))", ("the id 0",)),
        ("return Tracks(frame.detections.boxes_xyxy)", ("arrays that do not fit",)),
        ("return Tracks(frame.detections.boxes_xyxy, frame.detections.scores, np.arange(len(frame.detections)) + 1, "
         "np.arange(len(frame.detections)) + 5)", ("a detection index outside",)),
    ],
)  # fmt: skip
def test_a_failed_run_is_a_row_with_its_error_and_the_others_go_on(
    tmp_path: Path, dataset: Dataset, body: str, fragments: tuple[str, ...]
) -> None:
    bad = RunSpec(name="bad", tracker=own_tracker(tmp_path, body))
    result = run(tmp_path / "out", suite(bad, SORT), dataset)
    failed = row(result, "bad")
    assert (failed.status, failed.combined) == ("failed", None)
    assert "\n" not in failed.error
    for fragment in ("street-smoke", *fragments):
        assert fragment in failed.error
    assert row(result, "sort").status == "ok"
    assert (
        failed.error.partition(" (and")[0]
        in (tmp_path / "out/runs/bad/seed-0/error.txt").read_text()
    )


def test_a_mended_run_loses_its_error(tmp_path: Path, dataset: Dataset) -> None:
    bad = RunSpec(name="mine", tracker=own_tracker(tmp_path, "raise KeyError(1)"))
    good = RunSpec(name="mine", tracker=own_tracker(tmp_path))
    assert run(tmp_path / "out", suite(bad), dataset).runs[0].status == "failed"
    assert run(tmp_path / "out", suite(good), dataset).runs[0].status == "ok"
    assert not (tmp_path / "out/runs/mine/seed-0/error.txt").exists()


def test_what_the_data_cannot_serve_is_skipped_with_the_reason(
    tmp_path: Path, make_sequence: object
) -> None:
    folder = tmp_path / "data" / "seq-01"
    make_sequence(folder, detections="1,-1,10,10,20,40,0.9,-1,-1,-1\n")  # type: ignore[operator]
    plain = open_dataset(str(tmp_path / "data"), None)
    wants = {
        name: own_tracker(tmp_path, needs=f"'{name}'")
        for name in ("embeddings", "camera_motion", "image")
    }
    runs = [RunSpec(name=name, tracker=tracker) for name, tracker in wants.items()]
    result = run(tmp_path / "out", suite(*runs, SORT), plain)
    for name in wants:
        assert row(result, name).status == "skipped"
        assert name.split("_")[0].replace("image", "pictures") in row(result, name).error
    assert row(result, "sort").status == "ok"
    alone = run(tmp_path / "alone", suite(*runs, SORT), plain, only=("sort",))
    assert [one.run for one in alone.runs] == ["sort"], "of what was not asked for nothing is said"


def test_seeds_count_where_they_change_the_data_and_only_there(
    tmp_path: Path, dataset: Dataset
) -> None:
    oracle = RunSpec(name="oracle", tracker="sort", detections="oracle")
    result = run(tmp_path, suite(SORT, oracle, seeds=(0, 1)), dataset)
    assert [(one.run, one.seed) for one in result.runs] == [("sort", 0), ("sort", 1), ("oracle", 0)]
    assert result.runs[0].track_digests != result.runs[1].track_digests


def test_only_shows_other_runs_as_far_as_they_are_there(tmp_path: Path, dataset: Dataset) -> None:
    chosen = suite(SORT, BYTETRACK)
    assert [one.run for one in run(tmp_path, chosen, dataset, only=("sort",)).runs] == ["sort"]
    assert [one.run for one in run(tmp_path, chosen, dataset, only=("byte*",)).runs] == [
        "sort",
        "bytetrack",
    ]
    with pytest.raises(
        MotBenchError, match="--only nothing: expected one of the runs sort, bytetrack"
    ):
        run(tmp_path, chosen, dataset, only=("nothing",))


def test_two_suites_never_write_to_one_folder(tmp_path: Path, dataset: Dataset) -> None:
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(MotBenchError, match="expected no other mot-bench at work"):
            run(tmp_path, suite(SORT), dataset)
    assert run(tmp_path, suite(SORT), dataset).runs[0].status == "ok"


def test_times_are_measured_apart(tmp_path: Path, dataset: Dataset) -> None:
    chosen = suite(SORT, RunSpec(name="botsort", tracker="botsort"))
    result = run(tmp_path, chosen, dataset)
    before = contents(tmp_path)
    timing = measure_suite(
        chosen, dataset, result, Options(tmp_path, store=tmp_path / "store"), console=QUIET
    )
    assert [one.run for one in timing.runs] == ["sort", "botsort"]
    for one in timing.runs:
        assert one.frames == sum(sequence.length for sequence in dataset.sequences)
        assert 0 < one.end_to_end_fps < one.association_fps
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before


def command(out: Path, *more: str) -> list[str]:
    places = ("--out", str(out), "--store", str(out / "store"))
    return [sys.executable, "-m", "mot_bench", "run", "--suite", "smoke", *places, *more]


@pytest.mark.slow
@pytest.mark.parametrize(
    "waits",
    [(0.9, 1.3, 1.6), pytest.param((0.4, 0.9, 1.1, 1.3, 1.6, 2.0), marks=pytest.mark.exhaustive)],
)
def test_kill_at_any_moment_and_a_rerun_give_the_same_files(
    tmp_path: Path, waits: tuple[float, ...]
) -> None:
    some = ("--only", "sort,bytetrack,deepsort")
    assert mot_bench(*command(tmp_path / "whole", *some)[3:]).returncode == 0
    kills = 0
    for wait in waits:
        process = subprocess.Popen(
            command(tmp_path / "killed", *some),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(wait)
        if process.poll() is None:
            kills += 1
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert mot_bench(*command(tmp_path / "killed", *some)[3:]).returncode == 0
    assert kills > 0
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_an_interrupt_keeps_what_is_finished(tmp_path: Path) -> None:
    slow = own_tracker(tmp_path, "import time; time.sleep(0.02)")
    arguments = command(tmp_path / "out", "--only", "sort,mine", "--tracker", slow)
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "out").glob("store/score/[!.]*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].startswith("interrupted")
    finished = stamps(tmp_path / "out" / "store")
    assert finished
    done = mot_bench(*arguments[3:])
    assert done.returncode == 0
    assert "in the store" in done.stderr
    assert {path: stamps(tmp_path / "out" / "store")[path] for path in finished} == finished
