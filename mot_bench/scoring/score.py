"""Score sequences with TrackEval's HOTA, CLEAR, Identity and Count classes.

Subclasses compute HOTA and Identity without matrices of all identities by all tracks; their fields
are equal to TrackEval's to the last bit (see ``sparse_hota`` and ``sparse_identity``).

Sources: HOTA, Luiten et al., IJCV 2020, arXiv 2009.07736; CLEAR, Bernardin and Stiefelhagen, 2008;
Identity, Ristani et al., 2016, arXiv 1609.01775.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mot_bench.datasets.mot_text import TrackRows
from mot_bench.records.results import Counted, Score, Scorer
from mot_bench.scoring.preparation import PreparedTruth, metric_input, prepare
from mot_bench.scoring.profiles import profile_of

__all__ = [
    "PreparedTruth",
    "SequenceScore",
    "combine",
    "prepare",
    "score_sequence",
    "scorer_record",
    "summarise",
]

_THRESHOLD = 0.5
Fields = dict[str, Any]


@dataclass(frozen=True)
class SequenceScore:
    """TrackEval's fields of all metrics of one sequence or of several combined.

    ``families`` maps HOTA, CLEAR, Identity and Count to TrackEval's result dictionaries: arrays
    over 19 alphas, floats and counts.
    """

    families: dict[str, Fields]

    def to_json(self) -> str:
        """Return text that ``from_json`` turns into equal numbers."""
        return json.dumps(self.families, default=_plain, sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the score that ``to_json`` wrote.

        Raises:
            ValueError, TypeError, KeyError, RecursionError: the text is not such a score.
        """
        families = json.loads(text)
        return cls(
            {
                family: _fields(metric, families[family])
                for family, metric in metric_classes().items()
            }
        )


def _fields(metric: Any, fields: dict[str, object]) -> Fields:
    """Return all fields of a metric and any additional ones."""
    lacking = [name for name in metric.fields if name not in fields]
    if lacking:
        raise KeyError(lacking[0])
    return {name: _field(metric, name, value) for name, value in fields.items()}


def _field(metric: Any, name: str, value: object) -> Any:
    """Return a field of a metric in TrackEval's type: a number, or an array over alpha."""
    if name not in (*metric.float_array_fields, *metric.integer_array_fields):
        if type(value) not in (int, float):
            raise TypeError(f"{name} that is {type(value).__name__}, not a number")
        return value
    array = np.array(value)
    if array.dtype.kind not in "if" or array.shape != metric.array_labels.shape:
        raise ValueError(f"{name} that is not {metric.array_labels.size} numbers")
    return array


def score_sequence(truth: PreparedTruth, tracks: TrackRows) -> SequenceScore:
    """Score the tracks of one sequence.

    Raises:
        MotBenchError: a track is beyond the sequence, occurs twice in a frame, or has a class other
            than 1.
    """
    data = metric_input(truth, tracks)
    return SequenceScore(
        {family: metric.eval_sequence(data) for family, metric in metric_classes().items()}
    )


def combine(scores: dict[str, SequenceScore]) -> SequenceScore:
    """Combine sequences by counts with TrackEval's ``combine_sequences``, never by mean ratios."""
    return SequenceScore(
        {
            family: metric.combine_sequences(
                {name: score.families[family] for name, score in scores.items()}
            )
            for family, metric in metric_classes().items()
        }
    )


def summarise(score: SequenceScore) -> Score:
    """Return single figures (means over alpha for the HOTA family) and curves over alpha."""
    metrics: dict[str, float | int] = {}
    curves: dict[str, list[float]] = {}
    for fields in score.families.values():
        for name, value in fields.items():
            if isinstance(value, np.ndarray):
                curves[name] = value.astype(float).tolist()
                metrics[name] = float(np.mean(value))
            else:
                metrics[name] = _plain(value) if isinstance(value, np.generic) else value
    shown = {name: curve for name, curve in curves.items() if name in _CURVES}
    # The mean of counts over alpha (such as HOTA_TP) is meaningless.
    for name in curves.keys() - shown.keys():
        if name not in _ALPHA_MEANS:
            del metrics[name]
    return Score(metrics=metrics, curves=shown)


_CURVES = ("HOTA", "DetA", "AssA", "DetRe", "DetPr", "AssRe", "AssPr", "LocA")
_ALPHA_MEANS = ("OWTA",)
_COMPUTED_BY = {
    "HOTA": "mot-bench's SparseHota, an exact sparse subclass of trackeval's HOTA",
    "CLEAR": "trackeval's CLEAR",
    "Identity": "mot-bench's SparseIdentity, an exact sparse subclass of trackeval's Identity",
    "Count": "trackeval's Count",
}


def scorer_record(benchmark: str, counted: Counted | None = None) -> Scorer:
    """Return the record of the scorer, its version and settings, which every result includes."""
    profile = profile_of(benchmark)
    return Scorer(
        name="trackeval",
        version=importlib.metadata.version("trackeval"),
        settings={
            "benchmark": profile.trackeval_benchmark,
            "preprocessing": profile.uses_classes,
            "distractor_classes": list(profile.distractor_classes),
            "threshold": _THRESHOLD,
        },
        computed_by=dict(_COMPUTED_BY),
        counted=counted,
    )


@functools.cache
def metric_classes() -> dict[str, Any]:
    from trackeval.metrics import CLEAR, Count

    from mot_bench.scoring.sparse_hota import SparseHota
    from mot_bench.scoring.sparse_identity import SparseIdentity

    quiet = {"PRINT_CONFIG": False, "THRESHOLD": _THRESHOLD}
    return {
        "HOTA": SparseHota(),
        "CLEAR": CLEAR(quiet),
        "Identity": SparseIdentity(quiet),
        "Count": Count(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"no plain form of {type(value).__name__}")
