"""Figures of models and groups, as the page places them."""

from __future__ import annotations

from reports.figures import FIGURES
from reports.schema import Bundle


def model_figures(bundle: Bundle) -> list[tuple[str, str]]:
    """Those that there is anything for, by name: ``fairness``, ``sweep``, ``training``."""
    names = ("fairness", "sweep", "training")
    return [(name, svg) for name in names if (svg := FIGURES[name].svg(bundle)) is not None]


def fairness_svg(bundle: Bundle) -> str | None:
    """AP against TPR; None where no network has both."""
    return FIGURES["fairness"].svg(bundle)


def groups_svg(bundle: Bundle) -> str | None:
    """HOTA, AssA and IDF1 of the main runs, a mark a group; None where nothing is reported apart."""
    return FIGURES["groups"].svg(bundle)
