"""Every command, where its output cannot go: a full disk is one line, a pipe that nobody reads is no word."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import typer
from fuzzing.network_readers import CONFIG
from viewer_samples import BASE, write_folder

from mot_bench.cli import app
from mot_bench.models.fairmot import FairMotNetwork

FULL = Path("/dev/full")
FULL_DISK = (
    "error: standard output: expected a place that can be written, found: No space left on device"
)
PATIENCE_S = 300
ARGUMENTS = {
    "compare": "results results",
    "data check": "tiny",
    "data list": "",
    "explain": f"{BASE} --out results --dataset tiny",
    "gate": "results --baseline baseline.json",
    "list": "trackers",
    "models load": "a.pth",
    "plot": "--list",
    "report": "results --outputs md",
    "run": "--suite smoke --only sort --jobs 1 --out run",
    "score": "results/runs/base/seed-0/tracks --ground-truth tiny --out scored",
    "serve": "results --port 0",
    "store list": "",
    "store size": "",
    "store prune": "--older-than 100w",
    "track": "tiny/walk --detections a.pth --frames 1 --out tracked",
    "train": "--data street-train-smoke --preset tiny --set loop.steps=1 --set pictures.batch_size=1 --out net",
    "video": f"results --run {BASE} --sequence walk --dataset tiny",
    "viewer": "results --dataset tiny",
}

COMMANDS = [
    pytest.param(name, marks=pytest.mark.slow if name in ("run", "train") else ())
    for name in ARGUMENTS
]


def commands(group: typer.Typer, prefix: str = "") -> Iterator[str]:
    """Yield the names of all commands, those of groups with the group's name before."""
    for command in group.registered_commands:
        yield f"{prefix}{command.name}"
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, f"{prefix}{inner.name} ")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with inputs for every command."""
    root = tmp_path_factory.mktemp("place")
    write_folder(root, length=8)
    torch.save(FairMotNetwork(CONFIG).official_state(), root / "a.pth")
    done = started("gate", "results --baseline baseline.json --update", root, subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return root


def started(
    command: str, arguments: str, place: Path, output: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mot_bench", *command.split(), *arguments.split()],
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=place,
        timeout=PATIENCE_S,
    )


def test_every_command_has_arguments_here() -> None:
    assert sorted(commands(app)) == sorted(ARGUMENTS)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_line_and_exit_code_2(place: Path, command: str) -> None:
    with FULL.open("w") as full:
        done = started(command, ARGUMENTS[command], place, full.fileno())
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1:] == [FULL_DISK]
    assert done.stderr.count("error:") == 1
    assert done.returncode == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_that_nobody_reads_is_no_word(place: Path, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = started(command, ARGUMENTS[command], place, writing)
    finally:
        os.close(writing)
    assert "Traceback" not in done.stderr
    assert "error:" not in done.stderr
    assert done.returncode == 141
