"""Training presets: every field of every recipe, flat, with what it means."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

from docs.generator.markdown import WIDE, attribute_meanings, cell, code, table
from mot_bench.models.presets import PRESETS, REID_PRESETS

_EPOCHS = "Passes over the training pictures, turned into steps; 0: `loop.steps` counts."


def recipe_page() -> str:
    """The page of all presets of both kinds."""
    return "\n".join(
        [
            WIDE,
            "# Training presets",
            "",
            "`--preset` names one; `--set network.width=0.5` changes a field, and so does `recipe.network.width = 0.5` "
            "in a suite's file. `paper` is the published recipe, `cpu` trains in minutes on one core, `tiny` only "
            "shows that all works. How the loop works: [training](../how-to/training.md).",
            "",
            "## `--kind fairmot`: detection and ReID in one network",
            "",
            _recipes(PRESETS),
            "",
            "## `--kind reid`: a ReID network on crops",
            "",
            _recipes(REID_PRESETS),
        ]
    )


def flat_fields(recipe: Any, above: str = "") -> Iterator[tuple[str, object, str]]:
    """Path, value and meaning of every field of nested dataclasses."""
    meanings = attribute_meanings(type(recipe))
    for field in dataclasses.fields(recipe):
        value, path = getattr(recipe, field.name), f"{above}{field.name}"
        if dataclasses.is_dataclass(value):
            yield from flat_fields(value, f"{path}.")
        else:
            yield path, value, meanings.get(field.name, _EPOCHS if path == "epochs" else "")


def _recipes(presets: Mapping[str, Any]) -> str:
    columns = [list(flat_fields(recipe)) for recipe in presets.values()]
    rows = []
    for parts in zip(*columns, strict=True):
        values = [code(json.dumps(value)) for _, value, _ in parts]
        rows.append((code(parts[0][0]), cell(parts[0][2]), *values))
    return table(("field", "meaning", *presets), rows)
