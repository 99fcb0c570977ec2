"""The store: whole results or none; keys that change when they should, and only then."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from mot_bench.atomic import write_copy
from mot_bench.engine.store import Store, key_of
from mot_bench.errors import InputError, MotBenchError
from mot_bench.scoring.score import SequenceScore
from mot_bench.stages.score import SCORE
from mot_bench.tracking.calibration import CHOSEN, Chosen


def test_what_is_published_is_there_and_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert not store.has("track", "k")
    store.publish("track", "k", {"tracks.txt": b"1,2\n"}, {"a": 1}, times={"s": 0.1})
    assert store.has("track", "k")
    assert store.read("track", "k", "tracks.txt") == b"1,2\n"
    assert store.read("track", "k", "other.txt") is None
    assert sorted(path.name for path in store.folder("track", "k").iterdir()) == [
        "entry.json",
        "times.json",
        "tracks.txt",
    ]


def test_publishing_again_replaces(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.publish("track", "k", {"tracks.txt": b"old"}, {})
    store.publish("track", "k", {"tracks.txt": b"new"}, {})
    assert store.read("track", "k", "tracks.txt") == b"new"
    assert [path.name for path in (tmp_path / "track").iterdir()] == ["k"]


@pytest.mark.parametrize("damage", [b"", b"1,2\n1,3\n", b"1,2"])
def test_a_damaged_file_is_not_taken_for_a_result(tmp_path: Path, damage: bytes) -> None:
    store = Store(tmp_path)
    store.publish("track", "k", {"tracks.txt": b"1,2\n"}, {})
    (store.folder("track", "k") / "tracks.txt").write_bytes(damage)
    assert store.read("track", "k", "tracks.txt") is None


def test_leftovers_of_a_killed_process_are_no_results_and_are_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.publish("track", "whole", {"tracks.txt": b"1"}, {})
    leftover = tmp_path / "track" / f".unfinished-{platform.node()}-999999999-abc"
    leftover.mkdir()
    under_way = tmp_path / "track" / f".unfinished-{platform.node()}-{os.getpid()}-abc"
    under_way.mkdir()
    (leftover / "tracks.txt").write_bytes(b"half")
    half = store.folder("track", "half")
    half.mkdir()
    (half / "tracks.txt").write_bytes(b"half")
    assert not store.has("track", "half")
    store.sweep()
    assert not leftover.exists()
    assert under_way.exists()
    assert store.has("track", "whole")


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"max_age": 2}},
        {"detections": "e"},
        {"code": "v2"},
        {"decimals": None},
        {"more": 1},
    ],
)
def test_a_key_changes_with_every_input(change: dict[str, object]) -> None:
    inputs = {"parameters": {"max_age": 1}, "detections": "d", "code": "v1", "decimals": 2}
    assert key_of(inputs | change) != key_of(inputs)
    assert key_of(dict(reversed(inputs.items()))) == key_of(inputs)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        MotBenchError, match="expected a folder that can be written, found: Not a directory"
    ):
        Store(tmp_path / "file").publish("track", "k", {"a": b""}, {})


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    store = Store(tmp_path)
    store.publish("track", "before", {"a": b"kept"}, {})
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MotBenchError, match="No space left on device"):
        store.publish("track", "k", {"a": b""}, {})
    assert [path.name for path in (tmp_path / "track").iterdir()] == ["before"]
    assert store.read("track", "before", "a") == b"kept"


def test_a_copy_is_a_file_of_its_own(tmp_path: Path) -> None:
    original, target = tmp_path / "a", tmp_path / "deep" / "target"
    original.write_bytes(b"a")
    target.parent.mkdir()
    os.link(original, target)  # as earlier versions left it
    write_copy(target, b"a")
    target.write_bytes(b"edited")
    assert original.read_bytes() == b"a"
    write_copy(target, b"a")
    before = target.stat()
    write_copy(target, b"a")
    assert (target.stat().st_ino, target.read_bytes()) == (before.st_ino, b"a"), (
        "what is right stays"
    )
    assert [path.name for path in target.parent.iterdir()] == ["target"]


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b'{"a": 1}', b"\xff", b'{"a":' * 5000, b'{"b": "x"}']
)
def test_an_entry_that_somebody_made_up_is_one_line_with_the_way_out(
    tmp_path: Path, content: bytes
) -> None:
    store = Store(tmp_path)
    files = {"score": (SCORE, SequenceScore.from_json), "calibrate": (CHOSEN, Chosen.from_json)}
    for stage, (name, parse) in files.items():
        store.publish(stage, "k", {name: content}, {})
        with pytest.raises(
            InputError, match=f"{name}: expected .*its folder can be removed, and is made again"
        ):
            store.parsed(stage, "k", name, parse, "something else")
        assert store.parsed(stage, "absent", name, parse, "something else") is None
