"""The content of ``explanation.json``: the errors of the runs of a results folder, by cause."""

from __future__ import annotations

import hashlib
import json

from pydantic import Field

from mot_bench.records.results import SCHEMA_VERSION, Record, SuiteResult
from mot_bench.reports.explanation import Explanation, RunExplanation, Split

EXPLANATION = "explanation.json"


class ExplanationRecord(Record):
    """What was found for the runs of a results folder.

    ``of`` is a digest of the results that are explained. ``missing`` names the runs that could not
    be explained, each with the reason.
    """

    schema_version: int = SCHEMA_VERSION
    of: str
    runs: tuple[RunExplanation, ...]
    splits: tuple[Split, ...]
    missing: dict[str, str] = Field(default_factory=dict)

    @property
    def shown(self) -> Explanation:
        """Return the part that reports show."""
        return Explanation(self.runs, self.splits)


def results_digest(result: SuiteResult) -> str:
    """Return a digest of what an explanation depends on: ground truth, tracks, detections, base."""
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
