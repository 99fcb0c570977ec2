"""Kill a suite at random moments, run it again, and compare everything with a run that nobody killed.

``python tests/kill_trials.py --trials 25`` prints one line for each trial; the exit code is 1 if
one went wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
TARGETS = ("parent", "worker", "group")
NOT_COMPARED = ("environment.json", "timing.json", ".lock")
GRACE_S = 30.0
SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Trial:
    """What was killed when, and what was wrong afterwards; nothing if all was well."""

    target: str
    moment: float
    faults: tuple[str, ...]


class Killer:
    """Runs a suite, kills it and looks at what is left."""

    def __init__(self, root: Path, options: list[str], seed: int) -> None:
        """Make the reference; ``options`` go to ``mot-bench run``."""
        self.root, self.options = root, options
        self.random = random.Random(seed)
        start = time.monotonic()
        done, log = self._start(root / "reference")
        if done.wait():
            raise RuntimeError(f"the reference failed: {log.read_text()}")
        self.seconds = time.monotonic() - start
        self.reference = contents(root / "reference")

    def trial(self, number: int, target: str) -> Trial:
        """Kill a run at a random moment and run it again (a run that lost a worker has ended well by itself)."""
        out = self.root / f"trial-{number}"
        process, log = self._start(out)
        moment = self.random.uniform(0.0, 0.95) * self.seconds
        end = time.monotonic() + moment
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.01)
        family = descendants(process.pid)
        shared = shared_memory([process.pid, *family])
        self._kill(target, process, family)
        faults = self._after(target, process, family, log)
        again, log = self._start(out)
        if again.wait():
            faults.append(f"run again, it failed: {log.read_text()[-500:]}")
        faults += self._differences(out)
        faults += [
            f"left in shared memory: {name}"
            for name in sorted(shared)
            if (SHARED_MEMORY / name).exists()
        ]
        return Trial(target, moment, tuple(faults))

    def _start(self, out: Path) -> tuple[subprocess.Popen[bytes], Path]:
        """Start the suite in a session of its own, with a folder of its own for temporary files."""
        temporary = out.with_name(f"{out.name}-tmp")
        temporary.mkdir(parents=True, exist_ok=True)
        log = out.with_name(f"{out.name}.log")
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(temporary)}
        places = ["--out", str(out), "--store", str(out / "store")]
        command = [sys.executable, "-m", "mot_bench", "run", *self.options, *places]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                stdout=stream,
                stderr=stream,
                env=environment,
                cwd=self.root,
                start_new_session=True,
            )
        return process, log

    def _kill(self, target: str, process: subprocess.Popen[bytes], family: list[int]) -> None:
        """Kill what the trial asks for; a run that has ended meanwhile is left as it is."""
        with contextlib.suppress(ProcessLookupError):
            if target == "group":
                os.killpg(process.pid, signal.SIGKILL)
            elif target == "parent":
                process.kill()
            else:
                workers = [
                    number for number in family if parent_of(number) in family
                ]  # the fork server's children
                if workers:
                    os.kill(self.random.choice(workers), signal.SIGKILL)

    def _after(
        self, target: str, process: subprocess.Popen[bytes], family: list[int], log: Path
    ) -> list[str]:
        """Return what is wrong once the command has ended."""
        faults = []
        code = process.wait()
        if target == "worker" and code:
            faults.append(f"exit code {code} after one worker was killed: {log.read_text()[-500:]}")
        if not within(GRACE_S, lambda: not any(alive(number) for number in family)):
            faults.append(f"still running: {[number for number in family if alive(number)]}")
        text = log.read_text()
        faults += [
            f"said {word}: {text[-500:]}"
            for word in ("Traceback", "resource_tracker", "leaked")
            if word in text
        ]
        return faults

    def _differences(self, out: Path) -> list[str]:
        found = contents(out)
        names = sorted(self.reference.keys() | found.keys())
        faults = [
            f"differs: {name}" for name in names if self.reference.get(name) != found.get(name)
        ]
        leftovers = [
            path
            for path in out.rglob("*")
            if path.name.endswith(".tmp") or "unfinished" in path.name
        ]
        temporary = out.with_name(f"{out.name}-tmp")
        usual = {
            path.name for path in (self.root / "reference-tmp").iterdir()
        }  # caches of libraries
        leftovers += [path for path in temporary.iterdir() if path.name not in usual]
        return [*faults, *(f"left over: {path}" for path in leftovers)]


def contents(out: Path) -> dict[str, bytes]:
    """The bytes of every file of a results folder that does not tell times.

    The store's files by name alone.
    """
    return {
        str(path.relative_to(out)): b"" if (out / "store") in path.parents else path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in NOT_COMPARED
    }


def descendants(number: int) -> list[int]:
    """Return the processes that a process started, and those that these started."""
    numbers = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    parents = {each: parent_of(each) for each in numbers}
    found, new = set[int](), {number}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return sorted(found)


def parent_of(number: int) -> int:
    """Return the number of a process's parent; 0 if the process is gone."""
    try:
        return int((Path("/proc") / str(number) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def alive(number: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return (Path("/proc") / str(number) / "stat").read_text().rpartition(")")[2].split()[
            0
        ] != "Z"
    except (OSError, IndexError):
        return False


def within(seconds: float, condition: object) -> bool:
    """Whether a condition holds before so many seconds have passed."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def shared_memory(family: list[int]) -> set[str]:
    """Return the names of the shared memory that these processes use.

    A semaphore is known by its number in the file system: it was mapped under another name than it
    has.
    """
    numbers = set[str]()
    for process in family:
        with contextlib.suppress(OSError):
            lines = (Path("/proc") / str(process) / "maps").read_text(errors="replace").splitlines()
            numbers |= {line.split()[4] for line in lines if "/dev/shm/" in line}
    return {path.name for path in SHARED_MEMORY.iterdir() if str(path.lstat().st_ino) in numbers}


def main() -> int:
    """Do the trials that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--root", type=Path, default=None, help="a folder that is kept; a temporary one by default"
    )
    arguments, options = parser.parse_known_args()
    root = arguments.root or Path(tempfile.mkdtemp(prefix="kill-trials-"))
    root.mkdir(parents=True, exist_ok=True)
    killer = Killer(root, options or ["--suite", "smoke", "--jobs", "2"], arguments.seed)
    print(f"reference: {killer.seconds:.0f} s, {len(killer.reference)} files", flush=True)
    wrong = 0
    for number in range(arguments.trials):
        trial = killer.trial(number, TARGETS[number % len(TARGETS)])
        wrong += bool(trial.faults)
        print(
            f"{number + 1}: {trial.target} killed after {trial.moment:.1f} s: {'; '.join(trial.faults) or 'well'}",
            flush=True,
        )
    print(f"{arguments.trials} trials, {wrong} went wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
