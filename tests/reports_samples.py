"""Made-up results for the tests of reports: small, and with every kind of row."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mot_bench.records.results import (
    Calibration,
    DatasetRecord,
    ModelResult,
    RunResult,
    Score,
    Scorer,
    SequenceRecord,
    SuiteResult,
    SuiteTiming,
)
from mot_bench.reports.certainty import (
    Certainty,
    Comparison,
    Estimate,
    Interval,
    Simultaneous,
    Verdict,
)
from mot_bench.reports.explanation import Cause, Explanation, Limit, RunExplanation, Slice, Split
from mot_bench.reports.schema import Bundle, Diagnosis, Environment, Reference
from mot_bench.reports.times import RunTiming
from mot_bench.reports.variants import variants_of
from mot_bench.results.bundle import make_bundle

SEQUENCES = ("MOT17-02", "MOT17-04")
EVIL = "<script>alert(1)</script>"


def make_score(hota: float, switches: int) -> Score:
    metrics = {
        "HOTA": hota,
        "DetA": hota - 0.02,
        "AssA": hota + 0.03,
        "MOTA": hota + 0.1,
        "IDF1": hota + 0.12,
    }
    curve = [min(1.0, hota * (1.5 - 0.05 * step)) for step in range(19)]
    curves = {"HOTA": curve, "DetA": curve, "AssA": curve}
    return Score(
        metrics={**metrics, "IDSW": switches, "FP_per_frame": 0.5, "CLR_FP": 1234}, curves=curves
    )


def make_run(
    name: str,
    hota: float,
    switches: int = 10,
    seed: int = 0,
    references: tuple[Reference, ...] = (),
) -> RunResult:
    """Return a finished run.

    Its name is not checked, so that pages are tried with names no file may hold.
    """
    run = RunResult(
        run="run",
        seed=seed,
        status="ok",
        title=f"{name}, as published",
        tracker=name,
        parameters={"max_age": 30, "use_reid": False, "note": "a<b"},
        detections="det",
        combined=make_score(hota, switches),
        sequences={
            sequence: make_score(hota + 0.01 * place, place)
            for place, sequence in enumerate(SEQUENCES)
        },
        references=list(references),
    )
    return run.model_copy(update={"run": name})


def make_result(*runs: RunResult) -> SuiteResult:
    original = Reference(kind="original", source="their, code", metrics={"HOTA": 67.8, "IDSW": 170})
    paper = Reference(
        kind="published", source="a paper", note='"kept" distractors', metrics={"HOTA": 67.88}
    )
    other = Reference(kind="published", source="another paper", metrics={"MOTA": 76.6})
    return SuiteResult(
        suite="association",
        title="A title & more",
        base="bytetrack",
        dataset=DatasetRecord(
            name="tiny",
            benchmark="MOT17",
            split="half-val",
            sequences=[
                SequenceRecord(name=name, length=300, frame_rate=30, digest="0" * 64)
                for name in SEQUENCES
            ],
        ),
        scorer=Scorer(
            name="trackeval",
            version="1.3.0",
            settings={"threshold": 0.5, "distractor_classes": [2, 7]},
        ),
        runs=list(runs)
        or [
            make_run("sort", 0.6272, 366),
            make_run("bytetrack", 0.678031, 170, references=(original, paper, other)),
            make_run("deepsort", 0.71428, 77),
            RunResult(run=EVIL, seed=0, status="failed", error='line 3: "x", not <b>y</b>'),
            RunResult(run="needy", seed=0, status="skipped", error="no embeddings"),
        ],
    )


LEVELS = {"easy": 0.1, "mid": 0.0, "hard": -0.12}
RATIOS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
MODELS: dict[str, tuple[float | None, float | None, tuple[float, float] | None]]
MODELS = (
    # AP and TPR over all, and the balance: fixed weights of detection and ReID, or None for learned
    {
        "fairmot": (0.93, 0.86, None),
        "no-reid": (0.95, None, None),
        "reid-only": (None, 0.92, (0.0, 1.0)),
        "hrnet": (0.91, 0.83, None),
    }
    | {
        f"fixed-{ratio:g}": (0.94 - 0.012 * place, 0.62 + 0.045 * place, (1.0, ratio))
        for place, ratio in enumerate(RATIOS)
    }
)


def make_model(name: str, seed: int = 0) -> ModelResult:
    ap, tpr, fixed = MODELS[name]
    wobble = 0.004 * (seed - 1)

    def worth(offset: float) -> Diagnosis:
        detection = None if ap is None else ap + wobble + offset / 2
        reid = None if tpr is None else tpr - wobble + offset / 2
        seen = None if detection is None else min(1.0, detection + 0.01)
        return Diagnosis(
            ap=detection, ap_visible=seen, ap_paper=detection, tpr=reid, tpr_paper=reid, rank1=reid
        )

    balance = {"mode": "fixed" if fixed else "learned", "detection_weight": 1.0, "reid_weight": 1.0}
    if fixed:
        balance |= {"detection_weight": fixed[0], "reid_weight": fixed[1]}
    architecture = "hrnet_w18" if name == "hrnet" else "dla34_plain"
    size = 0 if name == "no-reid" else 64
    steps = range(50, 601, 50)
    curve = [
        {
            "step": step,
            "total": 9 * 0.996**step,
            "detection": 3 * 0.996**step,
            "reid": 6 * 0.997**step,
        }
        for step in steps
    ]
    return ModelResult(
        model=name,
        seed=seed,
        title=f"{name}, small",
        specialist={"no-reid": "detection", "reid-only": "reid"}.get(name, ""),
        architecture=architecture,
        parameters=1_240_000,
        multiply_adds=310_000_000,
        recipe={
            "network": {"architecture": architecture, "embedding_size": size},
            "loss": {"heat_weight": 1.0, "balance": balance},
            "pictures": {"height": 192, "width": 320},
        },
        training="street-train: 2400 pictures, 30000 boxes, 300 people",
        steps=600,
        diagnosis={"": worth(0.0), **{level: worth(offset) for level, offset in LEVELS.items()}},
        curve=[*curve[:-1], {**curve[-1], "AP": (ap or 0) + 0.01}],
        detection_weight=fixed[0] if fixed else 3.0 + wobble,
        reid_weight=fixed[1] if fixed else 1.4 + wobble,
    )


def make_trained_run(
    name: str, hota: float, model: str, seed: int, calibrated: bool = True
) -> RunResult:
    run = make_run(name, hota + 0.01 * seed, 100 + 7 * seed, seed)
    chosen = Calibration(
        parameters={"score_threshold": 0.3}, hota_before=0.4, hota_after=0.52, tried=15
    )
    return run.model_copy(
        update={
            "detections": f"model:{model}" if model else "oracle",
            "trained": bool(model),
            "calibration": chosen if calibrated and model else None,
            "groups": {
                level: make_score(hota + offset + 0.01 * seed, 40 + seed)
                for level, offset in LEVELS.items()
            },
        }
    )


def make_trained(seeds: tuple[int, ...] = (0, 1, 2)) -> SuiteResult:
    """A suite that trained networks: a base, variants, a sweep of seven weights, rows with published thresholds."""
    rows = [("fairmot", 0.66, "fairmot"), ("no-reid", 0.61, "no-reid"), ("hrnet", 0.64, "hrnet")]
    rows += [
        (name, 0.60 + 0.01 * place, name)
        for place, name in enumerate(MODELS)
        if name.startswith("fixed")
    ]
    runs = [make_trained_run(*row, seed) for row in rows for seed in seeds]
    runs += [
        make_trained_run("fairmot-default", 0.5, "fairmot", seed, calibrated=False)
        for seed in seeds
    ]
    runs.append(make_trained_run("oracle", 0.8, "", seeds[0]))
    result = make_result(*runs)
    sequences = [
        SequenceRecord(name=name, length=300, frame_rate=30, digest="0" * 64, group=level)
        for name, level in zip((*SEQUENCES, "MOT17-05"), LEVELS, strict=True)
    ]
    return result.model_copy(
        update={
            "base": "fairmot",
            "models": [make_model(name, seed) for name in MODELS for seed in seeds],
            "dataset": result.dataset.model_copy(update={"sequences": sequences}),
        }
    )


def make_few_trained(seeds: tuple[int, ...] = (0,)) -> SuiteResult:
    """Three of these runs, with their networks, and the oracle."""
    result = make_trained(seeds)
    names = ("fairmot", "no-reid", "hrnet", "oracle")
    return result.model_copy(
        update={
            "runs": [run for run in result.runs if run.run in names],
            "models": [model for model in result.models if model.model in names],
        }
    )


def make_certainty(bundle: Bundle, pairs: bool = True) -> Certainty:
    """Made-up intervals of HOTA, IDF1, MOTA and AssA: against the base run, with ``pairs`` of all runs."""
    metrics = ("HOTA", "IDF1", "MOTA", "AssA")
    means = {
        (variant.name, metric): summary.mean
        for variant in variants_of(bundle)
        for metric in metrics
        if variant.status == "ok" and (summary := variant.summary(metric)) is not None
    }
    estimates = [
        Estimate(run, metric, value, Interval(value - 0.02, value + 0.02))
        for (run, metric), value in means.items()
    ]
    names = list(dict.fromkeys(run for run, _ in means))
    comparisons = [
        _compared(run, base, metric, means[run, metric] - means[base, metric], len(names) - 1)
        for base in names
        for run in (names if pairs or base == bundle.base else [])
        for metric in metrics
        if run != base
    ]
    return Certainty(
        "Sequences and seeds were drawn again, 2000 times, in pairs.",
        "sequence",
        len(bundle.dataset.sequences),
        max((len(variant.runs) for variant in variants_of(bundle)), default=0),
        ("Cuts lose <b>whole</b> tracks.",),
        tuple(estimates),
        tuple(comparisons),
    )


def _compared(run: str, base: str, metric: str, difference: float, others: int) -> Comparison:
    """The larger the difference, the smaller its p-value; of HOTA also with all runs at once."""
    p_value = max(0.0001, 0.2 - 4 * abs(difference))
    half = 0.04
    interval, verdict, needed = _said(difference, half)
    wide, of_all, more = _said(difference, 1.5 * half)
    wider = Simultaneous(wide, min(1.0, others * p_value), of_all, more, others)
    together = wider if metric == "HOTA" else None
    return Comparison(
        run, base, metric, difference, interval, p_value, verdict, needed, simultaneous=together
    )


def _said(difference: float, half: float) -> tuple[Interval, Verdict, str]:
    """An interval, and what it says."""
    beyond = abs(difference) > half
    verdict: Verdict = (
        "not distinguishable here" if not beyond else "better" if difference > 0 else "worse"
    )
    needed = "" if beyond else "About 12 more sequences would settle it."
    return Interval(difference - half, difference + half), verdict, needed


def make_explanation(bundle: Bundle) -> Explanation:
    """Made-up errors of every finished run, and HOTA split against the base run."""
    runs, splits = [], []
    for place, run in enumerate(one for one in bundle.runs if one.status == "ok"):
        switches = 20 + 10 * place
        gains = {"HOTA": 0.001 * switches, "IDF1": 0.002 * switches, "MOTA": 0.0}
        causes = (
            Cause(
                "false negative",
                "mostly hidden",
                900 + place,
                {"HOTA": 0.05, "IDF1": 0.03, "MOTA": 0.1},
            ),
            Cause("false positive", "background", 80, {"HOTA": 0.01, "IDF1": 0.01, "MOTA": 0.02}),
            Cause("identity switch", "after occlusion", switches, gains),
            Cause(
                "identity switch", "at a crossing", 7, {"HOTA": 0.004, "IDF1": 0.006, "MOTA": 0.0}
            ),
        )
        kinds = tuple(Cause(cause.kind, "", cause.count, cause.gains) for cause in causes[:3])
        slices = tuple(
            Slice(
                by,
                label,
                1000 * (index + 1),
                0.5 + 0.1 * index,
                0.6 + 0.1 * index,
                0.4 + 0.1 * index,
            )
            for by, labels in SLICES.items()
            for index, label in enumerate(labels)
        )
        limits = (Limit("identities", {"HOTA": 0.1}), Limit("everything", {"HOTA": 0.3}))
        runs.append(
            RunExplanation(
                run.run,
                run.seed,
                inert=place == 0,
                causes=causes,
                kinds=kinds,
                limits=limits,
                slices=slices,
            )
        )
        base = bundle.base_of(run)
        if base is not None:
            change = run.metrics["HOTA"] - base.metrics["HOTA"]
            splits.append(
                Split(run.run, base.run, run.seed, change, 0.3 * change, 0.6 * change, 0.1 * change)
            )
    return Explanation(tuple(runs), tuple(splits))


SLICES: dict[Literal["size", "visibility", "density"], tuple[str, ...]] = {
    "size": ("up to 32 px", "32 to 96 px", "over 96 px"),
    "visibility": ("up to 50 %", "over 50 %"),
    "density": ("up to 10 a frame", "over 10 a frame"),
}


def make_whole(result: SuiteResult | None = None) -> Bundle:
    """A bundle with certainty, explanation, times and environment."""
    bundle = make_bundle(result or make_result(), make_timing(), environment=ENVIRONMENT)
    return replace(bundle, certainty=make_certainty(bundle), explanation=make_explanation(bundle))


ENVIRONMENT = Environment(
    "3.11.7", {"mot-bench": "0.1.0", "trackeval": "1.3.0"}, "0123456789abcdef", "two cores", {"OMP_NUM_THREADS": "1"},
    ("mot-bench", "run", "--suite", "association"),
)  # fmt: skip


def make_timing() -> SuiteTiming:
    return SuiteTiming(
        machine="two cores",
        runs=(RunTiming("sort", 0, frames=600, reading_s=1.0, associating_s=2.0),),
    )


def write_results(
    out: Path, result: SuiteResult | None = None, timing: SuiteTiming | None = None
) -> Path:
    """Write a results folder; times are of its runs as they are, unless they say otherwise."""
    out.mkdir(parents=True, exist_ok=True)
    result = result or make_result()
    (out / "results.json").write_text(result.model_dump_json(indent=1) + "\n")
    if timing:
        making = {(row.run, row.seed): row.making() for row in result.runs}
        runs = tuple(
            dataclasses.replace(run, of=run.of or making[run.run, run.seed]) for run in timing.runs
        )
        (out / "timing.json").write_text(timing.model_copy(update={"runs": runs}).model_dump_json())
    return out
