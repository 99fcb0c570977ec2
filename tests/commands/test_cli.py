"""The command line: errors as one line, exit codes, quick help, packages that are ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import mot_bench
from mot_bench import cli
from mot_bench.errors import InputError

HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "trackeval",
    "matplotlib",
    "torch",
    "pydantic",
    "cv2",
    "lap",
    "filterpy",
)


def run_python(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"""
import sys
from mot_bench.cli import main
sys.argv = ["mot-bench", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
print("HEAVY", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "HEAVY []" in done.stdout
    for command in ("run", "list", "score", "report", "gate", "data"):
        assert command in done.stdout


def test_module_runs_as_the_command_does(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mot_bench", "--version"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout == f"mot-bench {mot_bench.__version__}\n"
    assert done.returncode == 0


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let every listing end so."""
    import mot_bench.commands.listing

    def fail(name: str | None, data_root: Path | None) -> list[str]:
        raise error

    monkeypatch.setitem(mot_bench.commands.listing.LISTINGS, "suites", fail)


def test_known_error_is_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, InputError("there.txt", "a number", "two\nlines", 3))
    result = CliRunner().invoke(cli.app, ["list"])
    assert result.exit_code == 2
    assert result.stderr == "error: there.txt:3: expected a number, found two lines\n"
    assert result.stdout == ""


def test_interruption_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    result = CliRunner().invoke(cli.app, ["list"])
    assert result.exit_code == 130
    assert "what is finished is kept: run the same command again to go on" in result.stderr


def test_bug_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ZeroDivisionError("a bug"))
    result = CliRunner().invoke(cli.app, ["list"])
    assert isinstance(result.exception, ZeroDivisionError)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["list", "nothing"], ["list", "--nothing"], ["score"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli.app, arguments).exit_code == 2


def test_unknown_names_are_exit_code_2() -> None:
    for kind in ("suites", "runs", "trackers", "datasets", "detections"):
        result = CliRunner().invoke(cli.app, ["list", kind, "nothing"])
        assert result.exit_code == 2, kind
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["trackers", "models", "reports"])
def test_a_users_packages_of_common_names_hide_nothing_and_are_not_hidden(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("WHOSE = 'the user'")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {name}; "
        f"from mot_bench.{name} import __doc__; assert {name}.WHOSE == 'the user' and __doc__; "
        "from mot_bench.cli import main; main()"
    )
    done = run_python(code, tmp_path, "list")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("seeds", "found"),
    [
        ("0,0", "expected each seed once, found 0 again in '0,0'"),
        ("1,2,01", "expected each seed once, found 1 again in '1,2,01'"),
        ("\u00b2", "expected whole numbers such as 0,1,2"),
        ("9" * 5000, "expected whole numbers such as 0,1,2"),
        ("", "expected whole numbers such as 0,1,2"),
    ],
)
def test_seeds_that_cannot_be_are_refused_by_their_option(
    tmp_path: Path, seeds: str, found: str
) -> None:
    done = CliRunner().invoke(
        cli.app, ["run", "--suite", "smoke", "--out", str(tmp_path / "out"), "--seeds", seeds]
    )
    assert done.exit_code == 2
    assert f"--seeds: {found}" in done.output.replace("\n", " ")
    assert not (tmp_path / "out").exists()
