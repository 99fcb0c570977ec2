"""Segments: cut, scored once and kept.

And the files of a results folder, from the command line on.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mot_bench import cli
from mot_bench.errors import MotBenchError
from mot_bench.records.results import SuiteResult
from mot_bench.results.bundle import load_bundle
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.opening import open_results
from mot_bench.statistics import segments
from mot_bench.statistics.certainty import certainty_of
from mot_bench.statistics.counts import COUNTS, Counts, field, read_counts
from mot_bench.statistics.segments import spans_of, write_segments
from mot_bench.statistics.units import SEGMENTS

LENGTH = 41


def rows(
    jitter: np.random.Generator, ids: dict[int, int], shift: float, keep: float, top: int
) -> str:
    """Two people side by side, as text; identities change in the middle where ``ids`` says so."""
    lines = []
    for frame in range(1, LENGTH + 1):
        for person in (1, 2):
            if jitter.random() < keep:
                name = ids.get(person, person) if frame > LENGTH // 2 else person
                lines.append(
                    f"{frame},{name},{60 * person + frame + shift * jitter.normal():.1f},{top},20,40,1,1,1"
                )
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of mot-bench score: two runs on four sequences of 41 frames."""
    home = tmp_path_factory.mktemp("scored")
    for place in range(4):
        rng = np.random.default_rng(place)
        folder = home / "truth" / f"S-{place}"
        (folder / "gt").mkdir(parents=True)
        (folder / "gt" / "gt.txt").write_text(rows(rng, {}, 0.0, 1.0, 20 + place))
        (folder / "seqinfo.ini").write_text(
            f"[Sequence]\nname={folder.name}\nframeRate=25\nseqLength={LENGTH}\nimWidth=160\nimHeight=120\nimExt=.png\n"
        )
        for run, ids, keep in (("good", {}, 0.9), ("bad", {1: 7}, 0.7)):
            path = home / "results" / run / f"S-{place}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rows(rng, ids, 1.0, keep, 20 + place))
    arguments = [
        "score",
        str(home / "results"),
        "--ground-truth",
        str(home / "truth"),
        "--out",
        str(home / "out"),
    ]
    assert CliRunner().invoke(cli.app, arguments).exit_code == 0
    return home / "out"


def held(path: Path) -> Counts:
    counts = read_counts(path)
    assert counts is not None
    return counts


def test_scoring_leaves_counts_intervals_and_a_table(scored: Path) -> None:
    counts = held(scored / COUNTS)
    assert counts.units == ("S-0", "S-1", "S-2", "S-3")
    assert set(counts.rows) == {("good", 0), ("bad", 0)}
    bundle = load_bundle(ResultsFolder(scored))
    assert bundle.certainty is not None
    table = list(csv.DictReader((scored / "statistics.csv").read_text().splitlines()))
    assert (
        len(table)
        == len(bundle.certainty.estimates) + len(bundle.certainty.comparisons)
        == 2 * 6 + 2 * 6
    )
    one = bundle.certainty.comparison("bad", "good", "IDF1")
    assert one is not None
    assert one.interval is not None
    assert one.p_value is not None
    row = next(
        row for row in table if (row["run"], row["base"], row["metric"]) == ("bad", "good", "IDF1")
    )
    assert float(row["difference"]) == pytest.approx(100 * one.difference, abs=1e-3)
    assert float(row["low"]) == pytest.approx(100 * one.interval.low, abs=1e-3)
    assert float(row["p"]) == pytest.approx(one.p_value, rel=1e-3)
    assert row["verdict"] == one.verdict
    switches = next(
        row for row in table if (row["run"], row["base"], row["metric"]) == ("bad", "", "IDSW")
    )
    assert float(switches["value"]) >= 4  # a count, not a percentage
    assert switches["unit"] == ""


@pytest.mark.parametrize(("length", "parts"), [(41, 3), (10, 1), (7, 7)])
def test_spans_cover_every_frame_once(length: int, parts: int) -> None:
    spans = spans_of(length, parts)
    assert [frame for span in spans for frame in range(span.first, span.last + 1)] == list(
        range(1, length + 1)
    )
    assert max(span.length for span in spans) - min(span.length for span in spans) <= 1


def copied(scored: Path, folder: Path) -> tuple[Path, SuiteResult]:
    for path in scored.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(scored)).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(scored)).write_bytes(path.read_bytes())
    return folder, ResultsFolder(folder).result


def test_segments_are_the_unit_once_they_are_scored_and_the_cuts_are_told(
    scored: Path, tmp_path: Path
) -> None:
    folder, result = copied(scored, tmp_path / "out")
    whole = certainty_of(folder, result)
    assert (
        CliRunner()
        .invoke(cli.app, ["report", str(folder), "--segments", "2", "--outputs", "csv"])
        .exit_code
        == 0
    )
    found = certainty_of(folder, result)
    assert whole is not None
    assert found is not None
    assert (found.unit, found.units) == ("segment", 8)
    values = [[one.value for one in some.estimates] for some in (whole, found)]
    assert values[0] == values[1]  # figures stay those of whole sequences
    effect = next(note for note in found.notes if note.startswith("Effect of the cuts"))
    assert "IDSW \N{MINUS SIGN}" in effect  # switches at the cut are gone
    cut, uncut = held(folder / SEGMENTS), held(folder / COUNTS)
    for name in ("GT_Dets", "Dets", "CLR_TP"):
        parts = field(cut.values, name).reshape(2, 4, 2).sum(axis=-1)
        np.testing.assert_array_equal(parts, field(uncut.values, name))
    assert (
        CliRunner()
        .invoke(cli.app, ["report", str(folder), "--segments", "1", "--outputs", "csv"])
        .exit_code
        == 0
    )
    assert certainty_of(folder, result) == whole
    assert not (folder / SEGMENTS).exists()


def test_what_is_scored_is_kept(
    scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = copied(scored, tmp_path / "out")
    write_segments(open_results(folder), 3)
    before = (folder / SEGMENTS).read_bytes()

    def refuse(*_: object) -> None:
        pytest.fail("scored again")

    monkeypatch.setattr(segments, "score_sequence", refuse)
    write_segments(open_results(folder), 3)
    assert (folder / SEGMENTS).read_bytes() == before


def test_one_part_makes_the_counts_that_an_older_folder_lacks(scored: Path, tmp_path: Path) -> None:
    folder, _ = copied(scored, tmp_path / "out")
    (folder / COUNTS).unlink()
    write_segments(open_results(folder), 1)
    assert (folder / COUNTS).read_bytes() == (scored / COUNTS).read_bytes()


def test_segments_of_other_results_are_left_alone(scored: Path, tmp_path: Path) -> None:
    folder, result = copied(scored, tmp_path / "out")
    write_segments(open_results(folder), 2)
    other = [row.model_copy(update={"track_digests": {}}) for row in result.runs]
    found = certainty_of(folder, result.model_copy(update={"runs": other}))
    assert found is not None
    assert found.unit == "sequence"
    assert all(one.interval is None for one in found.estimates)


def test_faults_are_told(scored: Path, tmp_path: Path) -> None:
    folder, _ = copied(scored, tmp_path / "out")
    with pytest.raises(MotBenchError, match=r"at most 4 .S-0 has 41 frames"):
        write_segments(open_results(folder), 5)
    (folder / "runs" / "good" / "seed-0" / "tracks" / "S-1.txt").write_text(
        "1,1,1,1,5,5,1,-1,-1,-1\n"
    )
    with pytest.raises(MotBenchError, match=r"S-1\.txt: expected the track file that was scored"):
        write_segments(open_results(folder), 2)
    assert not (folder / SEGMENTS).exists()
    (folder / SEGMENTS).write_bytes(b"nothing")
    assert CliRunner().invoke(cli.app, ["report", str(folder)]).exit_code == 2


def test_nothing_is_cut_where_nothing_finished(tmp_path: Path, scored: Path) -> None:
    folder, result = copied(scored, tmp_path / "out")
    none = result.model_copy(update={"runs": []})
    (folder / "results.json").write_text(none.model_dump_json())
    write_segments(open_results(folder), 2)
    assert held(folder / SEGMENTS).values.shape[:2] == (0, 8)
    assert certainty_of(folder, none) is None
