"""What is said of the runs themselves: equal tracks under several names, and calibration that did harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from reports_samples import make_result, make_run, make_trained, make_trained_run
from rich.console import Console

from mot_bench.engine.versions import tracker_source
from mot_bench.records.results import SuiteResult
from mot_bench.reporting.write_reports import terminal_table
from mot_bench.reports.leaderboard_page import board_lines
from mot_bench.reports.page import page_html
from mot_bench.reports.remarks import remarks_of
from mot_bench.reports.twins import twins
from mot_bench.results.bundle import make_bundle
from mot_bench.results.comparing import compare

EQUAL = "have the same tracks, byte for byte"


def with_tracks(result: SuiteResult, tracks: dict[tuple[str, int], str]) -> SuiteResult:
    runs = [
        run.model_copy(
            update={
                "track_digests": {"a": tracks.get((run.run, run.seed), f"{run.run} {run.seed}")}
            }
        )
        for run in result.runs
    ]
    return result.model_copy(update={"runs": runs})


def printed(result: SuiteResult) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(terminal_table(result))
    return captured.get()


@pytest.mark.parametrize(("equal", "same"), [((), False), ((1,), False), ((0, 1, 2), True)])
def test_runs_are_twins_if_their_tracks_are_equal_with_every_seed(
    equal: tuple[int, ...], same: bool
) -> None:
    result = make_trained()
    base = result.base
    assert base is not None
    result = with_tracks(result, {("hrnet", seed): f"{base} {seed}" for seed in equal})
    bundle = make_bundle(result)
    assert twins(bundle) == (((base, "hrnet"),) if same else ())
    badges = {line.variant.name: dict(line.badges) for line in board_lines(bundle, ())}
    assert {name for name, found in badges.items() if "same tracks" in found} == (
        {base, "hrnet"} if same else set()
    )
    assert (EQUAL in printed(result)) == same


def test_twins_that_are_not_the_base_run_are_named_too() -> None:
    runs = [
        make_run("base", 0.5),
        make_run("one", 0.6),
        make_run("two", 0.6),
        make_run("three", 0.6),
    ]
    result = make_result(*runs).model_copy(update={"base": "base"})
    result = with_tracks(result, {(name, 0): "same" for name in ("one", "two", "three")})
    said = "one, two and three have the same tracks, byte for byte: what they differ in has no effect here."
    assert remarks_of(make_bundle(result)) == [said]
    assert said in page_html(make_bundle(result))


def test_runs_without_any_track_are_no_twins() -> None:
    result = with_tracks(
        make_result(make_run("one", 0.0), make_run("two", 0.0)),
        {("one", 0): "none", ("two", 0): "none"},
    )
    assert twins(make_bundle(result)) == (("one", "two"),)
    for run in result.runs:
        assert run.combined is not None
        run.combined.metrics["Dets"] = 0
    assert twins(make_bundle(result)) == ()


def test_runs_whose_tracks_are_not_known_are_no_twins() -> None:
    result = make_result(make_run("one", 0.6), make_run("two", 0.6))
    runs = [run.model_copy(update={"track_digests": {}}) for run in result.runs]
    assert twins(make_bundle(result.model_copy(update={"runs": runs}))) == ()


def test_compare_says_that_tracks_are_equal_with_other_seeds_too(tmp_path: Path) -> None:
    result = make_result(make_run("one", 0.6, seed=3), make_run("two", 0.6))
    result = with_tracks(result, {("one", 3): "same", ("two", 0): "same"})
    (tmp_path / "results.json").write_text(result.model_dump_json())
    (pair,) = compare(tmp_path, None, ("one", "two")).pairs
    assert any("the same, byte for byte" in note for note in pair.notes)


@pytest.mark.parametrize(("published", "said"), [(0.79, True), (0.60, False)])
def test_calibration_that_costs_more_than_a_point_is_said(published: float, said: bool) -> None:
    result = make_trained((0,))
    row = make_trained_run("fairmot-default", published, "fairmot", 0, calibrated=False)
    result = result.model_copy(
        update={"runs": [row if run.run == "fairmot-default" else run for run in result.runs]}
    )
    text = "Calibration made fairmot worse"
    assert (text in printed(result)) == said
    if said:
        assert f"{100 * published:.1f} % with the published ones (fairmot-default)" in printed(
            result
        )


def test_another_version_of_a_tracker_has_another_source_and_a_comment_has_not(
    tmp_path: Path,
) -> None:
    text = (Path(__file__).parents[2] / "examples" / "my_tracker.py").read_text()
    found = []
    for place, change in enumerate(("", "# a comment\n", "LIMIT = 7\n")):
        (tmp_path / str(place)).mkdir()
        (tmp_path / str(place) / "my_tracker.py").write_text(text + change)
        found.append(tracker_source(f"{tmp_path / str(place) / 'my_tracker.py'}:Overlap"))
    assert found[0] == found[1] != found[2]
    assert tracker_source("sort") != tracker_source("ocsort")


def test_compare_says_that_the_source_of_a_tracker_differs(tmp_path: Path) -> None:
    folders = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run = make_run("mine", 0.6).model_copy(update={"tracker_source": name * 64})
        (tmp_path / name / "results.json").write_text(make_result(run).model_dump_json())
        folders.append(tmp_path / name)
    (pair,) = compare(folders[0], folders[1], ("mine",)).pairs
    assert [(one.name, one.first, one.second) for one in pair.settings] == [
        ("source of the tracker", "a" * 12, "b" * 12)
    ]
