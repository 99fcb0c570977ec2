"""Colours, lines and markers, the same in every figure: told apart by colour, and in grey by line style and marker.

In a page the colours are the page's own (``currentColor`` and the custom properties ``--s0`` ...
``--s7``), so that one figure serves dark and light: it is drawn in placeholders that
``mot_bench.reports.figures.output`` replaces. On paper they are the page's light ones, which all
have a contrast of at least 4.5 to white.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

COLOURS = 8
DASHES: tuple[Any, ...] = ("solid", (0, (4, 2)))
HATCHES = ("", "///", "\\\\\\", "xx", "--")
MARKERS = "osD^vPX*"
MAX_PLACES = 2 * COLOURS
GREEN, ORANGE = 2, 1


@dataclass(frozen=True)
class Palette:
    """The colours of one medium.

    Attributes:
        ink: of text and axes.
        muted: of what stands behind.
        grid: of grid lines.
        rule: of rows that have no colour of their own.
        paper: behind everything.
        series: of everything that is told apart.
    """

    ink: str
    muted: str
    grid: str
    rule: str
    paper: str
    series: tuple[str, ...]

    def of(self, look: Look, *, points: bool = False) -> str:
        """The colour of something; of what stays grey, points are darker than lines."""
        if look.colour is not None:
            return self.series[look.colour]
        return self.muted if points else self.rule


@dataclass(frozen=True)
class Look:
    """How one thing is drawn, everywhere alike: ``colour`` 0 to 7, ``dash`` 0 or 1.

    No colour for what stays grey.
    """

    colour: int | None
    dash: int = 0

    @property
    def marker(self) -> str:
        """Shape of its points: one for each colour, so that colour is never the only sign."""
        return MARKERS[self.colour] if self.colour is not None else "."

    @property
    def line(self) -> Any:
        """Line style: solid for the first eight, dashed for the next."""
        return DASHES[self.dash]

    @property
    def filled(self) -> bool:
        """Points of the first eight are filled, of the next hollow."""
        return self.dash == 0

    def face(self, palette: Palette) -> str:
        """Colour inside its points."""
        return palette.of(self, points=True) if self.filled else "none"


def look_at(place: int | None) -> Look:
    """The look of the thing at a place, from 0; from 16 on they repeat."""
    return Look(None) if place is None else Look(place % COLOURS, place // COLOURS % 2)


PAGE = Palette(
    "#010203",
    "#070809",
    "#040506",
    "#0c0d0e",
    "#0f1011",
    tuple(f"#0a0b{10 + index}" for index in range(COLOURS)),
)
PAGE_COLOURS = {
    PAGE.ink: "currentColor",
    PAGE.muted: "var(--muted)",
    PAGE.grid: "var(--grid)",
    PAGE.rule: "var(--rule)",
    PAGE.paper: "var(--paper)",
    **{colour: f"var(--s{index})" for index, colour in enumerate(PAGE.series)},
}
PAPER = Palette(
    "#1b1f24",
    "#5d6670",
    "#d9dee3",
    "#a9b1b9",
    "#ffffff",
    ("#0067ab", "#c75000", "#007f61", "#a63d84", "#8a6d00", "#3b3fb6", "#b3261e", "#4d5761"),
)


def style(palette: Palette) -> dict[Any, Any]:
    """Settings of matplotlib for a medium.

    The same figure gives the same bytes, and text is never read as formulas.
    """
    return {
        "svg.hashsalt": "mot-bench",
        "svg.fonttype": "none" if palette is PAGE else "path",
        "pdf.fonttype": 42,
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.parse_math": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.unicode_minus": False,
        "axes.titlesize": 9,
        "axes.axisbelow": True,
        "grid.color": palette.grid,
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.7,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "text.color": palette.ink,
        "axes.labelcolor": palette.ink,
        "axes.titlecolor": palette.ink,
        "axes.edgecolor": palette.ink,
        "xtick.color": palette.ink,
        "ytick.color": palette.ink,
    }
