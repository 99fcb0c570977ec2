"""Where output cannot go, a command ends in one line or none.

What a console cannot show is replaced.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

COMMANDS = [["list", "trackers"], ["list", "runs"], ["--help"], ["--version"], ["run", "--help"]]
FULL = Path("/dev/full")


def mot_bench(arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mot_bench", *arguments]
    return subprocess.run(
        command, stderr=subprocess.PIPE, text=True, check=False, timeout=300, **options
    )


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_is_one_line_and_exit_code_2(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        done = mot_bench(arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: standard output: expected a place that can be written, found: No space left on device"
    ]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_pipe_that_nobody_reads_is_no_word(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = mot_bench(arguments, stdout=writing)
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("ascii", "日本"),
        ("cp1252", "\udcff\udce9"),
        ("utf-8", "é\x1b[31m"),
        ("utf-8", "\udcff\udce9"),
        ("cp1252", "日本"),
    ],
)
def test_names_that_a_console_cannot_show_give_one_line(
    tmp_path: Path, encoding: str, name: str
) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    done = mot_bench(
        ["data", "check", str(tmp_path / name)],
        stdout=subprocess.PIPE,
        env=environment,
        encoding=None,
        errors="replace",
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "times"),
    [
        (signal.SIGINT, 130, 1),
        (signal.SIGINT, 130, 2),
        (signal.SIGTERM, 143, 1),
        (signal.SIGHUP, 129, 2),
        pytest.param(signal.SIGTERM, 143, 2, marks=pytest.mark.exhaustive),
        pytest.param(signal.SIGHUP, 129, 1, marks=pytest.mark.exhaustive),
    ],
)
def test_a_signal_ends_a_suite_in_one_line(
    tmp_path: Path, number: signal.Signals, code: int, times: int
) -> None:
    """The signal goes to the whole group, as a terminal sends it, and is not ignored, as shells let a background do."""
    options = [
        "--suite",
        "association",
        "--dataset",
        "street",
        "--jobs",
        "2",
        "--store",
        str(tmp_path / "store"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "mot_bench", "run", *options, "--out", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    end = time.monotonic() + 200
    while not (tmp_path / "store").exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    for _ in range(times):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        time.sleep(0.01)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == code, told
    assert "Traceback" not in told
    assert told.count("interrupted; what is finished is kept") == 1
    assert not list(tmp_path.glob("results.json"))
