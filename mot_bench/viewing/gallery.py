"""Writing ``gallery.html``: the costliest identity switches of every run as strips of crops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from mot_bench import atomic
from mot_bench.datasets.dataset import Sequence
from mot_bench.explaining.scene import People, people_of
from mot_bench.files.places import inside
from mot_bench.records.results import RunResult
from mot_bench.reports.viewer import FOLDER
from mot_bench.reports.viewer_files import Layer
from mot_bench.reports.viewer_gallery import (
    Cell,
    Gallery,
    GalleryRun,
    Strip,
    gallery_assets,
    gallery_html,
)
from mot_bench.results.folder import ResultsFolder
from mot_bench.viewing.costs import Switch, costliest, switches_of
from mot_bench.viewing.layers import stage_size, track_layer, truth_layer
from mot_bench.viewing.pictures import encode
from mot_bench.viewing.progress import FrameProgress
from mot_bench.viewing.strips import Moment, boxes_in, moments

PAGE = "gallery.html"
CROPS = f"{FOLDER}/crops"
_CROP_WIDTH = 360  # pixels at most: twice what a cell is on the page


@dataclass(frozen=True)
class _Stage:
    """A sequence, ready to be looked at."""

    sequence: Sequence
    people: People
    truth: Layer
    size: tuple[int, int]
    key: str

    def crop(self, moment: Moment) -> str:
        """The file of a cell's crop, relative to the page; empty where there are no pictures."""
        if self.sequence.load_frames is None:
            return ""
        part = f"{moment.left}-{moment.top}-{moment.width}-{moment.height}"
        return f"{CROPS}/{self.key}/{self.sequence.digest[:8]}-{self.sequence.first_frame}-{moment.frame}-{part}.jpg"


@dataclass
class _Wanted:
    """Crops to make, by sequence and frame."""

    crops: dict[str, dict[int, dict[str, Moment]]] = field(default_factory=dict)

    def add(self, stage: _Stage, moment: Moment) -> str:
        """Note a crop; its file."""
        path = stage.crop(moment)
        if path:
            self.crops.setdefault(stage.sequence.name, {}).setdefault(moment.frame, {})[path] = (
                moment
            )
        return path


def write_gallery(
    folder: ResultsFolder,
    runs: list[RunResult],
    sequences: list[Sequence],
    keys: Mapping[str, str],
    console: Console,
    *,
    count: int,
    pictures: bool,
) -> int:
    """Write ``gallery.html`` and its crops into a results folder; the size of the crops in bytes.

    Args:
        folder: the results.
        runs: those that the viewer shows.
        sequences: likewise.
        keys: of the sequences, by name: their folders.
        console: where progress is shown.
        count: switches of each run at most.
        pictures: whether crops are made of sequences that have pictures.

    Raises:
        MotBenchError: a malformed file, a picture that cannot be read, or a folder that cannot be
            written.
    """
    stages = {
        one.name: _stage(folder, one, keys[one.name])
        for one in sequences
        if one.ground_truth is not None
    }
    wanted = _Wanted()
    made = [_run(folder, run, stages, count, wanted if pictures else None) for run in runs]
    if pictures:
        _write_crops(folder.path, stages, wanted, console)
    _remove_others(
        folder.path,
        {path for frames in wanted.crops.values() for one in frames.values() for path in one},
    )
    for name, text in gallery_assets().items():
        atomic.write_text(inside(folder.path, name), text)
    result = folder.result
    gallery = Gallery(
        title=result.title or result.suite,
        dataset=folder.dataset.name,
        runs=tuple(made),
        report=(folder.path / "report.html").exists(),
    )
    atomic.write_text(folder.path / PAGE, gallery_html(gallery))
    return sum(file.stat().st_size for file in (folder.path / CROPS).rglob("*.jpg"))


def _stage(folder: ResultsFolder, sequence: Sequence, key: str) -> _Stage:
    assert sequence.ground_truth is not None
    truth = truth_layer(sequence.ground_truth, folder.dataset.benchmark)
    people = people_of(sequence, folder.dataset.benchmark)
    return _Stage(sequence, people, truth, stage_size(sequence, [truth]), key)


def _run(
    folder: ResultsFolder,
    run: RunResult,
    stages: Mapping[str, _Stage],
    count: int,
    wanted: _Wanted | None,
) -> GalleryRun:
    """The worst switches of a run, with their cells; the crops that these want are noted."""
    switches: list[Switch] = []
    layers: dict[str, Layer] = {}
    for name, stage in stages.items():
        tracks = folder.tracks(run, stage.sequence)
        if tracks is not None:
            switches.extend(switches_of(name, stage.people, tracks))
            layers[name] = track_layer(tracks)
    causes = _causes(folder, run)
    strips = []
    for switch in costliest(switches, count):
        stage = stages[switch.sequence]
        rate = stage.sequence.frame_rate
        cells = [
            Cell(
                frame=moment.frame,
                caption=moment.caption,
                width=moment.width,
                height=moment.height,
                boxes=boxes_in(moment, switch, stage.truth, layers[switch.sequence]),
                picture=wanted.add(stage, moment) if wanted is not None else "",
            )
            for moment in moments(switch, stage.truth, rate, stage.sequence.length, stage.size)
        ]
        strips.append(
            Strip(
                sequence=switch.sequence,
                frame=switch.frame,
                person=switch.person,
                before=switch.before,
                now=switch.now,
                cause=causes.get((switch.sequence, switch.frame, switch.person), ""),
                cost=switch.cost,
                seconds=switch.cost / rate,
                idf1=switch.idf1,
                cells=tuple(cells),
            )
        )
    return GalleryRun(
        folder.run_label(run), len(switches), sum(switch.cost for switch in switches), tuple(strips)
    )


def _causes(folder: ResultsFolder, run: RunResult) -> dict[tuple[str, int, int], str]:
    """Causes of switches by sequence, frame and person; none where nobody looked for them."""
    events = folder.events(run)
    if events is None:
        return {}
    found = events.of_kind("identity switch")
    return {(event.sequence, event.frame, event.truth_id or 0): event.cause for event in found}


def _write_crops(
    folder: Path, stages: Mapping[str, _Stage], wanted: _Wanted, console: Console
) -> None:
    """Make the crops that are not there yet, each frame read once."""
    lacking = {
        name: {frame: new for frame, crops in frames.items() if (new := _new(folder, crops))}
        for name, frames in wanted.crops.items()
    }
    with FrameProgress(
        console, "crops", sum(len(frames) for frames in lacking.values())
    ) as progress:
        for name, frames in lacking.items():
            load = stages[name].sequence.load_frames
            if load is None or not frames:
                continue
            progress.at(name)
            source = load()
            for frame, crops in sorted(frames.items()):
                picture = source.read(frame)
                for path, part in crops.items():
                    cut = picture[
                        part.top : part.top + part.height, part.left : part.left + part.width
                    ]
                    atomic.write_bytes(inside(folder, path), encode(cut, _CROP_WIDTH))
                progress.step()


def _new(folder: Path, crops: Mapping[str, Moment]) -> dict[str, Moment]:
    return {path: moment for path, moment in crops.items() if not (folder / path).exists()}


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Remove crops of an earlier gallery."""
    for file in inside(folder, CROPS).rglob("*.jpg"):
        if file.relative_to(folder).as_posix() not in kept:
            file.unlink(missing_ok=True)
