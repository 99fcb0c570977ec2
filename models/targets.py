"""Encode boxes as training targets; decode outputs to boxes.

Source: FairMOT, arXiv 2004.01888, section 4.2 and 4.4; CornerNet, arXiv 1808.01244, section 3.2,
for the radius of the bumps in the heat map; Objects as Points, arXiv 1904.07850, section 4, for
decoding by local maxima.

Shapes: B batch, K boxes per picture (padded), h and w of the network's maps (a quarter of the
picture), C = 4 distances left, top, right, bottom (or 2 for width and height), D embedding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from mot_bench.models.fairmot import STRIDE, Readings

MIN_OVERLAP = 0.7
NO_IDENTITY = -1


@dataclass(frozen=True)
class Targets:
    """The targets of a batch.

    Attributes:
        heat_B1hw: 1 at centres, falling off around them.
        place_BK: index y * w + x of the centre of each box.
        there_BK: bool, False for padding where a picture has fewer than K boxes.
        size_BKC: distances from the centre to the sides of the box, or width and height, in pixels
            of the map.
        offset_BK2: x and y of the centre within its pixel, 0 to 1.
        identity_BK: class of the person, ``NO_IDENTITY`` if unknown.
    """

    heat_B1hw: Tensor
    place_BK: Tensor
    there_BK: Tensor
    size_BKC: Tensor
    offset_BK2: Tensor
    identity_BK: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        """Return all tensors in the order of the fields."""
        return (
            self.heat_B1hw,
            self.place_BK,
            self.there_BK,
            self.size_BKC,
            self.offset_BK2,
            self.identity_BK,
        )


@dataclass(frozen=True)
class Found:
    """The detections of one picture, best first.

    Attributes:
        boxes_xyxy: (N, 4) pixels of the picture.
        scores: (N,).
        embeddings_ND: L2-normalised; None for a network without ReID.
    """

    boxes_xyxy: Tensor
    scores: Tensor
    embeddings_ND: Tensor | None


def bump_radius(height: float, width: float, min_overlap: float = MIN_OVERLAP) -> int:
    """Return by how many pixels corners may move for a box to keep an overlap of ``min_overlap``.

    The formula is that of CornerNet's first code, on which all of FairMOT's results rest. It
    divides by 2 where the roots of its quadratics require 2a, and therefore gives larger bumps than
    the text of the paper.
    """
    total, area = height + width, height * width
    roots = (
        (1.0, total, area * (1 - min_overlap) / (1 + min_overlap)),
        (4.0, 2 * total, (1 - min_overlap) * area),
        (4 * min_overlap, -2 * min_overlap * total, (min_overlap - 1) * area),
    )
    return max(0, int(min((b + math.sqrt(b * b - 4 * a * c)) / 2 for a, b, c in roots)))


def make_targets(
    boxes_xyxy: list[Tensor],
    identities: list[Tensor],
    height: int,
    width: int,
    *,
    max_boxes: int = 500,
    ltrb: bool = True,
) -> Targets:
    """Return the targets of a batch.

    Args:
        boxes_xyxy: for each picture (N, 4) float boxes in pixels of the picture, not clipped; only
            the first ``max_boxes`` count.
        identities: for each picture (N,) int64 classes, ``NO_IDENTITY`` if unknown.
        height: height of the pictures in pixels, a multiple of 4.
        width: width of the pictures in pixels, a multiple of 4.
        max_boxes: upper limit of K, which otherwise is the largest number of boxes in the batch.
        ltrb: whether sizes are four distances from the centre, or width and height.

    Raises:
        ValueError: a box has no area or its centre is NaN.
    """
    h, w = height // STRIDE, width // STRIDE
    count = min(max([len(boxes) for boxes in boxes_xyxy], default=0), max_boxes)
    batch = len(boxes_xyxy)
    targets = Targets(
        torch.zeros(batch, 1, h, w),
        torch.zeros(batch, count, dtype=torch.int64),
        torch.zeros(batch, count, dtype=torch.bool),
        torch.zeros(batch, count, 4 if ltrb else 2),
        torch.zeros(batch, count, 2),
        torch.full((batch, count), NO_IDENTITY, dtype=torch.int64),
    )
    for index, (boxes, classes) in enumerate(zip(boxes_xyxy, identities, strict=True)):
        kept = boxes[:max_boxes].float() / STRIDE
        if not torch.isfinite(kept).all() or (kept[:, 2:] <= kept[:, :2]).any():
            raise ValueError(
                f"boxes of picture {index}: expected finite boxes of positive size, found others"
            )
        _fill(targets, index, kept, classes[:max_boxes], h, w)
    return targets


def _fill(targets: Targets, index: int, boxes: Tensor, classes: Tensor, h: int, w: int) -> None:
    """Write the boxes of one picture, in pixels of the map.

    Centres are moved into the picture, sides are not.
    """
    count = len(boxes)
    limit = torch.tensor([w - 1.0, h - 1.0])
    centre = ((boxes[:, :2] + boxes[:, 2:]) / 2).clamp(min=0.0).minimum(limit)
    pixel = centre.floor()
    ltrb = targets.size_BKC.shape[2] == 4
    sides = torch.cat((centre - boxes[:, :2], boxes[:, 2:] - centre), dim=1)
    targets.place_BK[index, :count] = (pixel[:, 1] * w + pixel[:, 0]).long()
    targets.there_BK[index, :count] = True
    targets.size_BKC[index, :count] = sides if ltrb else boxes[:, 2:] - boxes[:, :2]
    targets.offset_BK2[index, :count] = centre - pixel
    targets.identity_BK[index, :count] = classes
    heat = targets.heat_B1hw[
        index, 0
    ].numpy()  # a view: drawing is many small operations, quicker there
    for (x, y), (left, top, right, bottom) in zip(
        pixel.long().tolist(), boxes.tolist(), strict=True
    ):
        _draw(heat, x, y, bump_radius(math.ceil(bottom - top), math.ceil(right - left)))


def _draw(heat_hw: npt.NDArray[np.float32], x: int, y: int, radius: int) -> None:
    """Add a Gaussian bump with 1 at its centre, merged by the maximum."""
    h, w = heat_hw.shape
    ramp = np.exp(
        -(np.arange(-radius, radius + 1) ** 2) / (2 * ((2 * radius + 1) / 6) ** 2)
    ).astype(np.float32)
    top, bottom, left, right = (
        max(0, y - radius),
        min(h, y + radius + 1),
        max(0, x - radius),
        min(w, x + radius + 1),
    )
    rows, columns = (
        ramp[top - y + radius : bottom - y + radius],
        ramp[left - x + radius : right - x + radius],
    )
    region = heat_hw[top:bottom, left:right]
    np.maximum(region, rows[:, None] * columns, out=region)


def peaks(heat_B1hw: Tensor, most: int = 500) -> tuple[Tensor, Tensor]:
    """Return the local maxima of a heat map of logits, best first.

    Returns:
        Scores (B, K) in 0 to 1, and positions (B, K) y * w + x.
    """
    heat = torch.sigmoid(heat_B1hw)
    highest = heat * (F.max_pool2d(heat, 3, stride=1, padding=1) == heat)
    scores, places = highest.flatten(1).topk(min(most, highest[0].numel()))
    return scores, places


def decode(
    readings: Readings, score_BK: Tensor, place_BK: Tensor, *, min_score: float = 0.0
) -> list[Found]:
    """Return the detections of the peaks, with their boxes and embeddings.

    Args:
        readings: the outputs of the network at the peaks.
        score_BK: scores of the peaks.
        place_BK: positions of the peaks, as returned by ``peaks``.
        min_score: detections must score more than this.
    """
    w = readings.heat_B1hw.shape[3]
    size = readings.size_BKc
    centre = torch.stack((place_BK % w, place_BK // w), dim=-1) + readings.offset_BK2
    if size.shape[-1] == 2:
        size = torch.cat((size / 2, size / 2), dim=-1)
    boxes = torch.cat((centre - size[..., :2], centre + size[..., 2:]), dim=-1) * STRIDE
    features = (
        None if readings.embedding_BKD is None else F.normalize(readings.embedding_BKD, dim=-1)
    )
    found = []
    for index, scores in enumerate(score_BK):
        kept = scores > min_score
        found.append(
            Found(
                boxes[index, kept],
                scores[kept],
                None if features is None else features[index, kept],
            )
        )
    return found
