"""Writing the viewer beside a report: the page, its scripts, boxes and errors as script files, pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from mot_bench import atomic
from mot_bench.datasets.dataset import Sequence
from mot_bench.files.places import inside
from mot_bench.records.results import RunResult
from mot_bench.reports.viewer import (
    FOLDER,
    ViewerIndex,
    ViewerRun,
    ViewerSequence,
    viewer_assets,
    viewer_html,
)
from mot_bench.reports.viewer_files import TRUTH, Layer, chunk_name, errors_script, layer_chunks
from mot_bench.results.folder import ResultsFolder
from mot_bench.viewing.error_spans import spans_of
from mot_bench.viewing.gallery import write_gallery
from mot_bench.viewing.layers import stage_size, track_layer, truth_layer
from mot_bench.viewing.names import file_names
from mot_bench.viewing.pictures import folder_name, write_pictures
from mot_bench.viewing.progress import FrameProgress

PAGE = "viewer.html"
DATA, PICTURES = f"{FOLDER}/data", f"{FOLDER}/pictures"


@dataclass(frozen=True)
class ViewerOptions:
    """What the viewer is made of.

    Attributes:
        runs: names; None for all.
        sequences: names; None for all.
        width: greatest width of pictures in pixels; None: as they are; 0: no pictures.
        switches: how many switches of each run the gallery shows at most.
    """

    runs: list[str] | None = None
    sequences: list[str] | None = None
    width: int | None = None
    switches: int = 8


@dataclass
class ViewerWritten:
    """What was written: sequences and runs in it, and bytes of boxes and errors, of pictures, of crops."""

    sequences: int = 0
    runs: int = 0
    data_bytes: int = 0
    picture_bytes: int = 0
    crop_bytes: int = 0
    notes: list[str] = field(default_factory=list)


def write_viewer(folder: ResultsFolder, options: ViewerOptions, console: Console) -> ViewerWritten:
    """Write ``viewer.html``, ``gallery.html`` and ``viewer/`` into a results folder.

    Pictures that are there already are not made again; what an earlier viewer had and this one has
    not is removed.

    Raises:
        MotBenchError: a run or sequence that there is not, a malformed file, or a folder that
            cannot be written.
    """
    runs = [run for run in folder.chosen_runs(options.runs) if run.status != "skipped"]
    sequences = folder.chosen_sequences(options.sequences)
    written = ViewerWritten()
    kept: set[Path] = set()
    index = _write_data(folder, runs, sequences, options, written, kept)
    for name, text in viewer_assets().items():
        _write(inside(folder.path, name), text)
    if options.width != 0:
        _write_pictures(folder, index, sequences, options, console, written, kept)
    _remove_others(folder.path, kept)
    written.crop_bytes = write_gallery(
        folder,
        [run for run in runs if folder.run_label(run) in {row.label for row in index.runs}],
        sequences,
        file_names(sequence.name for sequence in folder.dataset.sequences),
        console,
        count=options.switches,
        pictures=options.width != 0,
    )
    shown = {row.label for row in index.runs}
    folder.write_shown_runs([run for run in runs if folder.run_label(run) in shown])
    atomic.write_text(folder.path / PAGE, viewer_html(index))
    return written


def _write_data(
    folder: ResultsFolder,
    runs: list[RunResult],
    sequences: list[Sequence],
    options: ViewerOptions,
    written: ViewerWritten,
    kept: set[Path],
) -> ViewerIndex:
    """Boxes and errors of every run in every sequence, and the index of it all."""
    sequence_keys = file_names(sequence.name for sequence in folder.dataset.sequences)
    labels = [folder.run_label(run) for run in runs]
    run_keys = file_names([TRUTH, *labels])
    events = {label: folder.events(run) for label, run in zip(labels, runs, strict=True)}
    having: dict[str, list[str]] = {label: [] for label in labels}
    shown = []
    for sequence in sequences:
        key = sequence_keys[sequence.name]
        layers: dict[str, Layer] = {}
        if sequence.ground_truth is not None:
            layers[TRUTH] = truth_layer(sequence.ground_truth, folder.dataset.benchmark)
        for label, run in zip(labels, runs, strict=True):
            tracks = folder.tracks(run, sequence)
            if tracks is not None:
                layers[run_keys[label]] = track_layer(tracks)
                having[label].append(key)
        for layer, boxes in layers.items():
            place = inside(folder.path, DATA, key, layer)
            kept.add(place)
            for number, text in enumerate(layer_chunks(key, layer, boxes, sequence.length)):
                written.data_bytes += _write(place / chunk_name(number), text)
        for label in labels:
            known = events[label]
            if known is not None and key in having[label]:
                text = errors_script(key, run_keys[label], spans_of(known.of(sequence.name)))
                written.data_bytes += _write(
                    inside(folder.path, DATA, key, run_keys[label], "errors.js"), text
                )
        shown.append(_sequence(sequence, key, list(layers.values()), options.width))
    rows = [
        ViewerRun(
            run.run,
            run.seed,
            label,
            run_keys[label],
            tuple(having[label]),
            events[label] is not None,
        )
        for label, run in zip(labels, runs, strict=True)
        if having[label]
    ]
    written.sequences, written.runs = len(shown), len(rows)
    result = folder.result
    return ViewerIndex(
        title=result.title or result.suite,
        dataset=folder.dataset.name,
        sequences=tuple(shown),
        runs=tuple(rows),
        first=_first(folder, runs, rows),
        gallery=True,
        report=(folder.path / "report.html").exists(),
    )


def _sequence(
    sequence: Sequence, key: str, layers: list[Layer], width: int | None
) -> ViewerSequence:
    across, down = stage_size(sequence, layers)
    pictured = sequence.load_frames is not None and width != 0
    return ViewerSequence(
        name=sequence.name,
        key=key,
        length=sequence.length,
        rate=sequence.frame_rate,
        width=across,
        height=down,
        group=sequence.group,
        pictures=f"{PICTURES}/{key}/{folder_name(sequence, width)}" if pictured else "",
        truth=sequence.ground_truth is not None,
    )


def _first(folder: ResultsFolder, runs: list[RunResult], rows: list[ViewerRun]) -> tuple[str, ...]:
    """Labels of the two runs that are shown at first: the base run, and the best other one (by HOTA)."""
    scores = {
        folder.run_label(run): run.combined.metrics.get("HOTA", 0.0) if run.combined else -1.0
        for run in runs
    }
    ranked = sorted(rows, key=lambda row: -scores[row.label])
    base = next((row for row in rows if row.run == folder.result.base), None)
    if base is None:
        return tuple(row.label for row in ranked[:2])
    others = [row for row in ranked if row.run != base.run]
    return (base.label, *(row.label for row in others[:1]))


def _write_pictures(
    folder: ResultsFolder,
    index: ViewerIndex,
    sequences: list[Sequence],
    options: ViewerOptions,
    console: Console,
    written: ViewerWritten,
    kept: set[Path],
) -> None:
    pictured = [
        (one, shown)
        for one, shown in zip(sequences, index.sequences, strict=True)
        if shown.pictures
    ]
    with FrameProgress(console, "pictures", sum(one.length for one, _ in pictured)) as progress:
        for sequence, shown in pictured:
            place = inside(folder.path, shown.pictures)
            kept.add(place)
            progress.at(sequence.name)
            write_pictures(sequence, place, options.width, progress.step)
            written.picture_bytes += sum(file.stat().st_size for file in place.iterdir())
    lacking = [one.name for one in index.sequences if not one.pictures]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        written.notes.append(f"no pictures of {lacking[0]}{more}: boxes are on an empty stage")


def _write(path: Path, text: str) -> int:
    """Write a file unless it is there with this very content; its size in bytes."""
    content = text.encode()
    try:
        same = path.read_bytes() == content
    except OSError:
        same = False
    if not same:
        atomic.write_bytes(path, content)
    return len(content)


def _remove_others(folder: Path, kept: Iterable[Path]) -> None:
    """Remove boxes and pictures of an earlier viewer that this one does not have."""
    wanted = {place.relative_to(folder) for place in kept}
    for part in (DATA, PICTURES):
        for place in inside(folder, part).glob("*/*"):
            if (
                place.is_dir()
                and not _has_link(place, folder)
                and place.relative_to(folder) not in wanted
            ):
                shutil.rmtree(place, ignore_errors=True)


def _has_link(place: Path, folder: Path) -> bool:
    """Return whether a link leads to this place in the folder: what is there may be somebody else's."""
    return place.resolve() != folder.resolve() / place.relative_to(folder)
