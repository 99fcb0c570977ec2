"""Choose a run's thresholds on the calibration scenes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.engine.stage import Made, Stage, StageFailed
from mot_bench.engine.versions import tracker_version
from mot_bench.errors import MotBenchError
from mot_bench.scoring.score import SequenceScore, combine, score_sequence, summarise
from mot_bench.stages.camera import OPTICAL_FLOW, Camera
from mot_bench.stages.roles import CALIBRATION
from mot_bench.suites.parameters import tracker_needs, validated_parameters
from mot_bench.trackers.interface import Need
from mot_bench.tracking.calibration import CHOSEN, Chosen, Tried, choose
from mot_bench.tracking.opening import TrackerBroken
from mot_bench.tracking.sequence_tracking import Inputs, track

if TYPE_CHECKING:
    from mot_bench.stages.context import Context
    from mot_bench.suites.schema import RunSpec


@dataclass(frozen=True)
class Calibrate(Stage):
    """The parameters of a run that score best on the calibration scenes.

    Attributes:
        spec: the run, with the values to choose from.
        seed: of the run.
    """

    name: ClassVar[str] = "calibrate"
    rank: ClassVar[int] = 1
    spec: RunSpec
    seed: int

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"calibrate {self.spec.name} seed {self.seed}"

    def needs(self, context: Context) -> Iterable[Stage]:
        """Return the detections of the calibration scenes."""
        names = [sequence.name for sequence in context.sequences(CALIBRATION)]
        yield from context.detection_stages(CALIBRATION, self.spec, self.seed, names)
        if self.spec.camera_motion == OPTICAL_FLOW and Need.CAMERA_MOTION in tracker_needs(
            self.spec
        ):
            yield from (Camera(CALIBRATION, name) for name in names)

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides which parameters are chosen."""
        sequences = context.sequences(CALIBRATION)
        return {
            "tracker": self.spec.tracker.rpartition(":")[2],
            "tracker_code": tracker_version(self.spec.tracker),
            "parameters": validated_parameters(self.spec),
            "values": dict(self.spec.calibrate),
            "detections": {
                each.name: context.detections_digest(CALIBRATION, self.spec, self.seed, each.name)
                for each in sequences
            },
            "ground_truth": {each.name: each.digest for each in sequences},
            "camera_motion": self.spec.camera_motion,
        }

    def run(self, context: Context) -> Made:
        """Try the values.

        Raises:
            StageFailed: the tracker failed.
        """
        start = validated_parameters(self.spec)
        chosen = choose(self.spec.calibrate, start, lambda values: self._tried(context, values))
        return Made({CHOSEN: chosen.to_json()})

    def result(self, context: Context) -> Chosen | None:
        """Return what was chosen; None if it is not there (errors as ``Cache.parsed``)."""
        expected = "the choice of a calibration as JSON"
        return context.cache.parsed(self, CHOSEN, Chosen.from_json, expected)

    def _tried(self, context: Context, values: dict[str, object]) -> Tried | None:
        """Return HOTA over the calibration scenes; None if the tracker refuses the values."""
        parameters = {**self.spec.parameters, **values}
        spec = self.spec.model_copy(update={"parameters": parameters})
        try:
            needs = tracker_needs(spec)
        except TrackerBroken as error:
            raise StageFailed(str(error)) from error
        except MotBenchError:
            return None
        scores = {}
        for sequence in context.sequences(CALIBRATION):
            motion = None
            if Need.CAMERA_MOTION in needs:
                motion = context.camera_motion(CALIBRATION, spec.camera_motion, sequence.name)
            frames = context.detections(CALIBRATION, spec, self.seed, sequence.name)
            tracked = track(spec, Inputs(sequence, frames, motion))
            truth = context.truth(CALIBRATION, sequence.name)
            scores[sequence.name] = score_sequence(truth, tracked.rows)
        return Tried(_hota(scores), _hota_without_each(scores))


def _hota(scores: dict[str, SequenceScore]) -> float:
    return float(summarise(combine(scores)).metrics["HOTA"])


def _hota_without_each(scores: dict[str, SequenceScore]) -> tuple[float, ...]:
    """Return HOTA without each sequence in turn; nothing for a single sequence."""
    if len(scores) == 1:
        return ()
    rest = ({name: scores[name] for name in scores if name != left_out} for left_out in scores)
    return tuple(map(_hota, rest))
