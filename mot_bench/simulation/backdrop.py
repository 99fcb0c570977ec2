"""Draw the street without people: sky, house fronts, pavements and road.

The backdrop is larger than the picture, so that the camera can turn. It has the perspective of the
scene: the ground is seen from ``camera.height``, and houses stand behind the farthest people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from mot_bench.simulation.houses import draw_houses
from mot_bench.simulation.scenes import Scene
from mot_bench.simulation.world import FARTHEST, FOCAL, HORIZON, World

FloatArray = npt.NDArray[np.float32]
_BORDER = 12


@dataclass(frozen=True)
class Backdrop:
    """An RGB picture of the street that extends beyond the picture of the camera.

    Attributes:
        image: the picture; its pixel (left, top) is the pixel (0, 0) of the camera at rest.
        left, top: how far it extends beyond the picture of the camera, pixels.
        base: the row, in pixels of the camera, where the houses meet the ground.
    """

    image: Image.Image
    left: int
    top: int
    base: float


def draw_backdrop(scene: Scene, world: World, rng: np.random.Generator) -> Backdrop:
    """Draw the street of a scene, large enough for everything that its camera sees."""
    left, top, width, height = _extent(scene, world)
    base = HORIZON + scene.camera.height * FOCAL / (FARTHEST + 4)
    ground = _ground(scene, (left, top, width, height), rng)
    image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8), "RGB")
    foot = round(base) + top
    image.paste(_sky(width, foot, rng), (0, 0))
    draw_houses(image, foot, FOCAL / (FARTHEST + 4), rng)
    grain = 1 + 0.035 * (rng.random((height, width, 1), np.float32) - 0.5) * 2
    stained = np.asarray(image) * grain * (1 + 0.1 * clouds(width, height, 40, rng)[..., None])
    return Backdrop(
        Image.fromarray(np.clip(stained, 0, 255).astype(np.uint8), "RGB"), left, top, base
    )


def _extent(scene: Scene, world: World) -> tuple[int, int, int, int]:
    """Return the extension to the left and top, and the size of all that the camera ever sees."""
    centre = np.array([scene.width, scene.height]) / 2
    low = ((-centre - world.shift) / world.zoom[:, None] + centre).min(axis=0)
    high = ((centre - world.shift) / world.zoom[:, None] + centre).max(axis=0)
    left, top = (int(np.ceil(-value)) + _BORDER for value in low)
    right, bottom = (int(np.ceil(value)) + _BORDER for value in high)
    return left, top, right + left, bottom + top


def clouds(width: int, height: int, cell: float, rng: np.random.Generator) -> FloatArray:
    """Return smooth noise (height, width) of about -1 to 1 with spots ``cell`` pixels wide.

    Finer noise is added to it.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(3):
        size = max(cell / 2**octave, 1.0)
        grid = rng.random((int(height / size) + 3, int(width / size) + 3), np.float32) * 2 - 1
        total += (
            np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
            / 2**octave
        )
    return total / np.float32(1.4)


def _sky(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    zenith = np.array(
        [[120, 165, 215], [150, 165, 180], [185, 190, 195], [95, 140, 200]], np.float32
    )[rng.integers(4)]
    low = np.array([[205, 220, 232], [222, 218, 210]], np.float32)[rng.integers(2)]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    cover = np.clip(clouds(width, height, 90, rng) * 1.4 - 0.1, 0, 1)[..., None]
    sky = (zenith * (1 - down) + low * down) * (1 - cover) + 238 * cover
    return Image.fromarray(sky.astype(np.uint8), "RGB")


def _ground(
    scene: Scene, extent: tuple[int, int, int, int], rng: np.random.Generator
) -> FloatArray:
    """Return the ground (height, width, 3): pavement, kerbs and a road, or a paved square."""
    left, top, width, height = extent
    rows = np.arange(height, dtype=np.float32) - top
    z = scene.camera.height * FOCAL / np.maximum(rows - HORIZON, 4)
    x = (np.arange(width, dtype=np.float32) - left - scene.width / 2) * z[:, None] / FOCAL
    depth = np.broadcast_to(z[:, None], x.shape)
    paving = _slabs(x, depth, rng)
    if rng.random() < 0.7:
        near, far = rng.uniform(8.0, 12.0), rng.uniform(16.0, 20.5)
        road = _road(x, depth, near, far, rng)
        on_road = ((depth > near) & (depth < far))[..., None]
        ground = np.where(on_road, road, paving)
        for edge in (near, far):
            kerb = (np.abs(depth - edge) < 0.1)[..., None]
            ground = np.where(kerb, np.float32(rng.uniform(130, 190)), ground)
    else:
        ground = paving
    world_noise = np.sin(x * 1.3 + 2 * np.sin(depth * 0.7)) * np.sin(
        depth * 1.1 + 1.5 * np.sin(x * 0.9)
    )
    return np.asarray(ground * (1 + 0.04 * world_noise[..., None]), np.float32)


def _slabs(x: FloatArray, depth: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return paving slabs of varied shades, with joints."""
    size = rng.uniform(0.5, 1.1)
    colour = np.array(
        [[176, 172, 165], [158, 150, 140], [172, 150, 132], [140, 142, 146]], np.float32
    )[rng.integers(4)]
    row = np.floor(depth / size).astype(np.int64)
    along = x / size + 0.5 * (row % 2)
    column = np.floor(along).astype(np.int64)
    shades = rng.random(1024, np.float32)
    shade = shades[(row * 37 + column * 101) % 1024] * 0.16 + 0.92
    thin = np.clip(depth / 600 / 0.03, 0.8, 3) * 0.03
    joint = (
        np.minimum(np.abs(along - np.rint(along)), np.abs(depth / size - np.rint(depth / size)))
        < thin
    )
    fade = np.clip(1.3 - depth / 16, 0.15, 1)
    return np.asarray(colour * (shade * (1 - 0.28 * joint * fade))[..., None], np.float32)


def _road(
    x: FloatArray, depth: FloatArray, near: float, far: float, rng: np.random.Generator
) -> FloatArray:
    """Return asphalt with marks: dashes along the middle or a zebra crossing."""
    shade = rng.uniform(75, 115)
    road = np.repeat((shade + 0 * x)[..., None], 3, axis=2) * np.array(
        [1.0, 1.0, rng.uniform(1.0, 1.07)], np.float32
    )
    middle = (near + far) / 2
    marks = (np.abs(depth - middle) < 0.12) & ((x + rng.uniform(0, 4)) % 4 < 2)
    if rng.random() < 0.5:
        at, half = rng.uniform(-5, 5), rng.uniform(1.2, 2.0)
        marks |= (np.abs(x - at) < half) & ((depth - near) % 1.2 < 0.6)
    worn = 0.7 + 0.3 * np.sin(x * 5.1) * np.sin(depth * 4.3)
    return np.asarray(np.where(marks[..., None], road + (100 * worn)[..., None], road), np.float32)
