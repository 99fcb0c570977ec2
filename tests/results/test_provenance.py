"""What a report tells of where its results come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reports_samples import write_results

from mot_bench.errors import InputError
from mot_bench.reporting.write_reports import write_reports
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.provenance import environment_of


def write(out: Path, **record: object) -> Path:
    write_results(out)
    (out / "environment.json").write_text(json.dumps(record))
    return out


def test_nothing_is_known_of_a_folder_without_records(tmp_path: Path) -> None:
    assert environment_of(ResultsFolder(write_results(tmp_path))) is None


def test_the_command_is_that_of_the_suite_whatever_folder_and_part_it_was_run_for(
    tmp_path: Path,
) -> None:
    start = ["mot-bench", "run", "--suite", "smoke", "--set", "sort.max_age=3"]
    ways = (
        ["--out", "a", "--jobs=2"],
        ["--only", "sort", "--seeds", "0,1", "--timing", "--data-root=/x"],
    )
    found = [
        environment_of(ResultsFolder(write(tmp_path / str(n), command=[*start, *way])))
        for n, way in enumerate(ways)
    ]
    assert found[0] is not None
    assert found[0].command == tuple(start)
    assert found[0] == found[1]


def test_without_a_command_the_suite_says_how(tmp_path: Path) -> None:
    out = write(
        tmp_path,
        command=["mot-bench", "score"],
        python="3.11.7",
        packages={"numpy": "2.4.6", "onnx": None},
    )
    (out / "suite.json").write_text('{"name": "smoke", "dataset": "street-small"}')
    found = environment_of(ResultsFolder(out))
    assert found is not None
    assert found.command == ("mot-bench", "run", "--suite", "smoke", "--dataset", "street-small")
    assert found.packages == {"numpy": "2.4.6"}


def test_times_are_not_told(tmp_path: Path) -> None:
    for name, hour in (("one", "01"), ("two", "02")):
        write_reports(
            ResultsFolder(
                write(
                    tmp_path / name,
                    machine="two cores",
                    started=f"2026-01-01T{hour}:00:00",
                    commit="c0ffee",
                )
            )
        )
    pages = [(tmp_path / name / "report.html").read_bytes() for name in ("one", "two")]
    assert pages[0] == pages[1]
    assert b"c0ffee" in pages[0]


@pytest.mark.parametrize("file", ["environment.json", "suite.json"])
def test_what_is_no_json_is_one_clear_line(tmp_path: Path, file: str) -> None:
    (write_results(tmp_path) / file).write_text("{")
    with pytest.raises(InputError, match="no JSON") as caught:
        write_reports(ResultsFolder(tmp_path))
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)


def test_records_of_another_shape_are_passed_over(tmp_path: Path) -> None:
    assert (
        environment_of(ResultsFolder(write(tmp_path, command=3, packages=["numpy"], machine=None)))
        is None
    )
