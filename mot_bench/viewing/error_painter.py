"""Marks of errors on pictures of a video: in words beside the box, and in forms that differ without colour."""

from __future__ import annotations

from collections.abc import Sequence as Ordered

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mot_bench.datasets.picture_decoding import Picture
from mot_bench.reports.explanation import Kind
from mot_bench.reports.viewer_files import Span

Colour = tuple[int, int, int]
Corners = tuple[float, float, float, float]

_COLOURS: dict[Kind, Colour] = {  # as the viewer's scripts (colours.js) have them
    "identity switch": (255, 95, 178),
    "false negative": (255, 176, 0),
    "false positive": (255, 106, 77),
    "loose box": (159, 180, 255),
    "fragmentation": (53, 208, 186),
}
_WORDS: dict[Kind, str] = {
    "identity switch": "switch",
    "false negative": "missed",
    "false positive": "false",
    "loose box": "loose",
    "fragmentation": "broken",
}
_HELD_SECONDS: dict[Kind, float] = {"identity switch": 1.0, "fragmentation": 0.4}
_DARK = (11, 13, 16)


class ErrorPainter:
    """Draws errors into pictures of one run and sequence."""

    def __init__(self, name: str, spans: Ordered[Span], height: int, frame_rate: float) -> None:
        """A painter for pictures of this height in pixels; ``name`` stands in the corner."""
        self._name, self._rate = name, frame_rate
        self._spans = sorted(spans, key=lambda span: span.frame)
        self._line = max(2, round(height / 240))
        self._font = ImageFont.load_default(size=max(11, height // 42))

    def draw(
        self, picture: Picture, frame: int, people: dict[int, Corners], tracks: dict[int, Corners]
    ) -> Picture:
        """A copy of the picture (H, W, 3) uint8 RGB with the errors of a frame.

        Args:
            picture: with the tracks drawn in, or not.
            frame: 1-based.
            people: corners x1, y1, x2, y2 of the ground truth by id.
            tracks: likewise of the tracks.
        """
        image = Image.fromarray(picture)
        canvas = ImageDraw.Draw(image)
        words: dict[Corners, list[tuple[Kind, str]]] = {}
        counts: dict[Kind, int] = {}
        for span in self._spans:
            held = round(self._rate * _HELD_SECONDS.get(span.kind, 0))
            if not span.frame <= frame <= span.last + held:
                continue
            if frame <= span.last:
                counts[span.kind] = counts.get(span.kind, 0) + 1
            missed = span.kind == "false negative"
            box = people.get(span.truth or 0) if missed else tracks.get(span.track or 0)
            if box is None:
                continue
            self._mark(canvas, box, span.kind)
            word = f"was {span.other}" if span.kind == "identity switch" else _WORDS[span.kind]
            words.setdefault(box, []).append((span.kind, word))
        for box, said in words.items():
            self._label(canvas, image.size, box, said)
        self._corner(canvas, image.size, frame, counts)
        return np.asarray(image)

    def _mark(self, canvas: ImageDraw.ImageDraw, box: Corners, kind: Kind) -> None:
        colour = _COLOURS[kind]
        if kind == "false negative":
            _dashes(canvas, box, colour, self._line)
            return
        canvas.rectangle(box, outline=colour, width=self._line + 1)
        if kind == "false positive":
            x1, y1, x2, y2 = box
            canvas.line((x1, y1, x2, y2), fill=colour, width=self._line)
            canvas.line((x1, y2, x2, y1), fill=colour, width=self._line)

    def _label(
        self,
        canvas: ImageDraw.ImageDraw,
        size: tuple[int, int],
        box: Corners,
        said: list[tuple[Kind, str]],
    ) -> None:
        """What is wrong, under the box: over it stands the id."""
        text = " · ".join(dict.fromkeys(word for _, word in said))
        width, height = self._size(text)
        left = min(max(0.0, box[0]), size[0] - width)
        top = min(max(0.0, box[3]), size[1] - height)
        canvas.rectangle((left, top, left + width, top + height), fill=_COLOURS[said[0][0]])
        canvas.text((left + 3, top + 2), text, fill=_DARK, font=self._font)

    def _corner(
        self,
        canvas: ImageDraw.ImageDraw,
        size: tuple[int, int],
        frame: int,
        counts: dict[Kind, int],
    ) -> None:
        wrong = ", ".join(f"{count} {_WORDS[kind]}" for kind, count in counts.items())
        text = f"{self._name} · frame {frame}" + (f" · {wrong}" if wrong else "")
        width, height = self._size(text)
        canvas.rectangle((0, size[1] - height, width, size[1]), fill=_DARK)
        canvas.text((3, size[1] - height + 2), text, fill=(255, 255, 255), font=self._font)

    def _size(self, text: str) -> tuple[float, float]:
        left, _, right, _ = self._font.getbbox(text)
        ascent_and_descent = self._font.getbbox("Ag")[3]
        return right - left + 6, ascent_and_descent + 5


def _dashes(canvas: ImageDraw.ImageDraw, box: Corners, colour: Colour, width: int) -> None:
    """A dashed rectangle."""
    x1, y1, x2, y2 = box
    step = 4 * width
    for start, end in (
        ((x1, y1), (x2, y1)),
        ((x2, y1), (x2, y2)),
        ((x1, y2), (x2, y2)),
        ((x1, y1), (x1, y2)),
    ):
        length = abs(end[0] - start[0]) + abs(end[1] - start[1])
        for at in np.arange(0, length, step):
            parts = at / length, min(1.0, (at + 0.6 * step) / length)
            points = [(start[i] + (end[i] - start[i]) * part) for part in parts for i in (0, 1)]
            canvas.line(points, fill=colour, width=width)
