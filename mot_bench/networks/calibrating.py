"""One protocol for the thresholds of every run: chosen on scenes of the training side that no network saw.

Published thresholds (a score of 0.6, a cosine distance of 0.2) were made for other networks. For each run the
parameters under ``calibrate`` are varied one after the other, in the order of the suite and twice over, each time
keeping the value with the highest HOTA over all calibration scenes (of equal ones the first); the others stay as they
are. Evaluation scenes take no part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
        """Read it again."""
        return cls(**json.loads(content))


def choose(
    values: Mapping[str, list[object]], start: Mapping[str, object], hota_of: Callable[[dict[str, object]], float]
) -> Chosen:
    """Go through the parameters one by one.

    Args:
        values: to choose from, by parameter.
        start: the run's parameters, defaults included.
        hota_of: HOTA of parameters (those of ``values`` only); NaN or lower than any other where they cannot be run.

    >>> found = choose({"x": [1, 2, 3], "y": [0, 5]}, {"x": 1, "y": 0}, lambda p: -abs(p["x"] - 2) + p["y"])
    >>> found.parameters, found.hota_before, found.hota_after
    ({'x': 2, 'y': 5}, -1, 5)
    """
    known: dict[str, float] = {}

    def measured(parameters: dict[str, object]) -> float:
        key = json.dumps(parameters, sort_keys=True)
        if key not in known:
            known[key] = hota_of(parameters)
        return known[key]

    current = {name: start[name] for name in values}
    before = best = measured(current)
    for _ in range(ROUNDS):
        begun_with = dict(current)
        for name, choices in values.items():
            for choice in choices:
                candidate = {**current, name: choice}
                hota = measured(candidate)
                if hota > best:
                    best, current = hota, candidate
        if current == begun_with:
            break
    return Chosen(current, before, best, len(known))
