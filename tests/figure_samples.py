"""Bundles for the tests of figures: with everything that a figure can need, crowded, and with holes."""

from __future__ import annotations

import dataclasses
import math

from reports_samples import make_result, make_run, make_trained

from mot_bench.records.results import SuiteTiming
from mot_bench.reports.certainty import Certainty, Comparison, Estimate, Interval, Verdict
from mot_bench.reports.explanation import Cause, Explanation, RunExplanation
from mot_bench.reports.schema import Bundle
from mot_bench.reports.similarity import Similarity
from mot_bench.reports.timeline import Presence, Span, Switch, Timeline
from mot_bench.reports.times import RunTiming
from mot_bench.results.bundle import make_bundle

COMPARED = ("HOTA", "IDF1", "MOTA")
CAUSES = (
    ("false negative", "mostly hidden", 500, 0.04),
    ("false positive", "background", 300, 0.02),
    ("loose box", "loose detection", 50, 0.005),
    ("identity switch", "after occlusion", 40, 0.03),
    ("identity switch", "at a crossing", 20, -0.001),
    ("fragmentation", "not detected", 60, 0.01),
)


def make_timed(names: list[str], seeds: tuple[int, ...] = (0,)) -> SuiteTiming:
    """100 frames each; the tracker alone takes 1, 2, 3 ... ms a frame, everything 30 ms more."""
    rows = [
        RunTiming(
            run=name, seed=seed, frames=100, reading_s=1.0, detecting_s=2.0, embedding_s=0.0, camera_s=0.0,
            associating_s=0.1 * (place + 1),
        )
        for place, name in enumerate(names)
        for seed in seeds
    ]  # fmt: skip
    return SuiteTiming(machine="two cores", runs=rows)


def certainty_of(bundle: Bundle) -> Certainty:
    """Every third run better, every third worse than the base, by 2 points with intervals of 1 point either side."""
    verdicts: tuple[Verdict, ...] = ("better", "worse", "not distinguishable here")
    changes = {"better": 0.02, "worse": -0.02, "not distinguishable here": 0.005}
    names = [name for name in dict.fromkeys(run.run for run in bundle.runs) if name != bundle.base]
    comparisons, estimates = [], []
    for place, name in enumerate(names):
        verdict = verdicts[place % 3]
        change = changes[verdict]
        for metric in COMPARED:
            interval = Interval(change - 0.01, change + 0.01)
            comparisons.append(
                Comparison(name, bundle.base or "", metric, change, interval, verdict=verdict)
            )
    for run in bundle.runs:
        if (value := run.metrics.get("HOTA")) is not None:
            estimates.append(Estimate(run.run, "HOTA", value, Interval(value - 0.01, value + 0.01)))
    return Certainty(
        "Sequences were drawn again.",
        "sequence",
        2,
        3,
        ("A note.",),
        tuple(estimates),
        tuple(comparisons),
    )


def explanation_of(bundle: Bundle) -> Explanation:
    """Six causes a run; of the seeds after the first twice as many."""
    runs = []
    for run in bundle.runs:
        factor = 1 if run.seed == 0 else 2
        causes = tuple(
            Cause(kind, cause, factor * count, dict.fromkeys(COMPARED, factor * gain))  # type: ignore[arg-type]
            for kind, cause, count, gain in CAUSES
        )
        runs.append(RunExplanation(run.run, run.seed, causes=causes))
    return Explanation(tuple(runs))


def make_similarity(model: str) -> Similarity:
    return Similarity(
        model, 0, (-1.0, -0.5, 0.0, 0.5, 1.0), (0, 10, 30, 60), (20, 100, 70, 10), 0.5, 0.6
    )


def make_timeline(run: str) -> Timeline:
    return Timeline(
        run, 0, "MOT17-02", 100, 25.0,
        (Presence(5, 1, 60), Presence(9, 30, 100)),
        (Span(5, 1, 1, 20), Span(5, 4, 25, 60), Span(9, 2, 40, 100)),
        (Switch(5, 25),),
    )  # fmt: skip


def full(bundle: Bundle) -> Bundle:
    """With intervals, causes, similarities and timelines."""
    models = tuple(
        make_similarity(name)
        for name in list(dict.fromkeys(model.model for model in bundle.models))[:2]
    )
    return dataclasses.replace(
        bundle,
        certainty=certainty_of(bundle),
        explanation=explanation_of(bundle),
        similarities=models,
        timelines=(make_timeline("fairmot"), make_timeline("hrnet")),
    )


def trained_bundle(seeds: tuple[int, ...] = (0, 1, 2)) -> Bundle:
    result = make_trained(seeds)
    names = list(dict.fromkeys(run.run for run in result.runs))
    return full(make_bundle(result, make_timed(names)))


def crowded_bundle(count: int = 29) -> Bundle:
    """Runs with long names whose figures lie close to each other, and one far off."""
    runs = [
        make_run(f"run-with-a-long-name-{place}", 0.5 + 0.002 * (place * 7 % count), place)
        for place in range(count)
    ]
    runs[0] = make_run("far-off", 0.9, 1)
    result = make_result(*runs).model_copy(update={"base": runs[1].run})
    return full(make_bundle(result, make_timed([run.run for run in runs])))


def holes() -> dict[str, Bundle]:
    """Bundles with nothing, or little, to show."""
    nan = make_run("nan", 0.5)
    assert nan.combined is not None
    broken = nan.combined.model_copy(
        update={
            "metrics": dict.fromkeys(nan.combined.metrics, math.nan),
            "curves": {name: [math.nan] * 19 for name in nan.combined.curves},
        }
    )
    failed = make_run("failed", 0.5).model_copy(
        update={"status": "failed", "error": "it broke", "combined": None, "sequences": {}}
    )
    return {
        "no runs": make_bundle(make_result().model_copy(update={"runs": []})),
        "failed": make_bundle(make_result(failed)),
        "nan": make_bundle(
            make_result(nan.model_copy(update={"combined": broken, "sequences": {}}))
        ),
    }
