"""Draw house fronts along the far side of the street, with a few objects that resemble people."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from mot_bench.simulation.clothing import Colour, dress
from mot_bench.simulation.people import draw_figure
from mot_bench.simulation.world import APPEARANCE_SIZE, unit

_WALLS = (
    (168, 110, 88), (186, 150, 120), (206, 192, 166), (150, 142, 132), (196, 176, 128),
    (170, 178, 172), (214, 206, 196), (132, 96, 84), (178, 140, 138), (146, 158, 170),
)  # fmt: skip


def draw_houses(image: Image.Image, foot: int, scale: float, rng: np.random.Generator) -> None:
    """Draw a row of houses that stand on row ``foot``, at ``scale`` pixels per metre."""
    draw = ImageDraw.Draw(image)
    _trees(draw, image.width, foot, scale, rng)
    x = -rng.uniform(0, 4) * scale
    while x < image.width:
        width = rng.uniform(5.5, 11.0) * scale
        if rng.random() < 0.12:
            x += 0.5 * width
            continue
        storeys = int(rng.choice([1, 2, 3, 4], p=[0.15, 0.3, 0.35, 0.2]))
        _house(image, draw, (x, foot, width, storeys), scale, rng)
        x += width
    for _ in range(int(rng.integers(1, 4))):
        _pole(draw, rng.uniform(0, image.width), foot, scale, rng)
    if rng.random() < 0.5:
        _statue(image, draw, rng.uniform(0.1, 0.9) * image.width, foot, scale, rng)


def _house(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    place: tuple[float, int, float, int],
    scale: float,
    rng: np.random.Generator,
) -> None:
    x, foot, width, storeys = place
    wall = _vary(_WALLS[int(rng.integers(len(_WALLS)))], 18, rng)
    storey = rng.uniform(2.9, 3.4) * scale
    top = foot - storey * (storeys + 0.12)
    draw.rectangle((x, top, x + width, foot), wall)
    if rng.random() < 0.5:
        _bricks(draw, (x, top, x + width, foot), wall, rng)
    draw.rectangle((x, top - 0.2 * scale, x + width, top), _dim(wall, 0.7))
    for level in range(1, storeys):
        _windows(draw, (x, foot - storey * (level + 1), width, storey), scale, wall, rng)
        if rng.random() < 0.5:
            y = foot - storey * level
            draw.rectangle((x, y - 2, x + width, y), _dim(wall, 0.85))
    if rng.random() < 0.55:
        _shop(image, draw, (x, foot, width, storey), scale, rng)
    else:
        _windows(draw, (x, foot - storey, width, storey), scale, wall, rng)
        at = x + rng.uniform(0.15, 0.7) * width
        _door(draw, at, foot, scale, wall, rng)
        if rng.random() < 0.35:
            _poster(image, draw, (at + 1.6 * scale, foot - 2.1 * scale), scale, rng)
    draw.rectangle((x, foot - 0.25 * scale, x + width, foot), _dim(wall, 0.6))
    draw.line((x + width, top, x + width, foot), _dim(wall, 0.55), 2)


def _bricks(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    wall: Colour,
    rng: np.random.Generator,
) -> None:
    x0, y0, x1, y1 = box
    joint = _dim(wall, 0.88)
    for number, y in enumerate(np.arange(max(y0, 0), y1, 4.0)):
        draw.line((x0, y, x1, y), joint)
        for x in np.arange(x0 + 5 * (number % 2), x1, 10.0):
            if rng.random() < 0.2:
                draw.rectangle((x, y + 1, x + 8, y + 3), _vary(_dim(wall, 0.94), 10, rng))


def _windows(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float, float, float],
    scale: float,
    wall: Colour,
    rng: np.random.Generator,
) -> None:
    """Draw the windows of one storey."""
    x, y, width, storey = place
    count = max(1, int(width / scale / rng.uniform(1.9, 2.8)))
    half, tall = rng.uniform(0.4, 0.6) * scale, rng.uniform(1.3, 1.8) * scale
    frame = (232, 230, 224) if rng.random() < 0.6 else _dim(wall, 0.45)
    for number in range(count):
        middle, low = x + (number + 0.5) * width / count, y + storey * 0.78
        glass = _vary((70, 84, 98), 22, rng)
        draw.rectangle((middle - half - 2, low - tall - 2, middle + half + 2, low + 2), frame)
        draw.rectangle((middle - half, low - tall, middle + half, low), glass)
        draw.polygon(
            [
                (middle - half, low - 0.5 * tall),
                (middle + half, low - tall),
                (middle - half, low - tall),
            ],
            _dim(glass, 1.35),
        )
        if rng.random() < 0.3:
            draw.rectangle(
                (middle - half, low - tall, middle - 0.4 * half, low),
                _vary((200, 190, 178), 20, rng),
            )
        draw.line((middle, low - tall, middle, low), frame, 1)
        draw.line((middle - half, low - 0.6 * tall, middle + half, low - 0.6 * tall), frame, 1)
        draw.rectangle((middle - half - 4, low + 2, middle + half + 4, low + 4), _dim(wall, 0.75))


def _door(
    draw: ImageDraw.ImageDraw,
    x: float,
    foot: float,
    scale: float,
    wall: Colour,
    rng: np.random.Generator,
) -> None:
    colour = _vary(
        ((110, 60, 40), (50, 70, 60), (50, 56, 80), (90, 88, 84))[int(rng.integers(4))], 20, rng
    )
    wide, tall = 1.0 * scale, 2.2 * scale
    draw.rectangle((x - 3, foot - tall - 3, x + wide + 3, foot), _dim(wall, 0.7))
    draw.rectangle((x, foot - tall, x + wide, foot), colour)
    draw.rectangle((x + 3, foot - tall + 4, x + wide - 3, foot - 0.55 * tall), _dim(colour, 0.75))


def _shop(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float, float, float],
    scale: float,
    rng: np.random.Generator,
) -> None:
    """Draw a shop window with goods, sometimes with dummies, an awning or a sign."""
    x, foot, width, storey = place
    accent = _vary(
        ((150, 40, 40), (40, 90, 60), (40, 60, 110), (60, 60, 60), (180, 130, 50))[
            int(rng.integers(5))
        ],
        25,
        rng,
    )
    left, right, high, low = (
        x + 0.4 * scale,
        x + width - 0.4 * scale,
        foot - storey * 0.78,
        foot - 0.45 * scale,
    )
    draw.rectangle((left - 3, high - 3, right + 3, low + 3), _dim(accent, 0.8))
    draw.rectangle((left, high, right, low), _vary((72, 76, 80), 18, rng))
    for at in np.arange(left + 8, right - 10, rng.uniform(14, 26)):
        tall = rng.uniform(0.3, 1.2) * scale
        draw.rectangle(
            (at, low - tall, at + rng.uniform(5, 14), low), _vary((110, 105, 100), 45, rng)
        )
    if rng.random() < 0.4:
        for _ in range(int(rng.integers(1, 3))):
            _dummy(image, rng.uniform(left, right - 0.8 * scale), low, 1.75 * scale, rng)
    for at in np.linspace(left, right, 4):
        draw.line((at, high, at, low), _dim(accent, 0.8), 2)
    if rng.random() < 0.5:
        for number, at in enumerate(np.arange(left - 6, right + 6, 12.0)):
            colour = accent if number % 2 else (225, 220, 210)
            draw.polygon(
                [(at, high - 8), (at + 12, high - 8), (at + 12, high + 12), (at, high + 12)], colour
            )
    else:
        draw.rectangle((left, high - 0.55 * scale, right, high - 3), accent)
        for at in np.arange(left + 0.3 * (right - left), right - 0.3 * (right - left), 9.0):
            draw.rectangle((at, high - 0.42 * scale, at + 5, high - 0.2 * scale), (235, 230, 215))


def _dummy(image: Image.Image, x: float, low: float, tall: float, rng: np.random.Generator) -> None:
    """Draw a shop dummy: a figure behind glass."""
    figure = draw_figure(
        dress(unit(rng.standard_normal(APPEARANCE_SIZE))),
        -1.57 + rng.uniform(-0.6, 0.6),
        0.0,
        False,
    )
    small = figure.resize(
        (max(1, round(tall * figure.width / figure.height)), round(tall)), Image.Resampling.BOX
    )
    alpha = small.getchannel("A").point([round(value * 0.75) for value in range(256)])
    image.paste(small, (round(x), round(low - tall)), alpha)


def _poster(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    scale: float,
    rng: np.random.Generator,
) -> None:
    x, y = place
    wide, tall = 1.0 * scale, 1.6 * scale
    draw.rectangle((x - 1, y - 1, x + wide + 1, y + tall + 1), (60, 60, 60))
    draw.rectangle((x, y, x + wide, y + tall), _vary((190, 180, 150), 60, rng))
    _dummy(image, x + 0.25 * wide, y + tall, 0.9 * tall, rng)


def _statue(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    x: float,
    foot: float,
    scale: float,
    rng: np.random.Generator,
) -> None:
    """Draw a grey figure on a plinth."""
    stone = _vary((132, 134, 128), 15, rng)
    figure = draw_figure(
        dress(unit(rng.standard_normal(APPEARANCE_SIZE))), rng.uniform(-2.4, -0.7), 1.0, True
    )
    tall = round(1.9 * scale)
    small = figure.resize((round(tall * figure.width / figure.height), tall), Image.Resampling.BOX)
    grey = small.convert("L").point([round(0.5 * value + 40) for value in range(256)])
    base = foot - 1.0 * scale
    image.paste(
        Image.merge("RGB", (grey, grey, grey)),
        (round(x - small.width / 2), round(base - tall)),
        small.getchannel("A"),
    )
    draw.rectangle((x - 0.5 * scale, base, x + 0.5 * scale, foot + 3), stone)
    draw.rectangle((x - 0.6 * scale, base - 2, x + 0.6 * scale, base + 3), _dim(stone, 1.15))


def _pole(
    draw: ImageDraw.ImageDraw, x: float, foot: float, scale: float, rng: np.random.Generator
) -> None:
    """Draw a lamp post or a traffic sign."""
    tall = rng.uniform(2.4, 5.5) * scale
    grey = _vary((88, 90, 92), 15, rng)
    draw.rectangle((x - 1, foot - tall, x + 1, foot + 4), grey)
    if tall > 4 * scale:
        draw.ellipse((x - 6, foot - tall - 5, x + 6, foot - tall + 3), (235, 232, 215))
    else:
        draw.ellipse(
            (x - 7, foot - tall - 4, x + 7, foot - tall + 10), _vary((170, 60, 60), 50, rng)
        )


def _trees(
    draw: ImageDraw.ImageDraw, width: int, foot: float, scale: float, rng: np.random.Generator
) -> None:
    """Draw greenery behind the houses, seen through the gaps."""
    for x in np.arange(-20, width + 20, 9.0):
        leaf = _vary((76, 104, 62), 20, rng)
        y = foot - rng.uniform(0.2, 4.5) * scale
        draw.ellipse((x - 22, y - 20, x + 22, foot), _dim(leaf, 0.9))
        draw.ellipse((x - 12, y - 18, x + 8, y + 2), _dim(leaf, 1.12))


def _vary(colour: Colour, by: float, rng: np.random.Generator) -> Colour:
    light, tint = rng.uniform(-by, by), rng.uniform(-0.35 * by, 0.35 * by, 3)
    red, green, blue = (
        int(min(max(value + light + t, 0), 255)) for value, t in zip(colour, tint, strict=True)
    )
    return (red, green, blue)


def _dim(colour: Colour, share: float) -> Colour:
    return (
        min(int(colour[0] * share), 255),
        min(int(colour[1] * share), 255),
        min(int(colour[2] * share), 255),
    )
