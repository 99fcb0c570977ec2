"""The tutorial, walked through: its commands are run, what they print is put under them, its figures are collected.

A block of ``sh`` is run line by line. A line ``<!-- output -->`` after it becomes what the block
printed. A picture ``pictures/made/NAME`` is the file ``NAME`` that the commands left in
``results/tutorial/figures``.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OUTPUT = "<!-- output -->"
_BLOCK = re.compile(rf"^```sh\n(.*?)^```\n(?:\n*{OUTPUT}\n)?", re.DOTALL | re.MULTILINE)
_MADE = re.compile(r"pictures/made/([\w.-]+)")
_SECONDS = re.compile(r"\b\d+(?:\.\d+)? ?s\b")


@dataclass(frozen=True)
class Walk:
    """The tutorial with its output, and its figures by file name."""

    markdown: str
    pictures: dict[str, bytes]


def walk(markdown: str, folder: Path) -> Walk:
    """Run a tutorial.

    Args:
        markdown: the tutorial as it was written.
        folder: where it is run; results of an earlier walk there are removed, so that the same is
            printed.

    Raises:
        RuntimeError: a command failed, or left no such picture; says what it printed.
    """
    shutil.rmtree(folder / "results", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    out: list[str] = []
    place = 0
    for block in _BLOCK.finditer(markdown):
        commands = block.group(1).replace("\\\n", " ").splitlines()
        printed = "".join(_run(command, folder) for command in commands if command.strip())
        shown = f"```sh\n{block.group(1)}```\n"
        if OUTPUT in block.group():
            shown += f"\n```text\n{printed.rstrip()}\n```\n"
        out += [markdown[place : block.start()], shown]
        place = block.end()
    whole = "".join([*out, markdown[place:]])
    return Walk(whole, {name: _picture(folder, name) for name in sorted(set(_MADE.findall(whole)))})


def _run(command: str, folder: Path) -> str:
    words = shlex.split(command, comments=True)
    if not words:
        return ""
    if words[0] != "mot-bench":
        raise RuntimeError(
            f"tutorial: expected only mot-bench commands in its sh blocks, found {command!r}"
        )
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **alone, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "mot_bench", *words[1:]],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(
            f"tutorial: {command!r} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return _SECONDS.sub("… s", done.stdout).replace(f"{folder}/", "")


def _picture(folder: Path, name: str) -> bytes:
    path = folder / "results" / "tutorial" / "figures" / name
    if not path.is_file():
        raise RuntimeError(
            f"tutorial: expected a command that makes {name} in results/tutorial/figures, found none"
        )
    return path.read_bytes()
