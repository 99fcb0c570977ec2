"""The leaderboard and the sequences as Parquet, for programs.

Metrics are fractions and counts in full precision. The column of a metric says in its metadata what
it is: ``kind`` (fraction, count or number) and ``meaning``.
"""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mot_bench.reports.schema import Bundle

_TYPES = {
    "seed": "int64",
    "frames": "int64",
    "frame_rate": "float64",
    "trained": "bool_",
    "calibrated": "bool_",
}
"""PyArrow's types of the columns that hold neither text nor metrics."""


def leaderboard_parquet(bundle: Bundle) -> bytes:
    """Return a table with a row for each run and seed, as in the leaderboard.

    Raises:
        ImportError: pyarrow is not installed.
    """
    columns = (
        *("run", "dataset", "seed", "status", "error", "model", "reid_model"),
        *("trained", "calibrated"),
    )
    rows = [
        {
            "run": run.run,
            "dataset": bundle.dataset.name,
            "seed": run.seed,
            "status": run.status,
            "error": run.error,
            "model": run.model,
            "reid_model": run.reid_model,
            "trained": run.trained,
            "calibrated": run.calibration is not None,
            **_metrics(bundle, run.metrics),
        }
        for run in bundle.ranked
    ]
    return _written(bundle, columns, rows)


def sequences_parquet(bundle: Bundle) -> bytes:
    """Return a table with a row for each run, seed and sequence (errors as the leaderboard)."""
    columns = ("run", "dataset", "seed", "sequence", "group", "frames", "frame_rate")
    rows = [
        {
            "run": run.run,
            "dataset": bundle.dataset.name,
            "seed": run.seed,
            "sequence": sequence.name,
            "group": sequence.group,
            "frames": sequence.length,
            "frame_rate": sequence.frame_rate,
            **_metrics(bundle, run.sequences[sequence.name]),
        }
        for run in bundle.ranked
        for sequence in bundle.dataset.sequences
        if sequence.name in run.sequences
    ]
    return _written(bundle, columns, rows)


def _metrics(bundle: Bundle, values: Mapping[str, float]) -> dict[str, float]:
    return {metric.name: float(values.get(metric.name, math.nan)) for metric in bundle.metrics}


def _written(bundle: Bundle, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> bytes:
    """Return rows as a Parquet file whose metric columns follow the others."""
    pa: Any = importlib.import_module("pyarrow")
    fields = [pa.field(name, getattr(pa, _TYPES.get(name, "string"))()) for name in columns]
    fields += [
        pa.field(
            metric.name, pa.float64(), metadata={"kind": metric.kind, "meaning": metric.meaning}
        )
        for metric in bundle.metrics
    ]
    schema = pa.schema(fields)
    frame = pd.DataFrame(rows, columns=list(schema.names))
    target = io.BytesIO()
    frame.to_parquet(target, index=False, engine="pyarrow", compression="zstd", schema=schema)
    return target.getvalue()
