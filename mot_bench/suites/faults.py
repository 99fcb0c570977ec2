"""Word the faults of a suite as one line each, with file, line, key and expectation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mot_bench.errors import InputError, did_you_mean, quoted
from mot_bench.suites.schema import ModelSpec, ReferenceSpec, RunSpec, Suite

FILE_KEYS = ("extends", "drop", "grid", "data")


@dataclass(frozen=True)
class Source:
    """A suite file with its text, in which the line of a key can be found."""

    path: Path
    text: str
    content: Mapping[str, Any]

    def line_of(self, key: str, run: str | None = None) -> int | None:
        """Return the 1-based line that sets a key, in the table of a run if named, or None."""
        lines = self.text.splitlines()
        start, end = (0, len(lines)) if run is None else self._run_lines(run, lines)
        name = re.escape(key)
        assignment = re.compile(rf"""(^|[\s{{,."'\[]){name}["']?\s*(=|\]|\.[\w."'-]+\s*(=|\]))""")
        for number in range(start, end):
            if assignment.search(lines[number].split("#")[0]):
                return number + 1
        return None

    def _run_lines(self, run: str, lines: list[str]) -> tuple[int, int]:
        """Return the range of lines of the ``[[runs]]`` or ``[[grid]]`` table with this name."""
        named = re.compile(rf"""\s*name\s*=\s*["']{re.escape(run)}["']""")
        place = next((number for number, line in enumerate(lines) if named.match(line)), None)
        if place is None:
            return 0, 0
        heads = [
            number
            for number, line in enumerate(lines)
            if re.match(r"\s*\[\[\s*(runs|grid)\s*\]\]", line)
        ]
        start = max((number for number in heads if number <= place), default=0)
        return start, min((number for number in heads if number > place), default=len(lines))


def fault(
    sources: Sequence[Source], key: str, expected: str, found: str, run: str | None = None
) -> InputError:
    """Return a fault at a key in the first of these files (the child comes first) that sets it."""
    for source in sources:
        line = source.line_of(key, run)
        if line is not None:
            return InputError(source.path, expected, found, line)
    return InputError(sources[0].path, expected, found)


def explain(
    error: ValidationError, sources: Sequence[Source], content: Mapping[str, Any]
) -> InputError:
    """Return the first fault of a suite that violates the schema; unknown keys come first."""
    first = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    location = first["loc"]
    run = _run_name(location, content)
    names = [str(part) for part in location]
    if run is not None:
        names[1] = run
    dotted = ".".join(names)
    keys = [part for part in location if isinstance(part, str)]
    key = keys[-1] if keys else "runs"
    expected, found = describe(
        first["type"], first["msg"], dotted, first["input"], _allowed(location)
    )
    return fault(sources, key, expected, found, run)


def describe(
    kind: str, message: str, dotted: str, value: object, allowed: Sequence[str]
) -> tuple[str, str]:
    """Return the expectation and the finding of one of pydantic's errors."""
    if kind == "extra_forbidden":
        hint = did_you_mean(dotted.rpartition(".")[2], allowed)
        return f"one of the keys {', '.join(allowed)}", f"unknown key {dotted}{hint}"
    if kind == "missing":
        return f"a value for {dotted}", "none"
    if kind == "too_short":
        return f"a list with something in it for {dotted}", "an empty one"
    if message.startswith("Input should be "):
        return f"{dotted} to be {message.removeprefix('Input should be ')}", quoted(value)
    wanted, _, found = (
        message.removeprefix("Value error, ").removeprefix("expected ").partition(", found ")
    )
    return wanted, found or f"{dotted} = {quoted(value)}"


def _run_name(location: tuple[int | str, ...], content: Mapping[str, Any]) -> str | None:
    if len(location) < 2 or location[0] != "runs" or not isinstance(location[1], int):
        return None
    return str(content["runs"][location[1]]["name"])


def _allowed(location: tuple[int | str, ...]) -> list[str]:
    """Return the known keys at the place of an unknown key."""
    model: type[BaseModel] = Suite
    if location[0] == "runs" and len(location) > 2:
        model = ReferenceSpec if "references" in location else RunSpec
    elif location[0] == "models":
        model = ModelSpec
    beside = {Suite: FILE_KEYS, ReferenceSpec: ("data",), ModelSpec: ("like",)}.get(model, ())
    return sorted([*model.model_fields, *beside])
