"""What the viewer loads: boxes, errors, pictures, written whole, once, and with nothing harmful in them."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner
from viewer_samples import BASE, HARMFUL, open_folder, write_folder

from mot_bench.cli import app
from mot_bench.errors import MotBenchError
from mot_bench.explaining.events import Event
from mot_bench.reports.explanation import KINDS, Kind
from mot_bench.reports.viewer import CHUNK_FRAMES
from mot_bench.reports.viewer_files import Layer, Span, errors_script, layer_chunks
from mot_bench.viewing.error_spans import spans_of
from mot_bench.viewing.layers import stage_size, truth_layer
from mot_bench.viewing.names import file_names
from mot_bench.viewing.pictures import encode, parse_width
from mot_bench.viewing.write import ViewerOptions, ViewerWritten, write_viewer


def layer(rows: list[tuple[int, int, float, float, float, float, int]]) -> Layer:
    table = np.array(rows, np.float64).reshape(-1, 7)
    return Layer(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2:6],
        table[:, 6].astype(np.int64),
    )


def called(text: str, function: str) -> list[object]:
    """The arguments of a script that calls one function."""
    match = re.fullmatch(rf"motViewer\.{function}\((.*)\);\n", text, re.DOTALL)
    assert match is not None
    found: list[object] = json.loads(f"[{match[1]}]")
    return found


def event(
    frame: int,
    kind: Kind,
    truth: int | None,
    track: int | None,
    cause: str = "",
    iou: float | None = None,
) -> Event:
    return Event("s", frame, kind, cause, truth, track, None, None, iou)


def test_boxes_are_tenths_of_a_pixel_in_chunks_of_frames() -> None:
    rows = [
        (1, 7, 1.26, -2.04, 30.0, 60.55, 90),
        (1, 8, 5.0, 5.0, 1.0, 2.0, -1),
        (CHUNK_FRAMES + 2, 7, 0, 0, 1, 1, 5),
    ]
    chunks = [
        called(text, "chunk") for text in layer_chunks("s", "r", layer(rows), CHUNK_FRAMES + 2)
    ]
    assert [chunk[:3] for chunk in chunks] == [["s", "r", 0], ["s", "r", 1]]
    first, last = chunks[0][3], chunks[1][3]
    assert isinstance(first, list)
    assert len(first) == CHUNK_FRAMES
    assert first[0] == [7, 13, -20, 300, 606, 90, 8, 50, 50, 10, 20, -1]
    assert first[1] == []
    assert last == [[], [7, 0, 0, 10, 10, 5]]


def test_an_empty_layer_has_chunks_without_boxes() -> None:
    (chunk,) = layer_chunks("s", "r", layer([]), 3)
    assert called(chunk, "chunk")[3] == [[], [], []]


def test_errors_are_rows_and_causes_a_list() -> None:
    spans = [
        Span(9, 9, "identity switch", "</script>", 3, 5, 4, 0.456),
        Span(2, 6, "false negative", "hidden", 3, None),
    ]
    text = errors_script("s", "r", spans)
    assert "</script>" not in text
    assert called(text, "errors") == [
        "s",
        "r",
        ["</script>", "hidden"],
        [[2, 6, 0, 1, 3, None, None, None], [9, 9, 3, 0, 3, 5, 4, 46]],
    ]
    assert called(errors_script("s", "r", []), "errors") == ["s", "r", [], []]


def test_errors_that_go_on_are_joined_and_others_are_not() -> None:
    events = [event(frame, "false negative", 1, None, "hidden") for frame in (4, 5, 6, 8)]
    events += [event(frame, "false negative", 2, None, "hidden") for frame in (5, 6)]
    events += [
        event(6, "false negative", 3, None, "hidden"),
        event(7, "false negative", 3, None, "small"),
    ]
    events += [event(frame, "identity switch", 1, frame) for frame in (4, 5)]
    events += [event(4, "loose box", 1, 9, iou=0.2), event(5, "loose box", 1, 9, iou=0.4)]
    found = {(one.frame, one.last, one.kind, one.truth) for one in spans_of(events)}
    assert found == {
        (4, 6, "false negative", 1),
        (8, 8, "false negative", 1),
        (5, 6, "false negative", 2),
        (6, 6, "false negative", 3),
        (7, 7, "false negative", 3),
        (4, 4, "identity switch", 1),
        (5, 5, "identity switch", 1),
        (4, 5, "loose box", 1),
    }
    (loose,) = [one for one in spans_of(events) if one.kind == "loose box"]
    assert loose.iou == pytest.approx(0.3)


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from(KINDS), st.integers(1, 2), st.integers(1, 2)),
        unique=True,
    )
)
def test_spans_stand_for_every_event_once(rows: list[tuple[int, Kind, int, int]]) -> None:
    events = [event(frame, kind, truth, track) for frame, kind, truth, track in rows]
    spans = spans_of(events)
    assert sum(one.last - one.frame + 1 for one in spans) == len(events)
    told = {
        (frame, one.kind, one.truth, one.track)
        for one in spans
        for frame in range(one.frame, one.last + 1)
    }
    assert told == set(rows)


@given(st.lists(st.text(min_size=1), max_size=6))
def test_file_names_are_plain_and_unique(names: list[str]) -> None:
    made = file_names(names)
    assert set(made) == set(names)
    folded = [name.casefold() for name in made.values()]
    assert len(set(folded)) == len(folded)
    assert all(
        re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", name) and len(name) < 80
        for name in made.values()
    )


def test_the_stage_holds_every_box_where_nobody_knows_its_size(tmp_path: Path) -> None:
    folder = open_folder(write_folder(tmp_path, sequences=("walk",), length=3, pictures=False))
    sequence = folder.dataset.sequences[0]
    assert sequence.ground_truth is not None
    assert stage_size(sequence, []) == (320, 240)
    unknown = replace(sequence, width=None, height=None)
    truth = truth_layer(sequence.ground_truth, "MOT17")
    boxes = truth.boxes_ltwh
    assert stage_size(unknown, [truth]) == tuple(np.ceil((boxes[:, :2] + boxes[:, 2:]).max(axis=0)))
    assert stage_size(unknown, [layer([])]) == (1920, 1080)


def test_pictures_are_made_smaller_never_larger() -> None:
    picture = np.zeros((90, 161, 3), np.uint8)
    assert Image.open(io.BytesIO(encode(picture))).size == (161, 90)
    assert Image.open(io.BytesIO(encode(picture, 80))).size == (80, 45)
    assert Image.open(io.BytesIO(encode(picture, 500))).size == (161, 90)
    assert (parse_width("full"), parse_width("none"), parse_width("640")) == (None, 0, 640)
    for text in ("", "15", "-3", "big", "1e9", "99999"):
        with pytest.raises(MotBenchError, match="--pictures: expected full, none or a width"):
            parse_width(text)


def write(out: Path, options: ViewerOptions | None = None) -> ViewerWritten:
    return write_viewer(open_folder(out), options or ViewerOptions(), Console(quiet=True))


def files(out: Path) -> dict[str, tuple[int, bytes]]:
    found = [out / "viewer.html", out / "gallery.html", *(out / "viewer").rglob("*")]
    return {
        str(one.relative_to(out)): (one.stat().st_mtime_ns, one.read_bytes())
        for one in found
        if one.is_file()
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return write_folder(tmp_path, length=12)


def test_the_page_holds_the_index_and_nothing_from_outside_as_code(out: Path) -> None:
    written = write(out)
    html = (out / "viewer.html").read_text()
    assert HARMFUL not in html
    assert "A title &amp; more" in html
    match = re.search(r'<script type="application/json" id="index">(.*?)</script>', html, re.DOTALL)
    assert match is not None
    index = json.loads(match[1])
    assert [run["label"] for run in index["runs"]] == [BASE, HARMFUL]
    assert index["first"] == [BASE, HARMFUL]
    assert [one["name"] for one in index["sequences"]] == ["walk", "zigzag"]
    assert len(html) < 20_000
    links = re.findall(r'(?:href|src)="([^"#]*)"', html)
    assert all(
        link == "data:," or (out / link).is_file() or link == "gallery.html" for link in links
    )
    assert (written.sequences, written.runs) == (2, 2)
    data = [content for name, (_, content) in files(out).items() if name.startswith("viewer/data/")]
    assert written.data_bytes == sum(map(len, data))


def test_the_same_results_give_the_same_bytes_and_what_is_there_is_not_made_again(
    out: Path, tmp_path: Path
) -> None:
    write(out)
    before = files(out)
    write(out)
    after = files(out)
    assert {name: content for name, (_, content) in after.items()} == {
        name: content for name, (_, content) in before.items()
    }
    pictures = [name for name in before if name.endswith(".jpg")]
    assert len([name for name in pictures if "/pictures/" in name]) == 24
    assert all(before[name][0] == after[name][0] for name in pictures)
    copy = tmp_path / "copy"
    shutil.copytree(out, copy, ignore=shutil.ignore_patterns("viewer*", "gallery*"))
    write(copy)
    assert {name: content for name, (_, content) in files(copy).items()} == {
        name: content for name, (_, content) in before.items()
    }


def test_a_picture_that_is_missing_is_made_and_no_other(out: Path) -> None:
    write(out)
    before = files(out)
    (lost,) = [name for name in before if name.endswith("000007.jpg") and "/walk/" in name]
    (out / lost).unlink()
    write(out)
    changed = {
        name
        for name, (when, _) in files(out).items()
        if name.endswith(".jpg") and before[name][0] != when
    }
    assert changed == {lost}


def test_a_smaller_viewer_removes_what_a_larger_one_had(out: Path) -> None:
    write(out)
    write(out, ViewerOptions(runs=[BASE], sequences=["zigzag"], width=100))
    names = files(out)
    assert {name.split("/")[2] for name in names if name.startswith("viewer/data/")} == {"zigzag"}
    assert {name.split("/")[3] for name in names if name.startswith("viewer/data/")} == {
        "truth",
        BASE,
    }
    pictures = [name for name in names if "/pictures/" in name]
    assert len(pictures) == 12
    assert Image.open(io.BytesIO(names[pictures[0]][1])).size == (100, 75)
    write(out, ViewerOptions(width=0))
    assert not [name for name in files(out) if name.endswith(".jpg")]
    assert (out / "results.json").exists()
    assert (out / "runs" / BASE / "seed-0" / "events.csv").exists()


def test_the_command_says_what_it_wrote_and_finds_errors_first(tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), length=45, events=False)
    result = CliRunner().invoke(app, ["viewer", str(out), "--pictures", "none"])
    assert result.exit_code == 0, result.output
    assert "viewer: sequences 1, runs 2; boxes and errors 10 kB, pictures 0 kB" in result.output
    assert f"viewer: {out / 'viewer.html'}" in result.output
    assert f"gallery: {out / 'gallery.html'}" in result.output
    events = (out / "runs" / BASE / "seed-0" / "events.csv").read_text()
    assert "walk,40,identity switch," in events
    assert "identity switch" in (out / "gallery.html").read_text()
    assert "1 switch, " in (out / "gallery.html").read_text()


def test_results_that_mot_bench_score_scored_can_be_looked_at(tmp_path: Path) -> None:
    made = write_folder(tmp_path, sequences=("walk",), length=45, pictures=False)
    tracks, truth = (
        made / "runs" / BASE / "seed-0" / "tracks",
        tmp_path / "tiny" / "walk" / "gt" / "gt.txt",
    )
    bare = shutil.copy(truth, tmp_path / "walk.txt")
    out = tmp_path / "scored"
    command = [
        "score",
        str(tracks),
        "--ground-truth",
        str(bare),
        "--benchmark",
        "MOT17",
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(app, [*command, "--name", "mine"])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["report", str(out), "--viewer", "--outputs", "html"])
    assert result.exit_code == 0, result.output
    assert "note: no pictures of walk: boxes are on an empty stage" in result.output
    assert 'href="viewer.html"' in (out / "report.html").read_text()
    assert "1 switch, " in (out / "gallery.html").read_text()
    Path(bare).unlink()
    result = CliRunner().invoke(app, ["viewer", str(out)])
    assert result.exit_code == 2
    assert "--dataset" in result.stderr
    assert (
        CliRunner().invoke(app, ["viewer", str(out), "--dataset", str(truth)]).exit_code == 2
    )  # of another length
    shutil.copy(truth, bare)
    assert CliRunner().invoke(app, ["viewer", str(out), "--dataset", str(bare)]).exit_code == 0


def change_truth(out: Path) -> list[str]:
    truth = out.parent / "tiny" / "walk" / "gt" / "gt.txt"
    truth.write_text(truth.read_text().replace("\n1,2,", "\n1,22,"))
    return []


def lose_results(out: Path) -> list[str]:
    (out / "results.json").unlink()
    return []


def break_tracks(out: Path) -> list[str]:
    (out / "runs" / BASE / "seed-0" / "tracks" / "walk.txt").write_text("1,1,a,b\n")
    return []


def lead_elsewhere(out: Path) -> list[str]:
    path = out / "results.json"
    path.write_text(path.read_text().replace(f'"run":"{BASE}"', '"run":"../../elsewhere"'))
    return []


@pytest.mark.parametrize(
    ("prepare", "fault"),
    [
        (lambda _: ["--runs", "base,none"], "--runs: expected some of base, "),
        (
            lambda _: ["--sequences", "none"],
            "--sequences: expected some of walk, zigzag; found 'none'",
        ),
        (lambda _: ["--pictures", "huge"], "--pictures: expected full, none or a width"),
        (lambda _: ["--dataset", "nowhere"], "expected a folder or one of"),
        (change_truth, "expected the ground truth of walk that was scored on"),
        (lose_results, "results.json: expected"),
        (break_tracks, "walk.txt:1: expected"),
        (lead_elsewhere, "cannot be the name of a folder"),
    ],
)
def test_faults_are_one_line(out: Path, prepare: Callable[[Path], list[str]], fault: str) -> None:
    result = CliRunner().invoke(app, ["viewer", str(out), *prepare(out)])
    assert result.exit_code == 2
    assert fault in result.stderr
    assert result.stderr.strip().count("\n") == 0
    assert not (out / "viewer.html").exists()
