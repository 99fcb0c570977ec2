"""Read the JSON files that mot-bench wrote, with one clear line for each fault."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mot_bench.errors import InputError, quoted, reason_of, shortened
from mot_bench.records.results import SCHEMA_VERSION

_Model = TypeVar("_Model", bound=BaseModel)
_MOST_DIGITS = 19  # 64 bits, with a sign
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_record(
    path: Path, model: type[_Model], expected: str, *, refuse_nan: bool = False
) -> _Model:
    """Read a JSON record that a pydantic model describes.

    Args:
        path: the path of the file.
        model: the model of the record; a ``schema_version`` in the file must be the current one.
        expected: the expected content, for the message.
        refuse_nan: whether NaN and infinity are faults; in scores they stand for undefined values.

    Raises:
        InputError: the file is missing, truncated, invalid, or of another schema version.
    """
    content = read_json(path, expected, refuse_nan=refuse_nan)
    if (
        isinstance(content, dict)
        and content.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION
    ):
        raise InputError(
            path, f"schema version {SCHEMA_VERSION}", quoted(content["schema_version"])
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(path, expected, first_fault(error)) from error


def read_json(path: Path, expected: str, *, refuse_nan: bool = True) -> object:
    """Read JSON in which no key occurs twice, as a bad merge can leave it.

    Raises:
        InputError: the file is missing, a directory, or not such JSON.
    """
    if path.is_dir():
        raise InputError(path, expected, "a directory")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(path, expected, "no file") from None
    except OSError as error:
        raise InputError(path, expected, error.strerror or str(error)) from error
    return parse_json(content, path, expected, refuse_nan=refuse_nan)


def parse_json(
    content: bytes | str, path: Path, expected: str, *, refuse_nan: bool = True, line: int = 0
) -> object:
    """Return the value of JSON that was read from a file.

    Args:
        content: the JSON.
        path: the path of the file, for messages.
        expected: the expected content, for messages.
        refuse_nan: whether NaN and infinity are faults.
        line: the 1-based line of the content in the file; 0 if the whole file is JSON.

    Raises:
        InputError: the content is not JSON, a key occurs twice, a whole number is beyond 64 bits, a
            text cannot be encoded, or values are nested too deeply.
    """
    constant = _refuse if refuse_nan else None
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=constant,
            parse_int=_whole_number,
            parse_float=_number,
        )
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise InputError(path, expected, f"no JSON: {error.msg}", line or error.lineno) from error
    except UnicodeEncodeError as error:
        raise InputError(
            path, expected, "half of a surrogate pair in a text", line or None
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(path, expected, f"no JSON: {reason_of(error)}", line or None) from error
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise ValueError(f"the key {quoted(names.most_common(1)[0][0])} occurs twice")
    return content


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{shortened(text)} is beyond all numbers")
    return value


def first_fault(error: ValidationError) -> str:
    """Return the first fault of a validation error as one line."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    what = fault["msg"].removeprefix("Value error, ")
    return re.sub(r"\s+", " ", f"{where}: {what}")
