"""Where and with what a suite ran: ``environment.json``, beside the results and no part of them."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import mot_bench
from mot_bench.atomic import write_text

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What numerical libraries read, when they are imported, for their number of threads."""

TRACKER_TIMEOUT = "MOT_BENCH_TRACKER_TIMEOUT"
"""Seconds that a user's tracker may take for a sequence; ``mot-bench run --tracker-timeout`` sets it."""

ENVIRONMENT = "environment.json"
_DISTRIBUTIONS = (
    "mot-bench", "trackeval", "numpy", "scipy", "lap", "filterpy", "torch", "safetensors", "onnxruntime",
    "pandas", "matplotlib", "pydantic",
    "pillow", "av", "opencv-python",
)  # fmt: skip


def machine() -> str:
    """Processor, cores, memory and system, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {cores} cores, {_memory()}, {platform.system()} {platform.release()}"


def write_environment(out: Path, started: datetime.datetime, data_root: Path | None = None) -> None:
    """Write ``environment.json``: versions, commit, machine, command line, times and where the data lay."""
    record = {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "data_root": None if data_root is None else str(data_root.resolve()),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _DISTRIBUTIONS},
        "commit": _commit(),
        "machine": machine(),
        "threads": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.endswith("_NUM_THREADS")
        },
    }
    write_text(out / ENVIRONMENT, json.dumps(record, indent=1) + "\n")


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the checkout that mot-bench runs from, ``-dirty`` with changes.

    None outside a checkout.
    """
    folder = Path(mot_bench.__file__).parents[1]
    if not (folder / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
