"""From what a suite says of a model to the typed recipe that trains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from mot_bench.errors import MotBenchError, quoted

if TYPE_CHECKING:
    from mot_bench.models.presets import FairMotRecipe, ReidRecipe
    from mot_bench.suites.schema import ModelSpec

    Recipe = FairMotRecipe | ReidRecipe

_Config = TypeVar("_Config")

# Least and largest sensible value of what a user may set, by dataclass and field. Beyond them a
# training takes all memory, or never ends, or learns nothing.
_BOUNDS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("NetworkConfig", "width"): (1 / 64, 4),
    ("NetworkConfig", "head_channels"): (1, 4096),
    ("NetworkConfig", "embedding_size"): (0, 4096),
    ("PictureConfig", "height"): (32, 4096),
    ("PictureConfig", "width"): (32, 4096),
    ("PictureConfig", "batch_size"): (1, 1024),
    ("LoopConfig", "steps"): (1, 10_000_000),
    ("LoopConfig", "loading_processes"): (0, 256),
    ("LoopConfig", "log_every"): (1, 1_000_000),
    ("LoopConfig", "checkpoint_every"): (1, 10_000_000),
    ("LoopConfig", "validate_every"): (0, 10_000_000),
    ("LoopConfig", "drop_at"): (0, 1),
    ("LoopConfig", "warm_up"): (0, 1),
    ("LoopConfig", "second_moment"): (0, 0.999999),
    ("LoopConfig", "clip_norm"): (0, 1e6),
    ("FairMotRecipe", "epochs"): (0, 10_000),
    ("ReidConfig", "height"): (8, 4096),
    ("ReidConfig", "width"): (8, 4096),
    ("ReidConfig", "factor"): (1 / 64, 8),
    ("ReidConfig", "embedding_size"): (1, 4096),
    ("ReidConfig", "dropout"): (0, 0.99),
}


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
        from mot_bench.models.presets import REID_PRESETS

        presets = REID_PRESETS
    else:
        from mot_bench.models.presets import PRESETS

        presets = PRESETS
    if spec.preset not in presets:
        raise MotBenchError(
            f"{where}: expected a preset among {', '.join(presets)}, found {spec.preset!r}"
        )
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
            raise MotBenchError(
                f"{path}: {message[:1].lower()}{message[1:]}, found {quoted(value)}"
            ) from error
        _check_bounds(type(config).__name__, name, values[name], path)
    return cast("_Config", dataclasses.replace(cast("Any", config), **values))


def _check_bounds(config: str, name: str, value: object, path: str) -> None:
    """Refuse a number that is not finite or lies beyond ``_BOUNDS``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    least, most = _BOUNDS.get((config, name), (-float("inf"), float("inf")))
    if not (least <= value <= most and abs(value) != float("inf")):
        expected = "a finite number" if abs(least) == float("inf") else f"{least:.6g} to {most:.9g}"
        raise MotBenchError(f"{path}: expected {expected}, found {quoted(value)}")
