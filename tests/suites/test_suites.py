"""Suites: those that come along, extends, drop, grid, references."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mot_bench.cli import app
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.detections.sources import open_detections
from mot_bench.scoring.metrics import METRICS
from mot_bench.suites.loader import list_suites, load_suite
from mot_bench.suites.parameters import validated_parameters
from mot_bench.suites.references import applicable_references, combined_digest, ground_truth_digest
from mot_bench.suites.schema import Suite
from mot_bench.trackers.registry import TRACKERS

Write = Callable[..., Path]

SMALL = """
base = "one"
dataset = "street-smoke"
[[runs]]
name = "one"
tracker = "sort"
parameters = { max_age = 3, min_hits = 2 }
[[runs]]
name = "two"
tracker = "bytetrack"
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_suite(content: str, name: str = "small.toml") -> Path:
        path = tmp_path / name
        path.write_text(content)
        return path

    return write_suite


def names(suite: Suite) -> list[str]:
    return [run.name for run in suite.runs]


@pytest.mark.parametrize("name", ["association", "cues", "fairness", "loss-weights", "smoke"])
def test_suites_that_come_along_are_sound(name: str) -> None:
    suite = load_suite(name)
    assert name in list_suites()
    assert suite.name == name
    assert suite.title
    assert suite.description
    for run in suite.runs:
        validated_parameters(run)
        for reference in run.references:
            assert set(reference.metrics) <= set(METRICS)
            assert reference.datasets  # figures of others never hold for just any data


def test_association_has_all_trackers_and_the_figures_of_the_originals() -> None:
    suite = load_suite("association")
    assert {run.tracker for run in suite.runs} >= TRACKERS.keys()
    assert all(run.references for run in suite.runs)
    assert validated_parameters(suite.run("sort"))["score_threshold"] == 0.6
    assert [suite.run(name).decimals for name in ("bytetrack", "ocsort", "botsort", "sort")] == [
        1,
        1,
        2,
        2,
    ]


def test_cues_are_each_alone_and_together() -> None:
    switches = [
        tuple(validated_parameters(run)[key] for key in ("use_iou", "use_reid", "use_kalman"))
        for run in load_suite("cues").runs
    ]
    assert switches == [
        (True, False, False),
        (False, True, False),
        (False, True, True),
        (True, True, True),
    ]


def test_smoke_is_association_on_other_data() -> None:
    association, smoke = load_suite("association"), load_suite("smoke")
    assert smoke.dataset == "street-smoke"
    assert smoke.runs[:-1] == association.runs
    assert smoke.runs[-1].detections == "model:tiny", "and it trains a network"


def test_name_is_the_files(write: Write) -> None:
    assert load_suite(write(SMALL, "mine.toml")).name == "mine"
    assert load_suite(write('name = "other"\n' + SMALL)).name == "other"


def test_extends_changes_runs_field_by_field_and_parameters_one_by_one(write: Write) -> None:
    write(SMALL, "parent.toml")
    child = """
    extends = "parent.toml"
    dataset = "street"
    [[runs]]
    name = "one"
    parameters = { max_age = 30 }
    [[runs]]
    name = "three"
    tracker = "ocsort"
    """
    suite = load_suite(write(child))
    assert names(suite) == ["one", "two", "three"]
    assert suite.run("one").tracker == "sort"
    assert suite.run("one").parameters == {"max_age": 30, "min_hits": 2}
    assert (suite.name, suite.dataset, suite.base) == ("small", "street", "one")


def test_extends_of_extends(write: Write) -> None:
    write(SMALL, "a.toml")
    write(
        'extends = "a.toml"\n[[runs]]\nname = "two"\nparameters = { buffer_frames = 5 }\n', "b.toml"
    )
    suite = load_suite(write('extends = "b.toml"\ndrop = ["one"]\nbase = "two"\n'))
    assert names(suite) == ["two"]
    assert suite.run("two").parameters == {"buffer_frames": 5}


def test_changed_run_loses_the_figures_of_the_run_that_it_was(write: Write) -> None:
    kept = load_suite(
        write('extends = "association"\n[[runs]]\nname = "bytetrack"\ntitle = "Mine"\n')
    )
    assert kept.run("bytetrack").references == load_suite("association").run("bytetrack").references
    changed = 'extends = "association"\n[[runs]]\nname = "bytetrack"\nparameters = { match_threshold = 0.8 }\n'
    assert load_suite(write(changed)).run("bytetrack").references == []


def test_grid_is_every_combination(write: Write) -> None:
    grid = """
    base = "w0-ioutrue"
    dataset = "street"
    [[grid]]
    name = "w{motion_weight}-iou{use_iou}"
    title = "weight {motion_weight}"
    tracker = "fairmot"
    parameters = { match_threshold = 0.5 }
    [grid.over]
    motion_weight = [0, 0.02]
    use_iou = [true, false]
    """
    suite = load_suite(write(grid))
    assert names(suite) == ["w0-ioutrue", "w0-ioufalse", "w0.02-ioutrue", "w0.02-ioufalse"]
    assert suite.runs[3].parameters == {
        "match_threshold": 0.5,
        "motion_weight": 0.02,
        "use_iou": False,
    }
    assert suite.runs[3].title == "weight 0.02"


def test_none_is_no_value(write: Write) -> None:
    suite = load_suite(
        write(
            'base = "a"\ndataset = "street"\n[[runs]]\nname = "a"\ntracker = "bytetrack"\ndecimals = "none"\n'
            'parameters = { max_aspect_ratio = "none" }\n'
        )
    )
    assert suite.runs[0].decimals is None
    assert validated_parameters(suite.runs[0])["max_aspect_ratio"] is None


def test_tracker_beside_the_suite(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("from mot_bench.trackers.sort import Sort as Mine\n", "mine_beside.py")
    (tmp_path / "elsewhere").mkdir()
    path = write(SMALL.replace('tracker = "bytetrack"', 'tracker = "mine_beside.py:Mine"'))
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert validated_parameters(load_suite(path).run("two"))["max_age"] == 1


def test_references_hold_for_their_data_only(data_root: Path, tmp_path: Path) -> None:
    run = load_suite("association").run("sort")
    dataset = open_dataset("mot17-half-val", data_root)
    source = open_detections("yolox_x_ablation", dataset)
    digests = {sequence.name: source.load(sequence).digest for sequence in dataset.sequences}
    found = applicable_references(run, dataset, source.name, digests)
    assert [reference.kind for reference in found] == ["original"]
    assert found[0].metrics["HOTA"] == 62.720

    renamed = load_suite("association").run("sort").references[0]
    assert ground_truth_digest(dataset) in renamed.ground_truth
    assert combined_digest(digests) in renamed.detections

    assert applicable_references(run, dataset, "other", {}) == []
    street = open_dataset("street-smoke", None)
    assert applicable_references(run, street, source.name, digests) == []


def test_figures_with_embeddings_need_these_embeddings(data_root: Path) -> None:
    run = load_suite("association").run("fairmot")
    dataset = open_dataset("mot17-half-val", data_root)
    assert applicable_references(run, dataset, "yolox_x_ablation", {}) == []


def test_simulated_embeddings_are_known_by_their_digest(data_root: Path, tmp_path: Path) -> None:
    tool = data_root.parent / "tools" / "simulate_embeddings.py"
    if not tool.is_file():
        pytest.skip(f"no {tool.name} beside the data root: simulated embeddings cannot be made")
    subprocess.run(
        [sys.executable, tool, data_root, tmp_path, "20261122", "0.9"],
        check=True,
        capture_output=True,
    )
    dataset = open_dataset(str(tmp_path), data_root)
    source = open_detections("auto", dataset)
    digests = {sequence.name: source.load(sequence).digest for sequence in dataset.sequences}
    for run in load_suite("association").runs:
        kinds = [each.kind for each in applicable_references(run, dataset, "auto", digests)]
        assert "original" in kinds, run.name
    for run in load_suite("cues").runs:
        assert [each.kind for each in applicable_references(run, dataset, "auto", digests)] == [
            "published"
        ]


def test_suite_of_the_name_of_one_that_comes_along(write: Write) -> None:
    suite = load_suite(write('extends = "smoke"\ndataset = "street"\n', "smoke.toml"))
    assert (suite.name, suite.dataset) == ("smoke", "street")
    assert suite.runs == load_suite("smoke").runs


def test_list_of_a_suite_file(write: Write) -> None:
    result = CliRunner().invoke(app, ["list", "suites", str(write(SMALL))])
    assert result.exit_code == 0
    assert "max_age=3, min_hits=2" in result.output
