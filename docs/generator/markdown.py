"""Small parts of Markdown: tables, code, and docstrings as paragraphs."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

_BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}", "min_length": "at least {} long"}
WIDE = "---\nhide: [toc]\n---\n"
"""Begins a page whose tables need the room of the table of contents."""
LONG = 48
_RULE = re.compile(r"=+(?: +=+)+")


def cell(text: str) -> str:
    """Text that is safe in a cell of a table: no bar, no line end, no HTML; a long one gets room.

    >>> cell("a | <b>")
    'a &#124; &lt;b>'
    """
    safe = " ".join(text.split()).replace("|", "&#124;").replace("<", "&lt;")
    return f'<span class="long">{safe}</span>' if len(safe) > LONG else safe


def code(text: object) -> str:
    """Text as code that is safe in a table; nothing for an empty text.

    >>> code("a|b")
    '<code>a&#124;b</code>'
    """
    safe = str(text).replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
    for sign in "*_[`":
        safe = safe.replace(sign, f"&#{ord(sign)};")
    return f"<code>{safe}</code>" if str(text) else ""


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already; an empty text where there are no rows."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if not lines:
        return ""
    return (
        "\n".join(["| " + " | ".join(heading) + " |", "|" + " --- |" * len(heading), *lines]) + "\n"
    )


def prose(docstring: str | None) -> str:
    """A docstring as Markdown: its double backticks, literal blocks and tables turned into Markdown's own."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    out: list[str] = []
    place = 0
    while place < len(lines):
        if _RULE.fullmatch(lines[place].strip()):
            rows, place = _simple_table(lines, place)
            out += ["", rows]
            continue
        out.append(lines[place])
        place += 1
    text = re.sub(r"``(.+?)``", r"`\1`", "\n".join(out))
    return _literal_blocks(text)


def first_line(docstring: str | None) -> str:
    """The first line of a docstring."""
    return inspect.cleandoc(docstring or "").partition("\n")[0]


def fields(model: type[BaseModel]) -> list[tuple[str, str, str, str, str]]:
    """Name, type, default, range and meaning of each field of a model, as Markdown."""
    return [
        (
            code(name),
            code(type_name(field)),
            code(default(field)),
            cell(limits(field)),
            cell(field.description or ""),
        )
        for name, field in model.model_fields.items()
    ]


def type_name(field: FieldInfo) -> str:
    """The type of a field as one reads it, such as ``float or none``."""
    return annotation_name(field.annotation)


def annotation_name(annotation: Any) -> str:
    """A type as one reads it.

    >>> annotation_name(float | None), annotation_name(Literal["a", "b"]), annotation_name(dict[str, int])
    ('float or none', '"a" or "b"', 'table of integer')
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return annotation_name(arguments[0])
    if origin in (types.UnionType, typing.Union):
        return " or ".join(annotation_name(each) for each in arguments)
    if origin is Literal:
        return " or ".join(json.dumps(each) for each in arguments)
    if origin is dict:
        return f"table of {annotation_name(arguments[1])}"
    if origin in (list, tuple):
        return "list of " + " and ".join(
            dict.fromkeys(annotation_name(each) for each in arguments if each is not ...)
        )
    words = {
        type(None): "none",
        int: "integer",
        str: "text",
        object: "anything",
        bool: "true or false",
    }
    return words.get(annotation, getattr(annotation, "__name__", str(annotation)))


def default(field: FieldInfo) -> str:
    """The default as one writes it in TOML; ``required`` where there is none."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "" if value is PydanticUndefined else shown(value)


def shown(value: object) -> str:
    """A value as one writes it in TOML; ``"none"`` stands for none."""
    if isinstance(value, BaseModel):
        return "see below"
    return json.dumps("none" if value is None else value, ensure_ascii=False, default=str)


def limits(field: FieldInfo) -> str:
    """The range of a field in words, empty where there is none."""
    ends = {
        name: getattr(part, name)
        for part in field.metadata
        for name in ("ge", "le")
        if hasattr(part, name)
    }
    if len(ends) == 2:
        return f"{ends['ge']} to {ends['le']}"
    found = [
        form.format(getattr(part, name))
        for part in field.metadata
        for name, form in _BOUNDS.items()
        if getattr(part, name, None) is not None
    ]
    return ", ".join(found)


def attribute_meanings(of: type) -> dict[str, str]:
    """What the ``Attributes:`` of a docstring say, by name.

    Names that share an entry have it each.
    """
    body = inspect.cleandoc(of.__doc__ or "").partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in body.splitlines():
        if line and not line.startswith(" "):
            break
        begins = re.match(r" {4}(\w+(?:, \w+)*): (.*)", line)
        if begins:
            names = begins.group(1).split(", ")
            found.update(dict.fromkeys(names, begins.group(2)))
        elif line.strip():
            found.update({name: f"{found[name]} {line.strip()}" for name in names})
    return {name: text.replace("``", "`") for name, text in found.items()}


def _simple_table(lines: Sequence[str], start: int) -> tuple[str, int]:
    """A table of reStructuredText between two or three rules of equals signs, and the line after it."""
    rule = lines[start]
    columns = [match.span() for match in re.finditer("=+", rule)]
    rows: list[list[str]] = []
    place = start + 1
    while place < len(lines) and lines[place].strip() != rule.strip():
        parts = [lines[place][a : b if number < len(columns) - 1 else None].strip()
                 for number, (a, b) in enumerate(columns)]  # fmt: skip
        if parts[0] or not rows:
            rows.append(parts)
        else:
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], parts, strict=True)]
        place += 1
    written = [[cell(each) for each in row] for row in rows]
    return table(["", *[""] * (len(columns) - 1)], written), place + 1


def _literal_blocks(text: str) -> str:
    """Blocks after a double colon as fenced code."""
    out: list[str] = []
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        line = lines[place]
        if line.endswith("::"):
            block: list[str] = []
            place += 1
            while place < len(lines) and (
                not lines[place].strip() or lines[place].startswith("    ")
            ):
                block.append(lines[place][4:])
                place += 1
            out += [line[:-1], "", "```toml", *"\n".join(block).strip("\n").splitlines(), "```", ""]
            continue
        out.append(line)
        place += 1
    return "\n".join(out)
