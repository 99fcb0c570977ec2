"""Figures from a bundle: one kind a file, all of them in ``FIGURES``."""

from mot_bench.reports.figures.registry import FIGURES, FigureKind
from mot_bench.reports.figures.series import Series, series_of

__all__ = ["FIGURES", "FigureKind", "Series", "series_of"]
