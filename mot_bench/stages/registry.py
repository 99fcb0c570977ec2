"""All stages by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mot_bench.engine.stage import Stage

STAGES = {
    "frames": "Frames",
    "samples": "Samples",
    "train": "Train",
    "detect": "Detect",
    "embed": "Embed",
    "camera": "Camera",
    "calibrate": "Calibrate",
    "track": "Track",
    "score": "Score",
    "diagnose": "Diagnose",
    "judge": "Judge",
    "explain": "Explain",
}
"""The class of each stage; it lies in the module of the stage's name."""


def stage_class(name: str) -> type[Stage]:
    """Return the class of a stage by its name, a key of ``STAGES``."""
    found: type[Stage] = getattr(import_module(f"mot_bench.stages.{name}"), STAGES[name])
    return found
