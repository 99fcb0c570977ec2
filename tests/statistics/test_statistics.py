"""Counts and their file: sums equal TrackEval's, what is read is what was written, faults are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statistics_samples import draw_counts, make_suite, random_score

from mot_bench.errors import InputError
from mot_bench.records.results import SuiteResult
from mot_bench.scoring.score import combine, summarise
from mot_bench.statistics.counts import (
    ALPHA_FIELDS,
    COUNTS,
    FIELD_NAMES,
    SINGLE_FIELDS,
    Counts,
    additive,
    field,
    fingerprint,
    read_counts,
    stacked,
    write_counts,
)
from mot_bench.statistics.resampling import METRIC_NAMES, measure, metrics_of, resampled_metrics


def test_many_resamples_at_once_equal_trackevals_combination_one_by_one() -> None:
    rng = np.random.default_rng(0)
    scores = [random_score(rng, empty=place == 3) for place in range(6)]
    times = rng.multinomial(6, np.full(6, 1 / 6), size=20)
    found = resampled_metrics(stacked(scores), times.astype(float))
    for row, taken in zip(found, times, strict=True):
        drawn = [scores[place] for place, count in enumerate(taken) for _ in range(count)]
        expected = summarise(combine({str(place): one for place, one in enumerate(drawn)})).metrics
        for name, value in zip(METRIC_NAMES, row, strict=True):
            assert value == pytest.approx(expected[name], rel=1e-12, abs=1e-12), name


def test_every_additive_field_is_kept() -> None:
    rng = np.random.default_rng(1)
    scores = {str(place): random_score(rng) for place in range(4)}
    whole, sums = combine(scores), stacked(scores.values()).sum(axis=0)
    for name in ALPHA_FIELDS[:3]:
        np.testing.assert_array_equal(field(sums, name), whole.families["HOTA"][name])
    for name in ALPHA_FIELDS[3:]:
        means = field(sums, name) / np.maximum(1, field(sums, "HOTA_TP"))
        np.testing.assert_allclose(means, whole.families["HOTA"][name], rtol=1e-12)
    for family in ("CLEAR", "Identity"):
        for name in SINGLE_FIELDS[family]:
            assert field(sums, name) == pytest.approx(
                float(whole.families[family][name]), rel=1e-12
            )


def test_nothing_tracked_at_all_is_zero_and_no_fault() -> None:
    metrics = metrics_of(additive(random_score(np.random.default_rng(2), empty=True)))
    assert metrics.tolist() == [0.0] * len(METRIC_NAMES)


def test_leaving_out_is_the_metric_of_the_others_and_totals_stay_comparable() -> None:
    values = draw_counts(np.random.default_rng(3), (), 5)[0, 0]
    without = measure(values).without
    expected = metrics_of(np.delete(values, 2, axis=0).sum(axis=0))
    np.testing.assert_allclose(without[2, :5], expected[:5], rtol=1e-12)
    assert without[2, 5] == pytest.approx(expected[5] * 5 / 4)


def written(folder: Path) -> tuple[SuiteResult, Counts]:
    values = draw_counts(np.random.default_rng(4), (), 5, variants=2, seeds=2)
    result, counts = make_suite({"one": values[0], "two": values[1]})
    write_counts(folder / COUNTS, result, dict(zip(counts.rows, counts.values, strict=True)))
    return result, counts


def test_what_is_written_is_read_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    _, counts = written(tmp_path)
    found = read_counts(tmp_path / COUNTS)
    assert found is not None
    assert (found.rows, found.of, found.units) == (counts.rows, counts.of, counts.units)
    np.testing.assert_array_equal(found.values, counts.values)
    written(tmp_path / "again")
    assert (tmp_path / COUNTS).read_bytes() == (tmp_path / "again" / COUNTS).read_bytes()


def test_no_row_is_a_shape_too(tmp_path: Path) -> None:
    result, _ = written(tmp_path)
    write_counts(tmp_path / COUNTS, result.model_copy(update={"runs": []}), {})
    found = read_counts(tmp_path / COUNTS)
    assert found is not None
    assert found.values.shape == (0, 5, len(FIELD_NAMES))


def test_an_older_folder_has_none(tmp_path: Path) -> None:
    assert read_counts(tmp_path / COUNTS) is None


@pytest.mark.parametrize(
    "fault", ["text", "cut", "changed", "empty", "other", "negative", "version"]
)
def test_a_malformed_file_is_told_in_one_line(tmp_path: Path, fault: str) -> None:
    written(tmp_path)
    path = tmp_path / COUNTS
    content = path.read_bytes()
    if fault == "text":
        path.write_text("no counts")
    elif fault == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif fault == "changed":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes(40) + content[middle + 40 :])
    elif fault == "empty":
        path.write_bytes(b"")
    elif fault == "other":
        np.savez(path, values=np.zeros(3))
    else:
        with np.load(path) as stored:
            arrays = dict(stored)
        arrays |= (
            {"values": arrays["values"] - 1e9} if fault == "negative" else {"version": np.int64(99)}
        )
        np.savez(path, **arrays)
    with pytest.raises(InputError) as caught:
        read_counts(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_counts_of_results_of_an_earlier_version_are_still_theirs() -> None:
    suite, _ = make_suite({"a": draw_counts(np.random.default_rng(1), (), 3)[0]})
    scorer = suite.scorer.model_copy(update={"computed_by": {"HOTA": "somebody"}})
    later = suite.model_copy(update={"scorer": scorer})
    assert fingerprint(later.runs[0], later) == fingerprint(suite.runs[0], suite)
