"""Levels as strata: intervals hold and are narrower; what is said of them.

And where levels are one population.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import stdtrit
from statistics_samples import draw_counts, held, make_suite, minus

from mot_bench.reports.certainty import Certainty
from mot_bench.statistics.certainty import certainty
from mot_bench.statistics.counts import FIELD_NAMES, Counts, FloatArray, field
from mot_bench.statistics.needs import needed_sentence, needs_of
from mot_bench.statistics.resampling import (
    METRIC_NAMES,
    Measured,
    Side,
    Spread,
    measure,
    metrics_of,
    spread_of,
    unbound,
)
from mot_bench.statistics.strata import Strata, effective_units, shares_of, strata_of

LEVELS = ("easy", "mid", "hard")
EASIER, LONGER, GAIN = (
    np.array([1.2, 0.0, -1.2]),
    np.array([0.2, 0.0, 0.4]),
    np.array([0.3, 0.15, 0.0]),
)
EACH, TRIALS, CHUNK, ALPHAS = 4, 2000, 500, 4
RATIOS = [METRIC_NAMES.index(name) for name in ("HOTA", "DetA", "AssA", "MOTA", "IDF1")]
SWITCHES = METRIC_NAMES.index("IDSW")
DESIGN = Strata(LEVELS, tuple(np.repeat(np.arange(3), EACH).tolist()))


def draw(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    of: FloatArray,
    gain: FloatArray = GAIN,
    **seeds: float,
) -> FloatArray:
    """(*shape, variants, seeds, units, fields) of sequences whose levels differ in ease, length and gain."""
    levels = {"gain": gain[of], "easier": EASIER[of], "longer": LONGER[of]}
    return draw_counts(rng, shape, len(of), variants=2, alphas=ALPHAS, **levels, **seeds)  # type: ignore[arg-type]


@functools.cache
def population() -> FloatArray:
    """(variants, metrics) that are true of as many sequences of each level.

    Switches of a whole data set.
    """
    rng = np.random.default_rng(2024)
    many = [
        draw(rng, (), np.full(10_000, level)).mean(axis=-2) for level in range(3) for _ in range(3)
    ]
    mean = np.sum(many, axis=0)[:, 0] * EACH / 3
    return metrics_of(mean * 1e5) / np.where(np.arange(6) == SWITCHES, 1e5, 1)


def trials(
    gain: FloatArray = GAIN,
) -> Iterator[tuple[Measured, Measured, Measured, Measured, FloatArray]]:
    """Both variants measured within levels, and as one population; and their counts."""
    rng = np.random.default_rng(12)
    for _ in range(TRIALS // CHUNK):
        values = draw(rng, (CHUNK,), np.array(DESIGN.of), gain)[:, :, 0]
        first, second = values[None, :, 0], values[None, :, 1]
        yield (
            measure(first, DESIGN),
            measure(second, DESIGN),
            measure(first),
            measure(second),
            values[:, 0],
        )


def test_intervals_within_levels_hold_and_are_narrower_than_pooled_ones() -> None:
    true = population()
    found: dict[str, list[npt.NDArray[np.bool_]]] = {"single": [], "difference": [], "pooled": []}
    widths = []
    for first, second, pooled, _, values in trials():
        shares = shares_of(values, DESIGN)
        single = spread_of([Side(first)], shares, DESIGN, unbounded=True)
        difference = spread_of([Side(second), Side(first, -1)], shares, DESIGN)
        whole = spread_of([Side(pooled)], shares_of(values), unbounded=True)
        for name, spread, truth in (
            ("single", single, unbound(true[0])),
            ("difference", difference, true[1] - true[0]),
            ("pooled", whole, unbound(true[0])),
        ):
            found[name].append(held(spread, truth))
        widths.append(single.half_width() / whole.half_width())
    shares_held = {name: np.concatenate(each).mean(axis=0) for name, each in found.items()}
    for name in ("single", "difference"):
        assert shares_held[name] == pytest.approx(0.95, abs=0.03), shares_held
    assert (shares_held["pooled"][RATIOS] > 0.98).all(), "levels would not need to be told apart"
    assert (np.median(np.concatenate(widths), axis=0)[RATIOS] < 0.9).all()


@pytest.mark.parametrize("shared", [False, True])
def test_intervals_of_differences_hold_over_levels_and_trainings(shared: bool) -> None:
    """Two variants of equal worth with three trainings each, their own or shared: the true difference is 0.

    What is chance of one sequence in one training counts among both, so intervals may be a little
    too wide.
    """
    rng, found, only_sequences = np.random.default_rng(21), [], []
    seeds = {"seeds": 3, "between_seeds": 0.3, "shared_seeds": shared}
    for _ in range(TRIALS // CHUNK):
        values = np.moveaxis(draw(rng, (CHUNK,), np.array(DESIGN.of), 0 * GAIN, **seeds), 2, 0)
        first, second = measure(values[:, :, 0], DESIGN), measure(values[:, :, 1], DESIGN)
        sides = [Side(minus(second, first))] if shared else [Side(second), Side(first, -1)]
        spread = spread_of(sides, shares_of(values[0, :, 0], DESIGN), DESIGN)
        found.append(held(spread, np.zeros(6)))
        only_sequences.append(held(replace(spread, over_seeds=0 * spread.over_seeds), np.zeros(6)))
    share = np.concatenate(found).mean(axis=0)
    assert ((share > 0.92) & (share < 0.985))[RATIOS].all(), dict(
        zip(METRIC_NAMES, share, strict=True)
    )
    if not shared:
        assert np.concatenate(only_sequences).mean(axis=0)[0] < 0.88, (
            "trainings would not need to be counted"
        )


def test_differences_that_levels_disagree_on_get_narrower_intervals() -> None:
    widths = []
    for first, second, pooled, other, values in trials(np.array([1.5, 0.3, -0.9])):
        within = spread_of([Side(second), Side(first, -1)], shares_of(values, DESIGN), DESIGN)
        across = spread_of([Side(other), Side(pooled, -1)], shares_of(values))
        widths.append(within.half_width() / across.half_width())
    assert (np.median(np.concatenate(widths), axis=0)[RATIOS] < 0.95).all()


def levelled(
    levels: tuple[str, ...], seed: int = 0, **options: float
) -> tuple[Certainty, Certainty]:
    """Of two made-up runs on sequences of these levels; and the same as if there were none."""
    values = draw_counts(np.random.default_rng(seed), (), len(levels), variants=2, **options)  # type: ignore[arg-type]
    runs = {"one": values[0], "two": values[1]}
    found, plain = (
        certainty(*make_suite(runs, base="one", levels=levels)),
        certainty(*make_suite(runs, base="one")),
    )
    assert found is not None
    assert plain is not None
    return found, plain


def test_leaving_out_lets_the_others_of_its_level_count_for_it() -> None:
    values = draw_counts(np.random.default_rng(3), (), 7)[0, 0]
    strata = Strata(("easy", "hard"), (0, 0, 1, 0, 1, 1, 1))
    without = measure(values, strata).without
    times = np.array([1, 1, 0, 1, 4 / 3, 4 / 3, 4 / 3])
    np.testing.assert_allclose(without[2], metrics_of(times @ values), rtol=1e-12)
    boxes = field(values, "GT_Dets")
    shares = shares_of(values, strata)
    assert shares[4] == pytest.approx(boxes[4] / boxes[[2, 4, 5, 6]].sum())
    assert [shares[places].sum() for places in strata.places] == pytest.approx([1, 1])
    assert effective_units(np.full(4, 0.25)) == pytest.approx(4)


def test_variance_and_freedom_of_a_total_are_the_textbooks() -> None:
    """Of a plain total: over levels, the sum of n times the variance within.

    Degrees of freedom by Satterthwaite.
    """
    values = np.zeros((1, 9, len(FIELD_NAMES)))
    values[..., FIELD_NAMES.index("GT_Dets")] = 100
    switches = np.array([1, 4, 2, 5, 30, 50, 41, 44, 47])
    values[..., FIELD_NAMES.index("IDSW")] = switches
    strata = Strata(("easy", "hard"), (0, 0, 0, 0, 1, 1, 1, 1, 1))
    spread = spread_of([Side(measure(values, strata))], shares_of(values[0], strata), strata)
    parts = [len(some) * some.var(ddof=1) for some in (switches[:4], switches[4:])]
    assert spread.over_units[SWITCHES] == pytest.approx(sum(parts))
    assert spread.freedom[SWITCHES] == pytest.approx(
        sum(parts) ** 2 / (parts[0] ** 2 / 3 + parts[1] ** 2 / 4)
    )
    assert 1 < spread.levels[SWITCHES] < 2


def test_what_is_said_of_levels() -> None:
    found, plain = levelled(LEVELS * 4)
    assert "within its level (easy, mid and hard: 4 sequences each)" in found.method
    assert "as many of each level" in found.method
    assert "level" not in plain.method
    assert [one.value for one in found.estimates] == [one.value for one in plain.estimates]
    assert [one.interval for one in found.estimates] != [one.interval for one in plain.estimates]
    needed = [one.needed for one in found.comparisons if one.needed]
    assert needed
    assert all("per level" in one or "hardly" in one for one in needed)
    unequal, _ = levelled(("", "", "hard", "hard", "hard", "hard"))
    assert "(no level: 2 sequences and hard: 4 sequences)" in unequal.method


@pytest.mark.parametrize(
    "levels", [("easy",) * 8, ("easy",) * 7 + ("hard",), ("a", "b", "c", "d", "e", "f", "g", "h")]
)
def test_one_level_or_a_level_of_one_sequence_changes_no_figure(levels: tuple[str, ...]) -> None:
    found, plain = levelled(levels, seed=1)
    assert (found.method, found.estimates, found.comparisons) == (
        plain.method,
        plain.estimates,
        plain.comparisons,
    )
    told = [note for note in found.notes if "one population" in note]
    assert [note for note in found.notes if note not in told] == list(plain.notes)
    assert len(told) == (len(set(levels)) > 1)
    if len(set(levels)) == 2:
        assert "since hard has only one sequence" in told[0]


def test_segments_are_of_the_level_of_their_sequence() -> None:
    values = draw_counts(np.random.default_rng(2), (), 4)[0]
    result, counts = make_suite({"one": values}, levels=("easy", "easy", "hard", "easy"))
    units = tuple(f"{name} {part}" for name in counts.units for part in ("1-50", "51-100"))
    assert strata_of(result, units) == Strata(("easy", "hard"), (0, 0, 0, 0, 1, 1, 0, 0))
    assert strata_of(result, counts.units).lone == ("hard",)
    parts = Counts(counts.rows, counts.of, units, np.repeat(counts.values / 2, 2, axis=1))
    found = certainty(result, counts, parts)
    assert found is not None
    assert "easy: 6 segments and hard: 2 segments" in found.method


def test_copies_of_a_scene_are_one_sequence_of_a_level() -> None:
    values = draw_counts(np.random.default_rng(4), (), 6)[0]
    digests = ("a", "b", "c", "d", "e", "e")
    found = certainty(
        *make_suite({"one": values}, levels=("easy",) * 4 + ("hard",) * 2, digests=digests)
    )
    assert found is not None
    assert found.units == 5
    assert any("hard has only one sequence" in note for note in found.notes)


def test_a_level_of_two_sequences_with_most_boxes_is_told() -> None:
    levels = ("easy",) * 2 + ("hard",) * 6
    found, plain = levelled(levels, longer=np.repeat([3.0, 0.0], [2, 6]))  # type: ignore[arg-type]
    assert [note for note in found.notes if "too narrow" in note and "level easy" in note]
    assert not any("too narrow" in note for note in (*plain.notes, *levelled(levels)[0].notes))


def flat(*numbers: float) -> Spread:
    """Of one metric: value, variances and degrees of freedom over units and seeds, levels."""
    return Spread(*(np.array([float(number)]) for number in numbers))


def test_what_would_settle_it_is_told_per_level_and_gives_the_power_it_says() -> None:
    """Three levels whose differences have a mean of half a standard deviation: the t-test within levels finds it."""
    needs = needs_of(flat(0.5, 1 / 12, 0, 9, 1, 3))
    each = math.ceil(4 * needs.units[0])
    sentence = needed_sentence(needs.at(0), (4, 4, 4), 1, "sequence")
    assert sentence.startswith(f"About {each - 4} more sequences per level would")
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.5, 1, (4000, 3, each)) + np.array([-5.0, 0.0, 5.0])[:, None]
    error = np.sqrt(drawn.var(axis=2, ddof=1).mean(axis=1) / (3 * each))
    found = np.abs(drawn.mean(axis=(1, 2))) / error > stdtrit(3 * (each - 1), 0.975)
    assert found.mean() == pytest.approx(0.8, abs=0.03)
    mixed = needed_sentence(needs.at(0), (2, 4, 6), 1, "segment")
    assert "more segments (levels mixed as here) would" in mixed
    alone = needed_sentence((1.01, math.inf, 1.01), (4, 4), 1, "sequence")
    assert alone.startswith("About 1 more sequence per level would")
