"""Whatever happens to a file of the store: the same command again makes it anew, and gives the same bytes.

The entries are those that a real run leaves, of every stage. The short form damages one file of
every stage at a time; the exhaustive form damages every file of every stage alone, in every way.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from mot_bench.datasets.catalogue import open_dataset_text
from mot_bench.engine.store import Store
from mot_bench.explaining.records import EXPLANATION
from mot_bench.networks.model_keys import with_file_models
from mot_bench.reporting.report_state import renew_reports
from mot_bench.results.folder import ResultsFolder
from mot_bench.running.runner import Options, run_suite
from mot_bench.stages.registry import STAGES as STAGE_CLASSES
from mot_bench.statistics.counts import COUNTS
from mot_bench.suites.loader import load_suite

SUITE = """
title = "Every stage"
base = "joint"
dataset = "street-smoke@frames:1-6"
training = ["street-train-smoke@frames:1-4"]
calibration = ["street-train-smoke@frames:1-4"]

[models.joint]
preset = "tiny"
recipe.loop.steps = 4

[models.crops]
kind = "reid"
preset = "tiny"
recipe.network.factor = 0.25
recipe.loop.steps = 2
recipe.loop.checkpoint_every = 10

[[runs]]
name = "joint"
tracker = "fairmot"
detections = "model:joint"
calibrate = { score_threshold = [0.1, 0.3] }

[[runs]]
name = "two-stage"
tracker = "deepsort"
detections = "model:joint"
embeddings = "model:crops"
parameters = { min_confidence = 0.12 }

[[runs]]
name = "flow"
tracker = "botsort"
detections = "oracle"
camera_motion = "optical-flow"
"""
STAGES = tuple(sorted(STAGE_CLASSES))
READ_BY = {
    "frames": "detect",
    "samples": "train",
    "camera": "track",
}  # what is damaged is not read without


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    state = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / path.name).write_text("inside")


def become_link(path: Path) -> None:
    elsewhere = path.parents[3] / f"moved-{path.name}"
    path.replace(elsewhere)
    path.symlink_to(elsewhere)


def lose_encoding(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x80" + path.read_bytes())


def become_other_json(path: Path) -> None:
    path.write_text("[1, 2]")


def become_nested_json(path: Path) -> None:
    path.write_text("[" * 100_000)


KINDS: dict[str, Callable[[Path], None]] = {
    "flipped": flip,
    "deleted": Path.unlink,
    "truncated": truncate,
    "empty": empty,
    "a folder": become_folder,
    "a link": become_link,
    "not UTF-8": lose_encoding,
    "other JSON": become_other_json,
    "nested JSON": become_nested_json,
}


def run(place: Path) -> None:
    """What ``mot-bench run`` does, in this process."""
    suite = with_file_models(load_suite(str(place / "suite.toml")))
    run_suite(
        suite,
        open_dataset_text(suite.dataset, None),
        Options(place / "out", store=place / "out" / "store"),
        Console(quiet=True),
    )
    renew_reports(ResultsFolder(place / "out"), ("csv", "md"))


def results(out: Path) -> dict[str, bytes]:
    """Everything that a run with these data writes, but for records of when and where."""
    names = ("results.json", COUNTS, EXPLANATION, "leaderboard.csv", "report.md")
    paths = [out / name for name in names] + [
        path for path in (out / "runs").rglob("*") if path.is_file()
    ]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}


def files_of(store: Path, stage: str) -> list[Path]:
    """The files of the largest entry of a stage (tracks of a network that finds nobody are empty)."""
    entries = {
        entry: sum(path.stat().st_size for path in entry.iterdir())
        for entry in (store / stage).iterdir()
    }
    return sorted(max(sorted(entries), key=lambda entry: entries[entry]).iterdir())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("damage")
    (place / "suite.toml").write_text(SUITE)
    run(place)
    assert (
        tuple(
            sorted(
                path.name
                for path in (place / "out" / "store").iterdir()
                if path.name in STAGES and any(path.iterdir())
            )
        )
        == STAGES
    )
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def names_of(made: Path) -> list[tuple[str, str]]:
    return [
        (stage, path.name) for stage in STAGES for path in files_of(made / "out" / "store", stage)
    ]


def test_no_damaged_entry_is_taken_for_whole(made: Path, tmp_path: Path) -> None:
    taken = []
    for stage, name in names_of(made):
        if name == "times.json":
            continue  # no part of the result
        entry = files_of(made / "out" / "store", stage)[0].parent
        for kind, damage in KINDS.items():
            store = Store(tmp_path / f"{stage} {name} {kind}")
            copy = store.folder(stage, entry.name)
            shutil.copytree(entry, copy)
            assert store.has(stage, copy.name)
            damage(copy / name)
            others = [path.name for path in copy.iterdir()]
            if store.has(stage, copy.name) or any(
                store.read(stage, copy.name, other) for other in others
            ):
                taken.append((stage, name, kind))
    assert taken == []


def test_an_entry_of_another_key_is_not_taken(place: Path) -> None:
    store = Store(place / "out" / "store")
    one, two = sorted((store.root / "score").iterdir())[:2]
    shutil.rmtree(one)
    shutil.copytree(two, one)
    assert not store.has("score", one.name)
    assert store.has("score", two.name)


OFTEN = ("flipped", "deleted", "a folder")  # a test of the store alone has the other kinds, too


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[] if kind in OFTEN else [pytest.mark.exhaustive]) for kind in KINDS],
)
def test_damage_in_every_stage_is_mended(place: Path, made: Path, kind: str) -> None:
    before = results(place / "out")
    for stage in STAGES:
        files = files_of(place / "out" / "store", stage)
        KINDS[kind](files[list(KINDS).index(kind) % len(files)])
    run(place)
    assert results(place / "out") == before
    assert before == results(made / "out")
    store = Store(place / "out" / "store")
    for stage in STAGES:
        if stage not in READ_BY:
            assert all(store.has(stage, entry.name) for entry in (store.root / stage).iterdir()), (
                stage
            )


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in READ_BY])
def test_damage_in_every_entry_of_a_stage_is_mended(place: Path, stage: str) -> None:
    """Each alone, since an entry that is made again for another's sake makes up for its own."""
    before = results(place / "out")
    for entry in sorted((place / "out" / "store" / stage).iterdir()):
        truncate(max(entry.iterdir(), key=lambda path: path.stat().st_size))
        run(place)
        assert results(place / "out") == before, entry.name
        assert Store(place / "out" / "store").has(stage, entry.name)


@pytest.mark.parametrize("stage", READ_BY)
def test_what_is_damaged_is_not_read(place: Path, stage: str) -> None:
    before = results(place / "out")
    store = Store(place / "out" / "store")
    for entry in (store.root / stage).iterdir():
        for path in entry.iterdir():
            if path.suffix in (".npy", ".npz"):
                flip(path)
    shutil.rmtree(store.root / READ_BY[stage])
    run(place)
    assert results(place / "out") == before
    assert all(store.has(stage, entry.name) for entry in (store.root / stage).iterdir())


@pytest.mark.parametrize("instead", ["a file", "a link", "an empty folder"])
def test_an_entry_that_is_no_folder_is_made_again(place: Path, instead: str) -> None:
    before = results(place / "out")
    for stage in ("track", "score", "explain"):
        entry = sorted((place / "out" / "store" / stage).iterdir())[0]
        entry.rename(place / f"moved-{stage}")
        if instead == "a file":
            entry.write_text("in the way")
        elif instead == "a link":
            entry.symlink_to(place / f"moved-{stage}")
        else:
            entry.mkdir()
    run(place)
    assert results(place / "out") == before


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_file_of_every_stage_in_every_way(place: Path, stage: str, kind: str) -> None:
    before = results(place / "out")
    for name in [path.name for path in files_of(place / "out" / "store", stage)]:
        KINDS[kind](
            next(path for path in files_of(place / "out" / "store", stage) if path.name == name)
        )
        if stage in READ_BY:
            shutil.rmtree(place / "out" / "store" / READ_BY[stage])
        run(place)
        assert results(place / "out") == before, name


def test_editing_a_track_file_of_a_run_does_not_edit_the_store(place: Path) -> None:
    before = results(place / "out")
    for path in (place / "out" / "runs").rglob("tracks/*.txt"):
        with path.open("a") as file:
            file.write("6,9999,1,1,10,10,1,-1,-1,-1\n")
    store = Store(place / "out" / "store")
    assert all(store.has("track", entry.name) for entry in (store.root / "track").iterdir())
    run(place)
    assert results(place / "out") == before


def test_leftovers_of_killed_runs_are_swept(place: Path) -> None:
    out = place / "out"
    trained = sorted(path.name for path in (out / "store" / "train").iterdir())[0]
    left = [
        out / "store" / "samples" / f".unfinished-{platform.node()}-999999999-abc",
        out / "store" / "work" / f"train-{trained}",
    ]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "part").write_bytes(b"half")
    files = [
        out / "runs" / "flow" / "seed-0" / "tracks" / ".one.txt.tmp",
        out / ".results.json.abc.tmp",
    ]
    for file in files:
        file.write_bytes(b"half")
    run(place)
    assert [path for path in left + files if path.exists()] == []


@pytest.mark.parametrize("content", ['["no", "object"]', "{", '{"files": 3}', "[" * 100_000])
def test_a_note_of_reports_that_is_damaged_is_written_again(place: Path, content: str) -> None:
    note = place / "out" / ".reports.json"
    whole = note.read_bytes()
    note.write_text(content)
    run(place)
    assert note.read_bytes() == whole
