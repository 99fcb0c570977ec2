"""The content of ``figures.json``: the data of some figures, kept so that a report needs no dataset."""

from __future__ import annotations

import hashlib
import json

from mot_bench.records.results import SCHEMA_VERSION, Record, SuiteResult
from mot_bench.reports.similarity import Similarity
from mot_bench.reports.timeline import Timeline

FIGURES = "figures.json"


class FigureRecord(Record):
    """Similarities of embeddings, and timelines of the base run and of the best other run.

    ``of`` is a digest of the results that the figures are of; ``code`` is the version of the code
    that made them.
    """

    schema_version: int = SCHEMA_VERSION
    of: str
    code: str = ""
    similarities: tuple[Similarity, ...]
    timelines: tuple[Timeline, ...]


def figures_digest(result: SuiteResult) -> str:
    """Return a digest of everything in a result that its figures depend on."""
    about = {
        "base": result.base,
        "sequences": [[one.name, one.digest] for one in result.dataset.sequences],
        "runs": [[run.run, run.seed, run.status, run.track_digests] for run in result.runs],
        "models": [[model.model, model.seed, model.weights_digest] for model in result.models],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
