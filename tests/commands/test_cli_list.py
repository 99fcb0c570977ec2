"""``mot-bench list``: every parameter, default and meaning, in lines that fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mot_bench.cli import app
from mot_bench.commands.listing import DETECTIONS, NOISE, table
from mot_bench.detections.oracle import OracleNoise
from mot_bench.detections.sources import SOURCE_NAMES
from mot_bench.suites.loader import list_suites, load_suite
from mot_bench.trackers import registry

TRACKERS = sorted(registry.TRACKERS)
WIDTH = 100


@pytest.fixture(autouse=True)
def _without_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MOT_BENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(
        "mot_bench.commands.listing.WIDTH", WIDTH
    )  # whatever terminal the tests run in


def listed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["list", *arguments])
    assert result.exit_code == 0, result.output
    assert [line for line in result.output.splitlines() if len(line) > WIDTH] == []
    return result.output


@pytest.mark.parametrize("name", TRACKERS)
def test_tracker_with_every_parameter(name: str) -> None:
    text = listed("trackers", name)
    squeezed = " ".join(text.split())
    for parameter, field in registry.load(name).Config.model_fields.items():
        assert parameter in text
        assert field.description, f"{name}: {parameter} has no meaning"
        assert field.description.split()[0] in squeezed
    assert "needs: " in text


def test_all_trackers() -> None:
    text = listed("trackers")
    assert [line.split()[0] for line in text.splitlines()[1 : 1 + len(TRACKERS)]] == TRACKERS


@pytest.mark.parametrize("arguments", [[], ["suites"]])
def test_all_suites(arguments: list[str]) -> None:
    text = listed(*arguments)
    for name in list_suites():
        assert f"\n{name} " in text
    assert "extends" in text


@pytest.mark.parametrize("name", ["association", "cues", "smoke"])
def test_one_suite(name: str) -> None:
    text = listed("suites", name)
    for run in load_suite(name).runs:
        assert f"\n{run.name} " in text


def test_runs() -> None:
    assert "botsort-no-cmc" in listed("runs")
    of_suite = listed("runs", "cues")
    assert "reid-kalman: ReID and the Kalman filter" in of_suite
    of_run = listed("runs", "sort-age30")
    marked = [line.split()[:3] for line in of_run.splitlines() if " *  " in line]
    assert marked[:2] == [["score_threshold", "0.6", "*"], ["max_age", "30", "*"]]


def test_datasets() -> None:
    text = listed("datasets")
    assert "mot17-half-val " in text
    assert "not found" in text
    assert "frames" in listed("datasets", "street-smoke")


def test_datasets_under_a_data_root(data_root: Path) -> None:
    text = listed("datasets", "--data-root", str(data_root))
    assert [
        line for line in text.splitlines() if line.startswith("mot17-half-val ") and "there" in line
    ]
    assert "yolox_x_ablation" in listed("detections", "--data-root", str(data_root))


def test_detections_are_all_explained() -> None:
    assert set(DETECTIONS) - {"PATH"} == set(SOURCE_NAMES)
    assert set(NOISE) == {field.name for field in dataclasses.fields(OracleNoise)}
    text = listed("detections", "oracle-noisy")
    for option in NOISE:
        assert f"\n{option} " in text


def test_table_wraps_wide_columns() -> None:
    lines = table(("a", "b", "c"), [("x", "left " * 20, "right " * 40)])
    assert max(map(len, lines)) <= WIDTH
    assert sum(line.count("left") for line in lines) == 20
    assert sum(line.count("right") for line in lines) == 40
    assert all(line.startswith("   ") for line in lines[2:])
    assert table(("a",), []) == ["a"]
    assert table(None, []) == []


@pytest.mark.parametrize("width", [60, 71, 80, 100])
def test_every_list_fits_every_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mot_bench.commands.listing.WIDTH", width)
    lists = [["suites", name] for name in list_suites()] + [["trackers", name] for name in TRACKERS]
    for arguments in [[], ["runs"], ["datasets"], ["detections"], *lists]:
        output = CliRunner().invoke(app, ["list", *arguments]).output
        assert [line for line in output.splitlines() if len(line) > width] == []
