"""Read and write files of detections.

- MOT text (``.txt``): see ``mot_bench.datasets.mot_text``.
- ``.npy`` as deep_sort writes it: (N, 10 + D) numbers, which are the ten columns of MOT text and D
  columns of features; with ten columns or fewer there are no features.
- ``.npz``, the neutral format of mot-bench. Its arrays have the same number of rows N:

  ============== ================ ==================================================================
  ``frame``      (N,) integer     1-based
  ``boxes_ltwh`` (N, 4) number    left, top, width, height in pixels, not clipped
  ``scores``     (N,) number      fractions, higher means more confident
  ``embeddings`` (N, D) number    ReID features, optional; normalised to unit length when read
  ============== ================ ==================================================================

Embeddings of zero length, and NaN or infinity anywhere, are refused.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.mot_table import LARGEST_COORDINATE, LONGEST_SEQUENCE
from mot_bench.datasets.mot_text import read_detections
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.errors import InputError, quoted
from mot_bench.files.array_files import read_array, read_arrays

FloatArray = npt.NDArray[np.float64]

SUFFIXES = (".npz", ".npy", ".txt")
HOW_TO_CONVERT = "write one line FRAME,-1,LEFT,TOP,WIDTH,HEIGHT,SCORE for each box into a .txt"


def make_detections(
    frames: npt.ArrayLike,
    boxes_ltwh: npt.ArrayLike,
    scores: npt.ArrayLike,
    embeddings: npt.NDArray[np.float32] | None = None,
) -> SequenceDetections:
    """Return detections sorted by frame (file order within a frame is kept), with their digest.

    Lists, numbers of other types and pandas objects are converted.
    """
    frame_column = np.asarray(frames, np.int64)
    order = np.argsort(frame_column, kind="stable")
    frame_column = frame_column[order]
    boxes = np.asarray(boxes_ltwh, np.float64).reshape(-1, 4)[order]
    score_column = np.asarray(scores, np.float64)[order]
    features = None if embeddings is None else np.ascontiguousarray(embeddings[order], np.float32)
    digest = hashlib.sha256(
        b"detections" if features is None else f"embeddings {features.shape[1]}".encode()
    )
    for column, kind in (
        (frame_column, "<i8"),
        (boxes, "<f8"),
        (score_column, "<f8"),
        (features, "<f4"),
    ):
        if column is not None:
            digest.update(np.ascontiguousarray(column, kind).tobytes())
    return SequenceDetections(frame_column, boxes, score_column, features, digest.hexdigest())


def window(detections: SequenceDetections, skip: int, length: int) -> SequenceDetections:
    """Return the detections of frames ``skip + 1`` to ``skip + length``, renumbered from 1."""
    a, b = np.searchsorted(detections.frames, [skip + 1, skip + length + 1])
    features = detections.embeddings
    cut = make_detections(
        detections.frames[a:b] - skip,
        detections.boxes_ltwh[a:b],
        detections.scores[a:b],
        None if features is None else features[a:b],
    )
    return replace(cut, scores_unknown=detections.scores_unknown)


def read_file(path: Path, length: int | None = None) -> SequenceDetections:
    """Read a ``.txt``, ``.npy`` or ``.npz`` of at most ``length`` frames (None: of any length).

    Raises:
        InputError: the file is missing, of another kind or faulty; the message names the line of a
            text or the row of an array, counted from 0.
    """
    if path.suffix not in SUFFIXES:
        found = f"a name that ends in {path.suffix!r}; {HOW_TO_CONVERT}"
        raise InputError(path, f"a file of detections ({', '.join(SUFFIXES)})", found)
    if path.suffix == ".txt":
        rows = read_detections(path, length)
        return _with_known_scores(make_detections(rows.frames, rows.boxes_ltwh, rows.scores))
    detections = read_npz(path) if path.suffix == ".npz" else read_npy(path)
    last = int(detections.frames.max(initial=0))
    if length is not None and last > length:
        raise InputError(path, f"frames of 1 to {length}", f"frame {last}, beyond the sequence")
    return _with_known_scores(detections)


def _with_known_scores(detections: SequenceDetections) -> SequenceDetections:
    """Return the detections with scores of 1 if all scores are equal and 0 or less (unknown)."""
    scores = detections.scores
    if not len(scores) or scores.max() > 0 or scores.min() < scores.max():
        return detections
    known = make_detections(
        detections.frames, detections.boxes_ltwh, np.ones(len(scores)), detections.embeddings
    )
    return replace(known, scores_unknown=True)


def read_npy(path: Path) -> SequenceDetections:
    """Read deep_sort's array (errors as ``read_file``)."""
    content = read_bytes(path, "detections")
    table = read_array(content, path, "a NumPy array")
    if table.dtype.kind not in "fiu":
        raise InputError(path, "an array of numbers", f"ndarray {table.dtype}")
    if table.ndim != 2 or (table.shape[1] < 7 and table.size):
        raise InputError(path, "an array (N, 7) to (N, 10 + D)", f"shape {table.shape}")
    features = table[:, 10:] if table.ndim == 2 and table.shape[1] > 10 else None
    return _checked(path, table[:, 0], table[:, 2:6], table[:, 6], features)


def read_npz(path: Path) -> SequenceDetections:
    """Read an ``.npz`` of detections (errors as ``read_file``)."""
    return npz_detections(path, read_bytes(path, "detections"))


def npz_detections(path: Path | str, content: bytes) -> SequenceDetections:
    """Return the detections in the content of an ``.npz`` (errors as ``read_file``).

    ``path`` is only for messages.
    """
    arrays = read_arrays(content, path, "an .npz archive")
    missing = [key for key in ("frame", "boxes_ltwh", "scores") if key not in arrays]
    if missing:
        raise InputError(
            path,
            "arrays frame, boxes_ltwh, scores",
            f"no {', '.join(missing)} among {quoted(sorted(arrays))}",
        )
    return _checked(
        path, arrays["frame"], arrays["boxes_ltwh"], arrays["scores"], arrays.get("embeddings")
    )


def npz_bytes(detections: SequenceDetections) -> bytes:
    """Return the content of an ``.npz``; equal detections give equal bytes."""
    buffer = io.BytesIO()
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "frame": detections.frames.astype(np.int32),
        "boxes_ltwh": detections.boxes_ltwh,
        "scores": detections.scores,
    }
    if detections.embeddings is not None:
        arrays["embeddings"] = detections.embeddings
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{key}.npy"), member.getvalue())
    return buffer.getvalue()


def _checked(
    path: Path | str,
    frames: npt.NDArray[np.generic],
    boxes: npt.NDArray[np.generic],
    scores: npt.NDArray[np.generic],
    features: npt.NDArray[np.generic] | None,
) -> SequenceDetections:
    """Check the shapes and values of arrays and return them as detections."""
    count = len(frames) if frames.ndim else 0
    wanted = {
        "frame": (frames, (count,)),
        "boxes_ltwh": (boxes, (count, 4)),
        "scores": (scores, (count,)),
    }
    if features is not None:
        wanted["embeddings"] = (features, (count, features.shape[1] if features.ndim == 2 else 0))
    for name, (array, shape) in wanted.items():
        if array.dtype.kind not in "fiu":
            raise InputError(path, f"numbers in {name}", f"type {array.dtype}")
        if array.shape != shape:
            raise InputError(path, f"{name} of shape {shape}", f"shape {array.shape}")
        if not np.isfinite(array.astype(np.float64)).all():
            row = int(np.argwhere(~np.isfinite(array.astype(np.float64)))[0][0])
            raise InputError(path, f"finite numbers in {name}", f"NaN or infinity in row {row}")
    numbers = frames.astype(np.float64)
    _check_values(path, numbers, boxes.astype(np.float64))
    return make_detections(
        numbers, boxes, scores, None if features is None else unit_rows(path, features)
    )


def _check_values(path: Path | str, numbers: FloatArray, boxes_ltwh: FloatArray) -> None:
    """Raise InputError for the first row whose frame number or box is impossible."""
    sizes, far = boxes_ltwh[:, 2:], np.abs(boxes_ltwh).max(axis=1, initial=0.0) > LARGEST_COORDINATE
    for bad, expected in (
        ((numbers < 1) | (numbers != np.floor(numbers)), "whole frame numbers of at least 1"),
        (numbers > LONGEST_SEQUENCE, f"whole frame numbers of at most {LONGEST_SEQUENCE}"),
        ((sizes < 0).any(axis=1), "widths and heights of at least 0"),
        (far, f"boxes within {LARGEST_COORDINATE:.0f} pixels"),
    ):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            box = ", ".join(f"{value:g}" for value in boxes_ltwh[row])
            raise InputError(path, expected, f"frame {numbers[row]:g}, box ({box}) in row {row}")


def unit_rows(path: Path | str, features: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Return embeddings at unit length; rows that have it already (to 1e-5) keep their bytes.

    Raises:
        InputError: an embedding is a zero vector.
    """
    wide = features.astype(np.float64)
    peaks = np.abs(wide).max(axis=1, initial=0.0, keepdims=True)
    if (peaks < 1e-12).any():
        row = int(np.flatnonzero(peaks < 1e-12)[0])
        raise InputError(path, "embeddings of some length", f"a zero vector in row {row}")
    scaled = wide / peaks
    lengths = np.sqrt((scaled * scaled).sum(axis=1, keepdims=True))
    off = np.abs(lengths * np.minimum(peaks, 2.0) - 1) > 1e-5
    return np.where(off, scaled / lengths, wide).astype(np.float32)
