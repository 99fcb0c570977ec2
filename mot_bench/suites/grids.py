"""Expand the ``[[grid]]`` tables of a suite to runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from string import Formatter
from typing import Any

from mot_bench.errors import quoted
from mot_bench.suites.faults import Source, fault

Table = dict[str, Any]


def expand(grid: Table, source: Source) -> Iterator[Table]:
    """Yield the runs of a grid; the last key of ``over`` changes fastest.

    Raises:
        InputError: ``over`` is not a table of lists, or a name or title has an unknown field.
    """
    name, title = grid["name"], grid.get("title")
    over = _values_by_parameter(grid, source)
    _check_fields(grid, over, source)
    for values in itertools.product(*over.values()):
        chosen = dict(zip(over, values, strict=True))
        texts = {key: _text(value) for key, value in chosen.items()}
        run = {key: value for key, value in grid.items() if key != "over"}
        run["name"] = name.format_map(texts)
        if isinstance(title, str):
            run["title"] = title.format_map(texts)
        yield {**run, "parameters": {**grid.get("parameters", {}), **chosen}}


def _values_by_parameter(grid: Table, source: Source) -> Table:
    """Return ``over`` of a grid, a table of lists."""
    over = grid.get("over")
    if isinstance(over, dict) and over and all(map(_is_filled_list, over.values())):
        return over
    expected = "[grid.over] with a list of values for each parameter"
    raise fault([source], "over", expected, quoted(over), grid["name"])


def _is_filled_list(values: object) -> bool:
    return isinstance(values, list) and bool(values)


def _check_fields(grid: Table, over: Table, source: Source) -> None:
    """Refuse fields in braces that are not keys of ``over`` (``InputError``)."""
    name = grid["name"]
    fields = {*_fields(name, source, name), *_fields(str(grid.get("title", "")), source, name)}
    if unknown := fields - set(over):
        expected = f"in braces only keys of [grid.over]: {', '.join(over)}"
        raise fault([source], "name", expected, f"{{{min(unknown)}}} in {name!r}", name)


def _fields(text: str, source: Source, grid: str) -> list[str]:
    try:
        return [field for _, field, _, _ in Formatter().parse(text) if field is not None]
    except ValueError as error:
        expected = "a name with {parameter} in it"
        raise fault([source], "name", expected, f"{text!r} ({error})", grid) from error


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
