"""Draw people: a skeleton that walks in three dimensions, dressed and seen from a direction."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from mot_bench.simulation.body_drawing import Pen, Point, dim
from mot_bench.simulation.clothing import Clothes

TALL = 320

_HIP, _KNEE, _ANKLE = 0.52, 0.28, 0.045
_SHOULDER, _NECK = 0.815, 0.85


def draw_figure(
    clothes: Clothes, heading: float, phase: float, walking: bool, tall: int = TALL
) -> Image.Image:
    """Return a person as an RGBA image without clear borders. Distant parts are drawn first.

    Args:
        clothes: what the person wears.
        heading: radians, 0 to the right, pi/2 away from the viewer.
        phase: phase of the gait, radians.
        walking: whether the legs and arms swing.
        tall: pixels from the ground to a little above the head.
    """
    pen = Pen(heading, tall)
    for side in sorted((1.0, -1.0), key=lambda side: pen.cos * side):
        _leg(pen, clothes, side, _leg_points(side, phase, walking, clothes.bulk))
    arms = [
        _arm_points(1.0, phase + math.pi, walking, clothes.bulk),
        _arm_points(-1.0, phase, walking, clothes.bulk),
    ]
    far_arms = [arm for arm in arms if pen.depth(arm[1]) + pen.depth(arm[2]) > 0]
    for arm in far_arms:
        _arm(pen, clothes, arm, 0.8)
    seen_from_front = pen.sin < 0.3
    if seen_from_front:
        _behind_trunk(pen, clothes)
    _trunk_and_load(pen, clothes, with_head=seen_from_front)
    for arm in arms:
        if arm not in far_arms:
            _arm(pen, clothes, arm, 1.0)
    if not seen_from_front:
        _head_from_behind(pen, clothes)
    return pen.finished()


def _head_from_behind(pen: Pen, clothes: Clothes) -> None:
    _head(pen, clothes)
    if clothes.long_hair:
        _hair_down(pen, clothes)


def _behind_trunk(pen: Pen, clothes: Clothes) -> None:
    """Draw what the trunk of a person seen from the front hides: the backpack and long hair."""
    if clothes.backpack and pen.sin <= 0:
        _backpack(pen, clothes)
    if clothes.long_hair:
        _hair_down(pen, clothes)


def _trunk_and_load(pen: Pen, clothes: Clothes, *, with_head: bool) -> None:
    """Draw the trunk, the head if it is in front of the trunk, and the bags in front of both."""
    _trunk(pen, clothes)
    if clothes.backpack and pen.sin < -0.2:
        _straps(pen, clothes)
    if with_head:
        _head(pen, clothes)
    if clothes.backpack and pen.sin > 0:
        _backpack(pen, clothes)
    if clothes.shoulder_bag:
        _shoulder_bag(pen, clothes)


class _Leg(NamedTuple):
    """The joints of a leg."""

    hip: Point
    knee: Point
    ankle: Point
    toe: Point
    heel: Point


def _leg_points(side: float, phase: float, walking: bool, bulk: float) -> _Leg:
    """Return the joints of the right (1) or the left (-1) leg, which are half a gait apart."""
    phase = phase if side > 0 else phase + math.pi
    swing = 0.37 * math.sin(phase) if walking else 0.05 * side
    bend = 0.12 + 0.75 * max(0.0, math.cos(phase)) if walking else 0.02
    right = side * 0.052 * bulk
    hip = Point(0.0, right, _HIP)
    knee = Point(hip.forward + 0.24 * math.sin(swing), right * 1.1, hip.up - 0.24 * math.cos(swing))
    shin = swing - bend
    ankle = Point(
        knee.forward + 0.235 * math.sin(shin), right * 1.2, knee.up - 0.235 * math.cos(shin)
    )
    toe = Point(
        ankle.forward + 0.085 * math.cos(shin),
        right * 1.5,
        ankle.up - 0.025 + 0.085 * math.sin(shin),
    )
    heel = Point(ankle.forward - 0.02, right * 1.2, ankle.up - 0.022)
    return _Leg(hip, knee, ankle, toe, heel)


def _leg(pen: Pen, clothes: Clothes, side: float, leg: _Leg) -> None:
    colour = dim(clothes.legs, 0.82 if side * pen.cos < 0 else 1.0)
    thick = 0.9 + 0.1 * clothes.bulk
    bare = clothes.skirt or clothes.hem < 0.9
    lower = clothes.skin if bare else colour
    pen.limb([leg.heel, leg.toe], [0.023, 0.019], clothes.shoes)
    pen.limb([leg.knee, leg.ankle], [0.036 * thick, 0.023 if bare else 0.03], lower)
    if clothes.skirt:
        pen.limb([leg.hip, leg.knee], [0.055 * thick, 0.037 * thick], clothes.skin)
    else:
        end = _towards(leg.knee, leg.ankle, 0.15 if bare else 0.0)
        pen.limb([leg.hip, end], [0.062 * thick, 0.044 * thick], colour)
    if not bare:
        pen.limb([leg.knee, leg.ankle], [0.042 * thick, 0.031], colour)


def _towards(start: Point, end: Point, share: float) -> Point:
    """Return the point at this share of the way from one point to another."""
    return Point(*(a + (b - a) * share for a, b in zip(start, end, strict=True)))


def _arm_points(
    side: float, phase: float, walking: bool, bulk: float
) -> tuple[Point, Point, Point]:
    """Return the shoulder, the elbow and the hand of an arm."""
    swing = 0.4 * math.sin(phase) if walking else 0.05
    bend = 0.35 + 0.2 * math.sin(phase) if walking else 0.15
    right = side * 0.112 * bulk
    shoulder = Point(0.0, right, _SHOULDER - 0.02)
    elbow = Point(
        0.165 * math.sin(swing), right + side * 0.03, shoulder.up - 0.16 * math.cos(swing)
    )
    fore = swing + bend
    hand = Point(
        elbow.forward + 0.16 * math.sin(fore),
        elbow.right + side * 0.012,
        elbow.up - 0.16 * math.cos(fore),
    )
    return shoulder, elbow, hand


def _arm(pen: Pen, clothes: Clothes, points: tuple[Point, ...], light: float) -> None:
    shoulder, elbow, hand = points
    sleeve, skin = dim(clothes.coat, 0.93 * light), dim(clothes.skin, light)
    thick = 0.5 + 0.5 * clothes.bulk
    pen.limb([elbow, hand], [0.026 * thick, 0.02], skin)
    pen.disc(pen.pixel(hand), 0.022 * pen.scale, 0.026 * pen.scale, skin)
    covered = clothes.sleeves * 2
    upper = min(1.0, covered)
    end = _towards(shoulder, elbow, upper)
    if upper < 1:
        pen.limb([shoulder, elbow], [0.033 * thick, 0.027 * thick], skin)
    pen.limb([shoulder, end], [0.04 * thick, 0.036 * thick], sleeve)
    if covered > 1:
        cuff = Point(
            *(e + (h - e) * 0.88 * (covered - 1) for e, h in zip(elbow, hand, strict=True))
        )  # not _towards: another order of products would round differently
        pen.limb([elbow, cuff], [0.035 * thick, 0.028], sleeve)


def _outline(pen: Pen, clothes: Clothes) -> list[tuple[float, float, float]]:
    """Return the seen trunk at several heights: height, middle and half width, in body heights."""
    low = _HIP - 0.04 - clothes.long_coat
    rings = [
        (low, 0.093 + 0.1 * clothes.long_coat, 0.068),
        (_HIP + 0.01, 0.092, 0.07),
        (0.63, 0.085, 0.066),
        (0.74, 0.103, 0.072),
        (_SHOULDER - 0.015, 0.112, 0.062),
        (_SHOULDER + 0.018, 0.085, 0.048),
        (_NECK, 0.036, 0.034),
    ]
    wide = clothes.bulk
    return [
        (up, 0.008 * pen.cos, math.hypot(side * wide * pen.sin, front * wide * pen.cos))
        for up, side, front in rings
    ]


def _trunk(pen: Pen, clothes: Clothes) -> None:
    rings = _outline(pen, clothes)
    middle = pen.middle
    if clothes.skirt:
        half = math.hypot(0.125 * pen.sin, 0.11 * pen.cos)
        waist = rings[2][2]
        points = [Point(0, 0, up) for up in (_KNEE + 0.02, 0.63)]
        (_, low), (_, high) = (pen.pixel(point) for point in points)
        spread, top = half * pen.scale, waist * pen.scale
        pen.polygon(
            [
                (middle - spread, low),
                (middle + spread, low),
                (middle + top, high),
                (middle - top, high),
            ],
            clothes.legs,
        )
    edge = [(middle + (m - h) * pen.scale, pen.pixel(Point(0, 0, up))[1]) for up, m, h in rings]
    other = [(middle + (m + h) * pen.scale, pen.pixel(Point(0, 0, up))[1]) for up, m, h in rings]
    pen.polygon(edge + other[::-1], clothes.coat)
    if clothes.stripes:
        _stripes(pen, clothes, rings)
    if clothes.open_coat and pen.sin < 0.35:
        _open_front(pen, clothes, rings)


def _across(rings: list[tuple[float, float, float]], up: float) -> tuple[float, float]:
    """Return the middle and the half width of the trunk at a height."""
    heights = [ring[0] for ring in rings]
    return float(np.interp(up, heights, [r[1] for r in rings])), float(
        np.interp(up, heights, [r[2] for r in rings])
    )


def _stripes(pen: Pen, clothes: Clothes, rings: list[tuple[float, float, float]]) -> None:
    bottom, top = rings[0][0] + 0.03, _SHOULDER - 0.02
    step = (top - bottom) / clothes.stripes
    for number in range(clothes.stripes):
        low = bottom + (number + 0.25) * step
        corners = []
        for up in (low, low + 0.5 * step):
            middle, half = _across(rings, up)
            y = pen.pixel(Point(0, 0, up))[1]
            corners.append([(pen.middle + (middle + s * half) * pen.scale, y) for s in (-1, 1)])
        pen.polygon(corners[0] + corners[1][::-1], clothes.stripe)


def _open_front(pen: Pen, clothes: Clothes, rings: list[tuple[float, float, float]]) -> None:
    """Draw the strip of shirt between the sides of an open coat."""
    left, right = [], []
    for up in (rings[0][0] + 0.02, 0.66, _SHOULDER, _NECK):
        middle, half = _across(rings, up)
        width = clothes.open_coat * (1.0 if up < 0.7 else 1.2)
        front = 0.07 * pen.cos * (1.0 if up < 0.8 else 0.6)
        ends = sorted(front + s * width * pen.sin for s in (-1, 1))
        low, high = (min(max(end, middle - half), middle + half) for end in ends)
        y = pen.pixel(Point(0, 0, up))[1]
        left.append((pen.middle + low * pen.scale, y))
        right.append((pen.middle + high * pen.scale, y))
    pen.polygon(left + right[::-1], clothes.shirt)


def _head(pen: Pen, clothes: Clothes) -> None:
    centre = Point(0.012, 0.0, 0.925)
    x, y = pen.pixel(centre)
    pen.limb(
        [Point(0, 0, _NECK - 0.01), Point(0.008, 0, 0.89)], [0.032, 0.03], dim(clothes.skin, 0.85)
    )
    rx, ry = 0.053 * pen.scale, 0.071 * pen.scale
    pen.disc((x, y), rx * 1.06, ry * 1.03, clothes.hair)
    if pen.sin < 0.55:
        share = min(1.0, 0.72 + 0.4 * max(0.0, -pen.sin))
        shift = pen.cos * 0.02 * pen.scale
        pen.disc((x + shift, y + 0.014 * pen.scale), rx * share, ry * 0.82, clothes.skin)
        if pen.sin < -0.3:
            for side in (-1, 1):
                pen.disc(
                    (x + shift + side * 0.35 * rx, y - 0.002 * pen.scale),
                    0.13 * rx,
                    0.09 * ry,
                    dim(clothes.hair, 0.6),
                )
    if clothes.wears_hat:
        brim = pen.cos * 0.03 * pen.scale
        top = y - ry * 1.08
        pen.polygon(
            [
                (x - rx * 1.1, y - ry * 0.3),
                (x - rx * 0.8, top),
                (x + rx * 0.8, top),
                (x + rx * 1.1, y - ry * 0.3),
            ],
            clothes.hat,
        )
        pen.disc((x + brim, y - ry * 0.3), rx * 1.35, ry * 0.12, dim(clothes.hat, 0.75))


def _hair_down(pen: Pen, clothes: Clothes) -> None:
    back = Point(-0.03, 0.0, 0.92)
    pen.limb([back, Point(-0.045, 0.0, 0.83)], [0.054, 0.05], clothes.hair)


def _backpack(pen: Pen, clothes: Clothes) -> None:
    corners = [
        Point(-f, s * 0.085, up) for up in (0.56, 0.8) for f in (0.05, 0.15) for s in (-1.0, 1.0)
    ]
    xs = [pen.pixel(corner)[0] for corner in corners]
    low, high = pen.pixel(corners[0])[1], pen.pixel(corners[-1])[1]
    left, right = min(xs), max(xs)
    round_off = 0.2 * (right - left)
    pen.polygon(
        [
            (left, low), (right, low), (right, high + round_off), (right - round_off, high),
            (left + round_off, high), (left, high + round_off),
        ],
        clothes.bag,
    )  # fmt: skip
    third = low + (high - low) * 0.42
    pen.polygon([(left, low), (right, low), (right, third), (left, third)], dim(clothes.bag, 0.75))


def _straps(pen: Pen, clothes: Clothes) -> None:
    for side in (-1.0, 1.0):
        strap = [Point(0.05, side * 0.075, up) for up in (0.64, 0.83)]
        pen.limb(strap, [0.013, 0.013], dim(clothes.bag, 0.85))


def _shoulder_bag(pen: Pen, clothes: Clothes) -> None:
    hip = Point(0.0, 0.13, 0.5)
    if pen.depth(hip) > 0.09:
        return
    x, y = pen.pixel(hip)
    half = (0.035 * abs(pen.sin) + 0.07 * abs(pen.cos)) * pen.scale
    pen.limb(
        [hip, Point(0.07 if pen.sin < 0 else -0.07, -0.03, 0.83)],
        [0.007, 0.007],
        dim(clothes.bag, 0.7),
    )
    high = 0.075 * pen.scale
    pen.polygon(
        [(x - half, y - high), (x + half, y - high), (x + half, y + high), (x - half, y + high)],
        clothes.bag,
    )
