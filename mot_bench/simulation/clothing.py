"""The clothes of a person as a function of the appearance vector: similar vectors, similar clothes.

A Hadamard matrix turns the vector (64 numbers of unit length) into traits that are approximately
standard Gaussian over people. Most colours and lengths are smooth functions of a trait, while
thresholds on traits switch stripes, a hat and a bag on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Clothes:
    """The look of one person. Colours are RGB, 0 to 255.

    Attributes:
        skin, hair, shirt, coat, legs, shoes, stripe, bag, hat: colours; ``coat`` equals ``shirt``
            if the person wears no coat.
        sleeves: how much of the arm the sleeve covers, 0.35 to 1.
        hem: length of the trousers: 1 reaches the ankle, 0.5 the knee.
        skirt: whether the lower garment is a skirt.
        open_coat: half the width of the strip of shirt that an open coat shows; 0 without a coat.
        long_coat: how far the upper garment hangs below the hip, as a fraction of the body height.
        stripes: number of bands across the upper garment.
        backpack, shoulder_bag, wears_hat, long_hair: whether the person has these.
        bulk: how stout the trunk is, about 1.
    """

    skin: Colour
    hair: Colour
    shirt: Colour
    coat: Colour
    legs: Colour
    shoes: Colour
    stripe: Colour
    bag: Colour
    hat: Colour
    sleeves: float
    hem: float
    skirt: bool
    open_coat: float
    long_coat: float
    stripes: int
    backpack: bool
    shoulder_bag: bool
    wears_hat: bool
    long_hair: bool
    bulk: float


def dress(appearance: npt.NDArray[np.float64]) -> Clothes:
    """Return the clothes of a person with this appearance, a unit vector (64,)."""
    level = [0.5 + 0.5 * math.erf(trait / math.sqrt(2)) for trait in _traits(appearance)]
    shirt = _cloth(level[0], level[1], level[2])
    bottom = _cloth(0.85 * level[3], 0.5 + 0.8 * (level[4] - 0.5), 0.5 + 0.8 * (level[5] - 0.5))
    skirt = level[13] > 0.84
    clothes = Clothes(
        skin=_between((88, 58, 42), (238, 200, 172), level[6]),
        hair=_hair(level[7], level[8]),
        shirt=shirt,
        coat=shirt,
        legs=bottom,
        shoes=_between((22, 20, 20), (225, 220, 212), level[14] ** 2),
        stripe=_cloth((level[0] + 0.5) % 1.0, level[16], level[17]),
        bag=_cloth(level[18], level[19], level[20]),
        hat=_cloth(level[21], level[22], level[23]),
        sleeves=0.35 + 0.65 * min(1.0, 1.6 * level[24]),
        hem=1.0 if level[25] < 0.75 or skirt else 0.55,
        skirt=skirt,
        open_coat=0.0,
        long_coat=0.02,
        stripes=0 if level[15] < 0.72 else (5 if level[15] > 0.87 else 2),
        backpack=level[28] > 0.72,
        shoulder_bag=level[28] < 0.2,
        wears_hat=level[29] > 0.78,
        long_hair=level[30] > 0.6,
        bulk=0.88 + 0.3 * level[31],
    )
    return _with_coat(clothes, level) if level[12] > 0.62 else clothes


def _with_coat(clothes: Clothes, level: list[float]) -> Clothes:
    """Return the clothes with a coat in the colour of the shirt, and another shirt below it."""
    return replace(
        clothes,
        shirt=_cloth(level[9], 0.5 + 0.7 * (level[10] - 0.5), 0.5 + 0.7 * (level[11] - 0.5)),
        sleeves=1.0,
        open_coat=0.03 + 0.03 * level[26],
        long_coat=0.16 * max(0.0, level[27] - 0.6) / 0.4,
        stripes=0,
    )


def _traits(appearance: npt.NDArray[np.float64]) -> list[float]:
    hadamard = np.ones((1, 1))
    while len(hadamard) < len(appearance):
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    return [float(value) for value in np.round(hadamard[1:33] @ appearance, 9)]


def _cloth(light: float, warm: float, green: float) -> Colour:
    """Return a colour from three levels in 0..1: dark to light, blue to red, green to purple.

    Levels near the middle are pushed outwards, because most clothes are clearly light or dark and
    many are clearly coloured.
    """
    light, warm, green = _outwards(light), _outwards(warm), _outwards(green)
    base = 25 + 195 * light
    reach = 0.45 + 0.55 * (1 - abs(2 * light - 1))
    red, blue = 240 * (warm - 0.5) * reach, -240 * (warm - 0.5) * reach
    leaf = 200 * (green - 0.5) * reach
    return _colour(base + red - 0.35 * leaf, base + leaf - 0.15 * red, base + blue - 0.35 * leaf)


def _outwards(level: float) -> float:
    side = 2 * level - 1
    return 0.5 + 0.5 * math.copysign(abs(side) ** 0.65, side)


def _hair(light: float, red: float) -> Colour:
    if light > 0.93:
        return (196, 192, 188)
    return _between(
        (24, 20, 18), _between((190, 155, 95), (150, 80, 40), red), max(0.0, light - 0.25) / 0.75
    )


def _between(first: Colour, second: Colour, share: float) -> Colour:
    a, b, c = (x + (y - x) * share for x, y in zip(first, second, strict=True))
    return _colour(a, b, c)


def _colour(red: float, green: float, blue: float) -> Colour:
    return (_byte(red), _byte(green), _byte(blue))


def _byte(value: float) -> int:
    return round(min(max(value, 12.0), 245.0))
