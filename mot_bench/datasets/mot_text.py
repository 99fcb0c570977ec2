"""Read and write MOTChallenge text: ground truth, detections and tracks.

A line is ``frame,id,left,top,width,height[,score[,class or x[,visibility or y[,z]]]]``. The reader
accepts the variants that TrackEval accepts: any separator and line end (see
``mot_bench.datasets.text_lines``), 6 columns (score 1) or more, whole numbers written as ``7.0`` or
``7e0``, rows in any order, and empty lines. Each fault is an ``InputError`` that names the file,
the line, what was expected and what was found (see ``mot_bench.datasets.mot_table``). Values that
TrackEval would silently misread are faults too: frames and ids with a fraction, NaN, negative
    sizes,
and numbers too large for any picture or video.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mot_bench.atomic import write_text
from mot_bench.datasets.dataset import GroundTruth
from mot_bench.datasets.mot_table import (
    DETECTIONS,
    GROUND_TRUTH,
    GROUND_TRUTH_WITH_CLASSES,
    TRACKS,
    Layout,
    parse_table,
)
from mot_bench.datasets.text_lines import lines_of, plain_text, read_bytes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrackRows:
    """The tracks of one sequence, in file order.

    Attributes:
        frames: (N,) int64, 1-based.
        ids: (N,) int64, at least 0.
        boxes_ltwh: (N, 4) float64, pixels.
        scores: (N,) float64; 1 where the file has none.
        classes: (N,) int64, column 8 (-1 in most files); 1 where the file has none.
    """

    frames: IntArray
    ids: IntArray
    boxes_ltwh: FloatArray
    scores: FloatArray
    classes: IntArray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.frames)


@dataclass(frozen=True)
class DetectionRows:
    """The detections of one sequence in file order: frames (N,), boxes_ltwh (N, 4), scores (N,)."""

    frames: IntArray
    boxes_ltwh: FloatArray
    scores: FloatArray


def has_class_column(table: FloatArray, benchmark: str | None) -> bool:
    """Return whether columns 8 and 9 of ground truth are class and visibility.

    In MOT15 they are world coordinates. If the benchmark is unknown, ten columns are taken for
    MOT15's unless column 8 holds only classes (1 to 13).
    """
    if benchmark == "MOT15" or table.shape[1] < 8:
        return False
    if benchmark is not None or table.shape[1] < 10:
        return True
    return bool(np.isin(table[:, 7], np.arange(1, 14)).all())


def ground_truth_layout(content: bytes, benchmark: str | None) -> Layout:
    """Return the layout of a benchmark's ground truth; None judges by the first line's columns."""
    if benchmark in ("MOT15", "own"):
        return GROUND_TRUTH
    if benchmark is not None:
        return GROUND_TRUTH_WITH_CLASSES
    columns = next((len(cells) for _, cells in lines_of(plain_text(content[:4096]))), 0)
    return GROUND_TRUTH if columns >= 10 else GROUND_TRUTH_WITH_CLASSES


def read_ground_truth(
    path: Path, *, benchmark: str | None = None, length: int | None = None
) -> GroundTruth:
    """Read ground truth.

    MOT16, MOT17, MOT20, DanceTrack and SportsMOT have nine columns, with class and visibility in 8
    and 9. MOT15 has ten, and 8 to 10 are world coordinates, so its classes and visibilities are all
    1. A row is ignored if the whole part of column 7 is 0, as in TrackEval.

    Args:
        path: the file.
        benchmark: the name of the benchmark; ``own`` allows any whole numbers as classes, with -1
            for no class; None judges by the columns (see ``has_class_column``).
        length: the number of frames in the sequence; None if unknown.

    Raises:
        InputError: the first fault. An empty file is valid: the sequence has no objects.
    """
    content = read_bytes(path, "ground truth")
    table = parse_table(content, path, ground_truth_layout(content, benchmark), length)
    count, columns = table.shape
    classed = has_class_column(table, benchmark)
    return GroundTruth(
        frames=table[:, 0].astype(np.int64),
        ids=table[:, 1].astype(np.int64),
        boxes_ltwh=np.ascontiguousarray(table[:, 2:6]),
        considered=np.abs(table[:, 6]) >= 1 if columns > 6 else np.ones(count, np.bool_),
        classes=_own_classes(table) if benchmark == "own" else _classes(table, classed=classed),
        visibility=table[:, 8].copy() if classed and columns > 8 else np.ones(count),
    )


def _classes(table: FloatArray, *, classed: bool) -> IntArray:
    return table[:, 7].astype(np.int64) if classed else np.ones(len(table), np.int64)


def _own_classes(table: FloatArray) -> IntArray:
    """Return column 8 if it holds only whole numbers, else -1 (no class) for every row."""
    if table.shape[1] < 8 or (table[:, 7] != np.floor(table[:, 7])).any():
        return np.full(len(table), -1, np.int64)
    return np.clip(table[:, 7], -1e9, 1e9).astype(np.int64)


def read_detections(path: Path, length: int | None = None) -> DetectionRows:
    """Read detections; column 2 is ignored, and the score is 1 if there is no column 7.

    An empty file has no detections.

    Raises:
        InputError: the first fault.
    """
    table = parse_table(read_bytes(path, "detections"), path, DETECTIONS, length)
    scores = table[:, 6].copy() if table.shape[1] > 6 else np.ones(len(table))
    return DetectionRows(table[:, 0].astype(np.int64), np.ascontiguousarray(table[:, 2:6]), scores)


def parse_tracks(
    text: str | bytes, path_for_messages: Path | str, length: int | None = None
) -> TrackRows:
    """Return the tracks in the content of a file (errors as ``read_tracks``)."""
    content = text.encode() if isinstance(text, str) else text
    table = parse_table(content, path_for_messages, TRACKS, length)
    count, columns = table.shape
    return TrackRows(
        frames=table[:, 0].astype(np.int64),
        ids=table[:, 1].astype(np.int64),
        boxes_ltwh=np.ascontiguousarray(table[:, 2:6]),
        scores=table[:, 6].copy() if columns > 6 else np.ones(count),
        classes=np.clip(table[:, 7], -1e9, 1e9).astype(np.int64)
        if columns > 7
        else np.ones(count, np.int64),
    )


def read_tracks(path: Path, length: int | None = None) -> TrackRows:
    """Read a result file; an empty file has no tracks.

    Raises:
        InputError: the first fault.
    """
    return parse_tracks(read_bytes(path, "tracks"), path, length)


def format_tracks(tracks: TrackRows, decimals: int | None) -> str:
    """Return tracks as lines ``frame,id,left,top,width,height,score,-1,-1,-1``, in the given order.

    Args:
        tracks: the rows.
        decimals: the number of decimals of the boxes; None for the shortest text that reads back
            exactly. Scores are always written exactly.
    """
    if decimals is None:
        boxes = [",".join(map(repr, box)) for box in tracks.boxes_ltwh.tolist()]
    else:
        pattern = ",".join([f"%.{decimals}f"] * 4)
        boxes = [pattern % tuple(box) for box in tracks.boxes_ltwh.tolist()]
    columns = zip(
        tracks.frames.tolist(), tracks.ids.tolist(), boxes, tracks.scores.tolist(), strict=True
    )
    return "".join(
        f"{frame},{identity},{box},{score!r},-1,-1,-1\n" for frame, identity, box, score in columns
    )


def write_tracks(path: Path, tracks: TrackRows, decimals: int | None = None) -> None:
    """Write tracks atomically as MOTChallenge text (see ``format_tracks``).

    Raises:
        MotBenchError: the file cannot be written.
    """
    write_text(path, format_tracks(tracks, decimals))
