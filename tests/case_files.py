"""Inputs from public reports beside the checkout, and what scoring says of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY

from mot_bench.errors import MotBenchError
from mot_bench.records.results import SuiteResult
from mot_bench.scoring.third_party import score_results

FRAMES = 12  # of made sequences
CASES = REPOSITORY.parent / "shared" / "cases"


@dataclass(frozen=True)
class Said:
    """What ``mot-bench score`` would write and say: the results and the notes."""

    result: SuiteResult
    notes: list[str]

    @property
    def figures(self) -> tuple[float, float, float]:
        """HOTA, MOTA and IDF1 of the one run, in percent to three digits."""
        (run,) = self.result.runs
        assert run.combined is not None
        hota, mota, idf1 = (100 * run.combined.metrics[name] for name in ("HOTA", "MOTA", "IDF1"))
        return round(hota, 3), round(mota, 3), round(idf1, 3)


def case(name: str) -> Path:
    """Return the folder of a case; the test is skipped where it is not there."""
    if not (CASES / name).is_dir():
        pytest.skip(f"no cases at {CASES}")
    return CASES / name


def scored(results: Path, truth: Path, **options: Any) -> Said:
    """Score result files as ``mot-bench score`` does, without its reports (errors as ``score_results``)."""
    notes: list[str] = []
    return Said(score_results(results, str(truth), tell=notes.append, **options), notes)


def error_of(results: Path, truth: Path, **options: Any) -> str:
    """Return the line that scoring ends with."""
    with pytest.raises(MotBenchError) as caught:
        scored(results, truth, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rows(
    columns: str, *, size: float = 40, shift: float = 0.0, start: int = 1, identity: int = 1
) -> list[str]:
    """A box that walks, one row a frame, with the columns after its size."""
    return [
        f"{frame + start - 1},{identity},{100 + 8 * frame + shift},{50 * identity + shift},{size / 2},{size},{columns}"
        for frame in range(1, FRAMES + 1)
    ]
