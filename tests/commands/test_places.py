"""Names that lead out of a folder, in every field of every file, with every command: nothing outside changes."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from viewer_samples import write_sequence, write_tracks

from mot_bench.cli import app
from mot_bench.datasets.video_frames import decode_video
from mot_bench.errors import MotBenchError
from mot_bench.files.places import LONGEST_NAME, inside, name_fault, place_fault
from mot_bench.videos.clips import open_clip

LENGTH = 6
HOSTILE = (
    "../../../outside/run",
    "/outside/run",  # becomes the absolute path of the canary
    "a/../../../../outside/run",
    "..\\..\\outside\\run",
    "..",
    ".",
    "",
    "x\ny",
    "x\x1b[2Jy",
    "x" * 300,
)
NOT_IN_TEXT = ("x\0y", "x\udcffy")  # what JSON and zips can hold, and text files cannot
SUITE = """
name = {suite}
base = {run}
dataset = "ds"
detections = "oracle"
[[runs]]
name = {run}
tracker = "sort"
"""

Tree = dict[str, bytes]


def tree(root: Path, without: tuple[str, ...] = ()) -> Tree:
    """Every file below a folder with its content; links with what they lead to."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in without:
            continue
        if path.is_symlink():
            found[name] = os.fsencode(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
        else:
            found[name] = b"<folder>"
    return found


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, a detector's and a tracker's results, two results folders, and a run outside of them all."""
    root = tmp_path_factory.mktemp("scored")
    for name in ("walk", "zigzag"):
        write_sequence(root / "ds" / name, length=LENGTH)
        for run, shift in (("base", 1.0), ("other", 2.0)):
            write_tracks(root / "tracks" / run / f"{name}.txt", LENGTH, shift)
    write_tracks(root / "outside" / "run" / "seed-0" / "tracks" / "walk.txt", LENGTH)
    write_tracks(root / "outside" / "run.txt", LENGTH)
    for out in ("out", "second"):
        command = ["score", root / "tracks", "--ground-truth", root / "ds", "--out", root / out]
        assert CliRunner().invoke(app, [*map(str, command)]).exit_code == 0
    return root


@pytest.fixture
def place(scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that, two levels down, as the current folder."""
    here = tmp_path / "a" / "b"
    shutil.copytree(scored, here)
    shutil.move(here / "outside", tmp_path / "outside")
    for out in ("out", "second"):
        (here / out / "scored-on.json").write_text(json.dumps({"ground_truth": str(here / "ds")}))
    monkeypatch.chdir(here)
    return here


def meant(name: str, place: Path) -> str:
    """The name with the canary's own place where it is absolute."""
    return str(place.parents[1] / name[1:]) if name.startswith("/") else name


def outside_of(place: Path, *without: str) -> Tree:
    """Everything but the output folder and what reports are made of."""
    everything = tree(place.parents[1], ())
    return {name: content for name, content in everything.items() if not name.startswith(without)}


def assert_refused(place: Path, command: list[str], code: int = 2) -> Result:
    """Run a command: one line, the exit code, and nothing changed but in the output folders."""
    mine = tuple(f"a/b/{name}" for name in ("out", "new", "results"))
    before = outside_of(place, *mine)
    done = CliRunner().invoke(app, command)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert outside_of(place, *mine) == before
    assert done.exit_code == code, done.output
    if code == 2:
        lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, done.stderr
        assert len(lines[0]) < 1000
    return done


ON_RESULTS: dict[str, list[str]] = {
    "report": ["report", "out"],
    "report one": ["report", "out", "--out", "new"],
    "report two": ["report", "second", "out", "--out", "new"],
    "compare": ["compare", "out", "second"],
    "explain": ["explain", "other", "--out", "out"],
    "viewer": ["viewer", "out"],
    "video": ["video", "out", "--run", "other"],
    "plot": ["plot", "timeline", "--out", "out", "--format", "svg"],
    "gate": ["gate", "out", "--baseline", "new.json", "--update"],
}


def _run(content: Any, name: str) -> None:
    content["runs"][0]["run"] = name


def _sequence(content: Any, name: str) -> None:
    content["dataset"]["sequences"][0]["name"] = name


def _dataset(content: Any, name: str) -> None:
    content["dataset"]["name"] = name


@pytest.mark.parametrize("field", [_run, _sequence, _dataset])
@pytest.mark.parametrize("command", ON_RESULTS.values(), ids=ON_RESULTS)
def test_a_name_in_results(
    place: Path, command: list[str], field: Callable[[Any, str], None]
) -> None:
    file = place / "out" / "results.json"
    content = json.loads(file.read_text())
    for name in HOSTILE + NOT_IN_TEXT:
        field(content, meant(name, place))
        file.write_text(json.dumps(content))
        assert "results.json" in assert_refused(place, command).stderr, name


ON_DATA: dict[str, list[str]] = {
    "score": ["score", "tracks", "--ground-truth", "ds", "--out", "out"],
    "score one": ["score", "tracks/base/walk.txt", "--ground-truth", "ds/walk", "--out", "out"],
    "run": ["run", "--suite", "suite.toml", "--out", "out", "--jobs", "1"],
    "train": [
        *("train", "--data", "ds", "--preset", "tiny", "--out", "out/network"),
        *("--set", "loop.steps=1"),
    ],
    "explain": ["explain", "other", "--out", "out"],
    "viewer": ["viewer", "out"],
    "video": ["video", "out", "--run", "other"],
    "plot": ["plot", "timeline", "--out", "out", "--format", "svg"],
    "segments": ["report", "out", "--segments", "2"],
    "data check": ["data", "check", "ds"],
}


@pytest.mark.parametrize("key", ["name", "imDir"])
@pytest.mark.parametrize("command", ON_DATA.values(), ids=ON_DATA)
def test_a_name_in_seqinfo(place: Path, command: list[str], key: str) -> None:
    (place / "suite.toml").write_text(SUITE.format(suite='"s"', run='"r"'))
    file = place / "ds" / "walk" / "seqinfo.ini"
    lines = [line for line in file.read_text().splitlines() if not line.startswith(f"{key}=")]
    for name in filter(None, HOSTILE):
        text = meant(name, place).replace("\n", "\n\t")  # as an INI file goes on in the next line
        file.write_text("\n".join([*lines, f"{key}={text}", ""]))
        done = assert_refused(place, command, 1 if command[0] == "data" else 2)
        assert f"seqinfo.ini:{len(lines) + 1}: expected" in done.output, name


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("field", ["suite", "run", "model"])
def test_a_name_in_a_suite(place: Path, field: str, name: str) -> None:
    names = {"suite": '"s"', "run": '"r"', field: json.dumps(meant(name, place))}
    text = SUITE.format(**{key: names[key] for key in ("suite", "run")})
    if field == "model":
        text += f"[models.{names['model']}]\npreset = 'tiny'\n"
    (place / "suite.toml").write_text(text)
    done = assert_refused(place, ["run", "--suite", "suite.toml", "--jobs", "1"])
    assert "suite.toml" in done.stderr


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_given_to_a_run(place: Path, name: str) -> None:
    command = [
        "score",
        "tracks/base",
        "--ground-truth",
        "ds",
        "--out",
        "out",
        "--name",
        meant(name, place),
    ]
    assert "--name" in assert_refused(place, command).stderr


@pytest.mark.parametrize("folder", HOSTILE[:6] + HOSTILE[8:])
def test_a_member_of_a_zip(place: Path, folder: str) -> None:
    with zipfile.ZipFile(place / "mine.zip", "w") as archive:
        for name in ("walk", "zigzag"):
            content = (place / "tracks" / "base" / f"{name}.txt").read_bytes()
            archive.writestr(zipfile.ZipInfo(f"{meant(folder, place)}/{name}.txt"), content)
    harmless = folder == "."
    command = ["score", "mine.zip", "--ground-truth", "ds", "--out", "out"]
    assert_refused(place, command, 0 if harmless else 2)


@pytest.mark.parametrize("member", [b"x\xff/walk.txt", b"..\0/walk.txt"])
def test_a_member_of_a_zip_whose_name_is_no_text(place: Path, member: bytes) -> None:
    stand_in = "ä" + "-" * (len(member) - 2)  # of the same length; a letter that makes it UTF-8
    with zipfile.ZipFile(place / "mine.zip", "w") as archive:
        archive.writestr(stand_in, "1,1,5,5,9,9,1,-1,-1,-1\n")
    content = (place / "mine.zip").read_bytes()
    (place / "mine.zip").write_bytes(content.replace(stand_in.encode(), member))
    assert_refused(place, ["score", "mine.zip", "--ground-truth", "ds", "--out", "out"])


@pytest.mark.parametrize("text", [
    "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n../../../outside/v.ts\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile v.ts\n",
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
])  # fmt: skip
@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4"])
def test_a_video_that_is_a_list_of_other_files(place: Path, name: str, text: str) -> None:
    (place / name).write_text(text)
    with pytest.raises(MotBenchError, match="expected a video file, found a list of other files"):
        open_clip(place / name)
    with pytest.raises(MotBenchError, match="expected a video file, found a list of other files"):
        next(decode_video(place / name))


@pytest.mark.parametrize(
    "name", ["../../outside/run/seed-0", "/outside/run", "a\0b", "x" * 300, "\udcff", ".", ".."]
)
def test_a_picture_of_an_annotation_file(place: Path, name: str) -> None:
    box = {"tag": "person", "fbox": [1, 1, 9, 20]}
    (place / "some.odgt").write_text(
        json.dumps({"ID": meant(name, place), "gtboxes": [box]}) + "\n"
    )
    command = [
        "train",
        "--data",
        "odgt:some.odgt@ds/walk/img1",
        "--preset",
        "tiny",
        "--out",
        "out/network",
    ]
    assert "some.odgt:1: expected" in assert_refused(place, command).stderr


@pytest.mark.parametrize(
    "linked", ["runs", "runs/other", "runs/other/seed-0", "runs/other/seed-0/tracks"]
)
@pytest.mark.parametrize("command", [
    ["score", "tracks", "--ground-truth", "ds", "--out", "out"],
    *(ON_RESULTS[name] for name in ("report one", "report two", "explain", "viewer", "video")),
], ids=lambda command: command[0])  # fmt: skip
def test_a_link_that_leads_out_of_the_results(place: Path, command: list[str], linked: str) -> None:
    elsewhere = place.parents[1] / "outside" / "kept"
    shutil.move(place / "out" / linked, elsewhere)
    (place / "out" / linked).symlink_to(elsewhere)
    done = assert_refused(place, command)
    assert "found a link that leads to" in done.stderr


@pytest.mark.parametrize(
    "linked", ["viewer", "viewer/data", "viewer/data/walk", "viewer/crops", "viewer/pictures"]
)
def test_the_viewer_writes_and_removes_nothing_through_a_link(place: Path, linked: str) -> None:
    elsewhere = place.parents[1] / "outside" / "mine"
    for name in (
        "data/walk/old/x.js",
        "old/x.js",
        "x.jpg",
        "walk/old/x.jpg",
        "crops/x.jpg",
        "pictures/a/b/x.jpg",
    ):
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text("mine")
    (place / "out" / linked).parent.mkdir(parents=True, exist_ok=True)
    (place / "out" / linked).symlink_to(elsewhere)
    assert_refused(place, ["viewer", "out"])


def test_a_linked_output_folder_is_as_good_as_another(place: Path) -> None:
    shutil.move(place / "out", place / "new")
    (place / "out").symlink_to(place / "new")
    assert_refused(place, ["report", "second", "out", "--out", "new2"], 0)


@pytest.mark.parametrize(
    "where", ["ds/{}/gt/gt.txt", "tracks/{}/walk.txt", "tracks/base/{}.txt", "ds/walk/{}"]
)
@pytest.mark.parametrize("command", ["score", "run", "data check", "train"])
def test_a_file_name_that_is_not_text(place: Path, command: str, where: str) -> None:
    path = place / os.fsdecode(os.fsencode(where).replace(b"{}", b"x\xff"))
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(
        place / ("ds/walk/gt/gt.txt" if where.startswith("ds") else "tracks/base/walk.txt"), path
    )
    (place / "suite.toml").write_text(SUITE.format(suite='"s"', run='"r"'))
    done = CliRunner().invoke(app, ON_DATA[command])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    refused = where.startswith("ds/{}") or (command == "score" and where.startswith("tracks/{}"))
    if command != "train":
        assert done.exit_code == ((1 if command == "data check" else 2) if refused else 0), (
            done.output
        )


@pytest.mark.parametrize(
    ("name", "fits"), [("a" * LONGEST_NAME, True), ("ä" * 126, False), ("a b (0.5) ü+=", True)]
)
def test_the_longest_name_fits_the_file_system(tmp_path: Path, name: str, fits: bool) -> None:
    assert (name_fault(name) is None) is fits
    if fits:
        (tmp_path / f"{name}.txt").write_text("")


@pytest.mark.parametrize(
    "place", ["a//b", "a/", "/a", "a/./b", "a/../b", "a/.. /b", "/".join(["abc"] * 400)]
)
def test_places_that_are_refused(place: str) -> None:
    assert place_fault(place) is not None


def test_inside_takes_links_that_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "out").symlink_to(tmp_path.parent)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert inside(tmp_path, "link", "b") == tmp_path / "link" / "b"
    for name in ("out", "loop"):
        with pytest.raises(MotBenchError, match="expected a place"):
            inside(tmp_path, name, "b")
