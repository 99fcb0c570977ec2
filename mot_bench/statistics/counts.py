"""Read and write ``counts.npz``: the counts that TrackEval combines, by run, seed and sequence.

TrackEval's ``combine_sequences`` adds counts, and means weighted by true positives. The file keeps
such means as sums (mean times weight), so that any set of sequences, and any resample, is combined
by adding fields.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mot_bench import atomic
from mot_bench.engine.store import key_of
from mot_bench.errors import InputError, quoted
from mot_bench.files.array_files import read_arrays
from mot_bench.records.results import RunResult, SuiteResult
from mot_bench.scoring.score import SequenceScore

FloatArray = npt.NDArray[np.float64]

COUNTS = "counts.npz"
ALPHA_COUNT = 19
ALPHA_FIELDS = ("HOTA_TP", "HOTA_FN", "HOTA_FP", "AssA", "AssRe", "AssPr", "LocA")
"""Fields of the HOTA family, ``ALPHA_COUNT`` numbers each; the last four are sums over TPs."""
_WEIGHTED = frozenset(ALPHA_FIELDS[3:])
SINGLE_FIELDS = {
    "CLEAR": (
        "CLR_TP",
        "CLR_FN",
        "CLR_FP",
        "IDSW",
        "MT",
        "PT",
        "ML",
        "Frag",
        "CLR_Frames",
        "MOTP_sum",
    ),
    "Identity": ("IDTP", "IDFN", "IDFP"),
    "Count": ("Dets", "GT_Dets", "IDs", "GT_IDs", "Frames"),
}
"""Fields with one number each, by TrackEval's family."""
FIELD_NAMES: tuple[str, ...] = (
    *(f"{name}@{place}" for name in ALPHA_FIELDS for place in range(ALPHA_COUNT)),
    *(name for names in SINGLE_FIELDS.values() for name in names),
)
"""The last axis of ``Counts.values``; ``NAME@I`` is at alpha 0.05 (I + 1)."""
_VERSION = 1
# The kinds of NumPy types that each array may have.
_ARRAYS = {
    "version": "iu",
    "runs": "U",
    "seeds": "iu",
    "of": "U",
    "units": "U",
    "fields": "U",
    "values": "fiu",
}
_EXPECTED = "TrackEval's counts as mot-bench run and mot-bench score write them"


@dataclass(frozen=True)
class Counts:
    """The additive fields of rows (a run with a seed) on units (sequences or segments).

    Attributes:
        rows: run and seed of each row.
        of: the ``fingerprint`` of each row, which detects counts of other results.
        units: the names of the units, in the dataset's order.
        values: (rows, units, fields), see ``FIELD_NAMES``.
    """

    rows: tuple[tuple[str, int], ...]
    of: tuple[str, ...]
    units: tuple[str, ...]
    values: FloatArray


def field(values: FloatArray, name: str) -> FloatArray:
    """Return a field of (..., fields): (...) for a single number, (..., 19) for one over alpha."""
    if name in ALPHA_FIELDS:
        first = ALPHA_FIELDS.index(name) * ALPHA_COUNT
        return values[..., first : first + ALPHA_COUNT]
    return values[..., FIELD_NAMES.index(name)]


def additive(score: SequenceScore) -> FloatArray:
    """Return the fields of a score that add up over sequences, (fields,)."""
    hota = score.families["HOTA"]
    weight = np.asarray(hota["HOTA_TP"], np.float64)
    parts = [
        np.asarray(hota[name], np.float64) * (weight if name in _WEIGHTED else 1.0)
        for name in ALPHA_FIELDS
    ]
    singles = [
        float(score.families[family][name])
        for family, names in SINGLE_FIELDS.items()
        for name in names
    ]
    return np.concatenate([*parts, np.array(singles)])


def stacked(scores: Iterable[SequenceScore]) -> FloatArray:
    """Return the additive fields of several scores, (units, fields)."""
    return np.stack([additive(score) for score in scores])


def fingerprint(row: RunResult, result: SuiteResult) -> str:
    """Return a hash of all that a row's score depends on: tracks, ground truth and scorer."""
    sequences = [[one.name, one.digest] for one in result.dataset.sequences]
    scorer = result.scorer.model_dump(exclude={"counted", "computed_by"})
    return key_of({"tracks": row.track_digests, "ground_truth": sequences, "scorer": scorer})


def write_counts(
    path: Path, result: SuiteResult, values: Mapping[tuple[str, int], FloatArray]
) -> None:
    """Write the counts of finished rows; equal counts give equal bytes.

    Args:
        path: the path of the file.
        result: the result with the rows; unfinished rows are left out.
        values: (sequences, fields) by run and seed, in the order of the dataset's sequences.

    Raises:
        MotBenchError: the file cannot be written.
    """
    write_units(path, result, [one.name for one in result.dataset.sequences], values)


def write_units(
    path: Path,
    result: SuiteResult,
    units: Sequence[str],
    values: Mapping[tuple[str, int], FloatArray],
) -> None:
    """Write the counts (units, fields) of any kind of unit, by run and seed."""
    rows = [row for row in result.runs if row.status == "ok" and (row.run, row.seed) in values]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        version=np.int64(_VERSION),
        runs=np.array([row.run for row in rows], np.str_),
        seeds=np.array([row.seed for row in rows], np.int64),
        of=np.array([fingerprint(row, result) for row in rows], np.str_),
        units=np.array(units, np.str_),
        fields=np.array(FIELD_NAMES, np.str_),
        values=np.stack([values[row.run, row.seed] for row in rows])
        if rows
        else np.empty((0, len(units), len(FIELD_NAMES))),
    )
    atomic.write_bytes(path, buffer.getvalue())


def _check_arrays(path: Path, found: Mapping[str, npt.NDArray[Any]]) -> None:
    """Raise InputError unless all arrays are present and have their types and shapes."""
    for name, kinds in _ARRAYS.items():
        if name not in found:
            raise InputError(path, _EXPECTED, f"no {name} in it")
        if found[name].dtype.kind not in kinds:
            raise InputError(path, _EXPECTED, f"{name} of type {found[name].dtype}")
    if found["version"].shape != () or int(found["version"]) != _VERSION:
        raise InputError(path, f"version {_VERSION}", quoted(found["version"].tolist()))
    rows, units = found["runs"].size, found["units"].size
    shapes: dict[str, tuple[int, ...]] = {
        "runs": (rows,),
        "seeds": (rows,),
        "of": (rows,),
        "units": (units,),
    }
    shapes["values"] = (rows, units, len(FIELD_NAMES))
    if any(found[name].shape != shape for name, shape in shapes.items()):
        raise InputError(path, _EXPECTED, "arrays whose shapes do not match")
    if (
        found["fields"].shape != (len(FIELD_NAMES),)
        or tuple(found["fields"].tolist()) != FIELD_NAMES
    ):
        raise InputError(path, _EXPECTED, "other fields")


def read_counts(path: Path) -> Counts | None:
    """Read a file of counts; None if it does not exist, as in folders of older versions.

    Raises:
        InputError: the file is damaged, not a file of counts, or of another version.
    """
    if not path.exists():
        return None
    found = read_arrays(path, path, _EXPECTED)
    _check_arrays(path, found)
    values = found["values"].astype(np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise InputError(path, _EXPECTED, "counts below 0, or not numbers")
    return Counts(
        rows=tuple(zip(found["runs"].tolist(), found["seeds"].tolist(), strict=True)),
        of=tuple(found["of"].tolist()),
        units=tuple(found["units"].tolist()),
        values=values,
    )
