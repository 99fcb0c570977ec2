"""results.json in, files out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reports_samples import make_result, make_run, make_timing, write_results

from mot_bench.errors import InputError, MotBenchError
from mot_bench.reporting.write_reports import write_reports
from mot_bench.results.bundle import make_bundle
from mot_bench.results.folder import ResultsFolder


def test_every_file_is_written(tmp_path: Path) -> None:
    write_reports(ResultsFolder(write_results(tmp_path)))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "leaderboard.csv",
        "leaderboard.tex",
        "report.html",
        "report.md",
        "results.json",
        "sequences.csv",
        "statistics.csv",
    ]


def test_times_have_a_file_of_their_own(tmp_path: Path) -> None:
    write_reports(ResultsFolder(write_results(tmp_path / "without")))
    write_reports(ResultsFolder(write_results(tmp_path / "with", timing=make_timing())))
    rows = (tmp_path / "with" / "timing.csv").read_text().splitlines()
    assert rows[1].startswith("sort,0,600,300.00,200.00,1.0000,")
    assert ",two cores," in rows[1]
    boards = [
        (tmp_path / folder / "leaderboard.csv").read_bytes() for folder in ("without", "with")
    ]
    assert boards[0] == boards[1]


@pytest.mark.parametrize("of", ["", "of another run"])
def test_times_that_are_not_known_to_be_of_a_run_are_not_shown(tmp_path: Path, of: str) -> None:
    out = write_results(tmp_path, timing=make_timing())
    record = json.loads((out / "timing.json").read_text())
    record["runs"][0]["of"] = of
    (out / "timing.json").write_text(json.dumps(record))
    write_reports(ResultsFolder(out))
    assert not (out / "timing.csv").exists()


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_reports(ResultsFolder(write_results(tmp_path / name, timing=make_timing())))
        (tmp_path / name / "environment.json").write_text(f'{{"host": "{name}"}}')
    for file in ("leaderboard.csv", "sequences.csv", "timing.csv", "report.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "found no file"),
        ("", "no JSON"),
        (make_result().model_dump_json()[:-40], "no JSON"),
        ("[]", "expected results.json as mot-bench run"),
        ('{"schema_version": 99}', "expected schema version 1, found 99"),
        ('{"runs": []}', "suite: Field required"),
        (
            make_result(make_run("sort", 0.5), make_run("sort", 0.6)).model_dump_json(),
            "sort with seed 0 twice",
        ),
    ],
)
def test_what_is_no_result_is_one_clear_line(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        write_reports(ResultsFolder(tmp_path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "report.html").exists()


def test_a_directory_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "results.json").mkdir()
    with pytest.raises(InputError, match="found a directory"):
        _ = ResultsFolder(tmp_path).result


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (write_results(tmp_path) / "report.html").mkdir()
    with pytest.raises(MotBenchError, match=r"report\.html"):
        write_reports(ResultsFolder(tmp_path))


def test_runs_are_compared_with_the_base_of_their_seed() -> None:
    runs = [make_run(name, 0.6, seed=seed) for name in ("bytetrack", "sort") for seed in (1, 2)]
    bundle = make_bundle(make_result(*runs, make_run("other", 0.5, seed=3)))
    bases = [bundle.base_of(run) for run in bundle.runs]
    assert [base.seed if base else None for base in bases] == [None, None, 1, 2, None]
