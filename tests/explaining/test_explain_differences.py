"""The parts of a difference in HOTA: they add up, and each is what it is said to be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mot_bench.errors import MotBenchError
from mot_bench.explaining.differences import hota_parts, shapley_of_product
from mot_bench.records.results import RunResult, Score

FACTOR = st.floats(0, 1)


def run_of(name: str, detection: float, association: float, localisation: float) -> RunResult:
    """A run whose HOTA falls from that at alpha 0.05 so that the mean is ``localisation`` times it."""
    loosest = math.sqrt(detection * association)
    rest = (19 * localisation - 1) / 18
    curves = {
        "HOTA": [loosest, *[loosest * rest] * 18],
        "DetA": [detection, *[detection * rest] * 18],
        "AssA": [association, *[association * rest] * 18],
    }
    score = Score(metrics={"HOTA": float(np.mean(curves["HOTA"]))}, curves=curves)
    return RunResult(run=name, seed=0, status="ok", combined=score)


@given(st.tuples(FACTOR, FACTOR, FACTOR), st.tuples(FACTOR, FACTOR, FACTOR))
def test_parts_add_up(ours: tuple[float, ...], theirs: tuple[float, ...]) -> None:
    parts = hota_parts(run_of("a", *ours), run_of("b", *theirs))
    one, other = (run_of("x", *factors).combined.metrics["HOTA"] for factors in (ours, theirs))  # type: ignore[union-attr]
    assert parts.difference == pytest.approx(one - other, abs=1e-12)
    assert parts.detection + parts.association + parts.localisation == pytest.approx(
        parts.difference, abs=1e-12
    )
    back = hota_parts(run_of("b", *theirs), run_of("a", *ours))
    assert back.detection == pytest.approx(-parts.detection, abs=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs", "part"),
    [
        ((0.8, 0.6, 0.9), (0.5, 0.6, 0.9), "detection"),
        ((0.8, 0.6, 0.9), (0.8, 0.3, 0.9), "association"),
        ((0.8, 0.6, 0.9), (0.8, 0.6, 0.7), "localisation"),
    ],
)
def test_what_differs_alone_is_the_whole_difference(
    ours: tuple[float, ...], theirs: tuple[float, ...], part: str
) -> None:
    parts = hota_parts(run_of("a", *ours), run_of("b", *theirs))
    assert getattr(parts, part) == pytest.approx(parts.difference, abs=1e-12)
    assert parts.difference > 0.05


def test_the_order_of_exchanges_has_no_say() -> None:
    ours, theirs = [0.9, 0.5, 0.7], [0.4, 0.8, 0.6]
    values = shapley_of_product(ours, theirs)
    assert values[::-1] == pytest.approx(shapley_of_product(ours[::-1], theirs[::-1]), abs=1e-15)
    two = shapley_of_product([0.9, 0.5], [0.4, 0.8])
    assert two == pytest.approx([0.5 * (0.8 + 0.5) / 2, -0.3 * (0.4 + 0.9) / 2])


def test_a_run_without_tracks_has_parts_too() -> None:
    nothing = run_of("empty", 0.0, 0.0, 0.0)
    parts = hota_parts(nothing, run_of("b", 0.8, 0.6, 0.9))
    assert parts.detection + parts.association + parts.localisation == pytest.approx(
        parts.difference
    )


def test_without_curves_there_are_no_parts() -> None:
    with pytest.raises(MotBenchError, match="expected HOTA, DetA and AssA over alpha"):
        hota_parts(RunResult(run="a", seed=0, status="failed"), run_of("b", 0.8, 0.6, 0.9))
