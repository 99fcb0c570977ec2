"""The command line in this process: most tests need what it says and does, and no process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from typer.testing import CliRunner

from mot_bench.cli import app


def mot_bench(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Return what ``mot-bench`` with these arguments and variables of the environment answers.

    Raises:
        Exception: whatever the command raises that is not a clean exit.
    """
    words = [str(argument) for argument in arguments]
    done = CliRunner().invoke(app, words, env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
