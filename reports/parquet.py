"""Tables as Parquet, for programs: fractions and counts in full precision, empty fields where there is nothing.

Each column of a metric says in its metadata what it is: ``kind`` (fraction, count or number) and
``meaning``.
"""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Mapping
from typing import Any

from mot_bench.reports.schema import Bundle

Columns = dict[str, list[Any]]


def leaderboard_parquet(bundle: Bundle) -> bytes:
    """One row a run and seed, as in the leaderboard.

    Raises:
        ImportError: pyarrow is not installed.
    """
    columns: Columns = {
        name: [] for name in ("run", "dataset", "seed", "status", "error", "model", "reid_model")
    }
    columns |= {"trained": [], "calibrated": []}
    values: Columns = {metric.name: [] for metric in bundle.metrics}
    for run in bundle.ranked:
        head = (
            run.run,
            bundle.dataset.name,
            run.seed,
            run.status,
            run.error,
            run.model,
            run.reid_model,
        )
        for column, value in zip(
            columns.values(), (*head, run.trained, run.calibration is not None), strict=True
        ):
            column.append(value)
        _add(values, run.metrics)
    return _written(bundle, columns, values)


def sequences_parquet(bundle: Bundle) -> bytes:
    """One row a run, seed and sequence (errors as ``leaderboard_parquet``)."""
    columns: Columns = {
        name: [] for name in ("run", "dataset", "seed", "sequence", "group", "frames", "frame_rate")
    }
    values: Columns = {metric.name: [] for metric in bundle.metrics}
    for run in bundle.ranked:
        for sequence in bundle.dataset.sequences:
            if sequence.name not in run.sequences:
                continue
            row = (
                run.run, bundle.dataset.name, run.seed, sequence.name, sequence.group, sequence.length,
                sequence.frame_rate,
            )  # fmt: skip
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
            _add(values, run.sequences[sequence.name])
    return _written(bundle, columns, values)


def _add(values: Columns, metrics: Mapping[str, float]) -> None:
    for name, column in values.items():
        value = metrics.get(name)
        column.append(None if value is None or math.isnan(value) else float(value))


def _written(bundle: Bundle, columns: Columns, values: Columns) -> bytes:
    pa: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    kinds: dict[str, Any] = {name: pa.string() for name in columns}
    kinds |= {name: pa.int64() for name in ("seed", "frames") if name in columns}
    kinds |= {name: pa.bool_() for name in ("trained", "calibrated") if name in columns}
    kinds |= {name: pa.float64() for name in ("frame_rate",) if name in columns}
    fields = [pa.field(name, kind) for name, kind in kinds.items()]
    for name in values:
        metric = bundle.metric(name)
        fields.append(
            pa.field(name, pa.float64(), metadata={"kind": metric.kind, "meaning": metric.meaning})
        )
    table = pa.Table.from_pydict({**columns, **values}, schema=pa.schema(fields))
    target = io.BytesIO()
    parquet.write_table(table, target, compression="zstd")
    return target.getvalue()
