"""Prepare variants for statistics: metrics and resamples by seed, and the networks they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mot_bench.records.results import RunResult, SuiteResult
from mot_bench.statistics.counts import COUNTS, Counts, FloatArray, fingerprint
from mot_bench.statistics.resampling import METRIC_NAMES, Measured, Side, measure
from mot_bench.statistics.strata import Strata

_MEND = "mot-bench report FOLDER --segments 1 makes it from the track files"


@dataclass(frozen=True)
class Variant:
    """A run over all its seeds.

    Attributes:
        name: the name of the run.
        seeds: the seeds in the suite's order.
        draws: the networks that the seeds belong to, named by detections and embeddings; a run of
            unknown origin has a draw of its own.
        trained: whether each seed is a training.
        metrics: (seeds, metrics) of whole sequences, as in ``results.json``.
        measured: the metrics with units left out, (seeds, ..., metrics); None without counts.
        lacking: why there are no counts; empty otherwise.
    """

    name: str
    seeds: tuple[int, ...]
    draws: frozenset[str]
    trained: bool
    metrics: FloatArray
    measured: Measured | None
    lacking: str = ""

    @property
    def mean(self) -> FloatArray:
        """The mean over seeds, (metrics,)."""
        mean: FloatArray = self.metrics.mean(axis=0)
        return mean


def finished_variants(result: SuiteResult, counts: Counts | None, strata: Strata) -> list[Variant]:
    """Return the variants that finished with every seed, in the suite's order.

    Args:
        result: the result with the rows of the variants.
        counts: the counts of units; rows whose counts are missing or outdated are not ``measured``.
        strata: the strata of the units.
    """
    rows: dict[str, list[RunResult]] = {}
    for row in result.runs:
        rows.setdefault(row.run, []).append(row)
    places = _places(counts)
    return [
        _variant(result, some, counts, places, strata)
        for some in rows.values()
        if all(row.status == "ok" and row.combined is not None for row in some)
    ]


def unfinished(result: SuiteResult) -> list[str]:
    """Return the names of runs with a seed that did not finish."""
    return list(dict.fromkeys(row.run for row in result.runs if row.status != "ok"))


def _places(counts: Counts | None) -> dict[tuple[str, int, str], int]:
    """Return the index of each row of counts by run, seed and fingerprint."""
    if counts is None:
        return {}
    return {
        (*row, of): place
        for place, (row, of) in enumerate(zip(counts.rows, counts.of, strict=True))
    }


def _variant(
    result: SuiteResult,
    rows: Sequence[RunResult],
    counts: Counts | None,
    places: dict[tuple[str, int, str], int],
    strata: Strata,
) -> Variant:
    first = rows[0]
    found = [places.get((row.run, row.seed, fingerprint(row, result))) for row in rows]
    known = [place for place in found if place is not None]
    lacking = _lacking(counts, known, rows)
    return Variant(
        name=first.run,
        seeds=tuple(row.seed for row in rows),
        draws=frozenset({first.detections, first.embeddings} - {""})
        or frozenset({f"run {first.run}"}),
        trained=any(row.trained for row in rows),
        metrics=np.array([_metrics(row) for row in rows]),
        measured=None if lacking or counts is None else measure(counts.values[known], strata),
        lacking=lacking,
    )


def _lacking(counts: Counts | None, known: Sequence[int], rows: Sequence[RunResult]) -> str:
    """Return why these rows cannot be resampled; empty if they can."""
    if counts is None:
        return f"the folder has no {COUNTS} ({_MEND})"
    if len(known) < len(rows):
        return f"the counts kept in the folder are of other results than results.json ({_MEND})"
    return "" if len(counts.units) > 1 else "one sequence has nothing to be compared with"


def _metrics(row: RunResult) -> list[float]:
    assert row.combined is not None
    return [float(row.combined.metrics.get(name, np.nan)) for name in METRIC_NAMES]


@dataclass(frozen=True)
class Pair:
    """The difference of two variants' metrics, the sides it is made of, and the number of seeds."""

    difference: FloatArray
    sides: tuple[Side, ...]
    seeds: int


def paired(one: Variant, other: Variant) -> Pair | None:
    """Return ``one`` minus ``other``, seed by seed if they share a draw.

    Returns:
        None if they share a draw and have no seed in common.
    """
    assert one.measured is not None
    assert other.measured is not None
    if max(len(one.seeds), len(other.seeds)) == 1 or not one.draws & other.draws:
        sides = (Side(one.measured), Side(other.measured, -1))
        return Pair(one.mean - other.mean, sides, max(len(one.seeds), len(other.seeds)))
    common = [seed for seed in one.seeds if seed in other.seeds]
    if not common:
        return None
    mine, theirs = ([side.seeds.index(seed) for seed in common] for side in (one, other))
    together = Measured(
        one.measured.whole[mine] - other.measured.whole[theirs],
        one.measured.without[mine] - other.measured.without[theirs],
    )
    difference = (one.metrics[mine] - other.metrics[theirs]).mean(axis=0)
    return Pair(difference, (Side(together),), len(common))
