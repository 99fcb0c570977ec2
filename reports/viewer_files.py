"""Boxes and errors as script files that the viewer loads: each calls a function that the page registered.

Boxes are in tenths of a pixel, a frame is a flat list of six whole numbers a box: id, left, top,
width, height, and the visible part (ground truth; -1 where the box does not count) or the score
(tracks), both in percent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.reports.explanation import KINDS, Kind
from mot_bench.reports.viewer import CHUNK_FRAMES

TENTHS = 10
TRUTH = "truth"


@dataclass(frozen=True)
class Layer:
    """Boxes of one kind over a sequence: the ground truth, or the tracks of a run.

    Attributes:
        frames: (N,) int64, 1-based, rising.
        ids: (N,) int64.
        boxes_ltwh: (N, 4) float64, pixels.
        percent: (N,) int64: visible part or score; -1 for ground truth that does not count.
    """

    frames: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int64]
    boxes_ltwh: npt.NDArray[np.float64]
    percent: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """An error, or one that goes on over consecutive frames: a person missed from ``frame`` to ``last``.

    ``truth``, ``track`` and ``other`` are ids, None where there is none (``other``: the identity
    before a switch); ``iou`` is the mean overlap, None where there is none.
    """

    frame: int
    last: int
    kind: Kind
    cause: str
    truth: int | None
    track: int | None
    other: int | None = None
    iou: float | None = None


def chunk_count(length: int) -> int:
    """How many chunks a sequence of ``length`` frames has.

    >>> chunk_count(100), chunk_count(101)
    (1, 2)
    """
    return -(-length // CHUNK_FRAMES)


def chunk_name(number: int) -> str:
    """The file of a chunk, counted from 0.

    >>> chunk_name(7)
    'chunk-007.js'
    """
    return f"chunk-{number:03d}.js"


def layer_chunks(sequence: str, layer: str, boxes: Layer, length: int) -> list[str]:
    """The chunks of a layer, one text a file.

    Args:
        sequence: key of the sequence.
        layer: ``truth``, or the key of a run.
        boxes: in the order of their frames.
        length: frames of the sequence.
    """
    numbers = np.column_stack(
        [boxes.ids, np.rint(boxes.boxes_ltwh * TENTHS).astype(np.int64), boxes.percent]
    )
    cuts = np.searchsorted(boxes.frames, np.arange(1, length + 2))
    head = f"{_text(sequence)},{_text(layer)}"
    chunks = []
    for number in range(chunk_count(length)):
        first = number * CHUNK_FRAMES
        last = min(first + CHUNK_FRAMES, length)
        rows = [
            numbers[cuts[frame] : cuts[frame + 1]].ravel().tolist() for frame in range(first, last)
        ]
        chunks.append(
            f"motViewer.chunk({head},{number},{json.dumps(rows, separators=(',', ':'))});\n"
        )
    return chunks


def errors_script(sequence: str, run: str, spans: Sequence[Span]) -> str:
    """The errors of a run in a sequence: rows of first frame, last frame, kind, cause, truth, track, other, overlap.

    Kinds and causes are places in lists; overlaps are in percent; null stands where there is
    nothing.
    """
    causes = sorted({span.cause for span in spans})
    places = {cause: place for place, cause in enumerate(causes)}
    rows = [
        [
            span.frame,
            span.last,
            KINDS.index(span.kind),
            places[span.cause],
            span.truth,
            span.track,
            span.other,
            None if span.iou is None else round(100 * span.iou),
        ]
        for span in sorted(spans, key=lambda span: (span.frame, KINDS.index(span.kind), span.last))
    ]
    body = json.dumps(rows, separators=(",", ":"))
    return f"motViewer.errors({_text(sequence)},{_text(run)},{_text(causes)},{body});\n"


def _text(value: object) -> str:
    """As JavaScript writes it, in ASCII and without an end of a script in it."""
    return json.dumps(value).replace("<", "\\u003c")
