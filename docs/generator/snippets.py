"""Short tables that pages written by hand ask for: ``{{ figures }}``, ``{{ causes }}``, ``{{ repairs }}``."""

from __future__ import annotations

from collections.abc import Callable

from docs.generator.markdown import cell, code, table
from reports.explanation import CAUSES, KIND_MEANINGS, KINDS, REPAIRS
from reports.figures.registry import FIGURES


def figures() -> str:
    """Every figure that can be drawn."""
    rows = [(code(name), cell(kind.shows), cell(kind.needs)) for name, kind in FIGURES.items()]
    return table(("name", "shows", "needs"), rows)


def causes() -> str:
    """Every kind of error with its causes."""
    parts = []
    for kind in KINDS:
        parts += [f"**{kind.capitalize()}**: {KIND_MEANINGS[kind]}.", ""]
        parts += [table(("cause", "meaning"), [(cell(name), cell(text)) for name, text in CAUSES[kind].items()])]
    return "\n".join(parts)


def repairs() -> str:
    """What repairing each kind of error means."""
    return table(("error", "repair"), [(kind, cell(REPAIRS[kind])) for kind in KINDS])


SNIPPETS: dict[str, Callable[[], str]] = {"figures": figures, "causes": causes, "repairs": repairs}


def filled(markdown: str) -> str:
    """Markdown with every ``{{ name }}`` of ``SNIPPETS`` replaced."""
    for name, make in SNIPPETS.items():
        mark = f"{{{{ {name} }}}}"
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown
