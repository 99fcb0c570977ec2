"""``explanation.json``: what was found for the runs of a results folder, strict, and made ready for reports."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from mot_bench.files.json_files import read_record
from mot_bench.records.results import SCHEMA_VERSION, Record, SuiteResult
from mot_bench.reports import explanation as shown

EXPLANATION = "explanation.json"
_EXPECTED = "explanation.json as mot-bench run and mot-bench explain write it"


class CauseRecord(Record):
    """A cause, or a kind where ``cause`` is empty: how often, and the gains (fractions) of a repair."""

    kind: shown.Kind
    cause: str
    count: int
    gains: dict[str, float]


class LimitRecord(Record):
    """What one property made perfect would gain (fractions)."""

    name: Literal["identities", "boxes", "everything"]
    gains: dict[str, float]


class SliceRecord(Record):
    """Quality for a part of the ground truth (fractions)."""

    by: Literal["size", "visibility", "density"]
    label: str
    boxes: int
    ap: float | None
    recall: float | None
    idf1: float | None


class RunRecord(Record):
    """The errors of a run with one seed."""

    run: str
    seed: int
    inert: bool
    detections_known: bool
    visibility_given: bool
    causes: list[CauseRecord]
    kinds: list[CauseRecord]
    limits: list[LimitRecord]
    slices: list[SliceRecord]


class SplitRecord(Record):
    """HOTA of a run less that of the base run, and its parts (fractions)."""

    run: str
    base: str
    seed: int
    difference: float
    detection: float
    association: float
    localisation: float


class ExplanationRecord(Record):
    """The content of ``explanation.json``; ``of`` is a digest of the results that it explains.

    ``missing`` says of runs that could not be explained why not.
    """

    schema_version: int = SCHEMA_VERSION
    of: str
    runs: list[RunRecord]
    splits: list[SplitRecord]
    missing: dict[str, str] = Field(default_factory=dict)


def results_digest(result: SuiteResult) -> str:
    """A digest of what an explanation stands on: the truth, the track files and the base run."""
    about = {
        "base": result.base,
        "dataset": [
            result.dataset.benchmark,
            [[one.name, one.digest] for one in result.dataset.sequences],
        ],
        "runs": [
            [run.run, run.seed, run.status, run.track_digests, run.detections_digests]
            for run in result.runs
        ],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def read_explanation(path: Path) -> ExplanationRecord:
    """Read an explanation.json.

    Raises:
        InputError: it is missing, truncated, something else, or of another schema version.
    """
    return read_record(path, ExplanationRecord, _EXPECTED)


def explanation_of(out: Path, result: SuiteResult) -> shown.Explanation | None:
    """What reports show of the errors.

    None where nothing was explained, or it was for other results.

    Raises:
        InputError: explanation.json is malformed.
    """
    path = out / EXPLANATION
    if not path.exists():
        return None
    record = read_explanation(path)
    return as_shown(record) if record.of == results_digest(result) else None


def as_shown(record: ExplanationRecord) -> shown.Explanation:
    """The record in the types of ``reports``."""
    return shown.Explanation(
        tuple(_run(run) for run in record.runs),
        tuple(shown.Split(**split.model_dump()) for split in record.splits),
    )


def _run(run: RunRecord) -> shown.RunExplanation:
    return shown.RunExplanation(
        run=run.run,
        seed=run.seed,
        causes=tuple(shown.Cause(**cause.model_dump()) for cause in run.causes),
        slices=tuple(shown.Slice(**part.model_dump()) for part in run.slices),
        inert=run.inert,
        kinds=tuple(shown.Cause(**kind.model_dump()) for kind in run.kinds),
        limits=tuple(shown.Limit(**limit.model_dump()) for limit in run.limits),
        detections_known=run.detections_known,
        visibility_given=run.visibility_given,
    )
