"""Read TOML, with one clear line for each fault."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from mot_bench.errors import InputError, reason_of

_MOST_NUMBER, _MOST_DEPTH = 2**63, 40
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a file and its content as a table.

    Raises:
        InputError: the file is missing, not UTF-8 or not TOML, or has a whole number beyond 64 bits
            or values that are nested too deeply.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(
            path, "UTF-8 text", f"byte {error.object[error.start]:#x} at {error.start}"
        ) from error
    except OSError as error:
        raise InputError(path, "a file that can be read", error.strerror or str(error)) from error
    return text, parse_toml(text, path)


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """Return the content of a text; ``path`` is only for messages (errors as ``read_toml``)."""
    try:
        content = tomllib.loads(text)
        fault = content_fault(content)
    except tomllib.TOMLDecodeError as error:
        at = _PLACE.search(str(error))
        what = str(error).replace(at.group(), "") if at else str(error)
        line = int(at.group(1)) if at and at.group(1) else None
        raise InputError(path, "TOML", what[:1].lower() + what[1:], line) from error
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise InputError(path, "TOML", reason_of(error)) from error
    if fault is not None:
        raise InputError(path, "TOML", fault)
    return content


def content_fault(content: object) -> str | None:
    """Return the fault in the numbers or the depth of a table, or None."""
    waiting = [(content, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            inside = value.values() if isinstance(value, dict) else value
            waiting.extend((each, depth + 1) for each in inside)
        elif isinstance(value, int) and not -_MOST_NUMBER <= value < _MOST_NUMBER:
            return "a whole number beyond 64 bits"
        if depth > _MOST_DEPTH:
            return "tables nested too deeply"
    return None


def setting_value(text: str) -> Any:
    """Return the value of a setting's text in TOML.

    Raises:
        ValueError: the text is not a TOML value, or one that ``read_toml`` refuses.
    """
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except RecursionError as error:
        raise ValueError(reason_of(error)) from error
    fault = content_fault(value)
    if fault is not None:
        raise ValueError(fault)
    return value
