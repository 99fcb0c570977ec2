"""Made-up results for the tests of reports: small, and with every kind of row."""

from __future__ import annotations

from pathlib import Path

from mot_bench.results import (
    DatasetRecord,
    Reference,
    RunResult,
    RunTiming,
    Score,
    Scorer,
    SequenceRecord,
    SuiteResult,
    SuiteTiming,
)

SEQUENCES = ("MOT17-02", "MOT17-04")
EVIL = "<script>alert(1)</script>"


def make_score(hota: float, switches: int) -> Score:
    metrics = {"HOTA": hota, "DetA": hota - 0.02, "AssA": hota + 0.03, "MOTA": hota + 0.1, "IDF1": hota + 0.12}
    curve = [min(1.0, hota * (1.5 - 0.05 * step)) for step in range(19)]
    curves = {"HOTA": curve, "DetA": curve, "AssA": curve}
    return Score(metrics={**metrics, "IDSW": switches, "FP_per_frame": 0.5, "CLR_FP": 1234}, curves=curves)


def make_run(
    name: str, hota: float, switches: int = 10, seed: int = 0, references: tuple[Reference, ...] = ()
) -> RunResult:
    return RunResult(
        run=name,
        seed=seed,
        status="ok",
        title=f"{name}, as published",
        tracker=name,
        parameters={"max_age": 30, "use_reid": False, "note": "a<b"},
        detections="det",
        combined=make_score(hota, switches),
        sequences={sequence: make_score(hota + 0.01 * place, place) for place, sequence in enumerate(SEQUENCES)},
        references=list(references),
    )


def make_result(*runs: RunResult) -> SuiteResult:
    original = Reference(kind="original", source="their, code", metrics={"HOTA": 67.8, "IDSW": 170})
    paper = Reference(kind="published", source="a paper", note='"kept" distractors', metrics={"HOTA": 67.88})
    other = Reference(kind="published", source="another paper", metrics={"MOTA": 76.6})
    return SuiteResult(
        suite="association",
        title="A title & more",
        base="bytetrack",
        dataset=DatasetRecord(
            name="tiny",
            benchmark="MOT17",
            split="half-val",
            sequences=[SequenceRecord(name=name, length=300, frame_rate=30, digest="0" * 64) for name in SEQUENCES],
        ),
        scorer=Scorer(name="trackeval", version="1.3.0", settings={"threshold": 0.5, "distractor_classes": [2, 7]}),
        runs=list(runs)
        or [
            make_run("sort", 0.6272, 366),
            make_run("bytetrack", 0.678031, 170, references=(original, paper, other)),
            make_run("deepsort", 0.71428, 77),
            RunResult(run=EVIL, seed=0, status="failed", error='line 3: "x", not <b>y</b>'),
            RunResult(run="needy", seed=0, status="skipped", error="no embeddings"),
        ],
    )


def make_timing() -> SuiteTiming:
    times = {"reading_s": 1.0, "detecting_s": 0.0, "embedding_s": 0.0, "camera_s": 0.0}
    return SuiteTiming(
        machine="two cores", runs=[RunTiming(run="sort", seed=0, frames=600, associating_s=2.0, **times)]
    )


def write_results(out: Path, result: SuiteResult | None = None, timing: SuiteTiming | None = None) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text((result or make_result()).model_dump_json(indent=1) + "\n")
    if timing:
        (out / "timing.json").write_text(timing.model_dump_json())
    return out
