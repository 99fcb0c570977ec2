"""The store: whole results or none; keys and code versions that change when they should, and only then."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mot_bench import code_version
from mot_bench.atomic import write_copy
from mot_bench.code_version import score_version, source_digest, track_version, version_of
from mot_bench.errors import MotBenchError
from mot_bench.store import Store, key_of


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
    leftover = tmp_path / "track" / ".unfinished-abc"
    leftover.mkdir()
    (leftover / "tracks.txt").write_bytes(b"half")
    half = store.folder("track", "half")
    half.mkdir()
    (half / "tracks.txt").write_bytes(b"half")
    assert not store.has("track", "half")
    store.sweep()
    assert not leftover.exists()
    assert store.has("track", "whole")


@pytest.mark.parametrize(
    "change", [{"parameters": {"max_age": 2}}, {"detections": "e"}, {"code": "v2"}, {"decimals": None}, {"more": 1}]
)
def test_a_key_changes_with_every_input(change: dict[str, object]) -> None:
    inputs = {"parameters": {"max_age": 1}, "detections": "d", "code": "v1", "decimals": 2}
    assert key_of(inputs | change) != key_of(inputs)
    assert key_of(dict(reversed(inputs.items()))) == key_of(inputs)


SOURCE = '''
"""Module."""
def area(box):
    """Area."""
    return box[2] * box[3]  # pixels
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [("Area.", "The area."), ("# pixels", "# square pixels"), ('"""Module."""\n', ""), ("box[2] *", "box[2]  *")],
)
def test_words_do_not_change_a_code_version(old: str, new: str) -> None:
    assert old in SOURCE
    assert source_digest(SOURCE.replace(old, new)) == source_digest(SOURCE)


@pytest.mark.parametrize(("old", "new"), [("box[3]", "box[1]"), ("def area", "def size"), ("*", "+")])
def test_code_does(old: str, new: str) -> None:
    assert source_digest(SOURCE.replace(old, new)) != source_digest(SOURCE)


def test_a_version_counts_libraries_and_file_names(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "b.py").write_text("x = 1")
    one = version_of([tmp_path / "a.py"], ["numpy"])
    assert one != version_of([tmp_path / "a.py"], ["numpy", "scipy"])
    assert one != version_of([tmp_path / "b.py"], ["numpy"])


@pytest.mark.parametrize(
    ("version", "changed"),
    [
        (lambda: track_version.__wrapped__("sort"), "trackers/assignment.py"),
        (lambda: track_version.__wrapped__("sort"), "mot_bench/detections/types.py"),
        (lambda: track_version.__wrapped__("sort"), "mot_bench/work.py"),
        (lambda: track_version.__wrapped__("sort"), "mot_bench/worker.py"),
        (lambda: track_version.__wrapped__("sort"), "mot_bench/datasets/mot_text.py"),
        (lambda: score_version.__wrapped__(), "mot_bench/scoring/preparation.py"),
        (lambda: score_version.__wrapped__(), "mot_bench/datasets/mot_text.py"),
    ],
)
def test_code_between_data_and_result_counts(
    version: Callable[[], str], changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version()
    source = (Path(__file__).parents[1] / changed).read_text(encoding="utf-8")
    monkeypatch.setattr(
        code_version, "source_digest", lambda text: source_digest(text + "\nMORE = 1\n" if text == source else text)
    )
    assert version() != before


def test_the_version_of_a_tracker_in_a_file_is_that_of_its_source(tmp_path: Path) -> None:
    source = (Path(__file__).parents[1] / "examples" / "my_tracker.py").read_text()
    (tmp_path / "one.py").write_text(source)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "one.py").write_text(source)
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "one.py").write_text(source + "\nMORE = 1\n")
    versions = [track_version(f"{tmp_path / place}:Overlap") for place in ("one.py", "two/one.py", "three/one.py")]
    assert versions[0] == versions[1] != versions[2]
    assert track_version("sort") == track_version("fairmot")
    assert track_version("sort") not in versions


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MotBenchError, match="expected a folder that can be written, found: Not a directory"):
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
    assert (target.stat().st_ino, target.read_bytes()) == (before.st_ino, b"a"), "what is right stays"
    assert [path.name for path in target.parent.iterdir()] == ["target"]
