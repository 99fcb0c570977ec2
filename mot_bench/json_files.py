"""Reading the JSON files that mot-bench wrote earlier, with one clear line where one is not what it should be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mot_bench.errors import InputError
from mot_bench.results import SCHEMA_VERSION

_Model = TypeVar("_Model", bound=BaseModel)


def read_record(path: Path, model: type[_Model], expected: str, *, refuse_nan: bool = False) -> _Model:
    """Read a record of results: JSON that a model describes.

    Args:
        path: of the file.
        model: that it must fit; where the file says a ``schema_version``, that must be ours.
        expected: what the file should be, for the message.
        refuse_nan: whether NaN and infinity are faults; in scores they stand for what cannot be said.

    Raises:
        InputError: it is missing, truncated, something else, or of another schema version.
    """
    content = read_json(path, expected, refuse_nan=refuse_nan)
    if isinstance(content, dict) and content.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        raise InputError(path, f"schema version {SCHEMA_VERSION}", str(content["schema_version"]))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(path, expected, first_fault(error)) from error


def read_json(path: Path, expected: str, *, refuse_nan: bool = True) -> object:
    """Read JSON in which no key occurs twice (as the merging of two branches can leave it).

    Raises:
        InputError: the file is missing, a directory, or no such JSON.
    """
    if path.is_dir():
        raise InputError(path, expected, "a directory")
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse if refuse_nan else None)
    except FileNotFoundError:
        raise InputError(path, expected, "no file") from None
    except OSError as error:
        raise InputError(path, expected, error.strerror or str(error)) from error
    except json.JSONDecodeError as error:
        raise InputError(path, expected, f"no JSON: {error.msg}", error.lineno) from error
    except ValueError as error:
        raise InputError(path, expected, f"no JSON: {error}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} occurs twice")
    return content


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")


def first_fault(error: ValidationError) -> str:
    """The first fault of a model that does not fit, as one line."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    return re.sub(r"\s+", " ", f"{where}: {fault['msg']}")
