"""``mot-bench gate`` as it is called: exit codes, files, what --update says.

And the workflow that uses it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import typer
from gate_samples import sample_dataset, sample_result, sample_run
from typer.testing import CliRunner, Result

from mot_bench.commands import gate
from mot_bench.errors import MotBenchError
from mot_bench.records.results import SuiteResult
from mot_bench.results.gating.baseline import make_baseline
from mot_bench.results.gating.files import write_baseline

ROOT = Path(__file__).parents[2]


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    write_baseline(path, make_baseline(sample_result()))
    return path


def application() -> typer.Typer:
    app = typer.Typer()
    gate.register(app)
    app.callback()(lambda: None)
    return app


def call(out: Path, result: SuiteResult | None, *arguments: str | Path) -> Result:
    """Run the command on a result.

    A MotBenchError, which cli.main turns into exit code 2, is raised.
    """
    out.mkdir(exist_ok=True)
    if result is not None:
        (out / "results.json").write_text(result.model_dump_json())
    done = CliRunner().invoke(
        application(), ["gate", str(out), *(str(argument) for argument in arguments)]
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.mark.parametrize(
    ("result", "code", "word"),
    [
        (sample_result(), 0, "gate passed: 1 ok"),
        (sample_result(sample_run(metrics={"HOTA": 0.7})), 0, "--update accepts"),
        (sample_result(sample_run(metrics={"HOTA": 0.6})), 1, "gate failed: 1 regression"),
        (sample_result(sample_run("other")), 1, "1 new, 1 missing"),
        (
            sample_result(dataset=sample_dataset("e" * 64)),
            1,
            "not comparable: dataset: digest of b",
        ),
    ],
)
def test_exit_codes(
    tmp_path: Path, baseline: Path, result: SuiteResult, code: int, word: str
) -> None:
    before = baseline.read_bytes()
    done = call(tmp_path / "out", result, "--baseline", baseline)
    assert done.exit_code == code
    assert word in done.output
    assert baseline.read_bytes() == before


def test_a_log_has_room_for_the_findings(tmp_path: Path, baseline: Path) -> None:
    done = call(
        tmp_path / "out", sample_result(sample_run(metrics={"HOTA": 0.6})), "--baseline", baseline
    )
    assert "HOTA 67.803 -> 60.000 (-7.803, worse)" in done.output


def test_markdown_and_junit_are_written_also_when_the_gate_fails(
    tmp_path: Path, baseline: Path
) -> None:
    texts, reports = tmp_path / "deep" / "gate.md", tmp_path / "gate.xml"
    arguments: list[str | Path] = ["--baseline", baseline, "--markdown", texts, "--junit", reports]
    assert (
        call(
            tmp_path / "out", sample_result(sample_run(metrics={"IDSW": 200})), *arguments
        ).exit_code
        == 1
    )
    assert texts.read_text().startswith("### mot-bench gate failed: 1 regression")
    assert ET.parse(reports).find("testsuite/testcase/failure") is not None


def test_update_writes_then_passes_then_names_what_changes(tmp_path: Path) -> None:
    out, path = tmp_path / "out", tmp_path / "new" / "baseline.json"
    first = call(out, sample_result(), "--baseline", path, "--update", "--tolerance", "HOTA=0.25")
    assert first.exit_code == 0
    assert first.output.splitlines() == ["bytetrack: new", f"{path}: written"]
    assert json.loads(path.read_text())["runs"]["bytetrack"]["seed-0"]["tolerance"] == {
        "HOTA": 0.25
    }
    assert call(out, None, "--baseline", path).exit_code == 0

    worse = sample_result(sample_run(metrics={"IDSW": 200}), sample_run("ocsort"))
    assert call(out, worse, "--baseline", path).exit_code == 1
    second = call(out, None, "--baseline", path, "--update")
    assert second.output.splitlines() == [
        "runs.bytetrack.seed-0.metrics.IDSW: was 170, is 200",
        "runs.ocsort: new",
        f"{path}: updated",
    ]
    assert call(out, None, "--baseline", path).exit_code == 0
    assert call(out, None, "--baseline", path, "--update").output == f"{path}: nothing to change\n"


def test_tolerance_is_in_points_and_percent(tmp_path: Path, baseline: Path) -> None:
    result = sample_result(sample_run(metrics={"HOTA": 0.676, "IDSW": 178}))
    arguments: list[str | Path] = [
        "--baseline",
        baseline,
        "--tolerance",
        "HOTA=0.3",
        "--tolerance",
        "IDSW=5",
    ]
    assert call(tmp_path / "out", result, *arguments).exit_code == 0
    assert call(tmp_path / "out", result, *arguments[:-1], "IDSW=4").exit_code == 1


def test_one_tolerance_covers_a_family_and_that_of_a_metric_wins(
    tmp_path: Path, baseline: Path
) -> None:
    result = sample_result(sample_run(metrics={"HOTA": 0.676, "MOTA": 0.778, "IDSW": 178}))
    for tolerances, code in [
        (["points=0.3", "counts=5"], 0),
        (["points=0.3"], 1),
        (["counts=5"], 1),
        (["MOTA=0.1", "points=0.3", "counts=5"], 1),
        (["points=0.1", "HOTA=0.3", "MOTA=0.3", "counts=5"], 0),
    ]:
        arguments = [word for one in tolerances for word in ("--tolerance", one)]
        assert (
            call(tmp_path / "out", result, "--baseline", baseline, *arguments).exit_code == code
        ), tolerances


def test_the_command_line_chooses_the_metrics_that_decide(tmp_path: Path, baseline: Path) -> None:
    result = sample_result(sample_run(metrics={"IDSW": 178, "CLR_FN": 9901}))
    for metrics, code in [("HOTA,MOTA", 0), ("IDSW", 1), ("CLR_FN, HOTA", 1)]:
        assert (
            call(tmp_path / "out", result, "--baseline", baseline, "--metrics", metrics).exit_code
            == code
        )


@pytest.mark.parametrize(
    ("arguments", "expectation"),
    [
        (["--metrics", "HOTTA,MOTA"], "--metrics HOTTA,MOTA: expected some of HOTA, DetA"),
        (["--metrics", " , "], "found none"),
        (["--update", "--metrics", "HOTA"], "expected no --metrics beside it"),
        (["--tolerance", "point=1"], "or points=POINTS or counts=PERCENT for all of a kind"),
        (
            ["--tolerance", "HOTTA=1"],
            "--tolerance HOTTA=1: expected METRIC=POINTS with a metric such as HOTA",
        ),
        (["--tolerance", "HOTA"], "expected a number, 0 or more, found ''"),
        (["--tolerance", "HOTA=-1"], "found '-1'"),
        (["--tolerance", "HOTA=nan"], "found 'nan'"),
        (["--tolerance", "HOTA=inf"], "found 'inf'"),
        (["--update", "--junit", "x.xml"], "expected neither --markdown nor --junit"),
    ],
)
def test_unusable_options(
    tmp_path: Path, baseline: Path, arguments: list[str], expectation: str
) -> None:
    with pytest.raises(MotBenchError, match=re.escape(expectation)):
        call(tmp_path / "out", sample_result(), "--baseline", baseline, *arguments)


def test_unusable_files_and_nothing_lost(tmp_path: Path, baseline: Path) -> None:
    with pytest.raises(MotBenchError, match=r"no\.json: .*found no file"):
        call(tmp_path / "out", sample_result(), "--baseline", tmp_path / "no.json")
    with pytest.raises(MotBenchError, match=r"results\.json: .*found no file"):
        call(tmp_path / "empty", None, "--baseline", baseline)
    foreign = tmp_path / "package.json"
    foreign.write_text('{"name": "mine"}')
    for flags in ([], ["--update"]):
        with pytest.raises(
            MotBenchError,
            match=r"package\.json: expected a baseline of mot-bench gate, found other JSON",
        ):
            call(tmp_path / "out", sample_result(), "--baseline", foreign, *flags)
    assert foreign.read_text() == '{"name": "mine"}'
    before = baseline.read_bytes()
    failed = sample_result(sample_run(status="failed", error="no memory", combined=None))
    with pytest.raises(MotBenchError, match=r"found failed ones: bytetrack \(seed 0\)"):
        call(tmp_path / "out", failed, "--baseline", baseline, "--update")
    assert baseline.read_bytes() == before


@pytest.mark.skipif(not (ROOT / "mot_bench" / "cli.py").exists(), reason="no command line yet")
def test_unusable_input_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mot_bench.cli import main

    monkeypatch.setattr(
        "sys.argv", ["mot-bench", "gate", str(tmp_path), "--baseline", str(tmp_path / "no.json")]
    )
    try:
        code: object = main()  # type: ignore[func-returns-value,unused-ignore]
    except SystemExit as leaving:
        code = leaving.code
    assert code == 2
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == 1
    assert shown[0].startswith(f"error: {tmp_path / 'results.json'}: expected results.json")


# The workflow for a user's own repository.

WORKFLOW = ROOT / "examples" / "github-actions" / "tracker-gate.yml"


def steps() -> Iterator[dict[str, Any]]:
    yaml = pytest.importorskip("yaml")
    content = yaml.safe_load(WORKFLOW.read_text())
    for job in content["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        yield from job["steps"]


def test_the_workflow_is_yaml_with_triggers_and_little_permission() -> None:
    yaml = pytest.importorskip("yaml")
    content = yaml.safe_load(WORKFLOW.read_text())
    assert {"pull_request"} <= content[True].keys()  # YAML 1.1 reads the key "on" as true
    assert content["permissions"] == {"contents": "read"}
    for step in steps():
        assert ("uses" in step) != ("run" in step)
        assert step.get("name")


def commands_of(text: str) -> list[list[str]]:
    """The mot-bench commands in shell text, backslashes at line ends joined."""
    lines = text.replace("\\\n", " ").splitlines()
    return [
        shlex.split(line)[1:] for line in map(str.strip, lines) if line.startswith("mot-bench ")
    ]


def test_the_workflow_runs_gates_shows_and_keeps() -> None:
    written = list(steps())
    commands = {line[0]: line for step in written for line in commands_of(step.get("run", ""))}
    assert list(commands) == ["run", "gate"]
    run, gated = commands["run"], commands["gate"]
    assert run[run.index("--tracker") + 1] == "my_tracker.py:MyTracker"
    assert run[run.index("--out") + 1] == gated[1]
    assert "--update" not in gated
    markdown, junit = (gated[gated.index(option) + 1] for option in ("--markdown", "--junit"))
    rest = written[
        [("mot-bench gate" in step.get("run", "")) for step in written].index(True) + 1 :
    ]
    # What comes after a failed gate still runs.
    assert rest
    assert all("always()" in step["if"] or "cancelled()" in step["if"] for step in rest)
    assert any(
        markdown in step.get("run", "") and "GITHUB_STEP_SUMMARY" in step["run"] for step in rest
    )
    kept = "\n".join(
        step["with"]["path"] for step in rest if "upload-artifact" in step.get("uses", "")
    )
    assert f"{gated[1]}/report.html" in kept
    assert junit in kept


def test_options_in_the_workflow_and_its_guide_exist() -> None:
    texts = [step.get("run", "") for step in steps()] + [
        (ROOT / "examples" / "README.md").read_text()
    ]
    used = [line for text in texts for line in commands_of(text) if line[0] == "gate"]
    assert len(used) >= 3
    shown = (
        CliRunner()
        .invoke(application(), ["gate", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
        .output
    )
    for line in used:
        assert [
            word for word in line if word.startswith("--") and not re.search(rf"{word}\b", shown)
        ] == []
