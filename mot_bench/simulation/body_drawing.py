"""A pen that draws round body parts as seen from a direction.

Body coordinates are in body heights: forward, to the right of the person, and up (0 is the ground,
1 the top of the head).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from mot_bench.simulation.clothing import Colour

_BROAD = 0.8
_MARGIN = 0.02


class Point(NamedTuple):
    """A point on the body, in body heights."""

    forward: float
    right: float
    up: float


class Pen:
    """A pen that draws body parts as seen from a direction.

    Attributes:
        image: the RGBA drawing so far.
        scale: pixels per body height.
        middle: the pixel column of the axis of the body.
        cos, sin: cosine and sine of the heading, 0 to the right, pi/2 away from the viewer.
    """

    def __init__(self, heading: float, tall: int) -> None:
        self.image = Image.new("RGBA", (round(tall * _BROAD), tall), (0, 0, 0, 0))
        self.scale = tall * (1 - 2 * _MARGIN)
        self.middle, self._foot = self.image.width / 2, tall * (1 - _MARGIN)
        self._draw = ImageDraw.Draw(self.image)
        self.cos, self.sin = math.cos(heading), math.sin(heading)

    def depth(self, point: Point) -> float:
        """Return how far behind the axis of the body a point lies."""
        return point.forward * self.sin - point.right * self.cos

    def pixel(self, point: Point) -> tuple[float, float]:
        """Return the pixel of a point on the body."""
        x = point.forward * self.cos + point.right * self.sin
        return self.middle + x * self.scale, self._foot - point.up * self.scale

    def limb(self, points: list[Point], radii: list[float], colour: Colour) -> None:
        """Draw a chain of tapering rounded sticks."""
        spots = [self.pixel(point) for point in points]
        for (a, b), (ra, rb) in zip(
            zip(spots, spots[1:], strict=False), zip(radii, radii[1:], strict=False), strict=True
        ):
            length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1.0
            nx, ny = (a[1] - b[1]) / length * self.scale, (b[0] - a[0]) / length * self.scale
            self._draw.polygon(
                [
                    (a[0] + nx * ra, a[1] + ny * ra),
                    (b[0] + nx * rb, b[1] + ny * rb),
                    (b[0] - nx * rb, b[1] - ny * rb),
                    (a[0] - nx * ra, a[1] - ny * ra),
                ],
                colour,
            )
        for spot, radius in zip(spots, radii, strict=True):
            self.disc(spot, radius * self.scale, radius * self.scale, colour)

    def disc(self, spot: tuple[float, float], rx: float, ry: float, colour: Colour) -> None:
        """Draw an ellipse around a pixel, with radii in pixels."""
        self._draw.ellipse((spot[0] - rx, spot[1] - ry, spot[0] + rx, spot[1] + ry), colour)

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """Draw a polygon whose corners are pixels."""
        self._draw.polygon(points, colour)

    def finished(self) -> Image.Image:
        """Return the cropped drawing, lit from the upper left, with a slight texture of cloth."""
        box = self.image.getbbox()
        return ImageChops.multiply(self.image.crop(box), _shade(*self.image.size).crop(box))


@lru_cache(maxsize=4)
def _shade(width: int, height: int) -> Image.Image:
    across = np.clip(1.04 - 0.3 * np.linspace(-0.5, 0.8, width), 0.7, 1)
    along = np.linspace(1.0, 0.86, height)
    weave = 1 - 0.025 * (
        1 + np.sin(np.arange(height) * 1.7)[:, None] * np.sin(np.arange(width) * 2.3)
    )
    light = np.rint(255 * along[:, None] * across * weave).astype(np.uint8)
    return Image.fromarray(
        np.stack([light, light, light, np.full_like(light, 255)], axis=2), "RGBA"
    )


def dim(colour: Colour, share: float) -> Colour:
    """Return a darker shade of a colour."""
    return (round(colour[0] * share), round(colour[1] * share), round(colour[2] * share))
