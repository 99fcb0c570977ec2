"""The stage ``explain`` of the store: one run on one sequence, from a track file to events and counts.

Keyed by digests of tracks, ground truth and detections, and by the code. What a repair of each
cause leaves is kept as counts, since gains are over all sequences. Judged detections are a stage of
their own, ``detected``: runs share them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.mot_text import parse_tracks
from mot_bench.datasets.text_lines import read_bytes
from mot_bench.detections.formats import read_npz
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import DetectionSource
from mot_bench.engine.store import Store, digest_of, key_of
from mot_bench.engine.versions import stage_version
from mot_bench.errors import InputError, MotBenchError
from mot_bench.explaining.causes import analyse, events_of
from mot_bench.explaining.detected import Detected, judge
from mot_bench.explaining.events import EVENTS, format_events
from mot_bench.explaining.repairs import rescored_repairs
from mot_bench.explaining.rescoring import Counts
from mot_bench.explaining.scene import People, people_of
from mot_bench.explaining.slices import part_counts
from mot_bench.networks.applying import DETECTIONS
from mot_bench.networks.stages import DETECT, EMBED

EXPLAIN, DETECTED = "explain", "detected"
COUNTS, JUDGED = "counts.json", "detected.npz"
NO_TRACKS = digest_of(b"")  # of a sequence that was scored as one without a track file
_AT_HAND = 8
_ERRORS = TypeAdapter(dict[str, dict[str, int]])
_PARTS = TypeAdapter(dict[str, list[list[int]]])
_FLAGS = TypeAdapter(dict[str, bool])


@dataclass(frozen=True)
class Piece:
    """One run with one seed on one sequence.

    Attributes:
        run, seed, sequence: which.
        tracks: the track file; ``tracks_digest`` is what it must be.
        source: where its detections come from; None where that is not known.
        detections_digest: what they must be; empty where they are not known.
    """

    run: str
    seed: int
    sequence: str
    tracks: Path
    tracks_digest: str
    source: DetectionSource | None
    detections_digest: str

    @property
    def lacks_tracks(self) -> bool:
        """Whether there should be a track file, and is none."""
        return self.tracks_digest != NO_TRACKS and not self.tracks.is_file()


@dataclass(frozen=True)
class Found:
    """What the stage keeps of one run on one sequence.

    Attributes:
        counts: the run's as it is (``""``), and with each cause, kind or limit repaired.
        errors: how many of each kind and cause.
        parts: of the ground truth, see ``slices.part_counts``.
        detections_known, visibility_given: see ``mot_bench.reports.explanation.RunExplanation``.
    """

    counts: Mapping[str, Counts]
    errors: Mapping[str, Mapping[str, int]]
    parts: Mapping[str, list[list[int]]]
    detections_known: bool
    visibility_given: bool

    def to_json(self) -> str:
        """Text that ``from_json`` reads."""
        content = {
            **self.__dict__,
            "counts": {name: counts.to_list() for name, counts in self.counts.items()},
        }
        return json.dumps(content, sort_keys=True)

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError, TypeError, KeyError, AttributeError, RecursionError: the text is something
                else.
        """
        content = json.loads(text)
        counts = {
            name: Counts.from_list(numbers) for name, numbers in content.pop("counts").items()
        }
        errors = _ERRORS.validate_python(content.pop("errors"))
        parts = _PARTS.validate_python(content.pop("parts"))
        return cls(counts=counts, errors=errors, parts=parts, **_FLAGS.validate_python(content))


class StoredDetections:
    """Detections that networks left in the store, by digest: those of an older version of the code are there too.

    A file is known by the digest of what it holds, so that a damaged file is found under no digest.
    """

    def __init__(self, store: Store) -> None:
        """Of this store; it is looked through when first asked for."""
        self._store = store
        self._files: dict[str, Path] | None = None

    def find(self, digest: str) -> SequenceDetections | None:
        """The detections of a digest; None where the store has none."""
        if self._files is None:
            paths = sorted(
                path
                for stage in (DETECT, EMBED)
                for path in self._store.root.glob(f"{stage}/*/{DETECTIONS}")
            )
            found = {path: _read(path) for path in paths}
            self._files = {one.digest: path for path, one in found.items() if one is not None}
        return _read(self._files[digest]) if digest in self._files else None


def _read(path: Path) -> SequenceDetections | None:
    try:
        return read_npz(path)
    except MotBenchError:  # damaged: as if it were not there
        return None


def _loaded(
    source: DetectionSource | None, sequence: Sequence, digest: str
) -> SequenceDetections | None:
    """What a source has, if these are the detections of the digest."""
    if source is None:
        return None
    try:
        detections = source.load(sequence)
    except MotBenchError:  # a file that moved: causes do without
        return None
    return detections if detections.digest == digest else None


class Explainer:
    """Explains pieces; people and judged detections of the last sequences are at hand."""

    def __init__(self, dataset: Dataset, store_root: Path) -> None:
        """For a dataset, into a store."""
        self.store = Store(store_root)
        self._benchmark = dataset.benchmark
        self._sequences = {sequence.name: sequence for sequence in dataset.sequences}
        self.people = functools.lru_cache(_AT_HAND)(self._people)
        self._stored = StoredDetections(self.store)
        self._judged: dict[tuple[str, str], Detected | None] = {}

    def keys(self, piece: Piece) -> list[str]:
        """Keys that the piece may have in the store: with its detections where these are known, and without."""
        digests = [piece.detections_digest, ""] if piece.detections_digest else [""]
        return [key_of(self._inputs(piece, digest)) for digest in digests]

    def explain(self, piece: Piece) -> str:
        """Put a piece into the store, unless it is there; its key.

        Raises:
            InputError: the track file is missing, malformed, or not the one that was scored.
        """
        detected = self._detected(piece)
        inputs = self._inputs(piece, "" if detected is None else piece.detections_digest)
        key = key_of(inputs)
        if self.store.has(EXPLAIN, key):
            return key
        content = b"" if piece.tracks_digest == NO_TRACKS else read_bytes(piece.tracks, "tracks")
        if digest_of(content) != piece.tracks_digest:
            raise InputError(
                piece.tracks,
                "the tracks that were scored (results.json has their digest)",
                "others (mot-bench score scores a changed file, the command that made the folder brings the old ones "
                "back)",
            )
        sequence = self._sequences[piece.sequence]
        tracks = parse_tracks(content, piece.tracks, sequence.length)
        analysis = analyse(self.people(piece.sequence), tracks, sequence.frame_rate, detected)
        found = Found(
            counts=rescored_repairs(analysis),
            errors={kind: errors.by_cause() for kind, errors in analysis.errors.items()},
            parts=part_counts(analysis),
            detections_known=detected is not None,
            visibility_given=analysis.people.visibility_given,
        )
        events = format_events(events_of(analysis, piece.sequence))
        self.store.publish(
            EXPLAIN, key, {COUNTS: found.to_json().encode(), EVENTS: events.encode()}, inputs
        )
        return key

    def detected(self, sequence: str, digest: str) -> Detected | None:
        """The judged detections of this digest, if the store has them."""
        people, key = self.people(sequence), key_of(self._judged_inputs(sequence, digest))
        parse = functools.partial(
            Detected.from_bytes, people=len(people.frames), length=people.length
        )
        return self.store.parsed(DETECTED, key, JUDGED, parse, "judged detections as an npz")

    def is_judged(self, piece: Piece) -> bool:
        """Return whether the store has the piece's judged detections, or its detections are not known."""
        digest = piece.detections_digest
        return not digest or self.store.has(
            DETECTED, key_of(self._judged_inputs(piece.sequence, digest))
        )

    def _detected(self, piece: Piece) -> Detected | None:
        """The piece's judged detections; those of the last pieces are at hand."""
        which = (piece.sequence, piece.detections_digest)
        if which not in self._judged:
            while len(self._judged) >= _AT_HAND:
                del self._judged[next(iter(self._judged))]
            self._judged[which] = self._judge(piece.sequence, piece.source, piece.detections_digest)
        return self._judged[which]

    def _people(self, name: str) -> People:
        return people_of(self._sequences[name], self._benchmark)

    def _judge(self, name: str, source: DetectionSource | None, digest: str) -> Detected | None:
        """Judged detections, from the store or made.

        None where these very detections are not at hand any more.
        """
        if not digest:
            return None
        there = self.detected(name, digest)
        if there is not None:
            return there
        detections = _loaded(source, self._sequences[name], digest) or self._stored.find(digest)
        if detections is None:
            return None
        detected = judge(
            self.people(name), detections.frames - 1, detections.boxes_ltwh, detections.scores
        )
        inputs = self._judged_inputs(name, digest)
        self.store.publish(DETECTED, key_of(inputs), {JUDGED: detected.to_bytes()}, inputs)
        return detected

    def _inputs(self, piece: Piece, detections: str) -> dict[str, object]:
        """Everything that can change what is found."""
        sequence = self._sequences[piece.sequence]
        return {
            **self._judged_inputs(piece.sequence, detections),
            "sequence": [sequence.name, sequence.width, sequence.height],
            "tracks": piece.tracks_digest,
        }

    def _judged_inputs(self, name: str, detections: str) -> dict[str, object]:
        sequence = self._sequences[name]
        return {
            "detections": detections,
            "ground_truth": sequence.digest,
            "length": sequence.length,
            "benchmark": self._benchmark,
            "code": stage_version("explain"),
        }
