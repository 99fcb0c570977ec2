"""Sample results for the tests of the gate."""

from __future__ import annotations

from typing import Any

from mot_bench.records.results import (
    DatasetRecord,
    RunResult,
    Score,
    Scorer,
    SequenceRecord,
    SuiteResult,
)

METRICS: dict[str, float | int] = {
    "HOTA": 0.6780304,
    "DetA": 0.6612,
    "AssA": 0.7001,
    "MOTA": 0.78,
    "IDF1": 0.795,
    "IDSW": 170,
    "Frag": 400,
    "CLR_TP": 44000,
    "CLR_FN": 9900,
    "CLR_FP": 2500,
    "MOTP": 0.85,
}


def sample_run(
    run: str = "bytetrack", seed: int = 0, metrics: dict[str, float] | None = None, **fields: Any
) -> RunResult:
    """Return a finished run.

    Its name is not checked, and ``metrics`` replaces some, in fractions and counts.
    """
    content: dict[str, Any] = {
        "status": "ok",
        "tracker": run,
        "parameters": {"match_threshold": 0.8, "buffers": [1, 2.5], "limit": None},
        "detections": "yolox",
        "detections_digests": {"a": "1" * 64, "b": "2" * 64},
        "combined": Score(metrics={**METRICS, **(metrics or {})}),
    }
    return RunResult(run="run", seed=seed, **{**content, **fields}).model_copy(update={"run": run})


def sample_result(*runs: RunResult, **fields: Any) -> SuiteResult:
    """A suite of these runs, of one ByteTrack where none are given."""
    content: dict[str, Any] = {
        "suite": "smoke",
        "dataset": sample_dataset(),
        "scorer": Scorer(
            name="trackeval",
            version="1.3.0",
            settings={"benchmark": "MOT17", "distractor_classes": [2, 7]},
        ),
    }
    return SuiteResult(runs=list(runs) or [sample_run()], **{**content, **fields})


def sample_dataset(digest: str = "d" * 64, **fields: str) -> DatasetRecord:
    """A dataset of two sequences; ``digest`` is that of the second."""
    sequences = [
        SequenceRecord(name=name, length=10, frame_rate=25.0, digest=value)
        for name, value in [("a", "c" * 64), ("b", digest)]
    ]
    names = {"name": "street", "benchmark": "street", "split": "full", **fields}
    return DatasetRecord(sequences=sequences, **names)
