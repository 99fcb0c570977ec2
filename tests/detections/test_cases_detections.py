"""Detections from which nothing comes: inputs of public reports with their right values, and small ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_files import case, rows
from conftest import MakeSequence
from rich.console import Console
from typer.testing import CliRunner

from mot_bench import cli
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.detections.doubts import detection_doubts
from mot_bench.detections.formats import read_file
from mot_bench.records.results import RunResult, SuiteResult
from mot_bench.reports.answer import answer
from mot_bench.results.bundle import make_bundle
from mot_bench.running.runner import Options, run_suite
from mot_bench.suites.loader import load_suite
from mot_bench.suites.overrides import override

NEAR = 0.0005


def run(dataset: Path, out: Path, *settings: str) -> SuiteResult:
    """SORT and ByteTrack of the suite ``association``."""
    suite = override(load_suite("association"), settings)
    console = Console(file=(out.parent / "said.txt").open("w"))
    return run_suite(
        suite, open_dataset(str(dataset), None), Options(out, only=("sort", "bytetrack")), console
    )


def row(result: SuiteResult, name: str) -> RunResult:
    return next(one for one in result.runs if one.run == name)


def hota(one: RunResult) -> float:
    assert one.combined is not None
    return 100 * one.combined.metrics["HOTA"]


@pytest.mark.parametrize("name", ["minus-one", "zero"])
def test_one_score_of_no_meaning_is_taken_as_unknown_and_said(tmp_path: Path, name: str) -> None:
    result = run(case(f"29-det-scores/{name}"), tmp_path / "out")
    assert hota(row(result, "sort")) == pytest.approx(72.494, abs=NEAR)
    assert hota(row(result, "bytetrack")) == pytest.approx(83.313, abs=NEAR)
    assert "taken as 1" in " ".join(row(result, "bytetrack").warnings)


def test_wide_objects_are_named_and_can_be_kept(tmp_path: Path) -> None:
    folder = case("47-wide-objects")
    dropped = row(run(folder, tmp_path / "out"), "bytetrack")
    assert "--set max_aspect_ratio=none" in " ".join(dropped.warnings)
    kept = row(run(folder, tmp_path / "kept", "max_aspect_ratio=None"), "bytetrack")
    assert hota(kept) > 70
    assert kept.warnings == []


def test_fractions_of_the_picture_are_named(tmp_path: Path) -> None:
    result = run(case("50-normalised"), tmp_path / "out")
    assert all("fractions of the picture" in " ".join(one.warnings) for one in result.runs)
    assert "highest" not in answer(make_bundle(result)).who


@pytest.mark.parametrize(
    ("columns", "size", "message"),
    [
        ("-1,-1,-1,-1", 60, "taken as 1"),
        (
            "0.05,-1,-1,-1",
            60,
            "no track at all from 12 detections of s: every score is 0.05, and track_threshold 0.6",
        ),
        ("0.65,-1,-1,-1", 60, "every score is 0.65, and track_threshold + birth_margin 0.7"),
        ("95,-1,-1,-1", 60, "are they percentages"),
        ("0.9,-1,-1,-1", 8, "--set min_box_area=0"),
    ],
)
def test_what_makes_detections_useless_is_said(
    tmp_path: Path, make_sequence: MakeSequence, columns: str, size: float, message: str
) -> None:
    truth = "".join(f"{line}\n" for line in rows("1,1,1", size=size))
    found = "".join(f"{line}\n" for line in rows(columns, size=size))
    folder = make_sequence(tmp_path / "data" / "s", truth=truth, detections=found, length=12)
    assert message in " ".join(row(run(folder, tmp_path / "out"), "bytetrack").warnings)


@pytest.mark.parametrize(
    ("scores", "unknown"), [("-1 -1", True), ("0 0", True), ("-1 0.5", False), ("-2 -1", False)]
)
def test_scores_are_unknown_only_where_all_are_one_of_no_meaning(
    tmp_path: Path, scores: str, unknown: bool
) -> None:
    lines = [f"{frame},-1,1,1,5,5,{score}\n" for frame, score in enumerate(scores.split(), start=1)]
    (tmp_path / "s.txt").write_text("".join(lines))
    found = read_file(tmp_path / "s.txt")
    assert found.scores_unknown == unknown
    assert found.scores.tolist() == (
        [1.0, 1.0] if unknown else [float(score) for score in scores.split()]
    )


@pytest.mark.parametrize(
    ("scores", "doubt"),
    [
        ("-1 0.5 0.9", "1 of 3 detections score below 0, down to -1"),
        ("-2.5 -1 3", "2 of 3 detections score below 0, down to -2.5"),
        ("-1 -1", "taken as 1"),
        ("0 0.5 0.9", ""),
    ],
)
def test_scores_below_zero_are_doubted_unless_all_are_unknown(
    tmp_path: Path, scores: str, doubt: str
) -> None:
    lines = [f"{frame},-1,1,1,5,5,{score}\n" for frame, score in enumerate(scores.split(), start=1)]
    (tmp_path / "s.txt").write_text("".join(lines))
    doubts = detection_doubts({"s": read_file(tmp_path / "s.txt")})
    assert len(doubts) == bool(doubt)
    assert doubt in " ".join(doubts)


def test_detections_are_named_with_the_others_that_are_there(
    tmp_path: Path, make_sequence: MakeSequence
) -> None:
    truth, found = (
        "".join(f"{line}\n" for line in rows(columns, size=60))
        for columns in ("1,1,1", "0.9,-1,-1,-1")
    )
    train = tmp_path / "MOT17" / "train"
    make_sequence(train / "MOT17-02-DPM", truth=truth, detections=found, length=12)
    better = tmp_path / "MOT17" / "detections" / "yolox"
    better.mkdir(parents=True)
    (better / "MOT17-02.txt").write_text(found)
    result = run(train, tmp_path / "out")
    (said,) = make_bundle(result).detections
    assert "public ones of DPM" in said
    assert "also there: yolox (--detections NAME chooses)" in said


@pytest.mark.parametrize("word", ["None", "none", "null", '"none"', "NULL"])
def test_every_word_for_no_value_is_taken(word: str) -> None:
    suite = override(load_suite("association"), [f"max_aspect_ratio={word}"])
    from mot_bench.suites.parameters import validated_parameters

    byte_track = next(one for one in suite.runs if one.name == "bytetrack")
    assert validated_parameters(byte_track)["max_aspect_ratio"] is None


def test_skipped_runs_are_given_no_detections_and_no_warnings(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        "run",
        "--suite",
        "association",
        "--dataset",
        str(case("29-det-scores") / "minus-one"),
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(cli.app, [*command, "--only", "sort", "--only", "deepsort"])
    assert "deepsort: skipped" in result.stdout
    assert "deepsort: warning" not in result.stdout
    assert "Detections: auto (det/det.txt beside the sequences)." in result.stdout
