"""Comparing a result with a baseline: what differs in its making is named first, then figures are compared.

HOTA, MOTA, IDF1 and IDSW decide, or the metrics that are chosen; the others inform. Where
detections are stored, figures must be equal as the baseline writes them. Where a network was
trained (or where a tolerance is given), they may be worse by the tolerance. What is better never
fails; it is said, so that the baseline can follow. Figures that depend on something else than the
baseline's are *not comparable*, which fails. The tracker's own source may differ, and is said:
changes of it are what a gate is for.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel

from mot_bench.records.results import RunResult, SuiteResult
from mot_bench.results.gating.baseline import (
    DECIDING_METRICS,
    Baseline,
    BaselineRun,
    dataset_of,
    entry_of,
    problem_of,
    rounded,
    scorer_of,
)
from mot_bench.scoring.metrics import METRICS

TRAINED_POINTS = 0.5
TRAINED_PERCENT = 5.0
_NEGLIGIBLE = 1e-6  # far below the last decimal of a baseline

Change = Literal["same", "within", "better", "worse"]
Outcome = Literal[
    "ok", "better", "regression", "not comparable", "missing", "failed", "new", "skipped"
]
FAILING: tuple[Outcome, ...] = ("regression", "not comparable", "missing", "failed")


@dataclass(frozen=True)
class MetricCheck:
    """One metric of one run: percentages or counts, None for NaN or nothing.

    ``allowed`` in the same unit.

    A metric that does not decide informs: what it says neither fails the gate nor passes it.
    """

    metric: str
    baseline: float | None
    found: float | None
    allowed: float
    change: Change
    decides: bool = True


@dataclass(frozen=True)
class RunCheck:
    """One run with one seed: its outcome, reasons beyond figures, and the figures that could be compared."""

    run: str
    seed: int
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    checks: tuple[MetricCheck, ...] = ()

    @property
    def name(self) -> str:
        """The run as people read it."""
        return f"{self.run} (seed {self.seed})"


@dataclass(frozen=True)
class _Rules:
    """By what runs are judged: tolerances by metric, and the metrics that were chosen to decide, if any were."""

    tolerance: Mapping[str, float]
    chosen: tuple[str, ...] | None

    def deciding(self, entry: BaselineRun) -> tuple[str, ...]:
        """Return the metrics that a run passes or fails by."""
        return self.chosen or tuple(
            metric for metric in DECIDING_METRICS if metric in entry.metrics
        )

    def lacking(self, entry: BaselineRun) -> str:
        """Return the metrics that should decide and that the baseline lacks.

        Empty where it can be judged.
        """
        missing = [
            metric
            for metric in self.deciding(entry) or DECIDING_METRICS
            if metric not in entry.metrics
        ]
        return ", ".join(missing)


@dataclass(frozen=True)
class GateReport:
    """What the gate found.

    Attributes:
        suite: of the result.
        mismatches: why nothing is comparable: dataset or scorer. Empty otherwise.
        notices: differences that change no figure, and what to do.
        runs: in the order of the result, then those that it lacks.
    """

    suite: str
    mismatches: tuple[str, ...]
    notices: tuple[str, ...]
    runs: tuple[RunCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing fails."""
        return not self.mismatches and all(run.outcome not in FAILING for run in self.runs)

    @property
    def exit_code(self) -> int:
        """0 if passed, 1 otherwise."""
        return 0 if self.passed else 1

    @property
    def summary(self) -> str:
        """One line: passed or failed, and how many runs of each outcome."""
        outcomes = [run.outcome for run in self.runs]
        counts = ", ".join(
            f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes)
        )
        return f"gate {'passed' if self.passed else 'failed'}: {counts}"


def compare(
    result: SuiteResult,
    baseline: Baseline,
    tolerance: Mapping[str, float] | None = None,
    deciding: Sequence[str] | None = None,
) -> GateReport:
    """Compare a result with a baseline.

    Args:
        result: of a suite or of ``mot-bench score``.
        baseline: what it should be.
        tolerance: by metric, percentage points (percent of the baseline for counts); wins over the
            baseline's own, which win over what holds for trained runs.
        deciding: the metrics that runs pass or fail by, all of which the baseline must have; by
            default those of HOTA, MOTA, IDF1 and IDSW that it has. The others inform.
    """
    mismatches, notices = _mismatches(result, baseline)
    found = {(run.run, run.seed): run for run in result.runs}
    wanted = {
        (run, int(seed.removeprefix("seed-")))
        for run, seeds in baseline.runs.items()
        for seed in seeds
    }
    rules = _Rules(tolerance or {}, None if deciding is None else tuple(deciding))
    runs = []
    for name, seed in [*found, *sorted(wanted - found.keys())]:
        run, entry = found.get((name, seed)), baseline.find(name, seed)
        runs.append(_check_run(name, seed, run, entry, not mismatches, rules))
    if any(run.outcome in ("better", "new") for run in runs):
        notices.append("--update accepts what is new or better into the baseline")
    return GateReport(result.suite, tuple(mismatches), tuple(notices), tuple(runs))


def _mismatches(result: SuiteResult, baseline: Baseline) -> tuple[list[str], list[str]]:
    """What keeps every run from being compared, and what merely goes by another name."""
    data, scorer = dataset_of(result), scorer_of(result)
    mismatches = differences(baseline.dataset.sequences, data.sequences, "dataset: digest of ")
    if data.benchmark != baseline.dataset.benchmark:
        mismatches.append(
            _difference("dataset: benchmark", baseline.dataset.benchmark, data.benchmark)
        )
    mismatches += differences(_plain(baseline.scorer), _plain(scorer), "scorer: ")
    names = [
        _difference(what, old, new)
        for what, old, new in [
            ("suite", baseline.suite, result.suite),
            ("dataset: name", baseline.dataset.name, data.name),
            ("dataset: split", baseline.dataset.split, data.split),
        ]
        if old != new
    ]
    # Another name of the same data changes no figure; where the data differ, it helps to see why.
    return (mismatches + names, []) if mismatches else ([], names)


def _check_run(
    name: str,
    seed: int,
    run: RunResult | None,
    entry: BaselineRun | None,
    comparable: bool,
    rules: _Rules,
) -> RunCheck:
    """Return the outcome of one run: whether it finished, can be compared, and how it compares."""
    if run is None:
        return RunCheck(name, seed, "missing", ("the baseline has it, the results do not",))
    if problem := problem_of(run):
        expected = entry is not None
        return RunCheck(name, seed, _unfinished(run, expected=expected), (problem,))
    if entry is None:
        return RunCheck(name, seed, "new", ("not in the baseline",))
    if not comparable:
        return RunCheck(name, seed, "not comparable", ("dataset or scorer differ",))
    if reasons := _incomparable(entry, run, rules):
        return RunCheck(name, seed, "not comparable", tuple(reasons))
    return _compared(name, seed, run, entry, rules)


def _unfinished(run: RunResult, *, expected: bool) -> Outcome:
    """Return the outcome of a run without figures; ``expected``: the baseline has figures of it."""
    if run.status != "skipped":
        return "failed"
    return "missing" if expected else "skipped"


def _incomparable(entry: BaselineRun, run: RunResult, rules: _Rules) -> list[str]:
    """Return why the figures of a run cannot be compared with the baseline's; empty if they can."""
    if reasons := run_differences(entry, entry_of(run)):
        return reasons
    lacking = rules.lacking(entry)
    if not lacking:
        return []
    choice = f"--metrics chooses among {', '.join(entry.metrics)}"
    return [f"no {lacking} in the baseline to decide by: {choice}"]


def _compared(name: str, seed: int, run: RunResult, entry: BaselineRun, rules: _Rules) -> RunCheck:
    """Return how the figures of a run compare with the baseline's, in the order of the metrics."""
    order = list(METRICS)
    metrics = sorted(entry.metrics.items(), key=lambda item: order.index(item[0]))
    checks = tuple(_checked(metric, value, run, entry, rules) for metric, value in metrics)
    changes = {check.change for check in checks if check.decides}
    outcome: Outcome = "ok"
    if "worse" in changes:
        outcome = "regression"
    elif "better" in changes:
        outcome = "better"
    return RunCheck(name, seed, outcome, tuple(source_difference(entry, run)), checks)


def _checked(
    metric: str, value: float | None, run: RunResult, entry: BaselineRun, rules: _Rules
) -> MetricCheck:
    allowed = allowed_change(metric, entry, rules.tolerance)
    found = check_metric(metric, value, rounded(metric, run.combined), allowed)
    return replace(found, decides=metric in rules.deciding(entry))


def source_difference(entry: BaselineRun, run: RunResult) -> Iterator[str]:
    """Yield that the tracker's own code is another one, where both are known.

    It is what a gate is often for.
    """
    if entry.tracker_source and run.tracker_source and entry.tracker_source != run.tracker_source:
        yield _difference("source of the tracker", entry.tracker_source, run.tracker_source)


def run_differences(entry: BaselineRun, found: BaselineRun) -> list[str]:
    """Why the figures of a run cannot be compared: tracker, parameters, detections, whether it was trained.

    Detections of a trained run differ each time: their name counts, not their digest.
    """
    old, new = _plain(entry), _plain(found)
    compared = ["tracker", "trained"]
    if entry.trained or not found.detections_digest:
        compared.append("detections")
    if not entry.trained:
        compared.append("detections_digest")
    reasons = [
        _difference(name, old[name], new[name]) for name in compared if old[name] != new[name]
    ]
    return reasons + differences(entry.parameters, found.parameters, "parameter ")


def allowed_change(metric: str, entry: BaselineRun, tolerance: Mapping[str, float]) -> float:
    """How much worse a metric may be, in its own unit: percentage points, or counts (then at least 1, unless 0)."""
    points = METRICS[metric].kind == "fraction"
    default = (TRAINED_POINTS if points else TRAINED_PERCENT) if entry.trained else 0.0
    wanted = tolerance.get(metric, entry.tolerance.get(metric, default))
    if points or not wanted:
        return wanted
    least = 1.0 if METRICS[metric].kind == "count" else 0.0
    return max(least, wanted / 100 * abs(entry.metrics[metric] or 0.0))


def check_metric(
    metric: str, baseline: float | None, found: float | None, allowed: float
) -> MetricCheck:
    """Compare one figure.

    NaN is worse than any figure, and any difference is for the worse where no way is better.

    >>> check_metric("IDSW", 10.0, 12.0, 0.0).change, check_metric("HOTA", 60.0, 59.7, 0.5).change
    ('worse', 'within')
    """
    change: Change
    if baseline is None or found is None:
        change = "same" if baseline == found else "worse" if found is None else "better"
    elif math.isclose(baseline, found, rel_tol=0.0, abs_tol=_NEGLIGIBLE):
        change = "same"
    elif abs(found - baseline) <= allowed + _NEGLIGIBLE:
        change = "within"
    else:
        change = "better" if (found > baseline) is METRICS[metric].higher_is_better else "worse"
    return MetricCheck(metric, baseline, found, allowed, change)


def baseline_changes(old: Baseline, new: Baseline) -> list[str]:
    """Every difference of two baselines, a line each."""
    return differences(_plain(old), _plain(new), "")


def differences(old: Mapping[str, object], new: Mapping[str, object], prefix: str) -> list[str]:
    """Every difference of two nested mappings, a line each, by path."""
    lines = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, _NOTHING), new.get(key, _NOTHING)
        if isinstance(before, dict) and isinstance(after, dict):
            lines += differences(before, after, f"{prefix}{key}.")
        elif _written(before) != _written(after):
            lines.append(_difference(f"{prefix}{key}", before, after))
    return lines


_NOTHING = object()


def _difference(what: str, old: object, new: object) -> str:
    if old is _NOTHING:
        return f"{what}: new, {_shown(new)}" if not isinstance(new, dict) else f"{what}: new"
    if new is _NOTHING:
        return (
            f"{what}: was {_shown(old)}, is gone" if not isinstance(old, dict) else f"{what}: gone"
        )
    return f"{what}: was {_shown(old)}, is {_shown(new)}"


def _shown(value: object) -> str:
    """A value in a message; digests by their head."""
    if isinstance(value, str):
        return value[:12] if re.fullmatch(r"[0-9a-f]{64}", value) else value or "none"
    return _written(value)


def _written(value: object) -> str:
    """JSON of a value, in which 1 and 1.0 are the same number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is _NOTHING else json.dumps(value, sort_keys=True)


def _plain(part: BaseModel) -> dict[str, object]:
    return part.model_dump(mode="json")
