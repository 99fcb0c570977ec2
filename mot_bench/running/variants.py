"""The rows of a suite: each run with each seed, checked against the data, with its stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from mot_bench.datasets.dataset import Dataset
from mot_bench.detections.doubts import detection_doubts
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import DetectionSource, described
from mot_bench.errors import InputError, MotBenchError, did_you_mean
from mot_bench.stages.context import Context
from mot_bench.stages.roles import EVALUATION
from mot_bench.stages.score import Score
from mot_bench.stages.track import Track
from mot_bench.suites.parameters import tracker_needs, validated_parameters
from mot_bench.suites.schema import RunSpec, Suite
from mot_bench.trackers.interface import Need
from mot_bench.tracking.camera_motion import OPTICAL_FLOW, open_camera_motion
from mot_bench.tracking.opening import TrackerBroken


@dataclass
class Variant:
    """One run with one seed: a row of the leaderboard.

    Attributes:
        run: with the parameters that calibration chose.
        seed: of the run.
        detections: their name.
        parameters: all of the tracker's, defaults included.
        detections_digests: by sequence.
        scores: the stages whose results make the row, one for each sequence; none if the row is
            skipped or has failed.
        skipped, failed: why the row cannot be run; empty if it can.
        found: its detections by sequence, without embeddings.
        detections_from: where they were taken from.
        warnings: what makes them doubtful, a line each.
    """

    run: RunSpec
    seed: int
    detections: str
    parameters: dict[str, object]
    detections_digests: dict[str, str] = field(default_factory=dict)
    scores: list[Score] = field(default_factory=list)
    skipped: str = ""
    failed: str = ""
    found: dict[str, SequenceDetections] = field(default_factory=dict)
    detections_from: str = ""
    warnings: list[str] = field(default_factory=list)


def selected(suite: Suite, only: Iterable[str]) -> set[str]:
    """Return the names of the runs that the patterns of ``--only`` choose; all without patterns.

    Raises:
        MotBenchError: a pattern matches no run.
    """
    names = [run.name for run in suite.runs]
    chosen: set[str] = set()
    for pattern in only:
        matching = {name for name in names if fnmatchcase(name, pattern)}
        if not matching:
            hint = did_you_mean(pattern, names)
            raise MotBenchError(
                f"--only {pattern}: expected one of the runs {', '.join(names)}, found none{hint}"
            )
        chosen |= matching
    return chosen or set(names)


def check_ground_truth(dataset: Dataset) -> None:
    """Refuse a dataset that nothing can be scored on.

    Raises:
        MotBenchError: a sequence has no ground truth.
    """
    for sequence in dataset.sequences:
        if sequence.load_ground_truth is None:
            where = sequence.folder / "gt" / "gt.txt" if sequence.folder else dataset.name
            raise MotBenchError(f"{where}: expected ground truth for {sequence.name}, found none")


class Planner:
    """Turns runs into variants, each once the data that it needs is there."""

    def __init__(self, suite: Suite, context: Context) -> None:
        """Plan the rows of a suite on the evaluation dataset of a context."""
        self._suite, self._context = suite, context
        self._dataset = context.datasets[EVALUATION]
        self._found: dict[tuple[object, ...], dict[str, SequenceDetections]] = {}
        self._doubts: dict[tuple[object, ...], list[str]] = {}
        self._seen: dict[str, list[dict[str, str]]] = {}

    def blank(self, run: RunSpec, seed: int) -> Variant:
        """Return a row without any work; one that has failed if its tracker does not answer."""
        name = self._context.detections_name(run)
        try:
            return Variant(run, seed, name, validated_parameters(run, self._suite.name))
        except TrackerBroken as error:
            return Variant(run, seed, name, dict(run.parameters), failed=str(error))

    def variant(self, run: RunSpec, seed: int) -> Variant:
        """Return the row of a run with a seed, with its stages.

        Raises:
            MotBenchError: detections are missing, or one of the dataset's files is malformed.
        """
        variant = self.blank(run, seed)
        if variant.failed:
            return variant
        try:
            needs = tracker_needs(run, self._suite.name)
        except TrackerBroken as error:
            variant.failed = str(error)
            return variant
        source = self._context.source(EVALUATION, run, seed)
        variant.skipped = self._lacking(variant, needs, source)
        if not variant.skipped:
            self._fill(variant, source)
        return variant

    def _lacking(self, variant: Variant, needs: frozenset[Need], source: DetectionSource) -> str:
        """Return why a tracker cannot run on the data; empty if it can.

        Raises:
            InputError: a file of camera motion is there, and malformed.
        """
        if Need.EMBEDDINGS in needs and not source.has_embeddings:
            return f"needs embeddings, and the detections {variant.detections} have none"
        sequences = self._dataset.sequences
        if Need.IMAGE in needs and any(each.load_frames is None for each in sequences):
            return f"needs pictures, and {self._dataset.name} has none on disk"
        return self._lacking_camera(variant) if Need.CAMERA_MOTION in needs else ""

    def _lacking_camera(self, variant: Variant) -> str:
        """Return why there is no camera motion for a tracker; empty if there is."""
        source = variant.run.camera_motion
        try:
            camera = open_camera_motion(source, self._dataset)
            for sequence in () if source == OPTICAL_FLOW else self._dataset.sequences:
                camera.load(sequence)
        except InputError:
            raise
        except MotBenchError as error:
            return f"needs camera motion: {error}"
        return ""

    def _fill(self, variant: Variant, source: DetectionSource) -> None:
        """Note a variant's detections and stages (errors as ``DetectionSource.load``)."""
        key = self._context.source_key(EVALUATION, variant.run, variant.seed)
        sequences = self._dataset.sequences
        if key not in self._found:
            found = {one.name: replace(source.load(one), embeddings=None) for one in sequences}
            self._found[key], self._doubts[key] = found, detection_doubts(found)
        variant.found, variant.warnings = self._found[key], self._doubts[key]
        variant.detections_from = described(source, self._dataset)
        variant.detections_digests = {name: one.digest for name, one in variant.found.items()}
        self._context.know_digests(
            EVALUATION, variant.run, variant.seed, variant.detections_digests
        )
        variant.scores = [Score(Track(variant.run, variant.seed, one.name)) for one in sequences]

    def repeats(self, variant: Variant) -> bool:
        """Return whether an earlier seed had the same detections, so that this one adds nothing."""
        if variant.skipped or variant.failed:
            return False
        seen = self._seen.setdefault(variant.run.name, [])
        if variant.detections_digests in seen:
            return True
        seen.append(variant.detections_digests)
        return False
