"""Figures from a bundle: one kind a file, all of them in ``FIGURES``."""

from dataclasses import replace

from reports.figures.registry import FIGURES, FigureKind
from reports.figures.series import Series, series_of
from reports.schema import Bundle

__all__ = ["FIGURES", "FigureKind", "Series", "curves_svg", "scatter_svg", "series_of"]


def curves_svg(bundle: Bundle, metric: str) -> str | None:
    """One metric over alpha, without a legend; None where no row has a curve."""
    drawing = FIGURES["curves"].drawing(bundle, (metric,))
    return None if drawing is None else replace(drawing, name=f"curve-{metric}", legend=()).page()


def scatter_svg(bundle: Bundle) -> str | None:
    """Detection against association accuracy; None where no row has both."""
    return FIGURES["plane"].svg(bundle)
