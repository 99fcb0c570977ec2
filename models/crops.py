"""Crops of people: cut out of pictures, kept for training, and varied at random while training.

Tensors: B crops, h and w the size of a crop. A crop is RGB in -1..1, so that grey, which fills the
area outside the picture, is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from mot_bench.models.samples import UNKNOWN, Picture, Samples

# Kept crops are this much larger than the box, so that they can be shifted and scaled.
MARGIN = 1.25
STEP_PX = 1.25  # largest distance of bilinear samples, so close that no pixel is missed
MOST_SHRINKING = 64.0  # larger boxes, which show nobody, are sampled instead of averaged
GREY = 127
NOWHERE = 4.0  # a position outside the picture, where grid_sample uses its padding


@dataclass(frozen=True)
class CropShape:
    """The size of a crop in pixels, and whether boxes are first extended to its aspect ratio."""

    height: int
    width: int
    keep_aspect: bool = False


def crops_of(
    picture: Picture, boxes_xyxy: npt.NDArray[np.floating], shape: CropShape, *, margin: float = 1.0
) -> Tensor:
    """Cut all boxes out of a picture.

    Each pixel of a crop averages the area that it covers: the picture is halved until a pixel of
    the crop covers less than two of its pixels, and is then sampled once or twice in each
    direction.

    Args:
        picture: (H, W, 3) uint8 RGB.
        boxes_xyxy: (N, 4) pixels; they may extend beyond the picture.
        shape: the shape of the crops.
        margin: factor by which the boxes are enlarged around their centres.

    Returns:
        (N, 3, h, w) float32 in -1..1; 0 outside the picture, and for boxes without area or with NaN
        or infinity.
    """
    height, width = shape.height, shape.width
    boxes = torch.from_numpy(np.asarray(boxes_xyxy, np.float64).reshape(-1, 4))
    crops = torch.zeros((len(boxes), 3, height, width))
    if not len(boxes):
        return crops
    low, high = boxes[:, :2], boxes[:, 2:]
    centre, size = (low + high) / 2, high - low
    usable = torch.isfinite(size).all(1) & (size > 0).all(1)
    if shape.keep_aspect:
        aspect = width / height
        size = torch.stack(
            (size[:, 0].maximum(size[:, 1] * aspect), size[:, 1].maximum(size[:, 0] / aspect)), 1
        )
    size = size * margin
    step_px = (size / torch.tensor([width, height])).amax(1).where(usable, 0.0)
    level = step_px.clamp(1, MOST_SHRINKING).log2().long()
    count = torch.where(step_px / 2.0**level > STEP_PX, 2, 1)
    for reached in range(int(level.max()) + 1):
        here = usable & (level == reached)
        if here.any():
            picture_13HW = (
                torch.from_numpy(np.array(picture, order="C"))
                .permute(2, 0, 1)[None]
                .contiguous()
                .float()
            )
            picture_13HW.sub_(127.5)
        for samples in (1, 2):
            rows = torch.nonzero(here & (count == samples))[:, 0]
            if len(rows):
                scale = 0.5**reached
                crops[rows] = _cut(
                    picture_13HW, centre[rows] * scale, size[rows] * scale, (height, width), samples
                )
        picture = _halved(picture) if reached < level.max() else picture
    return crops.div_(127.5)


def _halved(picture: Picture) -> Picture:
    """Return the picture at half its size, where each pixel is the mean of four.

    A side of odd length is extended by grey.
    """
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), constant_values=GREY)
    # Sums of two colours of 8 bits fit 16, and so does the sum of four.
    rows = np.add(picture[::2], picture[1::2], dtype=np.uint16).reshape((height + 1) // 2, -1, 2, 3)
    return ((rows[:, :, 0] + rows[:, :, 1] + 2) >> 2).astype(np.uint8)


def _cut(
    picture_13HW: Tensor, centre_N2: Tensor, size_N2: Tensor, shape: tuple[int, int], count: int
) -> Tensor:
    """Return crops (N, 3, *shape) whose pixels average ``count`` x ``count`` bilinear samples."""
    height, width = picture_13HW.shape[2:]
    x_Nw = (centre_N2[:, :1] + size_N2[:, :1] * _middles(shape[1] * count)) * 2 / width - 1
    y_Nh = (centre_N2[:, 1:] + size_N2[:, 1:] * _middles(shape[0] * count)) * 2 / height - 1
    rows, columns = y_Nh.shape[1], x_Nw.shape[1]
    grid = torch.stack(
        (x_Nw[:, None, :].expand(-1, rows, -1), y_Nh[:, :, None].expand(-1, -1, columns)), -1
    )
    flat = grid.clamp(-NOWHERE, NOWHERE).float().reshape(1, -1, columns, 2)
    cut = F.grid_sample(picture_13HW, flat, align_corners=False, padding_mode="zeros")
    cut = cut.reshape(3, -1, rows, columns).transpose(0, 1)
    return F.avg_pool2d(cut, count) if count > 1 else cut


def _middles(count: int) -> Tensor:
    """Return the midpoints of ``count`` equal parts of -1/2..1/2."""
    return (torch.arange(count, dtype=torch.float64) + 0.5) / count - 0.5


@dataclass(frozen=True)
class CropSet:
    """The crops that training draws from.

    Attributes:
        pixels: (N, h', w', 3) uint8, the boxes with ``MARGIN``.
        people: (N,) int64 from 0 without gaps, sorted.
        shape: the shape of a crop without its margin.
    """

    pixels: npt.NDArray[np.uint8]
    people: npt.NDArray[np.int64]
    shape: CropShape

    @property
    def count(self) -> int:
        """The number of people."""
        return int(self.people[-1]) + 1 if len(self.people) else 0


def keep_crops(
    samples: Samples,
    shape: CropShape,
    *,
    least_height_px: float = 16.0,
    least_sightings: int = 4,
    most_sightings: int = 40,
) -> CropSet:
    """Cut all people that are suitable for training out of the samples, in one pass.

    In memory a crop takes 1.25 h x 1.25 w x 3 bytes: 9.6 kB at 64x32, 38 kB at 128x64.

    Args:
        samples: pictures with boxes and identities.
        shape: the shape of the crops.
        least_height_px: least height of the part of a box within the picture.
        least_sightings: people with fewer sightings are left out.
        most_sightings: of people with more sightings, about this many crops are kept, spread evenly
            over the samples.
    """
    kept: dict[int, _Sightings] = {}
    for index in range(len(samples)):
        sample = samples.load(index)
        rows = _good(
            sample.boxes_xyxy, sample.identities, sample.picture.shape[:2], least_height_px
        )
        rows = rows[
            [kept.setdefault(int(sample.identities[row]), _Sightings()).wants() for row in rows]
        ]
        if not len(rows):
            continue
        larger = CropShape(*_with_margin(shape), keep_aspect=shape.keep_aspect)
        crops = crops_of(sample.picture, sample.boxes_xyxy[rows], larger, margin=MARGIN)
        pixels = (
            crops.add_(1)
            .mul_(127.5)
            .round_()
            .clamp_(0, 255)
            .to(torch.uint8)
            .permute(0, 2, 3, 1)
            .numpy()
        )
        for row, crop in zip(rows, pixels, strict=True):
            kept[int(sample.identities[row])].add(crop, most_sightings)
    people = [
        kept[identity].crops for identity in sorted(kept) if kept[identity].seen >= least_sightings
    ]
    return CropSet(
        np.array([crop for crops in people for crop in crops], np.uint8).reshape(
            -1, *_with_margin(shape), 3
        ),
        np.repeat(np.arange(len(people)), [len(crops) for crops in people]).astype(np.int64),
        shape,
    )


class _Sightings:
    """The crops of one person: every Nth sighting, where N grows with their number."""

    def __init__(self) -> None:
        self.crops: list[npt.NDArray[np.uint8]] = []
        self.seen, self._every = 0, 1

    def wants(self) -> bool:
        """Return whether to keep the next sighting, and count it."""
        self.seen += 1
        return (self.seen - 1) % self._every == 0

    def add(self, crop: npt.NDArray[np.uint8], most: int) -> None:
        """Keep a crop; beyond ``most`` crops, drop every other one."""
        self.crops.append(crop.copy())
        if len(self.crops) > most:
            self.crops = self.crops[::2]
            self._every *= 2


def _good(
    boxes_xyxy: npt.NDArray[np.float32],
    identities: npt.NDArray[np.int64],
    extent: tuple[int, ...],
    least_px: float,
) -> npt.NDArray[np.intp]:
    """Return the rows of boxes with a known identity that are mostly within the picture."""
    height, width = extent
    inside_x = boxes_xyxy[:, 2].clip(0, width) - boxes_xyxy[:, 0].clip(0, width)
    inside_y = boxes_xyxy[:, 3].clip(0, height) - boxes_xyxy[:, 1].clip(0, height)
    return np.flatnonzero((identities != UNKNOWN) & (inside_x >= 1) & (inside_y >= least_px))


def _with_margin(shape: CropShape) -> tuple[int, int]:
    return round(shape.height * MARGIN), round(shape.width * MARGIN)


@dataclass(frozen=True)
class CropAugmentation:
    """The ranges of the random variations of crops.

    Attributes:
        flip: probability of a mirrored crop.
        shift: largest shift of the box, as a fraction of its size in either direction.
        scale: largest change of the size of the box, as a fraction.
        brightness: largest change of the brightness, as a fraction; each colour changes by up to a
            quarter of it in addition.
        erase: probability that a rectangle is made grey (random erasing, arXiv 1708.04896).
        erase_area: largest area of the rectangle, as a fraction of the crop.
    """

    flip: float = 0.5
    shift: float = 0.05
    scale: float = 0.1
    brightness: float = 0.2
    erase: float = 0.5
    erase_area: float = 0.3


def augment(
    pixels_BhwC: npt.NDArray[np.uint8],
    shape: CropShape,
    how: CropAugmentation,
    generator: np.random.Generator,
) -> Tensor:
    """Turn kept crops (B, h', w', 3) into varied training crops (B, 3, h, w)."""
    count = len(pixels_BhwC)
    draw = generator.uniform(-1, 1, (count, 7)).astype(np.float32)
    chance = generator.random((count, 2)).astype(np.float32)
    corner = generator.random((count, 4)).astype(np.float32)
    source = torch.from_numpy(pixels_BhwC).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
    scale = (1 + how.scale * draw[:, 0]) / MARGIN
    theta = np.zeros((count, 2, 3), np.float32)
    theta[:, 0, 0] = np.where(chance[:, 0] < how.flip, -scale, scale)
    theta[:, 1, 1] = scale
    theta[:, :, 2] = how.shift * draw[:, 1:3] * 2 / MARGIN
    grid = F.affine_grid(
        torch.from_numpy(theta), [count, 3, shape.height, shape.width], align_corners=False
    )
    crops = F.grid_sample(source, grid, align_corners=False, padding_mode="zeros")
    light = 1 + how.brightness * (draw[:, 3:4] + draw[:, 4:7] / 4)
    crops = ((crops + 1) * torch.from_numpy(light)[:, :, None, None] - 1).clamp_(-1, 1)
    erased = torch.from_numpy(
        _rectangles(corner, shape, how.erase_area) & (chance[:, 1] < how.erase)[:, None, None]
    )
    return crops.masked_fill_(erased[:, None], 0.0)


def _rectangles(
    corner_B4: npt.NDArray[np.float32], shape: CropShape, most: float
) -> npt.NDArray[np.bool_]:
    """Return (B, h, w) masks of random rectangles of up to ``most`` of the area.

    Their aspect ratios are 1/2 to 2.
    """
    area = most * corner_B4[:, 0]
    ratio = 2.0 ** (2 * corner_B4[:, 1] - 1)
    inside = []
    for length, side, place in (
        (shape.height, np.sqrt(area * ratio), corner_B4[:, 2]),
        (shape.width, np.sqrt(area / ratio), corner_B4[:, 3]),
    ):
        start = place * (1 - side.clip(max=1))
        middles = (np.arange(length) + 0.5) / length
        inside.append((middles >= start[:, None]) & (middles < (start + side)[:, None]))
    mask: npt.NDArray[np.bool_] = inside[0][:, :, None] & inside[1][:, None, :]
    return mask
