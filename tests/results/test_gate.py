"""Baselines and their comparison: what is equal, better, worse, and what is refused a comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gate_samples import METRICS, sample_dataset, sample_result, sample_run
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.errors import InputError, MotBenchError
from mot_bench.records.results import Scorer, SuiteResult
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.gating.baseline import GATED_METRICS, Baseline, make_baseline
from mot_bench.results.gating.comparison import (
    GateReport,
    MetricCheck,
    baseline_changes,
    check_metric,
    compare,
)
from mot_bench.results.gating.files import baseline_text, load_baseline, write_baseline
from mot_bench.results.gating.output import findings

NAN = float("nan")


def gated(found: SuiteResult, *, tolerance: dict[str, float] | None = None) -> GateReport:
    """The report against the baseline of the plain sample."""
    return compare(found, make_baseline(sample_result()), tolerance)


def check_of(report: GateReport, metric: str) -> MetricCheck:
    return next(check for check in report.runs[0].checks if check.metric == metric)


def test_the_same_result_passes() -> None:
    report = gated(sample_result())
    assert report.passed
    assert report.exit_code == 0
    assert report.summary == "gate passed: 1 ok"
    assert {check.metric for check in report.runs[0].checks} == set(GATED_METRICS)
    assert {check.change for check in report.runs[0].checks} == {"same"}
    assert report.mismatches == report.notices == ()


@pytest.mark.parametrize(
    ("metrics", "outcome"),
    [
        ({"HOTA": METRICS["HOTA"] - 0.00001}, "regression"),  # 0.001 points: the last decimal
        ({"HOTA": METRICS["HOTA"] - 0.000001}, "ok"),  # below it
        ({"HOTA": METRICS["HOTA"] + 0.00001}, "better"),
        ({"IDSW": 171}, "regression"),
        ({"IDSW": 169}, "better"),
        # better in one is no excuse for another that decides
        ({"HOTA": 0.9, "IDSW": 171}, "regression"),
        ({"CLR_TP": 44001}, "ok"),  # the others inform
        ({"CLR_FP": 2501}, "ok"),
        (
            {
                "HOTA": 0.7,
                "AssA": 0.72,
                "MOTA": 0.79,
                "IDF1": 0.8,
                "IDSW": 160,
                "DetA": 0.6607,
                "CLR_FN": 10316,
            },
            "better",
        ),
        ({"MOTP": 0.1}, "ok"),  # not gated
        ({"MOTA": NAN}, "regression"),
    ],
)
def test_stored_detections_are_compared_exactly_and_by_direction(
    metrics: dict[str, float], outcome: str
) -> None:
    report = gated(sample_result(sample_run(metrics=metrics)))
    assert report.runs[0].outcome == outcome
    assert report.exit_code == (outcome == "regression")
    assert any("--update" in notice for notice in report.notices) == (outcome == "better")


@pytest.mark.parametrize(
    ("metrics", "outcome"),
    [
        ({"HOTA": 0.6780304 - 0.00499, "IDSW": 178, "CLR_FP": 2625}, "ok"),
        ({"HOTA": 0.6780304 + 0.00499}, "ok"),
        ({"HOTA": 0.6780304 - 0.00502}, "regression"),
        ({"HOTA": 0.6780304 + 0.00502}, "better"),
        ({"IDSW": 179}, "regression"),  # 5 % of 170 is 8.5
        ({"IDSW": 161}, "better"),
    ],
)
def test_trained_runs_have_a_tolerance(metrics: dict[str, float], outcome: str) -> None:
    base = make_baseline(sample_result(sample_run(trained=True)))
    other_detections = {"a": "3" * 64, "b": "2" * 64}  # another training, other detections
    found = sample_run(trained=True, metrics=metrics, detections_digests=other_detections)
    assert compare(sample_result(found), base).runs[0].outcome == outcome


def test_a_small_count_of_a_trained_run_may_change_by_one() -> None:
    base = make_baseline(sample_result(sample_run(trained=True, metrics={"IDSW": 0})))
    for switches, outcome in [(1, "ok"), (2, "regression")]:
        found = sample_result(sample_run(trained=True, metrics={"IDSW": switches}))
        assert compare(found, base).runs[0].outcome == outcome


def test_tolerance_of_the_command_line_wins_over_the_baselines_own() -> None:
    found = sample_result(sample_run(metrics={"HOTA": 0.67}))  # 0.803 points down
    own = make_baseline(sample_result(), tolerance={"HOTA": 0.9})
    assert compare(found, own).passed
    assert check_of(compare(found, own), "HOTA").change == "within"
    assert not compare(found, own, {"HOTA": 0.1}).passed
    assert gated(found, tolerance={"HOTA": 0.9}).passed
    assert not gated(found, tolerance={"MOTA": 0.9}).passed
    # and 0 makes a trained run exact
    trained = make_baseline(sample_result(sample_run(trained=True)))
    assert not compare(
        sample_result(sample_run(trained=True, metrics={"IDSW": 171})), trained, {"IDSW": 0}
    ).passed


def test_not_a_number() -> None:
    empty = make_baseline(sample_result(sample_run(metrics={"MOTA": NAN})))
    assert '"MOTA": null' in baseline_text(empty)
    same = compare(sample_result(sample_run(metrics={"MOTA": NAN})), empty)
    assert check_of(same, "MOTA").change == "same"
    assert check_of(compare(sample_result(), empty), "MOTA").change == "better"
    assert check_metric("IDSW", 3.0, None, 100.0).change == "worse"
    # no way is better: any change counts
    assert check_metric("Dets", 3.0, 4.0, 0.0).change == "worse"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"dataset": sample_dataset("e" * 64)}, "digest of b: was dddddddddddd, is eeeeeeeeeeee"),
        (
            {"dataset": sample_dataset(benchmark="MOT20")},
            "dataset: benchmark: was street, is MOT20",
        ),
        (
            {"scorer": Scorer(name="motmetrics", version="1.4", settings={})},
            "scorer: name: was trackeval, is motmetrics",
        ),
        (
            {"scorer": Scorer(name="trackeval", version="1.4.0", settings={})},
            "scorer: version: was 1.3.0, is 1.4.0",
        ),
        (
            {"scorer": Scorer(name="trackeval", version="1.3.0", settings={"benchmark": "MOT17"})},
            "scorer: settings.distractor_classes: was [2, 7], is gone",
        ),
    ],
)
def test_a_mismatch_of_data_or_scorer_is_named_and_nothing_is_compared(
    fields: dict[str, Any], named: str
) -> None:
    report = gated(sample_result(**fields))
    assert any(named in line for line in report.mismatches)
    assert report.runs[0].outcome == "not comparable"
    assert report.runs[0].checks == ()
    assert report.exit_code == 1


def test_a_missing_sequence_is_a_mismatch() -> None:
    dataset = sample_dataset()
    shorter = dataset.model_copy(update={"sequences": dataset.sequences[:1]})
    assert gated(sample_result(dataset=shorter)).mismatches == (
        "dataset: digest of b: was dddddddddddd, is gone",
    )


def test_another_name_of_the_same_data_is_a_notice() -> None:
    report = gated(sample_result(dataset=sample_dataset(name="copy", split="other"), suite="mine"))
    assert report.passed
    assert report.notices == (
        "suite: was smoke, is mine",
        "dataset: name: was street, is copy",
        "dataset: split: was full, is other",
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"tracker": "sort"}, "tracker: was bytetrack, is sort"),
        ({"trained": True}, "trained: was false, is true"),
        ({"detections_digests": {"a": "1" * 64, "b": "3" * 64}}, "detections_digest: was "),
        ({"detections_digests": {}}, "detections_digest: was "),
        (
            {"parameters": {"match_threshold": 0.7, "buffers": [1, 2.5], "limit": None}},
            "parameter match_threshold: was 0.8, is 0.7",
        ),
        (
            {"parameters": {"match_threshold": 0.8, "buffers": [1, 2.5]}},
            "parameter limit: was null, is gone",
        ),
        (
            {
                "parameters": {
                    "match_threshold": 0.8,
                    "buffers": [1, 2.5],
                    "limit": None,
                    "new": {"a": 1},
                }
            },
            "parameter new: new",
        ),
    ],
)
def test_a_mismatch_of_a_run_is_named_and_the_others_are_compared(
    fields: dict[str, Any], named: str
) -> None:
    base = make_baseline(sample_result(sample_run(), sample_run("ocsort")))
    report = compare(
        sample_result(sample_run(metrics={"HOTA": 0.1}, **fields), sample_run("ocsort")), base
    )
    first, second = report.runs
    assert first.outcome == "not comparable"
    assert first.checks == ()
    assert named in first.reasons[0]
    assert second.outcome == "ok"
    assert report.exit_code == 1


def test_other_detections_of_a_trained_run_are_named() -> None:
    base = make_baseline(sample_result(sample_run(trained=True)))
    report = compare(sample_result(sample_run(trained=True, detections="other")), base)
    assert report.runs[0].reasons == ("detections: was yolox, is other",)


def test_scored_files_without_detections_are_compared_exactly() -> None:
    scored: dict[str, Any] = {
        "tracker": "",
        "parameters": {},
        "detections": "",
        "detections_digests": {},
    }
    base = make_baseline(sample_result(sample_run(**scored)))
    assert compare(sample_result(sample_run(**scored)), base).passed
    assert (
        compare(sample_result(sample_run(metrics={"IDSW": 171}, **scored)), base).runs[0].outcome
        == "regression"
    )


def test_a_tracker_in_another_folder_is_the_same_tracker() -> None:
    base = make_baseline(sample_result(sample_run(tracker="/home/me/mine.py:Mine")))
    assert "/home" not in baseline_text(base)
    assert compare(sample_result(sample_run(tracker="mine.py:Mine")), base).passed
    assert compare(sample_result(sample_run(tracker=r"C:\me\mine.py:Mine")), base).passed
    other = compare(sample_result(sample_run(tracker="mine.py:Other")), base)
    assert other.runs[0].reasons == ("tracker: was mine.py:Mine, is mine.py:Other",)


def test_runs_missing_new_failed_and_skipped() -> None:
    base = make_baseline(
        sample_result(*(sample_run(name) for name in ["gone", "broken", "left-out", "seeded"]))
    )
    report = compare(
        sample_result(
            sample_run("broken", status="failed", error="out of memory", combined=None),
            sample_run("left-out", status="skipped", error="needs pictures", combined=None),
            sample_run("seeded", seed=1),
            sample_run("new-broken", status="failed", error="bad", combined=None),
            sample_run("new-left-out", status="skipped", combined=None),
            sample_run("unscored", combined=None),
        ),
        base,
    )
    found = {run.name: (run.outcome, run.reasons[0]) for run in report.runs}
    assert found == {
        "broken (seed 0)": ("failed", "failed: out of memory"),
        "left-out (seed 0)": ("missing", "skipped: needs pictures"),
        "seeded (seed 1)": ("new", "not in the baseline"),
        "new-broken (seed 0)": ("failed", "failed: bad"),
        "new-left-out (seed 0)": ("skipped", "skipped: no reason given"),
        "unscored (seed 0)": ("failed", "failed: it has no combined score"),
        "gone (seed 0)": ("missing", "the baseline has it, the results do not"),
        "seeded (seed 0)": ("missing", "the baseline has it, the results do not"),
    }
    assert report.summary == "gate failed: 3 failed, 3 missing, 1 new, 1 skipped"


def test_a_new_run_passes_with_a_notice() -> None:
    report = gated(sample_result(sample_run(), sample_run("mine")))
    assert report.passed
    assert report.notices == ("--update accepts what is new or better into the baseline",)


def test_a_baseline_reads_well_in_a_diff(tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "deep" / "2.json"
    runs = [
        sample_run("b", seed=1),
        sample_run("a"),
        sample_run("b", metrics={"HOTA": 0.678, "MOTA": -0.0000001}),
    ]
    write_baseline(first, make_baseline(sample_result(*runs)))
    write_baseline(second, make_baseline(sample_result(*reversed(runs))))
    text = first.read_text()
    assert text == second.read_text()  # order of runs does not show
    assert text.endswith("}\n")
    assert '"HOTA": 67.800,\n' in text
    assert '"IDSW": 170,\n' in text
    assert '"MOTA": 0.000\n' in text
    assert '"HOTA": 67.803,\n' in text
    keys = list(json.loads(text))
    assert keys == sorted(keys)
    assert load_baseline(first) == make_baseline(sample_result(*runs))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_parameters_of_every_kind_survive_the_file(tmp_path: Path) -> None:
    parameters = {
        "a": float("inf"),
        "b": (1, 2),
        "c": {"d": True, "e": 1.0},
        "f": "é|\n",
        "g": Path("x"),
    }
    result = sample_result(sample_run(parameters=parameters))
    write_baseline(tmp_path / "b.json", make_baseline(result))
    assert compare(result, load_baseline(tmp_path / "b.json")).passed


@settings(max_examples=60, deadline=None)
@given(fraction=st.floats(-3, 1), count=st.integers(0, 10**9))
def test_every_result_passes_its_own_baseline(
    fraction: float, count: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    result = sample_result(sample_run(metrics={"MOTA": fraction, "IDSW": count}))
    path = tmp_path_factory.getbasetemp() / "own.json"
    write_baseline(path, make_baseline(result))
    report = compare(result, load_baseline(path))
    assert {check.change for check in report.runs[0].checks} == {"same"}
    assert "-0.000" not in path.read_text()


def test_an_update_keeps_tolerances_and_names_every_change() -> None:
    old = make_baseline(sample_result(sample_run(), sample_run("gone")), tolerance={"HOTA": 0.3})
    found = sample_result(
        sample_run(metrics={"IDSW": 180}), sample_run("mine"), sample_run("off", status="skipped")
    )
    new = make_baseline(found, old, {"IDSW": 2.0})
    entry = new.find("bytetrack", 0)
    assert entry is not None
    assert entry.tolerance == {"HOTA": 0.3, "IDSW": 2.0}
    assert new.find("off", 0) is None
    assert baseline_changes(old, new) == [
        "runs.bytetrack.seed-0.metrics.IDSW: was 170, is 180",
        "runs.bytetrack.seed-0.tolerance.IDSW: new, 2",
        "runs.gone: gone",
        "runs.mine: new",
    ]


def test_no_baseline_of_failed_or_no_runs() -> None:
    with pytest.raises(MotBenchError, match=r"found failed ones: ocsort \(seed 0\)"):
        make_baseline(
            sample_result(sample_run(), sample_run("ocsort", status="failed", combined=None))
        )
    with pytest.raises(MotBenchError, match="expected a finished run, found none"):
        make_baseline(sample_result(sample_run(status="skipped", combined=None)))


def edited(**changes: object) -> str:
    content = json.loads(baseline_text(make_baseline(sample_result())))
    entry = content["runs"]["bytetrack"]["seed-0"]
    entry.update({key: value for key, value in changes.items() if key in entry or key == "extra"})
    content.update({key: value for key, value in changes.items() if key in content})
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "expectation"),
    [
        ("", "b.json:1: .*found no JSON"),
        ("<<<<<<< HEAD\n{}", "b.json:1: .*found no JSON"),
        ('{"runs": 1, "runs": 2}', "the key 'runs' occurs twice"),
        ('{"runs": NaN}', "NaN is no number"),
        ("[1]", "expected a baseline of mot-bench gate, found other JSON"),
        ('{"name": "left-pad"}', "found other JSON"),
        (edited(schema_version=2), "expected baseline schema version 1, found 2"),
        (sample_result().model_dump_json(), "found results"),
        (edited(runs={}), "runs: Dictionary should have at least 1 item"),
        (edited(extra=1), "runs.bytetrack.seed-0.extra: Extra inputs"),
        (
            edited(metrics={"HOTA": "67"}),
            "runs.bytetrack.seed-0.metrics.HOTA: Input should be a valid number",
        ),
        (edited(metrics={"HOTTA": 67}), "unknown metric HOTTA"),
        (
            edited(tolerance={"HOTA": -1}),
            "tolerance.HOTA: Input should be greater than or equal to 0",
        ),
        (edited(runs={"a": {"0": {}}}), r"runs.a.0.\[key\]: String should match pattern"),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_line(
    tmp_path: Path, text: str, expectation: str
) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(InputError, match=expectation) as caught:
        load_baseline(path)
    assert "\n" not in str(caught.value)


def test_missing_files_and_directories(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--update writes one.*found no file"):
        load_baseline(tmp_path / "no.json")
    with pytest.raises(InputError, match="found a directory"):
        load_baseline(tmp_path)
    with pytest.raises(InputError, match="expected a file to write, found a directory"):
        write_baseline(tmp_path, make_baseline(sample_result()))
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match=r"latin.json: .*no JSON"):
        load_baseline(tmp_path / "latin.json")
    with pytest.raises(InputError, match=r"results.json as mot-bench run .* found no file"):
        _ = ResultsFolder(tmp_path).result


def test_results_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(sample_result().model_dump_json())
    assert ResultsFolder(tmp_path).result == sample_result()
    for text, expectation in [
        (
            sample_result(sample_run(), sample_run()).model_dump_json(),
            "bytetrack with seed 0 twice",
        ),
        (sample_result(schema_version=9).model_dump_json(), "schema version 1, found 9"),
        ("{}", "suite: Field required"),
        ("[]", "found"),
    ]:
        path.write_text(text)
        with pytest.raises(InputError, match=expectation):
            _ = ResultsFolder(tmp_path).result


def test_a_baseline_is_frozen() -> None:
    baseline: Baseline = make_baseline(sample_result())
    with pytest.raises(ValueError, match="frozen"):
        baseline.suite = "other"  # type: ignore[misc]


def test_what_informs_is_shown_as_such() -> None:
    report = gated(sample_result(sample_run(metrics={"HOTA": 0.7, "DetA": 0.6607})))
    assert {check.metric for check in report.runs[0].checks if check.decides} == {
        "HOTA",
        "MOTA",
        "IDF1",
        "IDSW",
    }
    assert any(
        "DetA" in line and line.endswith("worse, informs)") for line in findings(report.runs[0])
    )
    assert any("HOTA" in line and line.endswith("better)") for line in findings(report.runs[0]))


def test_chosen_metrics_decide_alone() -> None:
    found, base = (
        sample_result(sample_run(metrics={"HOTA": 0.6, "DetA": 0.9})),
        make_baseline(sample_result()),
    )
    assert compare(found, base).runs[0].outcome == "regression"
    assert compare(found, base, deciding=("DetA",)).runs[0].outcome == "better"
    assert compare(found, base, deciding=("MOTA", "IDF1")).runs[0].outcome == "ok"


@pytest.mark.parametrize(
    ("kept", "chosen"), [(("DetA", "AssA"), None), (("HOTA", "MOTA"), ("HOTA", "IDSW"))]
)
def test_without_a_figure_to_decide_by_nothing_passes(
    kept: tuple[str, ...], chosen: tuple[str, ...] | None
) -> None:
    base = make_baseline(sample_result())
    entry = base.runs["bytetrack"]["seed-0"]
    entry = entry.model_copy(update={"metrics": {name: entry.metrics[name] for name in kept}})
    base = base.model_copy(update={"runs": {"bytetrack": {"seed-0": entry}}})
    report = compare(sample_result(), base, deciding=chosen)
    assert report.runs[0].outcome == "not comparable"
    assert "in the baseline to decide by: --metrics chooses among" in report.runs[0].reasons[0]


def test_another_source_of_the_tracker_is_said_and_compared_nonetheless() -> None:
    base = make_baseline(sample_result(sample_run(tracker_source="a" * 64)))
    report = compare(
        sample_result(sample_run(tracker_source="b" * 64, metrics={"HOTA": 0.7})), base
    )
    assert report.runs[0].outcome == "better"
    assert report.runs[0].reasons == (f"source of the tracker: was {'a' * 12}, is {'b' * 12}",)
    for unknown in ("", "a" * 64):
        assert (
            compare(sample_result(sample_run(tracker_source=unknown)), base).runs[0].reasons == ()
        )
