"""``figures.json``: what some figures need beyond results.json, so that a report is made without the dataset.

Timelines of the base run and of the best other one, from track files, and similarities of
embeddings, from the store.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator

from mot_bench.atomic import write_text
from mot_bench.engine.versions import report_version
from mot_bench.errors import InputError
from mot_bench.files.json_files import read_record
from mot_bench.records.results import SCHEMA_VERSION, Record, SuiteResult
from mot_bench.reports.similarity import Similarity
from mot_bench.reports.timeline import Presence, Span, Switch, Timeline

if TYPE_CHECKING:
    from mot_bench.viewing.folder import ResultsFolder

FIGURES = "figures.json"
_EXPECTED = "figures.json as mot-bench run and mot-bench score write it"


class SimilarityRecord(Record):
    """See ``mot_bench.reports.similarity``."""

    model: str
    seed: int
    edges: list[float]
    same: list[int]
    different: list[int]
    threshold: float
    tpr: float

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        """Refuse counts that are not one for each bin between the edges."""
        if not len(self.edges) - 1 == len(self.same) == len(self.different):
            raise ValueError(
                f"{len(self.edges)} edges for {len(self.same)} and {len(self.different)} counts"
            )
        return self


class TimelineRecord(Record):
    """See ``mot_bench.reports.timeline``; spans are person, track, first and last frame."""

    run: str
    seed: int
    sequence: str
    frames: int
    frame_rate: float
    presences: list[tuple[int, int, int]]
    spans: list[tuple[int, int, int, int]]
    switches: list[tuple[int, int]]


class FigureRecord(Record):
    """The content of ``figures.json``: ``of`` is a digest of the results that it is about, ``code`` made it."""

    schema_version: int = SCHEMA_VERSION
    of: str
    code: str = ""
    similarities: list[SimilarityRecord]
    timelines: list[TimelineRecord]


def write_figure_data(folder: ResultsFolder) -> None:
    """Write ``figures.json`` of a results folder, unless it is there.

    What there is nothing for stays empty.

    Raises:
        MotBenchError: a track file or an entry of the store is at fault, or the folder cannot be
            written.
    """
    from mot_bench.reporting.similarities import similarities
    from mot_bench.reporting.trajectories import main_timelines

    of, code = _digest(folder.result), report_version()
    if _is_there(folder.path / FIGURES, of, code):
        return
    record = FigureRecord(
        of=of,
        code=code,
        similarities=[SimilarityRecord(**_lists(one)) for one in similarities(folder)],
        timelines=[_timeline_record(one) for one in main_timelines(folder)],
    )
    write_text(
        folder.path / FIGURES,
        json.dumps(record.model_dump(mode="json"), separators=(",", ":")) + "\n",
    )


def figure_data_of(
    out: Path, result: SuiteResult
) -> tuple[tuple[Similarity, ...], tuple[Timeline, ...]]:
    """Similarities and timelines of a results folder.

    None where there are none, or they are of other results.

    Raises:
        InputError: figures.json is malformed.
    """
    path = out / FIGURES
    if not path.exists():
        return (), ()
    record = read_record(path, FigureRecord, _EXPECTED, refuse_nan=True)
    if record.of != _digest(result):
        return (), ()
    return tuple(map(_similarity, record.similarities)), tuple(map(_timeline, record.timelines))


def _is_there(path: Path, of: str, code: str) -> bool:
    """Whether the file is what would be written."""
    if not path.exists():
        return False
    try:
        record = read_record(path, FigureRecord, _EXPECTED, refuse_nan=True)
    except InputError:
        return False
    return (record.of, record.code) == (of, code)


def _digest(result: SuiteResult) -> str:
    about = {
        "base": result.base,
        "sequences": [[one.name, one.digest] for one in result.dataset.sequences],
        "runs": [[run.run, run.seed, run.status, run.track_digests] for run in result.runs],
        "models": [[model.model, model.seed, model.weights_digest] for model in result.models],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _lists(one: Similarity) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(one).items()
    }


def _timeline_record(one: Timeline) -> TimelineRecord:
    return TimelineRecord(
        run=one.run,
        seed=one.seed,
        sequence=one.sequence,
        frames=one.frames,
        frame_rate=one.frame_rate,
        presences=[dataclasses.astuple(presence) for presence in one.presences],
        spans=[dataclasses.astuple(span) for span in one.spans],
        switches=[dataclasses.astuple(switch) for switch in one.switches],
    )


def _similarity(record: SimilarityRecord) -> Similarity:
    return Similarity(
        record.model, record.seed, tuple(record.edges), tuple(record.same), tuple(record.different),
        record.threshold, record.tpr,
    )  # fmt: skip


def _timeline(record: TimelineRecord) -> Timeline:
    return Timeline(
        record.run, record.seed, record.sequence, record.frames, record.frame_rate,
        tuple(Presence(*presence) for presence in record.presences),
        tuple(Span(*span) for span in record.spans),
        tuple(Switch(*switch) for switch in record.switches),
    )  # fmt: skip
