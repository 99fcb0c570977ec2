"""From what a suite says of a model to the typed recipe that trains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mot_bench.errors import MotBenchError, quoted

if TYPE_CHECKING:
    from models.presets import FairMotRecipe, ReidRecipe
    from mot_bench.suites.schema import ModelSpec

    Recipe = FairMotRecipe | ReidRecipe

_Config = TypeVar("_Config")


def recipe_of(spec: ModelSpec, where: str) -> Recipe:
    """The recipe of a trained model: its preset, with the changes that the suite makes.

    Args:
        spec: of a model without a file.
        where: how messages name the model.

    Raises:
        MotBenchError: no such preset or field, or a value that does not fit.
    """
    presets: Mapping[str, Any]
    if spec.kind == "reid":
        from models.presets import REID_PRESETS

        presets = REID_PRESETS
    else:
        from models.presets import PRESETS

        presets = PRESETS
    if spec.preset not in presets:
        raise MotBenchError(f"{where}: expected a preset among {', '.join(presets)}, found {spec.preset!r}")
    try:
        recipe: Recipe = changed(presets[spec.preset], spec.recipe, where)
        return recipe
    except ValueError as error:
        raise MotBenchError(f"{where}: {error}") from error


def changed(config: _Config, changes: Mapping[str, object], where: str) -> _Config:
    """A dataclass with some fields changed; tables change the dataclasses within.

    Raises:
        MotBenchError: an unknown field, or a value of another type; names the field.
        ValueError: the dataclass itself refuses its values.
    """
    hints = get_type_hints(type(config))
    values: dict[str, object] = {}
    for name, value in changes.items():
        path = f"{where}.{name}"
        if name not in hints:
            raise MotBenchError(f"{path}: expected one of {', '.join(hints)}, found {name!r}")
        current = getattr(config, name)
        if dataclasses.is_dataclass(current) and not isinstance(current, type):
            if not isinstance(value, Mapping):
                raise MotBenchError(f"{path}: expected a table, found {quoted(value)}")
            values[name] = changed(current, value, path)
            continue
        try:
            lists_are_tuples = tuple(value) if isinstance(value, list) else value
            values[name] = TypeAdapter(hints[name]).validate_python(lists_are_tuples, strict=True)
        except ValidationError as error:
            message = error.errors(include_url=False)[0]["msg"]
            raise MotBenchError(f"{path}: {message[:1].lower()}{message[1:]}, found {quoted(value)}") from error
    return cast("_Config", dataclasses.replace(cast("Any", config), **values))
