"""Figures as bytes: SVG elements for a page, and SVG, PNG and PDF files.

The same figure gives the same bytes.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from mot_bench.reports.figures.palette import PAGE, PAGE_COLOURS, PAPER, style

FORMATS = ("svg", "png", "pdf")
DPI = 200
_NO_DATES: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def file_bytes(figure: Figure, form: str) -> bytes:
    """A figure for a paper, as one of ``FORMATS``: PNG with 200 dots an inch, text in SVG as outlines.

    No date and no program is told.
    """
    target = io.BytesIO()
    with mpl.rc_context(style(PAPER)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(target, format=form, dpi=DPI, facecolor="white", metadata=_NO_DATES[form])
    return target.getvalue()


def page_svg(figure: Figure, name: str, description: str) -> str:
    """A figure drawn in the page's palette, as an SVG element: colours from the page, ids of its own, no prolog."""
    target = io.StringIO()
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set(facecolor="none", edgecolor="none")
    with mpl.rc_context(style(PAGE)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        canvas: Any = FigureCanvasSVG(figure)  # any: its methods are not typed
        canvas.print_svg(
            target, metadata=_NO_DATES["svg"]
        )  # once: savefig would draw everything twice
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"(\bid=\"|url\(#|href=\"#)", rf"\g<1>{name}-", text)
    for old, new in PAGE_COLOURS.items():
        text = text.replace(old, new)
    text = text.replace("'DejaVu Sans'", "inherit").replace("DejaVu Sans", "inherit")
    width, height = (re.search(rf'{side}="([\d.]+)pt"', text) for side in ("width", "height"))
    if width and height:
        text = text.replace(width.group(), f'width="{float(width.group(1)) * 4 / 3:.0f}"', 1)
        text = text.replace(height.group(), f'height="{float(height.group(1)) * 4 / 3:.0f}"', 1)
    return text.replace("<svg ", f'<svg role="img" aria-label="{html.escape(description)}" ', 1)
