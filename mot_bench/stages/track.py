"""Run a tracker over the detections of a sequence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.datasets.mot_text import format_tracks
from mot_bench.engine.stage import Made, Stage
from mot_bench.engine.store import digest_of
from mot_bench.engine.versions import tracker_version
from mot_bench.stages.camera import OPTICAL_FLOW, Camera
from mot_bench.stages.roles import EVALUATION
from mot_bench.suites.parameters import tracker_needs, validated_parameters
from mot_bench.trackers.interface import Need
from mot_bench.tracking.sequence_tracking import Inputs, track

if TYPE_CHECKING:
    from mot_bench.stages.context import Context
    from mot_bench.suites.schema import RunSpec

TRACKS = "tracks.txt"


@dataclass(frozen=True)
class Track(Stage):
    """The track file of a run on a sequence.

    Attributes:
        spec: the run, with the parameters that calibration chose.
        seed: of the run.
        sequence: name of the sequence, of the evaluation dataset.
    """

    name: ClassVar[str] = "track"
    spec: RunSpec
    seed: int
    sequence: str

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"track {self.spec.name} seed {self.seed} {self.sequence}"

    @property
    def order(self) -> str:
        """The sequence: runs on one sequence share its detections and ground truth."""
        return self.sequence

    def cost(self, context: Context) -> float:
        """Return the number of frames."""
        return float(context.sequence(EVALUATION, self.sequence).length)

    def needs(self, context: Context) -> Iterable[Stage]:
        """Return the detections and, where the tracker asks for it, the camera motion."""
        yield from context.detection_stages(EVALUATION, self.spec, self.seed, (self.sequence,))
        if self._takes(Need.CAMERA_MOTION) and self.spec.camera_motion == OPTICAL_FLOW:
            yield Camera(EVALUATION, self.sequence)

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the tracks."""
        spec, sequence = self.spec, context.sequence(EVALUATION, self.sequence)
        return {
            "tracker": spec.tracker.rpartition(":")[2],
            "tracker_code": tracker_version(spec.tracker),
            "parameters": validated_parameters(spec),
            "sequence": [
                sequence.name,
                sequence.length,
                sequence.frame_rate,
                sequence.width,
                sequence.height,
            ],
            "detections": context.detections_digest(EVALUATION, spec, self.seed, self.sequence),
            "camera_motion": self._camera_digest(context),
            "pictures": context.pictures_digest(EVALUATION, self.sequence)
            if self._takes(Need.IMAGE)
            else "",
            "decimals": spec.decimals,
        }

    def run(self, context: Context) -> Made:
        """Track.

        Raises:
            StageFailed: the tracker failed.
        """
        spec, sequence = self.spec, context.sequence(EVALUATION, self.sequence)
        motion = None
        if self._takes(Need.CAMERA_MOTION):
            motion = context.camera_motion(EVALUATION, spec.camera_motion, self.sequence)
        frames = context.detections(EVALUATION, spec, self.seed, self.sequence)
        tracked = track(spec, Inputs(sequence, frames, motion))
        content = format_tracks(tracked.rows, spec.decimals).encode()
        times = {"frames": float(sequence.length), "associating_s": tracked.associating_s}
        return Made({TRACKS: content}, times)

    def _takes(self, need: Need) -> bool:
        return need in tracker_needs(self.spec)

    def _camera_digest(self, context: Context) -> str:
        if not self._takes(Need.CAMERA_MOTION):
            return ""
        if self.spec.camera_motion == OPTICAL_FLOW:
            return context.cache.key(Camera(EVALUATION, self.sequence))
        motion = context.camera_motion(EVALUATION, self.spec.camera_motion, self.sequence)
        return digest_of(motion.astype("<f8").tobytes())
