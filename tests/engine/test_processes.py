"""Processes that work for a suite: begun once each, deaf to Ctrl-C, of one thread, and gone with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mot_bench.engine.environment import THREAD_VARIABLES
from mot_bench.engine.processes import start_processes

PATIENCE_S = 60

_begun: list[str] = []


def begin(word: str, other: str) -> None:
    _begun.extend((word, other))


def begun() -> list[str]:
    return _begun


def variables() -> list[str | None]:
    return [os.environ.get(name) for name in THREAD_VARIABLES]


def interrupt_oneself() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


def write_own_number_and_wait(path: str) -> None:
    Path(path + ".part").write_text(str(os.getpid()))
    Path(path + ".part").rename(path)
    time.sleep(PATIENCE_S)


def test_begun_once_with_one_thread_and_deaf_to_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.setenv(name, "7")
    with start_processes(1, begin, ("one", "two")) as processes:
        assert processes.submit(interrupt_oneself).result() == "still here"
        assert processes.submit(begun).result() == ["one", "two"]
        assert processes.submit(variables).result() == ["1"] * len(THREAD_VARIABLES)
    assert _begun == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_gone_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "number"
    script = (
        "import test_processes as here\n"
        "processes = here.start_processes(1, here.begin, ('', ''))\n"
        f"processes.submit(here.write_own_number_and_wait, {str(note)!r}).result()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parent)
    try:
        assert _within(PATIENCE_S, note.exists)
        process = Path("/proc") / note.read_text()
        assert process.exists()
    finally:
        parent.kill()
        parent.wait()
    assert _within(PATIENCE_S / 2, lambda: _ended(process))


def _ended(process: Path) -> bool:
    """Gone, or a zombie that nobody has waited for."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="kills as POSIX does")
def test_a_killed_parent_leaves_no_warning(tmp_path: Path) -> None:
    script = (
        "import os, signal, test_processes as here\n"
        "processes = here.start_processes(2, here.begin, ('one', 'two'))\n"
        "processes.submit(here.begun).result()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parent, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /dev/shm")
def test_a_killed_group_leaves_nothing_in_shared_memory(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "import kill_trials, test_processes as here\n"
        "processes = here.start_processes(2, here.begin, ('one', 'two'))\n"
        "processes.submit(here.begun).result()\n"
        "print(*kill_trials.shared_memory([os.getpid()]))\n"
        "sys.stdout.flush()\n"
        "os.killpg(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parent, check=False,
        timeout=PATIENCE_S, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert [name for name in done.stdout.split() if (Path("/dev/shm") / name).exists()] == []


def test_queues_of_processes_are_as_long_as_their_tasks() -> None:
    with start_processes(2, begin, ("one", "two")) as processes:
        assert list(processes.map(len, [range(number) for number in range(500)])) == list(
            range(500)
        )
