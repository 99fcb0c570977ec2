"""How sure compare is, whether both runs lie in one folder or in two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statistics_samples import draw_counts, make_suite

from mot_bench.records.results import SuiteResult
from mot_bench.reports.run_comparison import Change
from mot_bench.results.bundle import load_bundle
from mot_bench.results.comparing import compare
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.merging import merge
from mot_bench.statistics.counts import COUNTS, FloatArray, read_counts, write_units


def write(folder: Path, runs: dict[str, FloatArray], *, backwards: bool = False) -> Path:
    """A results folder with counts; ``backwards``: its sequences in the opposite order."""
    result, counts = make_suite(runs, base=next(iter(runs)))
    names = list(counts.units)
    if backwards:
        names.reverse()
        sequences = list(reversed(result.dataset.sequences))
        result = result.model_copy(
            update={"dataset": result.dataset.model_copy(update={"sequences": sequences})}
        )
    values = {
        row: value[::-1] if backwards else value
        for row, value in zip(counts.rows, counts.values, strict=True)
    }
    write_units(folder / COUNTS, result, names, values)
    return saved(folder, result)


def saved(folder: Path, result: SuiteResult) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(result.model_dump_json())
    return folder


@pytest.fixture
def drawn() -> dict[str, FloatArray]:
    values = draw_counts(np.random.default_rng(4), (), 12, variants=2, gain=0.8)
    return {"old": values[0], "new": values[1]}


def hota(first: Path, second: Path | None, runs: tuple[str, ...]) -> Change:
    (pair,) = compare(first, second, runs).pairs
    return pair.changes[0]


def test_two_folders_are_as_sure_as_one(tmp_path: Path, drawn: dict[str, FloatArray]) -> None:
    together = hota(write(tmp_path / "both", drawn), None, ("old", "new"))
    first = write(tmp_path / "first", {"run": drawn["old"]})
    for backwards in (False, True):
        second = write(tmp_path / "second", {"run": drawn["new"]}, backwards=backwards)
        apart = hota(first, second, ("run",))
        assert apart.verdict == together.verdict == "better"
        assert apart.interval is not None
        assert together.interval is not None
        assert apart.interval.low == pytest.approx(together.interval.low)
        assert apart.interval.high == pytest.approx(together.interval.high)
        assert apart.interval.low < (apart.difference or 0) < apart.interval.high


def test_turned_round_it_is_worse(tmp_path: Path, drawn: dict[str, FloatArray]) -> None:
    out = write(tmp_path / "both", drawn)
    forth, back = hota(out, None, ("old", "new")), hota(out, None, ("new", "old"))
    assert (forth.verdict, back.verdict) == ("better", "worse")
    assert forth.interval is not None
    assert back.interval is not None
    assert back.interval.low == pytest.approx(-forth.interval.high)


def test_without_counts_of_both_there_is_a_reason(
    tmp_path: Path, drawn: dict[str, FloatArray]
) -> None:
    first, second = (write(tmp_path / name, {"run": drawn[name]}) for name in ("old", "new"))
    (second / COUNTS).unlink()
    (pair,) = compare(first, second, ("run",)).pairs
    assert pair.changes[0].interval is None
    assert pair.changes[0].verdict is None
    assert any(
        note.startswith("No intervals, so that a difference may be chance: ") for note in pair.notes
    )


def test_merged_folders_keep_their_counts(tmp_path: Path, drawn: dict[str, FloatArray]) -> None:
    first = write(tmp_path / "first", {"run": drawn["old"]})
    second = write(tmp_path / "second", {"run": drawn["new"]}, backwards=True)
    merge([first, second], tmp_path / "out")
    counts = read_counts(tmp_path / "out" / COUNTS)
    assert counts is not None
    assert counts.rows == (("first/run", 0), ("second/run", 0))
    np.testing.assert_array_equal(counts.values, np.concatenate((drawn["old"], drawn["new"])))
    certainty = load_bundle(ResultsFolder(tmp_path / "out")).certainty
    assert certainty is not None
    found = certainty.comparison("second/run", "first/run", "HOTA")
    assert found is not None
    assert found.verdict == "better"
