"""A figure as a list of panels with one legend: side by side on paper, one SVG each in a page, where they may wrap.

In a page a panel is as wide as a phone, so that its text is never shrunk there; on paper the panels
share the width of a text block.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Patch
from matplotlib.transforms import Affine2D

from mot_bench.reports.figures.output import page_svg
from mot_bench.reports.figures.palette import HATCHES, PAGE, PAPER, Look, Palette, style

PAGE_WIDTH = 3.6
PAPER_WIDTH = 7.2
SINGLE_WIDTH = 4.6
MAX_LABEL = 28
MAX_ENTRY = 48


@dataclass(frozen=True)
class Mark:
    """An entry of a legend: a line with points, points alone, a line alone, or a filled bar.

    Attributes:
        label: of any length; cut where it is shown.
        look: colour, line and marker.
        line: whether it has a line; ``points``: whether it has points.
        hatch: number of a bar's hatching; None where it is no bar.
        shape: of its points, where it is not the look's.
    """

    label: str
    look: Look
    line: bool = True
    points: bool = True
    hatch: int | None = None
    shape: str = ""

    @property
    def marker(self) -> str:
        """Shape of its points."""
        return self.shape or self.look.marker

    def artist(self, palette: Palette) -> Artist:
        """For a legend of matplotlib."""
        colour = palette.of(self.look, points=not self.line)
        if self.hatch is not None:
            return Patch(
                facecolor=colour,
                edgecolor=palette.paper,
                linewidth=0,
                hatch=HATCHES[self.hatch],
                label=short(self.label, MAX_ENTRY),
            )
        return Line2D(
            [],
            [],
            color=colour,
            linestyle=self.look.line if self.line else "none",
            marker=self.marker if self.points else "none",
            markerfacecolor=self.look.face(palette),
            markersize=5,
            linewidth=1.5,
            label=short(self.label, MAX_ENTRY),
        )

    def svg(self) -> str:
        """For a legend of a page: a small picture."""
        grey = "var(--rule)" if self.line else "var(--muted)"
        colour = grey if self.look.colour is None else f"var(--s{self.look.colour})"
        if self.hatch is not None:
            lines = f'<path d="{_HATCHINGS[self.hatch]}" style="stroke: var(--paper); stroke-width: 1"/>'
            return _SWATCH.format(
                f'<rect x="2" y="1" width="24" height="10" style="fill: {colour}"/>{lines}'
            )
        parts = ""
        if self.line:
            dashes = ' stroke-dasharray="5 3"' if self.look.dash else ""
            parts += f'<line x1="0" y1="6" x2="28" y2="6" style="stroke: {colour}; stroke-width: 2"{dashes}/>'
        if self.points:
            fill = colour if self.look.filled else "var(--paper)"
            way = f"fill: {fill}; stroke: {colour}; stroke-width: 1.5"
            parts += f'<path d="{_outline(self.marker)}" style="{way}"/>'
        return _SWATCH.format(parts)


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes:
        draw: everything whose place does not depend on the layout.
        title: what it shows, with its unit.
        finish: called when the layout is settled, for labels that must not overlap.
    """

    draw: Callable[[Axes, Palette], None]
    title: str = ""
    finish: Callable[[Figure, Axes, Palette], None] | None = None


@dataclass(frozen=True)
class Drawing:
    """A figure before it is drawn.

    Attributes:
        name: of the figure, part of the ids in its SVG.
        description: one line for those who do not see it.
        panels: at least one.
        legend: entries for all panels.
        columns: panels side by side on paper.
        height: of a panel in inches.
        shared_rows: the panels have the same rows, so that on paper the first of each line names
            them.
        width: of a single panel in inches.
    """

    name: str
    description: str
    panels: tuple[Panel, ...]
    legend: tuple[Mark, ...] = ()
    columns: int = 3
    height: float = 2.9
    shared_rows: bool = False
    width: float = SINGLE_WIDTH

    def figure(self) -> Figure:
        """All panels and the legend, for a paper: ``mot_bench.reports.figures.output.file_bytes`` writes it."""
        columns = min(self.columns, len(self.panels))
        rows = -(-len(self.panels) // columns)
        width = self.width if columns == 1 else PAPER_WIDTH
        with mpl.rc_context(style(PAPER)):
            figure = Figure(
                figsize=(width, rows * self.height + self._legend_height(width)),
                layout="constrained",
            )
            grid = figure.subplots(rows, columns, squeeze=False).ravel()
            for place, (axes, panel) in enumerate(zip(grid, self.panels, strict=False)):
                _draw(panel, axes, PAPER)
                if self.shared_rows and place % columns:
                    axes.tick_params(axis="y", labelleft=False)
                    axes.set_ylabel("")
            for axes in grid[len(self.panels) :]:
                axes.remove()
            if self.legend:
                figure.legend(
                    handles=[mark.artist(PAPER) for mark in self.legend],
                    loc="outside lower left",
                    ncols=self._legend_columns(width),
                    handlelength=self._handle(),
                )
            _settle(figure)
            for axes, panel in zip(grid, self.panels, strict=False):
                if panel.finish:
                    panel.finish(figure, axes, PAPER)
        return figure

    def page(self) -> str:
        """All panels as SVG elements and the legend as a list, for a page."""
        single = len(self.panels) == 1
        parts = []
        for place, panel in enumerate(self.panels):
            with mpl.rc_context(style(PAGE)):
                figure = Figure(
                    figsize=(self.width if single else PAGE_WIDTH, self.height),
                    layout="constrained",
                )
                axes = figure.subplots()
                _draw(panel, axes, PAGE)
                _settle(figure)
                if panel.finish:
                    panel.finish(figure, axes, PAGE)
                said = (
                    f"{self.description}: {panel.title}"
                    if panel.title and not single
                    else self.description
                )
                parts.append(page_svg(figure, f"{self.name}-{place}", said))
        shown = "".join(f"<div>{part}</div>" for part in parts)
        shown = f'<div class="{"scatter" if single else "panels"}">{shown}</div>'
        if not self.legend:
            return shown
        entries = "".join(
            f"<li>{mark.svg()} {html.escape(mark.label)}</li>" for mark in self.legend
        )
        return f'{shown}\n<ul class="legend" aria-label="Legend">{entries}</ul>'

    def _handle(self) -> float:
        """Length of a legend's lines, in font sizes."""
        return 3.0 if any(mark.line or mark.hatch is not None for mark in self.legend) else 1.2

    def _legend_columns(self, width: float) -> int:
        longest = max(len(short(mark.label, MAX_ENTRY)) for mark in self.legend)
        return max(
            1, min(len(self.legend), int(width / (0.3 + 0.12 * self._handle() + 0.06 * longest)))
        )

    def _legend_height(self, width: float) -> float:
        return (
            0.1 + 0.18 * -(-len(self.legend) // self._legend_columns(width)) if self.legend else 0.0
        )


def short(label: str, most: int = MAX_LABEL) -> str:
    """A label cut to a length."""
    return label if len(label) <= most else label[: most - 1] + "…"


_UP = "M2 11L12 1M10 11L20 1M18 11L26 3"
_DOWN = "M2 1L12 11M10 1L20 11M18 1L26 9"
_HATCHINGS = ("", _UP, _DOWN, _UP + _DOWN, "M2 4H26M2 8H26")
_SWATCH = '<svg class="mark" width="28" height="12" aria-hidden="true">{}</svg>'


def _draw(panel: Panel, axes: Axes, palette: Palette) -> None:
    axes.grid(visible=True)
    panel.draw(axes, palette)
    if panel.title:
        axes.set_title(panel.title)


def _settle(figure: Figure) -> None:
    """Lay a figure out.

    Labels of axes that are longer than their axes are broken into two lines.
    """
    _lay_out(figure)
    broken = False
    for axes in figure.axes:
        frame = axes.get_window_extent()
        for label, room, side in (
            (axes.xaxis.label, frame.width, "width"),
            (axes.yaxis.label, frame.height, "height"),
            (axes.title, frame.width, "width"),
        ):
            text = label.get_text()
            if " " in text and getattr(label.get_window_extent(), side) > 1.02 * room:
                label.set_text(_in_two(text))
                broken = True
    if broken:
        _lay_out(figure)
    figure.set_layout_engine(
        "none"
    )  # it keeps what it has: once more would cost as much as drawing


def _lay_out(figure: Figure) -> None:
    """Without drawing, which would cost as much again."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)


def _in_two(text: str) -> str:
    """Broken at the space that is nearest to the middle.

    >>> _in_two("gain in HOTA (% points)").splitlines()
    ['gain in HOTA', '(% points)']
    """
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def _outline(marker: str) -> str:
    """A marker of matplotlib as a path in the middle of a swatch."""
    style_of = MarkerStyle(marker)
    path = style_of.get_path().transformed(
        style_of.get_transform() + Affine2D().scale(8, -8).translate(14, 6)
    )
    shapes = [np.asarray(shape, float) for shape in path.to_polygons(closed_only=False)]
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shape) + "Z" for shape in shapes)
