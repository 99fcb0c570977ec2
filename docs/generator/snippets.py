"""Tables and examples that pages written by hand ask for, as ``{{ figures }}``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.generator.markdown import cell, code, table
from mot_bench.reports.explanation import CAUSES, KIND_MEANINGS, KINDS, REPAIRS
from mot_bench.reports.figures.registry import FIGURES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def figures() -> str:
    """Every figure that can be drawn."""
    rows = [(code(name), cell(kind.shows), cell(kind.needs)) for name, kind in FIGURES.items()]
    return table(("name", "shows", "needs"), rows)


def causes() -> str:
    """Every kind of error with its causes."""
    parts = []
    for kind in KINDS:
        parts += [f"**{kind.capitalize()}**: {KIND_MEANINGS[kind]}.", ""]
        parts += [
            table(
                ("cause", "meaning"),
                [(cell(name), cell(text)) for name, text in CAUSES[kind].items()],
            )
        ]
    return "\n".join(parts)


def repairs() -> str:
    """What repairing each kind of error means."""
    return table(("error", "repair"), [(kind, cell(REPAIRS[kind])) for kind in KINDS])


def example(path: str, language: str) -> str:
    """A file of ``examples/`` as a block."""
    text = (EXAMPLES / path).read_text(encoding="utf-8")
    return f'```{language} title="examples/{path}"\n{text}```'


SNIPPETS: dict[str, Callable[[], str]] = {
    "figures": figures,
    "causes": causes,
    "repairs": repairs,
    "my_tracker": partial(example, "my_tracker.py", "python"),
    "gate_workflow": partial(example, "github-actions/tracker-gate.yml", "yaml"),
}


def filled(markdown: str) -> str:
    """Markdown with every ``{{ name }}`` of ``SNIPPETS`` replaced."""
    for name, make in SNIPPETS.items():
        mark = f"{{{{ {name} }}}}"
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown
