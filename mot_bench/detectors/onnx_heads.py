"""Output layouts of common detectors in ONNX files, and their decoding.

Sources: YOLOX, arXiv 2107.08430, section 2.1; Ultralytics' exports of YOLOv5, YOLOv8 and later;
YOLOv10, arXiv 2405.14458, section 3.1, for outputs that need no suppression (which RT-DETR's
exports with ``(batch, N, 6)`` share); RT-DETR, arXiv 2304.08069, section 4, as Ultralytics exports
it: for each of 300 queries the centre and the sides as fractions of the input, then a score for
each class. No layout of YOLO has this shape.

An output is recognised by its shape and the size of the network's input. Only two facts are read
from its values: whether YOLOX's boxes are already decoded, and whether six columns end in a class
or in two scores. In every layout class 0 is taken as persons: it is COCO's class of persons, and
the only class of pedestrian detectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mot_bench.detectors.onnx_session import Floats
from mot_bench.trackers.interface import FloatArray

PERSON = 0
STRIDES = (8, 16, 32)
ANCHORS = 3  # number of YOLOv5's anchors in each cell
BOX, BOX_AND_OBJECT = 4, 5
END_TO_END = 6  # two corners, score, class
QUERIES = 300  # rows of RT-DETR's output
# The limit of the median distance of raw centres from the corners of their cells, in cells; trained
# networks stay within one or two.
_RAW_MEDIAN = 4.0
_LARGEST_LOGARITHM = 20.0
# If all corners are smaller, they are fractions of the input, as in some exports of RT-DETR.
_LARGEST_FRACTION = 2.0

Size = tuple[int, int]
Shape = tuple[int | None, ...]
Decoded = tuple[FloatArray, FloatArray]


class UnknownValues(ValueError):
    """Raised if the values of an output fit no layout.

    Its arguments are the expected and the found values.
    """


@dataclass(frozen=True)
class Head:
    """A layout of outputs.

    Attributes:
        name: the name in messages.
        form: describes the shape of the output for an input of a size (height, width).
        fits: returns whether the sizes of an output, without the batch, have this layout for an
            input of this size.
        decode: converts the output of one picture to boxes (N, 4; corners in pixels of the input)
            and scores (N,) of persons.
        suppress: whether overlapping boxes of one person must still be suppressed.
        unit: whether the input is RGB in 0..1; otherwise it follows the version of YOLOX.
    """

    name: str
    form: Callable[[Size], str]
    fits: Callable[[Shape, Size], bool]
    decode: Callable[[Floats, Size], Decoded]
    suppress: bool = True
    unit: bool = True


def find_head(output: Shape, size: Size) -> Head | None:
    """Return the layout of an output (batch, ...) for an input of (height, width), or None."""
    if len(output) != 3:
        return None
    return next((head for head in HEADS if head.fits(output[1:], size)), None)


def expected_outputs(size: Size) -> str:
    """Return a description of the known layouts for messages."""
    return "an output of " + ", ".join(f"{head.name} {head.form(size)}" for head in HEADS)


def places(size: Size) -> int:
    """Return the number of cells of the three maps for an input of (height, width)."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in STRIDES)


def grid(size: Size) -> tuple[FloatArray, FloatArray]:
    """Return the cell (places, 2: x, y) and the stride (places,) of each row of YOLOX's output."""
    corners, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride].reshape(2, -1)
        corners.append(np.stack((x, y), 1).astype(np.float64))
        strides.append(np.full(len(x), float(stride)))
    return np.concatenate(corners), np.concatenate(strides)


def is_decoded(output: Floats, size: Size) -> bool:
    """Return whether the boxes of YOLOX's output (places, 5 + classes) are already in pixels.

    Raw centres are offsets within a cell, while decoded ones cover the picture; raw sizes are
    logarithms, while decoded ones are positive.

    Raises:
        UnknownValues: the values are neither.
    """
    centres, sizes = output[:, :2], output[:, 2:BOX]
    middle = float(np.median(np.abs(centres)))
    if middle < _RAW_MEDIAN:
        return False
    if middle > min(size) / 8 and (sizes >= 0).all():
        return True
    raise UnknownValues(
        "YOLOX's boxes, as offsets within cells or in pixels",
        f"centres of {middle:.3g} in the middle and sizes from {float(sizes.min()):.3g}",
    )


def _yolox(output: Floats, size: Size) -> Decoded:
    scores = output[:, BOX].astype(np.float64) * output[:, BOX_AND_OBJECT + PERSON]
    raw = output[:, :BOX].astype(np.float64)
    if is_decoded(output, size):
        return _corners(raw), scores
    corner, stride = grid(size)
    centre = (raw[:, :2] + corner) * stride[:, None]
    sides = np.exp(raw[:, 2:].clip(max=_LARGEST_LOGARITHM)) * stride[:, None]
    return _corners(np.concatenate((centre, sides), 1)), scores


def _yolov5(output: Floats, size: Size) -> Decoded:  # noqa: ARG001 - as all decoders are called
    scores = output[:, BOX].astype(np.float64) * output[:, BOX_AND_OBJECT + PERSON]
    return _corners(output[:, :BOX].astype(np.float64)), scores


def _yolov8(output: Floats, size: Size) -> Decoded:  # noqa: ARG001 - as all decoders are called
    return _corners(output[:BOX].T.astype(np.float64)), output[BOX + PERSON].astype(np.float64)


def _end_to_end(output: Floats, size: Size) -> Decoded:
    classes = output[:, END_TO_END - 1]
    parts = classes[classes != np.rint(classes)]
    if len(parts) and len(output) == QUERIES:
        return _rt_detr(output, size)
    if len(parts):
        raise UnknownValues("whole classes in the last of six columns", f"{float(parts[0]):.3g}")
    corners = output[:, :BOX].astype(np.float64)
    if len(corners) and np.abs(corners).max() <= _LARGEST_FRACTION:
        corners *= (size[1], size[0]) * 2
    persons = classes == PERSON
    return corners[persons], output[persons, 4].astype(np.float64)


def _rt_detr(output: Floats, size: Size) -> Decoded:
    boxes, scores = output[:, :BOX].astype(np.float64), output[:, BOX:]
    fractions = (boxes >= 0).all() and boxes.max(initial=0.0) <= _LARGEST_FRACTION
    if not fractions or scores.min(initial=0.0) < 0 or scores.max(initial=0.0) > 1:
        raise UnknownValues(
            "RT-DETR's boxes as fractions of the input and scores of 0 to 1",
            f"boxes of {boxes.min():.3g} to {boxes.max():.3g} "
            f"and scores of {scores.min():.3g} to {scores.max():.3g}",
        )
    return _corners(boxes * ((size[1], size[0]) * 2)), scores[:, PERSON].astype(np.float64)


def _corners(centres_and_sides: FloatArray) -> FloatArray:
    """Return the corners of boxes (N, 4) given as centre, width and height."""
    centre, half = centres_and_sides[:, :2], centres_and_sides[:, 2:] / 2
    return np.concatenate((centre - half, centre + half), 1)


def _is(size: int | None, wanted: int) -> bool:
    return size is not None and size == wanted


HEADS: tuple[Head, ...] = (
    Head(
        "YOLOX",
        lambda size: f"of shape (batch, {places(size)}, 6 or more)",
        lambda output, size: _is(output[0], places(size)) and (output[1] or 0) > BOX_AND_OBJECT,
        _yolox,
        unit=False,
    ),
    Head(
        "YOLOv5",
        lambda size: f"(batch, {ANCHORS * places(size)}, 6 or more)",
        lambda output, size: (
            _is(output[0], ANCHORS * places(size)) and (output[1] or 0) > BOX_AND_OBJECT
        ),
        _yolov5,
    ),
    Head(
        "YOLOv8",
        lambda size: f"(batch, 5 or more, {places(size)})",
        lambda output, size: _is(output[1], places(size)) and (output[0] or 0) > BOX,
        _yolov8,
    ),
    Head(
        "YOLOv10 or RT-DETR",
        lambda size: f"(batch, N, {END_TO_END}) with corners, score and class",  # noqa: ARG005 - as all are called
        lambda output, size: _is(output[1], END_TO_END),  # noqa: ARG005 - as all are called
        _end_to_end,
        suppress=False,
    ),
    Head(
        "RT-DETR",
        lambda size: f"(batch, {QUERIES}, 5 or more) with a score for each class",  # noqa: ARG005 - as all are called
        lambda output, size: _is(output[0], QUERIES) and (output[1] or 0) > BOX,  # noqa: ARG005 - as all are called
        _rt_detr,
        suppress=False,
    ),
)
