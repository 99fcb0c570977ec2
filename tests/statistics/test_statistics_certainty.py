"""Certainty: which draws belong together, what is said, and where nothing can be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statistics_samples import draw_counts, make_suite

from mot_bench.records.results import RunResult
from mot_bench.reports.certainty import Certainty, Comparison, Estimate, Interval
from mot_bench.statistics.certainty import certainty, certainty_of
from mot_bench.statistics.comparisons import MOST_BASES
from mot_bench.statistics.counts import COUNTS, FIELD_NAMES, FloatArray, write_counts
from mot_bench.statistics.resampling import METRIC_NAMES
from mot_bench.statistics.units import distinct
from mot_bench.statistics.verdicts import PRIMARY


def draw(seed: int, units: int = 12, **options: float) -> FloatArray:
    """(variants, seeds, units, fields)."""
    return draw_counts(np.random.default_rng(seed), (), units, **options)  # type: ignore[arg-type]


def estimate(found: Certainty, run: str, metric: str = "HOTA") -> Estimate:
    one = found.estimate(run, metric)
    assert one is not None
    return one


def comparison(found: Certainty, run: str, base: str, metric: str = "HOTA") -> Comparison:
    one = found.comparison(run, base, metric)
    assert one is not None
    return one


def statements(found: Certainty) -> list[Estimate | Comparison]:
    return [*found.estimates, *found.comparisons]


def width(one: Estimate | Comparison) -> float:
    assert one.interval is not None
    return one.interval.high - one.interval.low


def certain(runs: dict[str, FloatArray], **options: object) -> Certainty:
    result, counts = make_suite(runs, **options)  # type: ignore[arg-type]
    found = certainty(result, counts)
    assert found is not None
    return found


def test_values_are_those_of_the_results_and_intervals_lie_around_them() -> None:
    values = draw(0, variants=2, seeds=3, between_seeds=0.1)
    result, counts = make_suite({"one": values[0], "two": values[1]}, base="one")
    found = certainty(result, counts)
    assert found is not None
    assert (found.unit, found.units, found.seeds) == ("sequence", 12, 3)
    for run in ("one", "two"):
        rows = [row.combined.metrics for row in result.runs if row.run == run and row.combined]
        for metric in METRIC_NAMES:
            one = estimate(found, run, metric)
            assert one.value == pytest.approx(sum(row[metric] for row in rows) / 3, rel=1e-12)
            assert one.interval is not None
            assert one.interval.low < one.value < one.interval.high
            if metric not in ("MOTA", "IDSW"):
                assert 0 < one.interval.low < one.interval.high < 1
    change = comparison(found, "two", "one")
    assert change.difference == pytest.approx(
        estimate(found, "two").value - estimate(found, "one").value
    )
    back = comparison(found, "one", "two")
    assert (back.difference, back.p_value) == (-change.difference, change.p_value)
    assert width(back) == pytest.approx(width(change))


def test_the_interval_of_equal_sequences_is_students() -> None:
    """With all sequences of one length the mean of their MOTA is the metric, and a difference its t-test."""
    rng = np.random.default_rng(3)
    one, two = (draw(1)[0, 0].copy() for _ in range(2))
    for values in (one, two):
        values[:] = 0
        found = rng.integers(40, 60, 12) + (5 if values is two else 0)
        for name, counts in {
            "CLR_TP": found,
            "CLR_FN": 100 - found,
            "GT_Dets": np.full(12, 100),
        }.items():
            values[:, FIELD_NAMES.index(name)] = counts
    change = comparison(certain({"one": one[None], "two": two[None]}), "two", "one", "MOTA")
    differences = (two - one)[:, FIELD_NAMES.index("CLR_TP")] / 100
    assert change.p_value == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, rel=1e-9)
    low, high = stats.ttest_1samp(differences, 0).confidence_interval()
    assert change.interval is not None
    assert (change.interval.low, change.interval.high) == pytest.approx((low, high), rel=1e-9)


def test_runs_that_share_a_network_share_its_draw() -> None:
    """Trainings differ much and the two runs not at all but by luck: paired, that cancels out."""
    values = draw(5, variants=2, seeds=3, between_seeds=0.6, shared_seeds=True)
    runs = {"one": values[0], "two": values[1]}
    shared = certain(runs, models={"one": "net", "two": "net"})
    apart = certain(runs, models={"one": "net", "two": "other"})
    assert width(comparison(shared, "two", "one")) < 0.5 * width(comparison(apart, "two", "one"))
    assert comparison(shared, "two", "one").difference == pytest.approx(
        comparison(apart, "two", "one").difference
    )
    assert width(estimate(shared, "one")) == width(estimate(apart, "one"))


def test_a_run_without_a_trained_part_has_one_seed_and_pairs_with_all() -> None:
    values = draw(6, variants=2, seeds=3, between_seeds=0.4)
    found = certain({"net": values[0], "file": values[1, :1]}, models={"net": "net"})
    change = comparison(found, "file", "net")
    assert change.difference == pytest.approx(
        estimate(found, "file").value - estimate(found, "net").value
    )
    alone = certain({"net": values[0, :1], "file": values[1, :1]}, models={"net": "net"})
    assert width(change) > width(
        comparison(alone, "file", "net")
    )  # the training's share comes on top
    assert any("one seed" in note for note in alone.notes)
    assert not any("one seed" in note for note in found.notes)


def test_of_a_shared_network_only_seeds_in_common_are_compared() -> None:
    values = draw(7, variants=2, seeds=3, between_seeds=0.4)
    runs = {"one": values[0], "two": values[1, :2]}
    models = {"one": "net", "two": "net"}
    change = comparison(certain(runs, models=models), "two", "one")
    cut = certain({"one": values[0, :2], "two": values[1, :2]}, models=models)
    assert (change.difference, change.interval) == (
        comparison(cut, "two", "one").difference,
        comparison(cut, "two", "one").interval,
    )
    none = certain(
        {"one": values[0, :1], "two": values[1, :2]}, models=models, seeds={"two": (1, 2)}
    )
    silent = comparison(none, "two", "one")
    assert (silent.interval, silent.verdict) == (None, "no statement")
    assert "no seed in common" in silent.reason


def contradictions(found: Certainty) -> list[Comparison]:
    """Comparisons whose verdict is not what the interval beside it says, by itself or with all runs at once."""

    def contradicts(interval: Interval, verdict: str) -> bool:
        return (interval.low <= 0 <= interval.high) != (verdict == "not distinguishable here")

    return [
        one
        for one in found.comparisons
        if one.interval is not None
        and (
            contradicts(one.interval, one.verdict)
            or (
                one.simultaneous is not None
                and contradicts(one.simultaneous.interval, one.simultaneous.verdict)
            )
        )
    ]


@pytest.mark.parametrize("gain", [0.0, 0.02, 0.05, 0.1])
def test_a_verdict_is_what_the_interval_beside_it_says(gain: float) -> None:
    values = draw(8, units=12, variants=6, gain=gain)
    found = certain({f"run{place}": one for place, one in enumerate(values)}, base="run0")
    assert contradictions(found) == []
    for one in found.comparisons:
        assert bool(one.needed) == (one.verdict == "not distinguishable here")
        assert one.p_value is not None
        assert (one.p_value < 0.05) == (one.verdict != "not distinguishable here")


def test_all_runs_together_are_judged_more_strictly_than_each_by_itself() -> None:
    values = draw(8, units=20, variants=4, gain=0.0)
    values[1] = draw_counts(np.random.default_rng(8), (), 20, variants=4, gain=0.6)[1]
    found = certain({f"run{place}": one for place, one in enumerate(values)}, base="run0")
    assert {one.metric for one in found.comparisons if one.simultaneous} == {PRIMARY}
    for one in (comparison(found, f"run{place}", "run0") for place in (1, 2, 3)):
        together = one.simultaneous
        assert together is not None
        assert one.p_value is not None
        assert one.interval is not None
        assert together.comparisons == 3
        assert together.p_value == pytest.approx(min(1.0, 3 * one.p_value))
        assert together.interval.low < one.interval.low < one.interval.high < together.interval.high
    assert comparison(found, "run1", "run0").verdict == "better"
    assert comparison(found, "run0", "run1").verdict == "worse"
    assert comparison(found, "run1", "run0", "IDSW").verdict == "better"  # fewer
    assert comparison(found, "run1", "run0", "IDSW").difference < 0


def test_a_pair_is_judged_alike_whatever_else_the_folder_has() -> None:
    values = draw(8, units=12, variants=6, gain=0.04)
    runs = {f"run{place}": one for place, one in enumerate(values)}
    alone = certain({name: runs[name] for name in ("run0", "run4")}, base="run0")
    for among in (certain(runs, base="run0"), certain(runs, base="run4"), certain(runs)):
        for metric in METRIC_NAMES:
            one, other = (comparison(found, "run4", "run0", metric) for found in (alone, among))
            assert (one.verdict, one.needed) == (other.verdict, other.needed)
            assert one.interval == other.interval
            assert one.p_value == other.p_value


def test_an_inert_variant_is_told_apart_by_no_amount_of_data() -> None:
    values = draw(9)
    change = comparison(certain({"one": values[0], "same": values[0]}), "same", "one")
    assert change.interval is not None
    assert (change.difference, change.interval.low, change.interval.high, change.p_value) == (
        0,
        0,
        0,
        1,
    )
    assert (change.verdict, change.needed) == ("not distinguishable here", "")


def test_without_any_spread_nothing_is_said() -> None:
    values = draw(10)[:, :, :1].repeat(6, axis=2)
    found = certain({"one": values[0], "two": values[0] * 2})
    assert estimate(found, "one").interval is None
    assert "no spread" in estimate(found, "one").reason


def test_a_total_that_nothing_bounds_gets_no_interval() -> None:
    values = draw(19, units=5)
    values[..., FIELD_NAMES.index("IDSW")] = [0, 0, 0, 0, 50]
    found = certain({"one": values[0]})
    assert "bound" in estimate(found, "one", "IDSW").reason
    assert estimate(found, "one", "MOTA").interval


@pytest.mark.parametrize("units", [1, 2, 3])
def test_too_few_sequences_get_no_interval_and_a_reason(units: int) -> None:
    values = draw(11, units=units, variants=2)
    found = certain({"one": values[0], "two": values[1]}, base="one")
    assert all(one.interval is None and one.reason for one in statements(found))
    assert {one.verdict for one in found.comparisons} == {"no statement"}
    assert comparison(found, "two", "one").difference != 0
    assert any("--segments" in note for note in found.notes)


def test_one_sequence_that_outweighs_the_others_gets_no_interval() -> None:
    values = draw(12, units=8)
    values[:, :, 0] *= 200
    found = certain({"one": values[0]})
    assert "most boxes lie in one sequence" in estimate(found, "one").reason


def test_few_sequences_are_told_what_could_be_done() -> None:
    assert any("--segments" in note for note in certain({"one": draw(20, units=5)[0]}).notes)
    assert not any("--segments" in note for note in certain({"one": draw(20, units=30)[0]}).notes)


def test_copies_of_a_scene_count_once() -> None:
    """MOT17 has each sequence three times: 3 x 7 sequences tell as much as 7."""
    values = draw(13, units=7, variants=2)
    plain = certain({"one": values[0], "two": values[1]})
    digests = tuple(f"truth {place % 7}" for place in range(21))
    copied = np.concatenate([values, values, values], axis=2)
    result, counts = make_suite({"one": copied[0], "two": copied[1]}, digests=digests)
    merged = certainty(result, distinct(counts, [(digest, "") for digest in digests]))
    assert merged is not None
    assert merged.units == 7
    assert certainty(result, counts) == merged
    assert width(comparison(merged, "two", "one")) == pytest.approx(
        width(comparison(plain, "two", "one"))
    )
    assert width(comparison(certain({"one": copied[0], "two": copied[1]}), "two", "one")) < width(
        comparison(merged, "two", "one")
    )
    assert any("7 scenes" in note for note in merged.notes)


def test_a_folder_of_an_older_version_has_figures_and_a_note(tmp_path: Path) -> None:
    values = draw(14, variants=2)
    result, counts = make_suite({"one": values[0], "two": values[1]}, base="one")
    found = certainty_of(tmp_path, result)
    assert found is not None
    assert all(one.interval is None and COUNTS in one.reason for one in statements(found))
    assert COUNTS in found.notes[0]
    write_counts(tmp_path / COUNTS, result, dict(zip(counts.rows, counts.values, strict=True)))
    later = certainty_of(tmp_path, result)
    assert later is not None
    assert all(one.interval for one in statements(later))


def test_counts_of_other_results_are_not_taken() -> None:
    values = draw(15, variants=3)
    result, counts = make_suite(
        {"one": values[0], "two": values[1], "three": values[2]}, base="one"
    )
    changed = result.runs[1].model_copy(update={"track_digests": {"all": "other"}})
    found = certainty(
        result.model_copy(update={"runs": [result.runs[0], changed, result.runs[2]]}), counts
    )
    assert found is not None
    assert "other results" in estimate(found, "two").reason
    assert comparison(found, "two", "one").verdict == "no statement"
    assert estimate(found, "three").interval
    assert comparison(found, "three", "one").interval


def test_what_did_not_finish_is_named_and_never_averaged() -> None:
    values = draw(16, variants=2, seeds=2)
    result, counts = make_suite({"one": values[0], "two": values[1]}, base="one")
    failed = result.runs[3].model_copy(update={"status": "failed", "combined": None})
    found = certainty(result.model_copy(update={"runs": [*result.runs[:3], failed]}), counts)
    assert found is not None
    assert {one.run for one in found.estimates} == {"one"}
    assert any("two" in note and "not every seed" in note for note in found.notes)
    nothing = [RunResult(run="one", seed=0, status="skipped")]
    assert certainty(result.model_copy(update={"runs": nothing}), counts) is None


@pytest.mark.parametrize("base", ["run3", None])
def test_many_variants_are_compared_with_the_base_alone(base: str | None) -> None:
    values = draw(17, units=5, variants=MOST_BASES + 1, gain=0.01)
    found = certain({f"run{place}": one for place, one in enumerate(values)}, base=base)
    assert len(found.comparisons) == (MOST_BASES * len(METRIC_NAMES) if base else 0)
    assert any(f"more than {MOST_BASES}" in note for note in found.notes)


def test_the_same_counts_give_the_same_certainty() -> None:
    values = draw(18, variants=3, seeds=2, between_seeds=0.2)
    runs = {f"run{place}": one for place, one in enumerate(values)}
    assert certain(runs, base="run0") == certain(runs, base="run0")
