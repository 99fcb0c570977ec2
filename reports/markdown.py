"""Markdown for a pull request: the leaderboard with intervals and verdicts, and what a reader must know."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def markdown_text(text: str) -> str:
    r"""Text as it stands, whatever it holds: on one line, nothing of it read as Markdown or HTML.

    >>> print(markdown_text("<b>a|b</b> *c*"))
    \<b\>a\|b\</b\> \*c\*
    """
    return (
        _SPECIAL.sub(r"\\\1", " ".join(text.split()))
        .replace("@", "@\u200b")
        .replace("://", ":\u200b//")
    )


def markdown_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    bold: Sequence[tuple[int, int]] = (),
    numbers: bool = True,
) -> str:
    """A table: the first column to the left, numbers to the right; cells are escaped here.

    Args:
        headings: one a column.
        rows: of as many cells.
        bold: row and column of cells in bold.
        numbers: whether all columns but the first are numbers.
    """
    lines = [
        "| " + " | ".join(markdown_text(heading) for heading in headings) + " |",
        "|"
        + "|".join([" :--- ", *[" ---: " if numbers else " :--- "] * (len(headings) - 1)])
        + "|",
    ]
    for place, row in enumerate(rows):
        cells = [
            f"**{markdown_text(cell)}**"
            if (place, column) in bold and cell
            else markdown_text(cell)
            for column, cell in enumerate(row)
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
