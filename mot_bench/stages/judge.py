"""Judge detections against the ground truth of their sequence: which ones found whom."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mot_bench.engine.stage import Made, NotReady, Stage
from mot_bench.explaining.detected import Detected, judge

if TYPE_CHECKING:
    from mot_bench.explaining.context import ExplainingContext

JUDGED = "detected.npz"


@dataclass(frozen=True)
class Judge(Stage):
    """Judged detections of a sequence, which all runs with these detections share.

    Attributes:
        sequence: name of the sequence.
        digest: of the detections.
    """

    name: ClassVar[str] = "judge"
    sequence: str
    digest: str

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"judge detections {self.digest[:12]} of {self.sequence}"

    def inputs(self, context: ExplainingContext) -> dict[str, object]:
        """Return what decides the judgement."""
        return {"detections": self.digest, **context.truth_inputs(self.sequence)}

    def run(self, context: ExplainingContext) -> Made:
        """Judge.

        Raises:
            NotReady: the detections of this digest are not at hand any more.
        """
        found = context.detections_of(self.sequence, self.digest)
        if found is None:
            raise NotReady(f"{self.label}: expected these detections, found none with this digest")
        people = context.people(self.sequence)
        detected = judge(people, found.frames - 1, found.boxes_ltwh, found.scores)
        return Made({JUDGED: detected.to_bytes()})

    def result(self, context: ExplainingContext) -> Detected | None:
        """Return the judged detections; None if not there (errors as ``Cache.parsed``)."""
        people = context.people(self.sequence)
        parse = functools.partial(
            Detected.from_bytes, people=len(people.frames), length=people.length
        )
        return context.cache.parsed(self, JUDGED, parse, "judged detections as an npz")
