"""HTML that can be read on a phone: rows of tables that can stand as lists, options that are not broken (extra.css)."""

from __future__ import annotations

import re

FEWEST_COLUMNS = 3
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_HEADING = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td(?=[ >])")
_TAG = re.compile(r"<[^>]+>")
_COMMANDS = re.compile(r'<div class="language-sh highlight">.*?</div>', re.DOTALL)
_OPTION = re.compile(r"(?<=[ >])--[a-z][a-z-]*(?=[ \n<=])")


def readable_on_a_phone(page: str) -> str:
    """A page whose cells know their column's heading, and whose commands keep each option in one piece.

    Every cell of a table of three or more columns has the heading as ``data-heading``; every option
    of a command is a ``span`` of the class ``option``.
    """
    page = _TABLE.sub(lambda table: _labelled(table[0]), page)
    return _COMMANDS.sub(
        lambda block: _OPTION.sub(r'<span class="option">\g<0></span>', block[0]), page
    )


def _labelled(table: str) -> str:
    headings = [_TAG.sub("", heading).replace('"', "&quot;") for heading in _HEADING.findall(table)]
    if len(headings) < FEWEST_COLUMNS:
        return table

    def row(found: re.Match[str]) -> str:
        left = iter(headings)
        return _CELL.sub(lambda _: f'<td data-heading="{next(left, "")}"', found[0])

    return _ROW.sub(row, table)
