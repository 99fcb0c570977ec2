"""The people in the street and the camera: who walks where, in metres, and how the camera moves.

Ground coordinates: ``x`` metres to the right of the axis of the camera, ``z`` metres away from it.
People walk along smoothed straight legs, with pauses and turns. Time runs in steps of 1/25 s and is
then sampled at the frame rate.

Shapes: T frames, P people, D the length of an appearance vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.simulation.scenes import Scene

FloatArray = npt.NDArray[np.float64]

STEPS_A_SECOND = 25
APPEARANCE_SIZE = 64
FOCAL = 600.0
HORIZON = 120.0
NEAREST, FARTHEST = 6.5, 22.0
_SETS = 3


@dataclass(frozen=True)
class World:
    """The state of a scene over time.

    Attributes:
        x, z: (T, P) metres.
        heading: (T, P) radians, 0 to the right, pi/2 away from the camera.
        stride: (T, P) phase of the gait, radians.
        body_height: (P,) metres.
        body_width: (P,) as a fraction of the height.
        appearance: (P, D) unit vectors, one for each identity; they determine the clothes too.
        shift: (T, 2) pixels.
        zoom: (T,): pixel = (point - centre) * zoom + centre + shift.
    """

    x: FloatArray
    z: FloatArray
    heading: FloatArray
    stride: FloatArray
    body_height: FloatArray
    body_width: FloatArray
    appearance: FloatArray
    shift: FloatArray
    zoom: FloatArray


def build_world(scene: Scene, rng: np.random.Generator) -> World:
    """Simulate a scene with this source of randomness."""
    duration = scene.length / scene.frame_rate
    steps = int(np.ceil(duration * STEPS_A_SECOND)) + 1
    times = np.arange(steps) / STEPS_A_SECOND
    frame_times = np.arange(scene.length) / scene.frame_rate
    people = [
        walk
        for party in _parties(scene, duration, rng)
        for walk in _walk_party(scene, party, times, rng)
    ]
    paths = np.stack(
        [np.stack([np.interp(frame_times, times, row) for row in walk]) for walk in people]
    )
    velocity = np.stack([np.stack([np.gradient(walk[0]), np.gradient(walk[1])]) for walk in people])
    heading = np.arctan2(velocity[:, 1], velocity[:, 0])
    nearest_step = np.minimum(np.rint(frame_times * STEPS_A_SECOND).astype(int), steps - 1)
    count = len(people)
    shift, zoom = _camera(scene, times, frame_times, rng)
    return World(
        x=paths[:, 0].T,
        z=paths[:, 1].T,
        heading=heading[:, nearest_step].T,
        stride=paths[:, 2].T,
        body_height=rng.uniform(1.55, 1.92, count),
        body_width=rng.uniform(0.33, 0.42, count),
        appearance=_appearances(scene, count, rng),
        shift=shift,
        zoom=zoom,
    )


def _parties(scene: Scene, duration: float, rng: np.random.Generator) -> list[int]:
    """Return the sizes of the parties that walk through the street.

    They are enough that about ``people`` are in view at once.
    """
    transit = 15.0
    wanted = scene.people * (duration + transit) / (0.95 * transit)
    sizes: list[int] = []
    while sum(sizes) < wanted:
        low, high = scene.group_sizes
        sizes.append(int(rng.integers(low, high + 1)) if rng.random() < scene.grouped / low else 1)
    return sizes


def _walk_party(
    scene: Scene, size: int, times: FloatArray, rng: np.random.Generator
) -> list[FloatArray]:
    """Return the walks (3, steps) of a party: x, z and phase of the gait."""
    legs, pause_at = _route(scene, rng)
    speed, side = rng.uniform(0.9, 1.6), rng.choice([-1.0, 1.0])
    lengths = np.hypot(*np.diff(legs, axis=0).T)
    total = float(lengths.sum())
    start = rng.uniform(-0.9 * total / speed, times[-1])
    pause = rng.uniform(1.5, 4.0) if pause_at is not None else 0.0
    at = total if pause_at is None else pause_at
    walks = []
    for member in range(size):
        own = speed * (1 + rng.normal(0, 0.02))
        knots = start + np.array([0.0, at / own, at / own + pause, (total / own) + pause + 1e-6])
        covered = np.interp(times, knots, [0.0, at, at, total])
        after = np.clip(times - knots[3], 0, None) * own
        before = np.clip(knots[0] - times, 0, None) * own
        marks = np.concatenate([[0.0], np.cumsum(lengths)])
        x, z = (np.interp(covered, marks, legs[:, axis]) for axis in (0, 1))
        first = -_beyond((legs[0] - legs[1]) / lengths[0], side)
        last = _beyond((legs[-1] - legs[-2]) / lengths[-1], side)
        x += after * last[0] - before * first[0]
        z += after * last[1] - before * first[1]
        beside = _beside(member, rng) if size > 1 else np.zeros(2)
        sway = 0.06 * np.sin(2 * np.pi * times / rng.uniform(2.0, 5.0) + rng.uniform(0, 2 * np.pi))
        x, z = _smooth(x) + beside[0] + sway, _smooth(z) + beside[1] + sway * rng.uniform(-1, 1)
        moving = np.hypot(np.gradient(x), np.gradient(z)) * STEPS_A_SECOND
        stride = rng.uniform(0, 2 * np.pi) + np.cumsum(moving) / STEPS_A_SECOND * 2 * np.pi / 1.4
        walks.append(np.stack([x, z, stride]))
    return walks


def _beyond(direction: FloatArray, side: float) -> FloatArray:
    """Return the direction of a walk beyond its end.

    It goes straight on, or to one side instead of into the camera.
    """
    return np.array([side, 0.0]) if direction[1] < -0.5 else direction


def _beside(member: int, rng: np.random.Generator) -> FloatArray:
    """Return the position of a member of a group relative to its first member."""
    angle = rng.uniform(0, 2 * np.pi)
    return member * 0.35 * np.array([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.1, 2)


def _route(scene: Scene, rng: np.random.Generator) -> tuple[FloatArray, float | None]:
    """Return the corners (K, 2) of a walk, and the distance along it of a pause or None."""
    side = rng.choice([-1.0, 1.0])
    if rng.random() < scene.crossing:
        near = rng.uniform(NEAREST + 0.5, FARTHEST - 5)
        far = float(np.clip(near + rng.normal(0, 1.2), NEAREST, FARTHEST))
        start, end = np.array([-side * _edge(near), near]), np.array([side * _edge(far), far])
    else:
        depths = (NEAREST, FARTHEST) if side > 0 else (FARTHEST, NEAREST)
        lane = rng.uniform(-0.8, 0.8)
        start, end = (np.array([lane * 0.5 * z + rng.normal(0, 0.5), z]) for z in depths)
    stops = rng.random() < scene.stopping
    if stops and scene.furniture:
        thing = scene.furniture[int(rng.integers(len(scene.furniture)))]
        behind = thing.z + rng.uniform(0.8, 2.0)
        middle = np.array([thing.x * behind / thing.z + rng.uniform(-0.2, 0.2), behind])
    else:
        middle = start + rng.uniform(0.35, 0.65) * (end - start) + rng.normal(0, 0.3, 2)
        middle[1] = np.clip(middle[1], NEAREST, FARTHEST)
    if rng.random() < scene.turning:
        end = start + rng.normal(0, 1.0, 2) * np.array([0.3, 1.0])
        end[1] = np.clip(end[1], NEAREST, FARTHEST)
    pause_at = float(np.hypot(*(middle - start))) if stops else None
    return np.stack([start, middle, end]), pause_at


def _edge(depth: float) -> float:
    """Return half the width of the street at a depth, a little more than the camera sees."""
    return 0.53 * depth + 1.5


def _smooth(values: FloatArray, window: int = 15) -> FloatArray:
    """Return a moving average over 0.6 s, with extended ends."""
    padded = np.pad(values, window // 2, mode="reflect", reflect_type="odd")
    sums = np.concatenate([[0.0], np.cumsum(padded)])
    return np.asarray((sums[window:] - sums[:-window]) / window)


def _appearances(scene: Scene, count: int, rng: np.random.Generator) -> FloatArray:
    """Return unit vectors; the cosine of people in one set of clothes is about ``alike``."""
    sets = unit(rng.standard_normal((_SETS, APPEARANCE_SIZE)))[rng.integers(_SETS, size=count)]
    own = unit(rng.standard_normal((count, APPEARANCE_SIZE)))
    return unit(np.sqrt(scene.alike) * sets + np.sqrt(1 - scene.alike) * own)


def unit(vectors: FloatArray) -> FloatArray:
    """Scale rows to unit length."""
    return np.asarray(vectors / np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True)))


def _camera(
    scene: Scene, times: FloatArray, frame_times: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the shift (T, 2) in pixels and the zoom (T,) of every frame."""
    camera = scene.camera
    phase = rng.uniform(0, 2 * np.pi)
    shift = np.zeros((len(frame_times), 2))
    shift[:, 0] = camera.pan * np.sin(2 * np.pi * frame_times / camera.pan_period + phase)
    tremble = correlated_noise((len(times), 2), 0.75, rng) * camera.shake
    for axis in (0, 1):
        shift[:, axis] += np.interp(frame_times, times, tremble[:, axis])
    zoom = 1 + camera.zoom * np.sin(
        2 * np.pi * frame_times / (1.7 * camera.pan_period) + rng.uniform(0, 2 * np.pi)
    )
    return shift, zoom


def correlated_noise(
    shape: tuple[int, ...], correlation: float, rng: np.random.Generator
) -> FloatArray:
    """Return standard Gaussian noise that is correlated along the first axis (AR(1))."""
    noise = rng.standard_normal(shape)
    fresh = np.sqrt(1 - correlation**2)
    for index in range(1, shape[0]):
        noise[index] = correlation * noise[index - 1] + fresh * noise[index]
    return noise
