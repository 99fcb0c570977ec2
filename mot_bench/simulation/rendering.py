"""Pictures of the generated scenes: people and furniture drawn by depth over the backdrop.

Every frame follows from (``PICTURES_VERSION``, scene, seed) alone, whatever was read before it.
Images are (H, W, 3) uint8 RGB. Another processor or another version of Pillow may change the last
bit of some pixels.
"""

from __future__ import annotations

import math
import weakref
import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from mot_bench.datasets.frames import decode_ahead
from mot_bench.simulation.backdrop import draw_backdrop
from mot_bench.simulation.clothing import dress
from mot_bench.simulation.furniture import draw_furniture
from mot_bench.simulation.people import TALL, draw_figure
from mot_bench.simulation.scenes import Scene
from mot_bench.simulation.view import View
from mot_bench.simulation.world import FARTHEST, World

PICTURES_VERSION = "street-pictures-v1"

Picture = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]

_STREAM = 3
_DIRECTIONS, _PHASES = 24, 16
_WALKING = 0.35
_SHUTTER = 0.03
_KEPT = 256
_SMALL = 75
_Image = Image.Image


class StreetPictures:
    """The pictures of one scene; figures are drawn when they are first needed, and cached."""

    def __init__(self, scene: Scene, seed: int, world: World, view: View) -> None:
        self._scene, self._world, self._view = scene, world, view
        rng = np.random.default_rng([_STREAM, seed, zlib.crc32(scene.name.encode())])
        self._backdrop = draw_backdrop(scene, world, rng)
        self._clothes = [dress(appearance) for appearance in world.appearance]
        self._heading, self._walks = _facing(scene, world)
        self._things = [draw_furniture(thing, rng) for thing in scene.furniture]
        # Weak, so that the cache does not hold its own pictures: they go when nobody needs them any
        # more.
        draw = weakref.proxy(self)
        self._figure = lru_cache(_KEPT)(lambda *figure: StreetPictures._draw(draw, *figure))
        self._haze = tuple(int(value) for value in rng.integers((165, 172, 178), (205, 212, 222)))
        self._thickness = float(rng.uniform(0.05, 0.3))
        self._shadow = _shadow(float(rng.uniform(0.25, 0.5)))
        self._shadow_side = float(rng.uniform(-0.25, 0.25))
        self._gains = _light(scene, rng)
        self._noise = np.rint(
            rng.standard_normal((scene.height, scene.width * 3)) * rng.uniform(1.2, 3.0)
        ).astype(np.int16)

    def __len__(self) -> int:
        return self._scene.length

    def read(self, index: int) -> Picture:
        """Return the frame with this 1-based index."""
        if not 1 <= index <= len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        frame = index - 1
        canvas = self._ground(frame)
        self._people(canvas, frame)
        return self._exposed(canvas, frame)

    def iterate(self) -> Iterator[Picture]:
        """Yield all frames in order, drawn ahead."""
        return decode_ahead(self.read(index) for index in range(1, len(self) + 1))

    def empty(self, index: int) -> Picture:
        """Return the frame with this 1-based index without people, furniture and shadows."""
        return self._exposed(self._ground(index - 1), index - 1)

    def _ground(self, frame: int) -> _Image:
        """Return the backdrop as the camera sees it."""
        scene, drop = self._scene, self._backdrop
        zoom, shift = self._world.zoom[frame], self._world.shift[frame]
        left = (-scene.width / 2 - shift[0]) / zoom + scene.width / 2 + drop.left
        top = (-scene.height / 2 - shift[1]) / zoom + scene.height / 2 + drop.top
        box = (left, top, left + scene.width / zoom, top + scene.height / zoom)
        return drop.image.resize((scene.width, scene.height), Image.Resampling.BILINEAR, box=box)

    def _people(self, canvas: _Image, frame: int) -> None:
        """Draw the shadows, then people and furniture from far to near."""
        view = self._view
        boxes, depth = view.boxes_xyxy[frame], view.depth[frame]
        count = view.present.shape[1]
        seen = (
            (boxes[:, 2] > 0)
            & (boxes[:, 0] < canvas.width)
            & (boxes[:, 3] > 0)
            & (boxes[:, 1] < canvas.height)
        )
        seen[:count] &= (self._world.z[frame] > 1.0) & (depth[:count] < FARTHEST + 4)
        order = [int(thing) for thing in np.argsort(-depth, kind="stable") if seen[thing]]
        for thing in order:
            self._paste_shadow(canvas, boxes[thing], thing < count)
        for thing in order:
            if thing < count:
                image, box = self.placed_figure(frame + 1, thing)
            else:
                image, box = self._things[thing - count], tuple(boxes[thing].tolist())
            sprite, corner = _placed(image, box)
            canvas.paste(self._hazed(sprite, float(depth[thing])), corner, sprite.getchannel("A"))

    def placed_figure(
        self, index: int, person: int
    ) -> tuple[Image.Image, tuple[float, float, float, float]]:
        """Return the figure of a person in a frame, and the box xyxy into which it is drawn.

        The figure has a clear border of 2 pixels.
        """
        box = self._view.boxes_xyxy[index - 1, person]
        small = bool(box[3] - box[1] < _SMALL)
        image = self._figure(person, *self._pose(index - 1, person), small)
        return image, _fitted(box, image)

    def _pose(self, frame: int, person: int) -> tuple[int, int]:
        """Return the quantised heading of a person, and the phase of the gait (-1 if standing)."""
        direction = round(self._heading[frame, person] / (2 * math.pi) * _DIRECTIONS) % _DIRECTIONS
        if not self._walks[frame, person]:
            return direction, -1
        return direction, round(
            self._world.stride[frame, person] / (2 * math.pi) * _PHASES
        ) % _PHASES

    def _draw(self, person: int, direction: int, phase: int, small: bool) -> _Image:
        """Draw a person in a pose, in one of two sizes."""
        turn, step = 2 * math.pi / _DIRECTIONS, 2 * math.pi / _PHASES
        image = draw_figure(
            self._clothes[person],
            direction * turn,
            max(phase, 0) * step,
            phase >= 0,
            TALL // 2 if small else TALL,
        )
        return _padded(image)

    def _hazed(self, sprite: _Image, depth: float) -> _Image:
        """Return the sprite with the haze of its distance."""
        share = self._thickness * max(0.0, depth - 6) / 20
        return Image.blend(sprite, Image.new("RGBA", sprite.size, self._haze), share)

    def _paste_shadow(self, canvas: _Image, box: FloatArray, person: bool) -> None:
        width = box[2] - box[0]
        half = 0.75 * width if person else 0.6 * width
        deep = 0.16 * width if person else 0.08 * width
        middle = (box[0] + box[2]) / 2 + self._shadow_side * width
        x0, x1 = round(middle - half), round(middle + half)
        y0, y1 = round(box[3] - deep), round(box[3] + deep)
        mask = self._shadow.resize((max(1, x1 - x0), max(1, y1 - y0)), Image.Resampling.BILINEAR)
        canvas.paste((24, 25, 32), (x0, y0, x0 + mask.width, y0 + mask.height), mask)

    def _exposed(self, canvas: _Image, frame: int) -> Picture:
        """Apply the effects of the sensor: motion blur, light and noise."""
        height, width = canvas.height, canvas.width
        pixels = np.asarray(_blurred(canvas, self._moved(frame))).reshape(height, width * 3)
        lit = (pixels.astype(np.uint16) * self._gains[frame]) >> 7
        rows, columns = (frame * 97 + 31) % height, (frame * 211 + 17) % width * 3
        signed = lit.view(np.int16)
        signed[: height - rows, : width * 3 - columns] += self._noise[rows:, columns:]
        signed[height - rows :, : width * 3 - columns] += self._noise[:rows, columns:]
        signed[: height - rows, width * 3 - columns :] += self._noise[rows:, :columns]
        signed[height - rows :, width * 3 - columns :] += self._noise[:rows, :columns]
        np.clip(signed, 0, 255, out=signed)
        return np.asarray(signed, np.uint8).reshape(height, width, 3)

    def _moved(self, frame: int) -> tuple[int, int]:
        """Return how far the camera turned while the shutter was open, in pixels."""
        before, after = max(frame - 1, 0), min(frame + 1, len(self) - 1)
        seconds = max(after - before, 1) / self._scene.frame_rate
        speed = (self._world.shift[after] - self._world.shift[before]) / seconds
        return round(float(speed[0]) * _SHUTTER), round(float(speed[1]) * _SHUTTER)


def _facing(scene: Scene, world: World) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return the directions that people face (T, P), and whether they walk.

    A standing person keeps the direction of the last step.
    """
    speed = np.hypot(np.gradient(world.x, axis=0), np.gradient(world.z, axis=0)) * scene.frame_rate
    walks = speed > _WALKING
    frames = np.arange(len(walks))[:, None]
    last = np.maximum.accumulate(np.where(walks, frames, -1), axis=0)
    first = np.where(walks.any(axis=0), walks.argmax(axis=0), 0)
    return np.take_along_axis(world.heading, np.where(last >= 0, last, first), axis=0), walks


def _light(scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.uint16]:
    """Return gains (T, 3 W) in 128ths: slowly changing light with a tint, never above 1.9."""
    seconds = np.arange(scene.length) / scene.frame_rate
    tint = 1 + rng.uniform(-0.05, 0.05, 3)
    level = rng.uniform(0.82, 1.08)
    wave = 1 + rng.uniform(0.03, 0.12) * np.sin(
        2 * np.pi * seconds / rng.uniform(6, 20) + rng.uniform(0, 2 * np.pi)
    )
    warm = 0.03 * np.sin(2 * np.pi * seconds / rng.uniform(10, 30) + rng.uniform(0, 2 * np.pi))
    gain = level * wave[:, None] * (tint + warm[:, None] * np.array([1.0, 0.0, -1.0]))
    return np.tile(np.rint(gain * 128).astype(np.uint16), (1, scene.width))


def _shadow(strength: float) -> _Image:
    """Return a soft dark ellipse."""
    y, x = np.mgrid[-1:1:24j, -1:1:64j]
    return Image.fromarray(
        np.rint(255 * strength * np.clip(1 - x * x - y * y, 0, 1)).astype(np.uint8), "L"
    )


def _padded(image: _Image) -> _Image:
    """Return an image with a clear border of two pixels, premultiplied for resizing."""
    result = Image.new("RGBA", (image.width + 4, image.height + 4), (0, 0, 0, 0))
    result.paste(image, (2, 2))
    return result.convert("RGBa")


def _fitted(box: FloatArray, image: _Image) -> tuple[float, float, float, float]:
    """Return the box into which a figure is drawn.

    Head and feet touch the edges of the given box, and the width matches it within natural limits.
    """
    height, width = box[3] - box[1], box[2] - box[0]
    natural = height * (image.width - 4) / (image.height - 4)
    wide = natural * min(max(0.98 * width / natural, 0.8), 1.15)
    middle = (box[0] + box[2]) / 2
    return float(middle - wide / 2), float(box[1]), float(middle + wide / 2), float(box[3])


def _placed(image: _Image, box: tuple[float, ...]) -> tuple[_Image, tuple[int, int]]:
    """Resample an image with a border of 2 pixels so that its inside covers a box.

    Returns:
        The resampled image, and the corner at which to paste it.
    """
    x0, y0, x1, y1 = math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])
    sx, sy = (image.width - 4) / (box[2] - box[0]), (image.height - 4) / (box[3] - box[1])
    source = (
        max(0.0, 2 + (x0 - box[0]) * sx),
        max(0.0, 2 + (y0 - box[1]) * sy),
        min(float(image.width), 2 + (x1 - box[0]) * sx),
        min(float(image.height), 2 + (y1 - box[1]) * sy),
    )
    return image.resize((x1 - x0, y1 - y0), Image.Resampling.BOX, box=source).convert("RGBA"), (
        x0,
        y0,
    )


def _blurred(canvas: _Image, moved: tuple[int, int]) -> Picture:
    """Return the mean of the picture and two copies shifted along the motion of the camera."""
    pixels = np.asarray(canvas)
    dx, dy = moved
    if not dx and not dy:
        return pixels
    reach = max(abs(dx), abs(dy))
    wide = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="edge").astype(np.uint16)
    height, width = pixels.shape[:2]

    def at(x: int, y: int) -> npt.NDArray[np.uint16]:
        return wide[reach + y : reach + y + height, reach + x : reach + x + width]

    return ((2 * at(0, 0) + at(dx, dy) + at(-dx, -dy)) >> 2).astype(np.uint8)
