"""Random variations of training pictures.

Source: FairMOT, arXiv 2004.01888, section 5.2 (rotation, scaling, colour jittering), with the
ranges and rules of the official code. Known differences from that code: colours are varied after
letterboxing, not before, so that the padding varies too; the horizontal translation is a fraction
of the width and the vertical one of the height; positions are exact, where OpenCV treats pixel
corners as centres (an error of at most half a pixel); and intermediate values of hue, saturation
and value are not rounded.

All arithmetic is elementwise or on integers, so that the same seed gives the same bytes on every
machine. Pixel i of a row covers i to i + 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.models.letterbox import GREY, Boxes, Letterboxed, letterbox, letterbox_geometry
from mot_bench.models.samples import Picture

__all__ = [
    "AugmentConfig",
    "Letterboxed",
    "augment",
    "keep",
    "letterbox",
    "letterbox_geometry",
    "warp_boxes",
]

Identities = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Packed = npt.NDArray[np.uint64]

MIN_SIDE = 4.0
MIN_AREA_KEPT = 0.1
MAX_ASPECT = 10.0

_LANES = (
    0,
    21,
    42,
)  # offsets in bits of red, green and blue in one 64-bit number: each needs 18 bits
_HALF = sum(512 << lane for lane in _LANES)
_BLOCK = (
    1 << 14
)  # number of pixels to process at a time, so that intermediate results stay in the cache


@dataclass(frozen=True)
class AugmentConfig:
    """The ranges of the variations; the defaults are FairMOT's.

    Attributes:
        flip: probability of a horizontal flip, 0 to 1.
        hsv: saturation and value are each multiplied by a factor from 1 - hsv to 1 + hsv.
        rotation_degrees: largest rotation in either direction.
        translation: largest shift in either direction, as a fraction of the width and height.
        scale: smallest and largest scale factor.
        shear_degrees: largest shear in either direction.
    """

    flip: float = 0.5
    hsv: float = 0.5
    rotation_degrees: float = 5.0
    translation: float = 0.1
    scale: tuple[float, float] = (0.5, 1.2)
    shear_degrees: float = 2.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        limits = (
            ("flip", self.flip, 1.0),
            ("hsv", self.hsv, 1.0),
            ("rotation_degrees", self.rotation_degrees, 90.0),
            ("translation", self.translation, 1.0),
            ("shear_degrees", self.shear_degrees, 45.0),
        )
        for name, value, most in limits:
            if not 0 <= value <= most:
                raise ValueError(
                    f"augment.{name}: expected a number from 0 to {most:g}, found {value}"
                )
        if not (0 < self.scale[0] <= self.scale[1] <= 10):
            raise ValueError(
                "augment.scale: expected two numbers, 0 < smallest <= largest <= 10, "
                f"found {self.scale}"
            )

    @classmethod
    def none(cls) -> AugmentConfig:
        """Return a config that does not vary pictures."""
        return cls(
            flip=0.0,
            hsv=0.0,
            rotation_degrees=0.0,
            translation=0.0,
            scale=(1.0, 1.0),
            shear_degrees=0.0,
        )


def augment(
    picture: Picture,
    boxes_xyxy: npt.NDArray[np.floating],
    identities: Identities,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> tuple[Picture, Boxes, Identities]:
    """Vary a picture with its boxes: colours, rotation, scale, shear, translation, then the flip.

    Args:
        picture: (H, W, 3) uint8; it is not changed.
        boxes_xyxy: (N, 4) pixels, not clipped.
        identities: (N,).
        config: the ranges.
        rng: nine numbers are drawn from it, whatever the config.

    Returns:
        The picture, and the boxes (float32, not clipped) and identities that ``keep`` retains.
    """
    draw = rng.random(9)
    height, width = picture.shape[:2]
    flipped = bool(draw[0] < config.flip)
    saturation, value = 1 + config.hsv * (2 * draw[1:3] - 1)
    matrix, angle = _matrix(config, draw[3:], height, width)
    planes = (
        _vary_colours(picture, float(saturation), float(value))
        if config.hsv
        else picture.transpose(2, 0, 1)
    )
    boxes = np.asarray(boxes_xyxy, np.float64)
    moved = not np.array_equal(matrix, np.eye(3))
    there = np.ones(len(boxes), np.bool_)
    if moved:
        warped = warp_boxes(boxes, matrix, angle)
        there = keep(boxes, warped, height, width)
        boxes = warped
    if flipped:
        boxes = np.stack(
            (width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]), axis=1
        )
        matrix = np.array([[-1.0, 0, width], [0, 1, 0], [0, 0, 1]]) @ matrix
    if moved:
        varied = _warp(planes, np.linalg.inv(matrix).astype(np.float64))
    else:
        varied = np.ascontiguousarray(
            planes[:, :, ::-1].transpose(1, 2, 0) if flipped else planes.transpose(1, 2, 0)
        )
    return varied, boxes[there].astype(np.float32), identities[there]


def _matrix(
    config: AugmentConfig, draw: FloatArray, height: int, width: int
) -> tuple[FloatArray, float]:
    """Return the 3x3 matrix that moves points, and the angle of its rotation in degrees.

    ``draw`` holds six numbers in 0..1.
    """
    either = 2 * draw - 1
    angle = config.rotation_degrees * either[0]
    scale = config.scale[0] + (config.scale[1] - config.scale[0]) * draw[1]
    cos, sin = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    middle_x, middle_y = width / 2, height / 2
    turn = np.array(
        [
            [cos, sin, middle_x - cos * middle_x - sin * middle_y],
            [-sin, cos, middle_y + sin * middle_x - cos * middle_y],
            [0.0, 0.0, 1.0],
        ]
    )
    shift = np.eye(3)
    shift[0, 2] = config.translation * either[2] * width
    shift[1, 2] = config.translation * either[3] * height
    slant_x, slant_y = (math.tan(math.radians(config.shear_degrees * part)) for part in either[4:])
    shear = np.array(
        [[1.0, slant_x, -slant_x * middle_y], [slant_y, 1.0, -slant_y * middle_x], [0.0, 0.0, 1.0]]
    )
    return shear @ shift @ turn, angle


def warp_boxes(boxes_xyxy: FloatArray, matrix: FloatArray, angle: float) -> FloatArray:
    """Return upright boxes around the warped boxes, shrunk for rotation as in the official code.

    The upright box around a rotated one is too large for a person, who does not fill the corners.
    Width and height are therefore multiplied by the square root of max(abs(sin), abs(cos)) of the
    angle.

    Args:
        boxes_xyxy: (N, 4) pixels.
        matrix: (3, 3), which moves points.
        angle: the rotation of the matrix, in degrees.
    """
    x, y = boxes_xyxy[:, [0, 2, 0, 2]], boxes_xyxy[:, [1, 1, 3, 3]]
    warped_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    warped_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    low = np.stack((warped_x.min(axis=1), warped_y.min(axis=1)), axis=1)
    high = np.stack((warped_x.max(axis=1), warped_y.max(axis=1)), axis=1)
    radians = math.radians(angle)
    half = (high - low) / 2 * math.sqrt(max(abs(math.sin(radians)), abs(math.cos(radians))))
    middle = (low + high) / 2
    return np.concatenate((middle - half, middle + half), axis=1)


def keep(
    before_xyxy: FloatArray, after_xyxy: FloatArray, height: int, width: int
) -> npt.NDArray[np.bool_]:
    """Return an (N,) mask of the boxes that are worth learning from after a warp.

    Their sides are longer than 4 pixels, their area is more than a tenth of the area before, the
    longer side is less than ten times the shorter one, and a part of them is in the picture.
    """
    size, size_before = (
        after_xyxy[:, 2:] - after_xyxy[:, :2],
        before_xyxy[:, 2:] - before_xyxy[:, :2],
    )
    large = (size > MIN_SIDE).all(axis=1) & (
        size.prod(axis=1) > MIN_AREA_KEPT * size_before.prod(axis=1)
    )
    plump = size.max(axis=1) < MAX_ASPECT * size.min(axis=1)
    inside = (after_xyxy[:, 2:] > 0).all(axis=1) & (after_xyxy[:, :2] < (width, height)).all(axis=1)
    kept: npt.NDArray[np.bool_] = large & plump & inside
    return kept


def _vary_colours(picture: Picture, saturation: float, value: float) -> Picture:
    """Multiply saturation and value of a (3, H, W) picture without computing the hue.

    With M the largest and m the smallest channel, value is M and saturation is (M - m) / M. A
    channel c = M - (M - c) becomes M' - (M - c) * (M' / M) * r, with M' = min(value * M, 255) and r
    = min(saturation, M / (M - m)).
    """
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1))
    most = np.maximum(np.maximum(planes[0], planes[1]), planes[2])
    spread = most - np.minimum(np.minimum(planes[0], planes[1]), planes[2])
    levels = np.arange(256, dtype=np.float32)
    bright = np.minimum(levels * np.float32(value), np.float32(255))
    # (M' / M) * r is the smaller of (M' / M) * saturation and M' / (M - m)
    shown = bright.take(most)
    factor = shown / np.maximum(spread, np.uint8(1))
    np.minimum(
        factor, (bright / np.maximum(levels, 1) * np.float32(saturation)).take(most), out=factor
    )
    shown += np.float32(0.5)
    varied = np.empty_like(planes)
    for plane, result in zip(planes, varied, strict=True):
        part = factor * (most - plane)
        np.subtract(shown, part, out=part)
        np.copyto(result, part, casting="unsafe")
    return varied


def _warp(planes: Picture, back: FloatArray) -> Picture:
    """Warp (3, H, W) to (H, W, 3) with grey around it: bilinear, in steps of a 32nd of a pixel.

    The three channels are packed into one number, so that each of the four neighbours is fetched
    once and weighted by one multiplication.

    Args:
        planes: uint8.
        back: (3, 3), from points of the result to points of the picture.
    """
    _, height, width = planes.shape
    packed, stride = _pack(planes), width + 3
    across = np.rint(1024 * back[:2, :1] * (np.arange(width) + 0.5)).astype(np.int32)
    down = np.rint(
        1024 * (back[:2, 1:2] * (np.arange(height) + 0.5) + back[:2, 2:] - 0.5) + 16
    ).astype(np.int32)
    varied = np.empty((height, width, 3), np.uint8)
    step = max(1, _BLOCK // width)
    for top in range(0, height, step):
        rows = slice(top, top + step)
        x = np.clip((across[0] + down[0, rows, None]) >> 5, -32, 32 * width)
        y = np.clip((across[1] + down[1, rows, None]) >> 5, -32, 32 * height)
        place = (((y >> 5) + 1) * stride + (x >> 5) + 1).astype(np.intp)
        part_x, part_y = (x & 31).astype(np.uint64), (y & 31).astype(np.uint64)
        total = _between(packed.take(place), packed.take(place + 1), part_x)
        place += stride
        lower = _between(packed.take(place), packed.take(place + 1), part_x)
        total = _between(total, lower, part_y)
        total += np.uint64(_HALF)
        total >>= np.uint64(10)
        for channel in range(3):
            np.copyto(varied[rows, :, channel], total, casting="unsafe")  # the low byte
            total >>= np.uint64(_LANES[1])
    return varied


def _between(first: Packed, second: Packed, part: Packed) -> Packed:
    """Return 32 times the value that lies ``part`` 32nds of the way from the first to the second.

    Both inputs are overwritten.
    """
    second -= first  # a negative lane borrows from the next one, and the sum restores it
    second *= part
    first <<= np.uint64(5)
    first += second
    return first


def _pack(planes: Picture) -> Packed:
    """Pack red, green and blue into one number per pixel, with a grey border: (H + 3, W + 3).

    The border is 1 pixel at the top and left, and 2 pixels at the bottom and right.
    """
    _, height, width = planes.shape
    packed = np.full((height + 3, width + 3), sum(GREY << lane for lane in _LANES), np.uint64)
    red, green, blue = planes.astype(np.uint64)
    green <<= np.uint64(_LANES[1])
    blue <<= np.uint64(_LANES[2])
    green |= blue
    np.bitwise_or(red, green, out=packed[1 : height + 1, 1 : width + 1])
    return packed
