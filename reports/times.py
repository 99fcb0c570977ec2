"""The times of runs, measured in passes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar


@dataclass(frozen=True)
class RunTiming:
    """The times of one run with one seed, measured by one job after a warm-up.

    Seconds are those of the pass with the median time of association.

    Attributes:
        run: the run's name.
        seed: the run's seed.
        of: a digest of the run that was timed; empty in files of earlier versions, whose times are
            not shown because nobody can tell which run they belong to.
        frames: the number of frames that were timed.
        reading_s: seconds spent on reading pictures and detections.
        detecting_s: seconds of the detector.
        embedding_s: seconds of the ReID network.
        camera_s: seconds spent on camera motion.
        associating_s: seconds of the tracker.
        association_passes: ``association_fps`` of every pass.
        end_to_end_passes: ``end_to_end_fps`` of every pass.
    """

    STAGES: ClassVar = ("reading", "detecting", "embedding", "camera", "associating")

    run: str
    seed: int
    of: str = ""
    frames: int = 0
    reading_s: float = 0.0
    detecting_s: float = 0.0
    embedding_s: float = 0.0
    camera_s: float = 0.0
    associating_s: float = 0.0
    association_passes: tuple[float, ...] = ()
    end_to_end_passes: tuple[float, ...] = ()

    @property
    def stages(self) -> dict[str, float]:
        """Return the seconds of each stage by its name."""
        return {stage: getattr(self, f"{stage}_s") for stage in self.STAGES}

    @property
    def association_fps(self) -> float:
        """Return the frames per second of the tracker alone."""
        return self.frames / self.associating_s if self.associating_s else 0.0

    @property
    def end_to_end_fps(self) -> float:
        """Return the frames per second of all stages together, as on a new video."""
        total = sum(self.stages.values())
        return self.frames / total if total else 0.0

    def plus(self, frames: int, seconds: Mapping[str, float]) -> RunTiming:
        """Return the times with those of more frames added: seconds by field, such as ``camera_s``."""
        sums = {name: getattr(self, name) + value for name, value in seconds.items()}
        return replace(self, frames=self.frames + frames, **sums)

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
