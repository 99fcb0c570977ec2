"""mot-bench compare: two results folders, or two runs of one."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from figure_samples import certainty_of
from reports_samples import EVIL, make_result, make_run, make_trained, write_results
from typer.testing import CliRunner, Result

from mot_bench.cli import app
from mot_bench.errors import MotBenchError
from mot_bench.records.results import RunResult, SuiteResult
from mot_bench.reports.run_comparison import Versus, shown_difference, shown_interval
from mot_bench.results.bundle import load_bundle
from mot_bench.results.comparing import Side, compare, versus
from mot_bench.results.folder import ResultsFolder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments], env={"COLUMNS": "160"})


def one_line(result: Result) -> str:
    assert result.exit_code == 2
    (line,) = result.output.strip().splitlines()
    return line


def only(pairs: tuple[Versus, ...]) -> Versus:
    (one,) = pairs
    return one


def changed(name: str, hota: float, **updates: object) -> RunResult:
    return make_run(name, hota).model_copy(update=updates)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with ``sort`` and ``bytetrack``.

    In the second ``sort`` has another ``max_age`` and a better HOTA.
    """
    parameters = {"max_age": 60, "use_reid": False, "note": "a<b"}
    first = make_result(make_run("sort", 0.6), make_run("bytetrack", 0.7), make_run("old", 0.5))
    second = make_result(
        changed("sort", 0.65, parameters=parameters),
        make_run("bytetrack", 0.7),
        make_run("new", 0.5),
    )
    return write_results(tmp_path / "before", first), write_results(tmp_path / "after", second)


def test_what_differs_is_named_and_nothing_else(two: tuple[Path, Path]) -> None:
    one = only(compare(*two, ("sort",)).pairs)
    assert (one.name, one.first, one.second) == ("sort", "before", "after")
    assert [dataclasses.astuple(setting) for setting in one.settings] == [
        ("parameter max_age", "30", "60")
    ]
    hota = next(change for change in one.changes if change.metric.name == "HOTA")
    assert (hota.first, hota.second) == (0.6, 0.65)
    assert shown_difference(hota) == "+5.00"
    assert shown_interval(hota) == ""
    assert [name for name, _ in one.sequences] == ["MOT17-02", "MOT17-04"]


def test_every_run_that_both_have_is_compared(two: tuple[Path, Path]) -> None:
    found = compare(*two, ())
    assert [one.name for one in found.pairs] == ["sort", "bytetrack"]
    assert (found.only_first, found.only_second) == (("old",), ("new",))


def test_two_runs_of_one_folder(two: tuple[Path, Path]) -> None:
    one = only(compare(two[0], None, ("sort", "bytetrack")).pairs)
    assert (one.first, one.second) == ("sort", "bytetrack")
    assert (
        next(setting for setting in one.settings if setting.name == "tracker").second == "bytetrack"
    )
    back = only(compare(two[0], None, ("bytetrack", "sort")).pairs)
    for change, other in zip(one.changes, back.changes, strict=True):
        assert change.difference is not None
        assert other.difference == pytest.approx(-change.difference)


def test_parts_of_hota_add_up(two: tuple[Path, Path]) -> None:
    parts = only(compare(*two, ("sort",)).pairs).parts
    assert parts is not None
    curves = [
        json.loads((path / "results.json").read_text())["runs"][0]["combined"]["curves"]["HOTA"]
        for path in two
    ]
    total = math.fsum(curves[1]) / 19 - math.fsum(curves[0]) / 19
    assert math.fsum((parts.detection, parts.association, parts.localisation)) == pytest.approx(
        total, abs=1e-12
    )


def test_means_over_seeds_and_how_many_agree(tmp_path: Path) -> None:
    out = write_results(tmp_path, make_trained())
    one = only(compare(out, None, ("fairmot", "hrnet")).pairs)
    hota = one.changes[0]
    assert hota.first == pytest.approx(0.67)
    assert hota.difference == pytest.approx(-0.02)
    assert (hota.agree, hota.seeds) == (3, 3)
    assert {"model architecture", "model network.architecture"} & {
        setting.name for setting in one.settings
    }


def test_intervals_and_verdicts_from_either_side(two: tuple[Path, Path]) -> None:
    folder = ResultsFolder(two[0])
    bundle = load_bundle(folder)
    bundle = dataclasses.replace(bundle, certainty=certainty_of(bundle))
    forth = versus(Side(folder, bundle, "bytetrack"), Side(folder, bundle, "sort")).changes[0]
    assert forth.verdict == "better"
    assert shown_interval(forth, minus="-") == "+1.00 to +3.00"


def test_equal_track_files_are_said_to_be_equal(tmp_path: Path) -> None:
    digests = {"track_digests": {"MOT17-02": "a", "MOT17-04": "b"}}
    rows = [
        changed("sort", 0.6, **digests),
        changed("switched-off", 0.6, **digests),
        make_run("other", 0.6),
    ]
    out = write_results(tmp_path, make_result(*rows))
    assert "byte for byte" in only(compare(out, None, ("sort", "switched-off")).pairs).notes[0]
    assert "may be chance" in only(compare(out, None, ("sort", "other")).pairs).notes[0]


def altered(result: SuiteResult, what: str) -> SuiteResult:
    if what == "scorer":
        return result.model_copy(
            update={"scorer": result.scorer.model_copy(update={"version": "0.9"})}
        )
    first, *others = result.dataset.sequences
    sequences = {
        "digest": [first.model_copy(update={"digest": "1" * 64}), *others],
        "fewer": others,
    }
    update = {"sequences": sequences[what]} if what in sequences else {"benchmark": "MOT20"}
    return result.model_copy(update={"dataset": result.dataset.model_copy(update=update)})


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("scorer", "scorer version: was 1.3.0, is 0.9"),
        ("digest", "ground truth of MOT17-02: was 000000000000, is 111111111111"),
        ("fewer", "ground truth of MOT17-02: was 000000000000, is gone"),
        ("benchmark", "rules: was MOT17, is MOT20"),
    ],
)
def test_scores_of_different_things_are_refused(tmp_path: Path, what: str, message: str) -> None:
    first = write_results(tmp_path / "first")
    second = write_results(tmp_path / "second", altered(make_result(), what))
    line = one_line(run(str(first), str(second)))
    assert message in line
    assert "expected one scorer and one ground truth" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected two folders, or --runs A,B of one"),
        (["--runs", "sort"], "expected two folders, or --runs A,B of one"),
        (["--runs", "sort,nobody"], "--runs: expected one of sort, bytetrack, deepsort"),
        (["--runs", "a,b,c"], "expected two folders"),
        (["--format", "xml"], "--format: expected one of table, markdown, json; found 'xml'"),
        (["--metric", "nice"], "found 'nice'"),
    ],
)
def test_bad_requests_are_one_clear_line(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    assert message in one_line(run(str(write_results(tmp_path)), *arguments))


def test_folders_without_a_common_run_say_what_they_have(tmp_path: Path) -> None:
    first = write_results(tmp_path / "a", make_result(make_run("sort", 0.5)))
    second = write_results(tmp_path / "b", make_result(make_run("ocsort", 0.5)))
    with pytest.raises(MotBenchError, match=r"found sort in .*a and ocsort in .*b"):
        compare(first, second, ())
    assert only(compare(first, second, ("sort", "ocsort")).pairs).name == "sort, ocsort"


def test_a_run_that_failed_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    out = write_results(tmp_path)
    one = only(compare(out, None, ("sort", EVIL)).pairs)
    assert all(change.second is None and change.difference is None for change in one.changes)
    assert one.parts is None
    assert one.sequences == ()
    assert any('failed: line 3: "x"' in note for note in one.notes)
    for form in ("table", "markdown", "json"):
        result = run(str(out), "--runs", f"sort,{EVIL}", "--format", form)
        assert result.exit_code == 0
        assert ("<script>" in result.output) == (form != "markdown")


def test_the_table_fits_and_says_it_all(two: tuple[Path, Path]) -> None:
    result = run(*map(str, two), "--runs", "sort")
    assert result.exit_code == 0
    assert all(text in result.output for text in ("max_age", "+5.00", "MOT17-04", "Shapley"))
    overview = run(*map(str, two)).output
    assert "65.000 (+5.00)" in overview
    assert "only in the first folder: old" in overview


def test_json_has_fractions_and_no_nan(tmp_path: Path) -> None:
    broken = make_run("sort", 0.6)
    assert broken.combined is not None
    broken.combined.metrics["IDF1"] = math.nan
    out = write_results(tmp_path, make_result(broken, make_run("bytetrack", 0.7)))
    content = json.loads(run(str(out), "--runs", "sort,bytetrack", "--format", "json").output)
    (pair,) = content["pairs"]
    by_metric = {change["metric"]: change for change in pair["metrics"]}
    assert by_metric["HOTA"]["difference"] == pytest.approx(0.1)
    assert by_metric["IDF1"]["first"] is None
    assert set(pair["parts_of_hota"]) == {"detection", "association", "localisation"}


def test_one_metric_can_be_asked_for(two: tuple[Path, Path]) -> None:
    one = only(compare(*two, ("sort",), ("IDSW",)).pairs)
    assert [change.metric.name for change in one.changes] == ["IDSW"]
    assert shown_difference(one.changes[0]) == "0"
