"""Reports that are there already are not made again.

What changed in them or in what they tell is.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reports_samples import write_results

from mot_bench.reporting import report_state
from mot_bench.reporting.report_state import renew_reports
from mot_bench.results.folder import ResultsFolder

SMALL = ("csv", "md")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that reports are really made of, in turn."""
    calls: list[Path] = []
    from mot_bench.reporting.write_reports import write_reports as write

    def counted(folder: ResultsFolder, outputs: tuple[str, ...]) -> dict[str, bytes]:
        calls.append(folder.path)
        return write(folder, outputs)

    monkeypatch.setattr(report_state, "write_reports", counted)
    return calls


def test_nothing_is_made_twice_of_the_same_results(tmp_path: Path, made: list[Path]) -> None:
    write_results(tmp_path)
    renew_reports(ResultsFolder(tmp_path), SMALL)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    renew_reports(ResultsFolder(tmp_path), SMALL)
    assert len(made) == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == first


def test_other_outputs_are_made(tmp_path: Path, made: list[Path]) -> None:
    write_results(tmp_path)
    renew_reports(ResultsFolder(tmp_path), ("csv",))
    renew_reports(ResultsFolder(tmp_path), SMALL)
    assert len(made) == 2
    assert (tmp_path / "report.md").is_file()


@pytest.mark.parametrize("name", ["leaderboard.csv", "report.md"])
@pytest.mark.parametrize("change", ["damaged", "removed"])
def test_a_file_that_is_not_as_made_is_made_again(
    tmp_path: Path, made: list[Path], name: str, change: str
) -> None:
    write_results(tmp_path)
    renew_reports(ResultsFolder(tmp_path), SMALL)
    whole = (tmp_path / name).read_bytes()
    if change == "removed":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(whole[:-20])
    renew_reports(ResultsFolder(tmp_path), SMALL)
    assert len(made) == 2
    assert (tmp_path / name).read_bytes() == whole


def test_other_results_are_told(tmp_path: Path, made: list[Path]) -> None:
    write_results(tmp_path)
    renew_reports(ResultsFolder(tmp_path), SMALL)
    results = json.loads((tmp_path / "results.json").read_text())
    results["title"] = "Another title"
    (tmp_path / "results.json").write_text(json.dumps(results))
    renew_reports(ResultsFolder(tmp_path), SMALL)
    assert len(made) == 2
    assert "Another title" in (tmp_path / "report.md").read_text()


def test_another_commit_is_told(tmp_path: Path, made: list[Path]) -> None:
    write_results(tmp_path)
    for commit in ("c0ffee", "decade", "decade"):
        (tmp_path / "environment.json").write_text(
            json.dumps({"commit": commit, "started": len(made)})
        )
        renew_reports(ResultsFolder(tmp_path), SMALL)
    assert len(made) == 2
