"""What the gate writes: table, Markdown, JUnit XML."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from gate_samples import METRICS, sample_dataset, sample_result, sample_run
from rich.console import Console

from mot_bench.results.gating.baseline import make_baseline
from mot_bench.results.gating.comparison import GateReport, compare
from mot_bench.results.gating.output import gate_table, junit, markdown

ODD = "a|b <i>[red]*x*</i>\n&\x00`c`"


@pytest.fixture
def report() -> GateReport:
    """One run of each outcome."""
    names = ["fine", "worse", "better", "other", "gone", "net"]
    base = make_baseline(
        sample_result(*(sample_run(name, trained=name == "net") for name in names))
    )
    found = sample_result(
        sample_run("fine"),
        sample_run("worse", metrics={"HOTA": 0.67, "MOTA": 0.79, "IDSW": 180}),
        sample_run("better", metrics={"IDSW": 160}),
        sample_run("other", parameters={}),
        sample_run("net", trained=True, metrics={"HOTA": 0.675}),
        sample_run(ODD),
        sample_run("broken", status="failed", error=ODD, combined=None),
        suite=ODD,
    )
    return compare(found, base)


def test_the_table_has_a_row_a_run_and_says_what_changed(report: GateReport) -> None:
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(gate_table(report))
    lines = [re.sub(r"\s+", " ", line) for line in capture.get().splitlines()]
    text = "\n".join(lines)
    assert (
        "gate failed: 2 ok, 1 regression, 1 better, 1 not comparable, 1 new, 1 failed, 1 missing"
        in text
    )
    assert "│ fine (seed 0) │ ok │ 67.803 │ 78.000 │ 79.500 │ 170 │ │" in lines
    assert (
        "│ worse (seed 0) │ regression │ 67.000 │ 79.000 │ 79.500 │ 180 │ HOTA 67.803 -> 67.000 (-0.803, worse) │"
        in text
    )
    assert "IDSW 170 -> 180 (+10, worse)" in text
    assert "(-0.303, within, allowed 0.500)" in text
    assert "[red]*x*" in text  # no markup of rich's
    assert "parameter match_threshold: was 0.8, is gone" in text


def test_markdown_is_a_table_whatever_the_names(report: GateReport) -> None:
    text = markdown(report)
    lines = text.splitlines()
    assert lines[0].startswith("### mot-bench gate failed: 2 ok, 1 regression")
    assert text.endswith("|\n")
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 2
    for table in tables:
        rows = table.splitlines()
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}
        assert set(rows[1]) <= set("|-: ")
    runs, changes = (table.splitlines()[2:] for table in tables)
    assert len(runs) == len(report.runs)
    assert (
        runs[1]
        == "| worse (seed 0) | **regression** | 67.000 (-0.803) | 79.000 (+1.000) | 79.500 | 180 (+10) |  |"
    )
    assert any(row.startswith(r"| a\|b &lt;i&gt;\[red\]\*x\*&lt;/i&gt;<br>&amp;") for row in runs)
    assert "| worse (seed 0) | HOTA | 67.803 | 67.000 | -0.803 | exact | worse |" in changes
    assert "| net (seed 0) | HOTA | 67.803 | 67.500 | -0.303 | 0.500 | within |" in changes
    assert "- note: --update accepts what is new or better into the baseline" in lines


def test_markdown_without_changes_has_one_table() -> None:
    text = markdown(compare(sample_result(), make_baseline(sample_result())))
    assert text.startswith("### mot-bench gate passed: 1 ok\n\nSuite: smoke\n\n| run |")
    assert "Changes" not in text


def test_junit_is_xml_with_a_case_a_run(report: GateReport) -> None:
    text = junit(report)
    assert "\x00" not in text
    root = ET.fromstring(text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n'))
    (suite,) = root
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "8", "failures": "1", "errors": "3", "skipped": "1"}
    outcomes = {case.get("name"): [part.tag for part in case] for case in suite.findall("testcase")}
    assert outcomes == {
        "fine (seed 0)": [],
        "worse (seed 0)": ["failure"],
        "better (seed 0)": ["system-out"],
        "other (seed 0)": ["error"],
        "gone (seed 0)": ["error"],
        "net (seed 0)": ["system-out"],
        f"{ODD.replace(chr(0), '?')} (seed 0)": ["skipped"],
        "broken (seed 0)": ["error"],
    }
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "regression"
    assert failure.get("message") == (
        "regression; HOTA 67.803 -> 67.000 (-0.803, worse); IDSW 170 -> 180 (+10, worse)"
    )
    assert "MOTA 78.000 -> 79.000 (+1.000, better)" in (failure.text or "")


def test_a_mismatch_of_the_whole_is_in_every_output() -> None:
    report = compare(
        sample_result(dataset=sample_dataset("e" * 64)), make_baseline(sample_result())
    )
    line = "dataset: digest of b: was dddddddddddd, is eeeeeeeeeeee"
    assert f"- not comparable: {line}" in markdown(report)
    (suite,) = ET.fromstring(junit(report).split("\n", 1)[1])
    error = suite.find("testcase/error")
    assert error is not None
    assert line in (error.text or "")
    assert f"not comparable: {line}" in (suite.findtext("system-out") or "")


def test_not_a_number_is_shown() -> None:
    nothing = sample_result(sample_run(metrics={"MOTA": float("nan")}))
    report = compare(nothing, make_baseline(sample_result()))
    assert "| bytetrack (seed 0) | MOTA | 78.000 | NaN |  | exact | worse |" in markdown(report)
    assert f"MOTA {100 * METRICS['MOTA']:.3f} -> NaN (worse)" in junit(report).replace("&gt;", ">")
