"""What a baseline holds: the figures of each run, and everything that they depend on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mot_bench.errors import MotBenchError
from mot_bench.records.results import RunResult, Score, SuiteResult
from mot_bench.scoring.metrics import METRICS, format_value
from mot_bench.suites.references import combined_digest

SCHEMA_VERSION: Literal[1] = 1
GATED_METRICS = (
    "HOTA",
    "DetA",
    "AssA",
    "MOTA",
    "IDF1",
    "IDSW",
    "Frag",
    "CLR_TP",
    "CLR_FN",
    "CLR_FP",
)
DECIDING_METRICS = ("HOTA", "MOTA", "IDF1", "IDSW")
"""The metrics that a run passes or fails by, unless others are chosen; the rest informs."""
FAMILIES: dict[str, tuple[str, ...]] = {
    "points": tuple(name for name in GATED_METRICS if METRICS[name].kind == "fraction"),
    "counts": tuple(name for name in GATED_METRICS if METRICS[name].kind != "fraction"),
}
"""Groups of metrics that one tolerance may cover: percentages and counts."""
Tolerance = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class BaselineDataset(_Part):
    """The data: digests of the ground truth by sequence name."""

    name: str
    benchmark: str
    split: str
    sequences: dict[str, str]


class BaselineScorer(_Part):
    """The scorer."""

    name: str
    version: str
    settings: dict[str, object]


class BaselineRun(_Part):
    """A run with one seed.

    ``detections_digest`` is one for all sequences, empty where detections are not known.
    ``metrics`` are percentages and counts. ``tolerance`` is by metric, in percentage points, and in
    percent of the baseline for counts. ``tracker_source`` is a digest of the tracker's code, empty
    where it is not known.
    """

    tracker: str
    parameters: dict[str, object]
    detections: str
    detections_digest: str
    trained: bool
    tracker_source: str = ""
    metrics: dict[str, float | None] = Field(min_length=1)
    tolerance: dict[str, Tolerance] = Field(default_factory=dict)

    @field_validator("metrics", "tolerance")
    @classmethod
    def _known(cls, values: dict[str, float | None]) -> dict[str, float | None]:
        unknown = values.keys() - METRICS.keys()
        if unknown:
            raise ValueError(f"unknown metric {', '.join(sorted(unknown))}")
        return values


Seed = Annotated[str, Field(pattern=r"^seed-\d+$")]


class Baseline(_Part):
    """The content of a baseline file; ``runs`` is by run and ``seed-N``."""

    schema_version: Literal[1] = SCHEMA_VERSION
    suite: str
    dataset: BaselineDataset
    scorer: BaselineScorer
    runs: dict[str, dict[Seed, BaselineRun]] = Field(min_length=1)

    def find(self, run: str, seed: int) -> BaselineRun | None:
        """Return the entry of a run and seed, or None."""
        return self.runs.get(run, {}).get(f"seed-{seed}")


def make_baseline(
    result: SuiteResult,
    previous: Baseline | None = None,
    tolerance: Mapping[str, float] | None = None,
) -> Baseline:
    """Return the baseline that a result makes, without the runs that were skipped.

    Args:
        result: the result of a suite or of ``mot-bench score``.
        previous: a baseline whose tolerances are kept.
        tolerance: by metric, for every run; takes precedence over the previous ones.

    Raises:
        MotBenchError: a run failed, or there is no run.
    """
    tried_runs = [run for run in result.runs if run.status != "skipped"]
    failed = [name_of(run) for run in tried_runs if problem_of(run)]
    if failed:
        raise MotBenchError(
            f"a baseline: expected finished runs, found failed ones: {', '.join(failed)}"
        )
    if not tried_runs:
        raise MotBenchError("a baseline: expected a finished run, found none")
    entries: dict[str, dict[str, BaselineRun]] = {}
    for run in tried_runs:
        kept = _tolerance_of(previous, run)
        entry = entry_of(run, {**kept, **(tolerance or {})})
        entries.setdefault(run.run, {})[f"seed-{run.seed}"] = entry
    return Baseline(
        suite=result.suite, dataset=dataset_of(result), scorer=scorer_of(result), runs=entries
    )


def _tolerance_of(baseline: Baseline | None, run: RunResult) -> dict[str, float]:
    """Return the tolerances that a baseline has for a run."""
    entry = baseline.find(run.run, run.seed) if baseline else None
    return entry.tolerance if entry else {}


def name_of(run: RunResult) -> str:
    """Return what messages call a run."""
    return f"{run.run} (seed {run.seed})"


def problem_of(run: RunResult) -> str:
    """Return why a run has no figures; empty if it has them."""
    if run.status != "ok":
        return f"{run.status}: {run.error or 'no reason given'}"
    return "" if run.combined is not None else "failed: it has no combined score"


def dataset_of(result: SuiteResult) -> BaselineDataset:
    """Return the data of a result."""
    data = result.dataset
    digests = {sequence.name: sequence.digest for sequence in data.sequences}
    return BaselineDataset(
        name=data.name, benchmark=data.benchmark, split=data.split, sequences=digests
    )


def scorer_of(result: SuiteResult) -> BaselineScorer:
    """Return the scorer of a result."""
    scorer = result.scorer
    settings = {name: _plain(value) for name, value in scorer.settings.items()}
    return BaselineScorer(name=scorer.name, version=scorer.version, settings=settings)


def entry_of(run: RunResult, tolerance: Mapping[str, float] | None = None) -> BaselineRun:
    """Return the entry of a finished run."""
    return BaselineRun(
        tracker=_portable(run.tracker),
        parameters={name: _plain(value) for name, value in run.parameters.items()},
        detections=_portable(run.detections),
        detections_digest=combined_digest(run.detections_digests) if run.detections_digests else "",
        trained=run.trained,
        tracker_source=run.tracker_source,
        metrics={name: rounded(name, run.combined) for name in GATED_METRICS},
        tolerance=dict(tolerance or {}),
    )


def rounded(name: str, score: Score | None) -> float | None:
    """A metric as the baseline has it: percent with three decimals, a whole count.

    None if it is NaN or not there.

    >>> rounded("HOTA", Score(metrics={"HOTA": 0.67803049})), rounded("IDSW", Score(metrics={"HOTA": 0.5}))
    (67.803, None)
    """
    value = score.metrics.get(name) if score else None
    if value is None or not math.isfinite(value):
        return None
    return float(format_value(name, value)) + 0.0  # never -0.0


def _portable(reference: str) -> str:
    """A tracker or detections given by path, without the folder, which differs between machines.

    >>> _portable("/home/me/my_tracker.py:Mine"), _portable("package.module:Mine")
    ('my_tracker.py:Mine', 'package.module:Mine')
    """
    return re.split(r"[/\\]", reference.rstrip("/\\"))[-1]


def _plain(value: object) -> object:
    """What JSON gives back for a value: lists for tuples, text for infinities."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | None) else str(value)
