"""The times of runs, measured in passes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RunTiming:
    """The times of one run with one seed.

    Attributes:
        run: the run's name.
        seed: the run's seed.
        frames: the number of frames that were timed.
        stages: seconds by the name of the stage.
        association_fps: frames per second of the tracker alone, in the median pass.
        end_to_end_fps: frames per second of all stages together, in the median pass.
        association_passes: ``association_fps`` of every pass; empty if there was only one.
        end_to_end_passes: ``end_to_end_fps`` of every pass; empty if there was only one.
    """

    run: str
    seed: int
    frames: int
    stages: Mapping[str, float]
    association_fps: float
    end_to_end_fps: float
    association_passes: tuple[float, ...] = ()
    end_to_end_passes: tuple[float, ...] = ()

    def span(self, speed: str) -> tuple[float, float]:
        """Return the least and the most of a speed over the passes.

        Args:
            speed: ``association_fps`` or ``end_to_end_fps``.
        """
        passes: tuple[float, ...] = getattr(self, f"{speed.removesuffix('_fps')}_passes")
        found = passes or (float(getattr(self, speed)),)
        return min(found), max(found)


@dataclass(frozen=True)
class Timing:
    """The times of all runs.

    Attributes:
        machine: what they were measured on, in one line.
        runs: the times of each run and seed.
        load: the load average for each core before timing began; None where it is not known.
        cpu_share: CPU seconds for each second of timing; None where they are not known.
    """

    machine: str
    runs: tuple[RunTiming, ...]
    load: float | None = None
    cpu_share: float | None = None
