"""Estimate the camera motion of a sequence by optical flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.engine.stage import Made, Stage
from mot_bench.tracking.camera_motion import OPTICAL_FLOW, open_camera_motion

if TYPE_CHECKING:
    from mot_bench.stages.context import Context

__all__ = ["MOTION", "OPTICAL_FLOW", "Camera"]

MOTION = "motion.npy"


@dataclass(frozen=True)
class Camera(Stage):
    """Camera motion: one affine a frame, (length, 2, 3) float64, little-endian.

    Attributes:
        role: of the dataset in the suite.
        sequence: name of the sequence.
    """

    name: ClassVar[str] = "camera"
    role: str
    sequence: str

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"camera motion of {self.role} {self.sequence}"

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the motion."""
        sequence = context.sequence(self.role, self.sequence)
        return {
            "pictures": context.pictures_digest(self.role, self.sequence),
            "frames": [sequence.first_frame, sequence.length],
        }

    def run(self, context: Context) -> Made:
        """Estimate it."""
        camera = open_camera_motion(OPTICAL_FLOW, context.datasets[self.role])
        motion = camera.load(context.sequence(self.role, self.sequence))
        return Made({MOTION: motion.astype("<f8").tobytes()})
