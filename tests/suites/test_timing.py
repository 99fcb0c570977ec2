"""Speeds: medians of several passes with their spread, no verdict within it, and warnings under load."""

from __future__ import annotations

import dataclasses

import pytest
from reports_samples import make_result, make_run, make_timing

from mot_bench.records.results import SuiteTiming
from mot_bench.reports.figures.speed import pareto_front
from mot_bench.reports.remarks import timing_sentences
from mot_bench.reports.schema import Bundle
from mot_bench.reports.tables import csv_text, timing_frame
from mot_bench.reports.times import RunTiming
from mot_bench.results.bundle import make_bundle
from mot_bench.running.timing import median_of


def timed(*seconds: float, run: str = "sort") -> list[RunTiming]:
    (one,) = make_timing().runs
    return [dataclasses.replace(one, run=run, associating_s=value) for value in seconds]


def bundle_of(*runs: RunTiming, load: float | None = 0.0, cpu_share: float | None = 1.0) -> Bundle:
    timing = SuiteTiming(machine="two cores", runs=runs, load=load, cpu_share=cpu_share)
    return make_bundle(make_result(make_run("sort", 0.6), make_run("same", 0.6)), timing)


def test_the_median_pass_counts_and_all_are_kept() -> None:
    found = median_of(timed(2.0, 6.0, 3.0))
    assert found.associating_s == 3.0
    assert found.association_passes == (300.0, 100.0, 200.0)
    (one,) = make_bundle(make_result(), SuiteTiming(machine="m", runs=(found,))).timing.runs  # type: ignore[union-attr]
    assert (one.association_fps, one.span("association_fps")) == (200.0, (100.0, 300.0))
    rows = (csv_text(timing_frame(bundle_of(found))) or "").splitlines()
    assert "association_fps_least,association_fps_most" in rows[0]
    assert ",100.00,300.00," in rows[1]


def test_one_pass_has_no_spread() -> None:
    (one,) = bundle_of(*timed(2.0)).timing.runs  # type: ignore[union-attr]
    assert one.span("association_fps") == (300.0, 300.0)


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ([(231, 789, 60), (300, 700, 60)], [0]),  # byte-identical tracks: no trade-off
        ([(200, 400, 60), (300, 500, 50)], [0]),  # the faster one is not known to be faster
        ([(200, 250, 60), (300, 500, 50)], [0, 1]),
        ([(200, 250, 50), (300, 500, 50)], [1]),
        ([(200, 250, 50), (100, 220, 60)], [1]),  # the less accurate one is not known to be faster
    ],
)
def test_the_front_is_not_made_of_differences_within_the_spread(
    points: list[tuple[float, float, float]], front: list[int]
) -> None:
    assert pareto_front(points) == front


@pytest.mark.parametrize(
    ("load", "cpu_share", "said"),
    [
        (3.4, 0.98, "3.4 processes waited"),
        (0.1, 0.41, "41 % of the time was CPU time"),
        (0.1, 0.98, ""),
        (None, None, ""),
    ],
)
def test_a_busy_machine_is_said(load: float | None, cpu_share: float | None, said: str) -> None:
    found = timing_sentences(
        bundle_of(median_of(timed(2.0, 2.1, 2.0)), load=load, cpu_share=cpu_share)
    )
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_passes_that_differ_much_are_said() -> None:
    (found,) = timing_sentences(
        bundle_of(median_of(timed(2.0, 6.0, 3.0)), median_of(timed(2.0, 2.1, 2.0, run="same")))
    )
    assert found.startswith("Speeds of sort differ by more than a quarter between passes")
