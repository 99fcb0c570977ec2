"""Score a track file against the ground truth of its sequence."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.datasets.mot_text import parse_tracks
from mot_bench.engine.stage import Made, Stage
from mot_bench.engine.store import digest_of
from mot_bench.scoring.score import SequenceScore, score_sequence
from mot_bench.stages.roles import EVALUATION
from mot_bench.stages.track import TRACKS, Track

if TYPE_CHECKING:
    from mot_bench.stages.context import Context

SCORE = "score.json"


@dataclass(frozen=True)
class Score(Stage):
    """The score of a run on a sequence.

    Attributes:
        track: the stage that makes the track file.
    """

    name: ClassVar[str] = "score"
    track: Track

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"score {self.track.label.removeprefix('track ')}"

    @property
    def order(self) -> str:
        """The sequence: scores on one sequence share its ground truth."""
        return self.track.sequence

    def needs(self, context: Context) -> Iterable[Stage]:  # noqa: ARG002
        """Return the tracking."""
        return (self.track,)

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the score."""
        sequence = context.sequence(EVALUATION, self.track.sequence)
        return {
            "tracks": digest_of(context.cache.needed(self.track, TRACKS)),
            "ground_truth": sequence.digest,
            "length": sequence.length,
            "benchmark": context.datasets[EVALUATION].benchmark,
        }

    def run(self, context: Context) -> Made:
        """Score."""
        truth = context.truth(EVALUATION, self.track.sequence)
        tracks = parse_tracks(context.cache.needed(self.track, TRACKS), TRACKS, truth.length)
        start = time.perf_counter()
        content = score_sequence(truth, tracks).to_json().encode()
        return Made({SCORE: content}, {"scoring_s": time.perf_counter() - start})

    def result(self, context: Context) -> SequenceScore | None:
        """Return the score; None if it is not there (errors as ``Cache.parsed``)."""
        expected = "a score of TrackEval's metrics as JSON"
        return context.cache.parsed(self, SCORE, SequenceScore.from_json, expected)
