"""One protocol for the thresholds of every run: chosen on scenes of the training side that no network saw.

Published thresholds (a score of 0.6, a cosine distance of 0.2) were made for other networks. For
each run the parameters under ``calibrate`` are varied one after the other, in the order of the
suite and twice over. A value takes the place of the present one where HOTA over all calibration
scenes rises by more than the standard error of the rise (delete-one jackknife over scenes); of
several, the one with the largest rise less its error. On few scenes the best of twenty values is
best by luck: without the error, a third of the runs did worse with the chosen than with the
published values (DECISIONS.md). Evaluation scenes take no part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import TypeAdapter

from mot_bench.engine.store import Store

CHOSEN = "calibration.json"
ROUNDS = 2


@dataclass(frozen=True)
class Chosen:
    """What calibration found: the parameters that were chosen, and HOTA on the calibration scenes before and after."""

    parameters: dict[str, object]
    hota_before: float
    hota_after: float
    tried: int

    def to_json(self) -> bytes:
        """As it lies in the store."""
        return json.dumps(self.__dict__, sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Chosen:
        """Read it again.

        Raises:
            ValueError, RecursionError: the content is something else.
        """
        chosen: Chosen = TypeAdapter(cls).validate_python(json.loads(content))
        return chosen


def stored(store: Store, key: str) -> Chosen | None:
    """Return what an earlier calibration chose.

    None if the store lacks that (errors as ``Store.parsed``).
    """
    return store.parsed(
        "calibrate", key, CHOSEN, Chosen.from_json, "the choice of a calibration as JSON"
    )


@dataclass(frozen=True)
class Tried:
    """HOTA of some parameters: over all calibration scenes, and without each of them in turn (one scene: nothing)."""

    hota: float
    without: tuple[float, ...]


def rise(tried: Tried, present: Tried) -> float:
    """How much HOTA rises for sure: the difference less its standard error over scenes.

    With one scene without it.

    >>> rise(Tried(0.75, (0.75, 0.75)), Tried(0.5, (0.5, 0.5))), rise(Tried(0.75, (0.25, 1.25)), Tried(0.5, (0.5, 0.5)))
    (0.25, -0.25)
    """
    differences = np.subtract(tried.without, present.without)
    count = len(differences)
    error = (
        np.sqrt((count - 1) / count * np.square(differences - differences.mean()).sum())
        if count
        else 0.0
    )
    return float(tried.hota - present.hota - error)


def choose(
    values: Mapping[str, list[object]],
    start: Mapping[str, object],
    measured: Callable[[dict[str, object]], Tried | None],
) -> Chosen:
    """Go through the parameters one by one.

    Args:
        values: to choose from, by parameter.
        start: the run's parameters, defaults included.
        measured: of parameters (those of ``values`` only); None where they cannot be run together.

    Raises:
        ValueError: the run's own parameters cannot be run.

    >>> found = choose({"x": [1, 2, 3], "y": [0, 5]}, {"x": 1, "y": 0}, lambda p: Tried(-abs(p["x"] - 2) + p["y"], ()))
    >>> found.parameters, found.hota_before, found.hota_after
    ({'x': 2, 'y': 5}, -1, 5)
    """
    known: dict[str, Tried | None] = {}

    def of(parameters: dict[str, object]) -> Tried | None:
        key = json.dumps(parameters, sort_keys=True)
        if key not in known:
            known[key] = measured(parameters)
        return known[key]

    current = {name: start[name] for name in values}
    before = present = of(current)
    if before is None or present is None:
        raise ValueError(
            f"calibration: expected parameters that the tracker takes, found {current}"
        )
    for _ in range(ROUNDS):
        begun_with = dict(current)
        for name, choices in values.items():
            candidates = [{**current, name: choice} for choice in choices]
            current, present = _best([(each, of(each)) for each in candidates], current, present)
        if current == begun_with:
            break
    return Chosen(current, before.hota, present.hota, len(known))


def _best(
    found: list[tuple[dict[str, object], Tried | None]], current: dict[str, object], present: Tried
) -> tuple[dict[str, object], Tried]:
    """Return the parameters whose HOTA rises most beyond its error, or the present ones."""
    rises = [(rise(tried, present), each, tried) for each, tried in found if tried is not None]
    best = max(rises, key=lambda each: each[0])
    return (best[1], best[2]) if best[0] > 0 else (current, present)
