"""Explain one run on one sequence: its errors with their causes, and what each repair would gain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import TypeAdapter

from mot_bench.datasets.mot_text import TrackRows, parse_tracks
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.engine.stage import Made, NotReady, Stage
from mot_bench.engine.store import digest_of
from mot_bench.errors import InputError
from mot_bench.explaining.causes import analyse, events_of
from mot_bench.explaining.events import EVENTS, format_events
from mot_bench.explaining.repairs import rescored_repairs
from mot_bench.explaining.rescoring import Counts
from mot_bench.explaining.slices import part_counts

if TYPE_CHECKING:
    from mot_bench.explaining.context import ExplainingContext

COUNTS = "counts.json"
_ERRORS = TypeAdapter(dict[str, dict[str, int]])
_PARTS = TypeAdapter(dict[str, list[list[int]]])
_FLAGS = TypeAdapter(dict[str, bool])
NO_TRACKS = digest_of(b"")
"""The digest of a sequence that was scored as one without a track file."""


@dataclass(frozen=True)
class Explain(Stage):
    """Errors of a run with one seed on one sequence.

    Attributes:
        run_name, seed, sequence: which.
        tracks: the track file.
        tracks_digest: what its digest must be.
        detections_digest: of the detections that the run had; empty if they are not known.
    """

    name: ClassVar[str] = "explain"
    run_name: str
    seed: int
    sequence: str
    tracks: Path
    tracks_digest: str
    detections_digest: str

    @property
    def label(self) -> str:
        """The name of this job."""
        known = "" if self.detections_digest else ", detections unknown"
        return f"explain {self.run_name} seed {self.seed} {self.sequence}{known}"

    @property
    def lacks_tracks(self) -> bool:
        """Whether there should be a track file, and is none."""
        return self.tracks_digest != NO_TRACKS and not self.tracks.is_file()

    def inputs(self, context: ExplainingContext) -> dict[str, object]:
        """Return what decides what is found."""
        sequence = context.sequence(self.sequence)
        return {
            "detections": self.detections_digest,
            **context.truth_inputs(self.sequence),
            "sequence": [sequence.name, sequence.width, sequence.height],
            "tracks": self.tracks_digest,
        }

    def run(self, context: ExplainingContext) -> Made:
        """Explain.

        Raises:
            InputError: the track file is missing, malformed, or not the one that was scored.
        """
        sequence, people = context.sequence(self.sequence), context.people(self.sequence)
        detected = None
        if self.detections_digest:
            detected = context.judged(self.sequence, self.detections_digest)
        analysis = analyse(people, self._tracks(context), sequence.frame_rate, detected)
        found = Found(
            counts=rescored_repairs(analysis),
            errors={kind: errors.by_cause() for kind, errors in analysis.errors.items()},
            parts=part_counts(analysis),
            detections_known=detected is not None,
            visibility_given=analysis.people.visibility_given,
        )
        events = format_events(events_of(analysis, self.sequence))
        return Made({COUNTS: found.to_json().encode(), EVENTS: events.encode()})

    def result(self, context: ExplainingContext) -> Found:
        """Return what was found.

        Raises:
            NotReady: the stage has not run.
            InputError: the result holds something else (see ``Cache.parsed``).
        """
        expected = "counts of an explanation as JSON"
        found = context.cache.parsed(self, COUNTS, Found.from_json, expected)
        if found is None:
            raise NotReady(f"{self.label}: expected its result in the store, found none")
        return found

    def _tracks(self, context: ExplainingContext) -> TrackRows:
        content = b"" if self.tracks_digest == NO_TRACKS else read_bytes(self.tracks, "tracks")
        if digest_of(content) != self.tracks_digest:
            raise InputError(
                self.tracks,
                "the tracks that were scored (results.json has their digest)",
                "others (mot-bench score scores a changed file, the command that made the folder "
                "brings the old ones back)",
            )
        return parse_tracks(content, self.tracks, context.sequence(self.sequence).length)


@dataclass(frozen=True)
class Found:
    """What is kept of one run on one sequence.

    Attributes:
        counts: the run's as it is (``""``), and with each cause, kind or limit repaired.
        errors: how many of each kind and cause.
        parts: of the ground truth, see ``explaining.slices.part_counts``.
        detections_known, visibility_given: see ``mot_bench.reports.explanation.RunExplanation``.
    """

    counts: Mapping[str, Counts]
    errors: Mapping[str, Mapping[str, int]]
    parts: Mapping[str, list[list[int]]]
    detections_known: bool
    visibility_given: bool

    def to_json(self) -> str:
        """Return text that ``from_json`` reads."""
        counts = {name: counts.to_list() for name, counts in self.counts.items()}
        return json.dumps({**self.__dict__, "counts": counts}, sort_keys=True)

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError, TypeError, KeyError, AttributeError, RecursionError: the text is something
                else.
        """
        content = json.loads(text)
        counts = {name: Counts.from_list(each) for name, each in content.pop("counts").items()}
        errors = _ERRORS.validate_python(content.pop("errors"))
        parts = _PARTS.validate_python(content.pop("parts"))
        return cls(counts=counts, errors=errors, parts=parts, **_FLAGS.validate_python(content))
