"""One store for all suites: a result is made once, the place can be chosen, and pruning spares what is used."""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from mot_bench.cli import app
from mot_bench.engine.cache import Cache
from mot_bench.engine.stage import Made, NotReady, Stage
from mot_bench.engine.store import Store
from mot_bench.engine.store_contents import note_use
from mot_bench.engine.store_place import open_store, store_root
from mot_bench.errors import InputError
from mot_bench.files import user_configuration


@dataclass(frozen=True)
class Slow(Stage):
    """A stage that takes a while and counts how often it runs."""

    name: ClassVar[str] = "camera"
    runs: list[float]

    @property
    def label(self) -> str:
        return "slow"

    def inputs(self, _: Any) -> dict[str, object]:
        return {"of": "one thing"}

    def run(self, _: Any) -> Made:
        self.runs.append(time.monotonic())
        time.sleep(0.3)
        return Made({"file": b"content"})


def test_of_two_that_want_a_result_one_makes_it_and_the_other_waits(tmp_path: Path) -> None:
    stage = Slow([])
    caches = [Cache(Store(tmp_path), None) for _ in range(2)]
    threads = [threading.Thread(target=cache.make, args=(stage,)) for cache in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stage.runs) == 1
    assert [cache.read(stage, "file") for cache in caches] == [b"content"] * 2
    assert list(tmp_path.glob("camera/.claim-*")) == []


def test_a_result_is_made_again_by_force_alone(tmp_path: Path) -> None:
    stage, cache = Slow([]), Cache(Store(tmp_path), None)
    with pytest.raises(NotReady, match=r"slow: expected its result in .*camera"):
        cache.needed(stage, "file")
    cache.make(stage)
    cache.make(stage)
    assert len(stage.runs) == 1
    cache.make(stage, force=True)
    assert len(stage.runs) == 2


def test_the_store_of_an_old_results_folder_is_read(tmp_path: Path) -> None:
    Store(tmp_path / "out" / "store").publish("track", "k", {"tracks.txt": b"1"}, {})
    store = open_store(tmp_path / "shared", tmp_path / "out")
    assert store.read("track", "k", "tracks.txt") == b"1"
    assert not (tmp_path / "shared").exists()
    store.publish("track", "new", {"tracks.txt": b"2"}, {})
    assert (tmp_path / "shared" / "track" / "new").is_dir()
    assert [key for key, _ in store.entries("track")] == ["k", "new"]


def test_the_place_is_the_option_then_the_variable_then_the_file_then_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    monkeypatch.setattr(user_configuration, "configuration_file", lambda: config)
    assert store_root(tmp_path / "chosen") == tmp_path / "chosen"
    monkeypatch.setenv("MOT_BENCH_STORE", str(tmp_path / "variable"))
    assert store_root() == tmp_path / "variable"
    monkeypatch.delenv("MOT_BENCH_STORE")
    assert store_root().parent.name == "mot-bench"
    config.write_text('store = "kept"\n')
    assert store_root() == tmp_path / "kept"
    config.write_text("store = 3\n")
    with pytest.raises(InputError, match="a path as text for store"):
        store_root()


def call(*arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["store", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three results of 1000 bytes: one is old, one is used by a results folder."""
    store = Store(tmp_path / "store")
    for key in ("old", "used", "new"):
        store.publish("track", key, {"tracks.txt": b"x" * 1000}, {})
    day = 86400
    for key, age in (("old", 40 * day), ("used", 50 * day)):
        os.utime(store.folder("track", key), (time.time() - age,) * 2)
    (tmp_path / "results").mkdir()
    note_use(store.root, tmp_path / "results", {("track", "used")})
    return store


def left(store: Store) -> set[str]:
    return {key for key, _ in store.entries("track")}


@pytest.mark.parametrize(
    ("options", "stay"),
    [
        (["--older-than", "30d"], {"used", "new"}),  # it was used a moment ago
        (["--unused"], {"used"}),
        (["--unused", "--older-than", "30d"], {"used", "new"}),
        (["--max-size", "3k"], {"new", "used"}),
        (["--max-size", "1G"], {"old", "used", "new"}),
        (["--unused", "--dry-run"], {"old", "used", "new"}),
    ],
)
def test_pruning_removes_what_meets_every_criterion(
    store: Store, options: list[str], stay: set[str]
) -> None:
    call("prune", "--store", store.root, *options)
    assert left(store) == stay


def test_what_a_removed_results_folder_used_is_unused(store: Store, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "results")
    call("prune", "--store", store.root, "--unused")
    assert left(store) == set()


def test_the_store_is_listed_and_measured(store: Store) -> None:
    listed = call("list", "--store", store.root).stdout.splitlines()
    assert len(listed) == 3
    assert [line for line in listed if " used " in line and line.endswith("used by 1")]
    assert "3 results" in call("size", "--store", store.root).stdout


@pytest.mark.parametrize("options", [[], ["--older-than", "soon"], ["--max-size", "-3G"]])
def test_unclear_pruning_is_refused_and_removes_nothing(store: Store, options: list[str]) -> None:
    done = call("prune", "--store", store.root, *options, code=2)
    assert done.stderr.startswith("error: ")
    assert left(store) == {"old", "used", "new"}
