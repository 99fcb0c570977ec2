"""Draw street furniture as opaque images: posts, kiosks, benches with a back, planters."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from mot_bench.simulation.scenes import Furniture

_PIXELS_A_METRE = 90


def draw_furniture(thing: Furniture, rng: np.random.Generator) -> Image.Image:
    """Return a premultiplied RGBA image of a piece of furniture with a clear border of 2 pixels."""
    width, height = round(thing.width * _PIXELS_A_METRE), round(thing.height * _PIXELS_A_METRE)
    image = Image.new("RGB", (width, height))
    if thing.width < 0.9:
        _post(image, rng)
    elif thing.height > 1.5:
        _kiosk(image, rng)
    else:
        _bench(image, rng)
    shade = np.linspace(1.08, 0.8, width, dtype=np.float32)[:, None]
    grain = 1 + 0.06 * (rng.random((height, width, 1), np.float32) - 0.5)
    lit = np.clip(np.asarray(image) * shade * grain, 0, 255).astype(np.uint8)
    result = Image.new("RGBA", (width + 4, height + 4), (0, 0, 0, 0))
    result.paste(Image.fromarray(lit, "RGB"), (2, 2))
    return result.convert("RGBa")


def _colour(rng: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return (red, green, blue)


def _post(image: Image.Image, rng: np.random.Generator) -> None:
    """Draw a pillar or an advertising column with base, bands and a bill."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    grey = int(rng.integers(85, 165))
    draw.rectangle((0, 0, width, height), (grey, grey, grey - 6))
    draw.rectangle((0, 0, width, height * 0.05), (grey - 40,) * 3)
    draw.rectangle((0, height * 0.93, width, height), (grey - 45,) * 3)
    for y in (0.3, 0.62):
        draw.line((0, height * y, width, height * y), (grey - 25,) * 3, 4)
    if rng.random() < 0.6:
        draw.rectangle(
            (width * 0.12, height * 0.36, width * 0.88, height * 0.58), _colour(rng, 90, 225)
        )
        draw.rectangle(
            (width * 0.22, height * 0.4, width * 0.78, height * 0.45), _colour(rng, 40, 120)
        )


def _kiosk(image: Image.Image, rng: np.random.Generator) -> None:
    """Draw a stall with a roof, a sign, a window with goods, and panels."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    wall, sign = _colour(rng, 60, 180), _colour(rng, 40, 200)
    draw.rectangle((0, 0, width, height), wall)
    draw.rectangle((0, 0, width, height * 0.08), tuple(value // 2 for value in wall))
    draw.rectangle((0, height * 0.08, width, height * 0.22), sign)
    for x in np.arange(0.15, 0.8, 0.07):
        draw.rectangle(
            (width * x, height * 0.12, width * (x + 0.045), height * 0.18), (235, 232, 220)
        )
    draw.rectangle((width * 0.1, height * 0.27, width * 0.9, height * 0.58), (46, 52, 58))
    for x in np.arange(0.13, 0.85, 0.06):
        for y in (0.36, 0.47):
            draw.rectangle(
                (width * x, height * y, width * (x + 0.045), height * (y + 0.08)),
                _colour(rng, 60, 230),
            )
    draw.rectangle((width * 0.06, height * 0.58, width * 0.94, height * 0.62), (150, 140, 125))
    for x in (0.33, 0.66):
        draw.line(
            (width * x, height * 0.64, width * x, height),
            tuple(int(value * 0.8) for value in wall),
            3,
        )
    draw.rectangle((0, height * 0.96, width, height), (60, 58, 55))


def _bench(image: Image.Image, rng: np.random.Generator) -> None:
    """Draw a bench with a closed back, or a planter with a hedge."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    if rng.random() < 0.5:
        draw.rectangle((0, 0, width, height), (120, 84, 54))
        for y in np.arange(0.0, 0.6, 0.15):
            draw.rectangle((0, height * (y + 0.11), width, height * (y + 0.14)), (74, 52, 36))
        draw.rectangle((0, height * 0.6, width, height * 0.7), (140, 100, 66))
        draw.rectangle((0, height * 0.7, width, height), (62, 58, 54))
        return
    draw.rectangle((0, 0, width, height), (58, 84, 46))
    for _ in range(int(width * height / 60)):
        x, y = rng.uniform(-4, width), rng.uniform(-4, height * 0.6)
        shade = rng.uniform(0.7, 1.35)
        draw.ellipse((x, y, x + 8, y + 7), (int(62 * shade), int(92 * shade), int(48 * shade)))
    draw.rectangle((0, height * 0.6, width, height), (148, 140, 130))
    draw.rectangle((0, height * 0.6, width, height * 0.66), (170, 162, 150))
