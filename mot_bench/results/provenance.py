"""What a report tells of where its results come from: versions, machine, and the command that makes them again.

Times and the folder's own name are left out, so that two runs of the same thing on one machine give
the same report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mot_bench.engine.environment import ENVIRONMENT
from mot_bench.reports.schema import Environment
from mot_bench.results.folder import SUITE, ResultsFolder

# Options of ``mot-bench run`` that say where, how fast and which part, and not what: with a value,
# and without one.
_PLACES = ("--out", "--jobs", "--only", "--seeds", "--data-root")
_SWITCHES = ("--force", "--timing")


def environment_of(folder: ResultsFolder) -> Environment | None:
    """What environment.json and suite.json of a results folder say; None where there is neither.

    Raises:
        InputError: one of them is no JSON.
    """
    record = folder.json_object(ENVIRONMENT)
    command = making_command(record.get("command")) or _command_of(folder.json_object(SUITE))
    found = Environment(
        python=_text(record.get("python")),
        packages=_texts(record.get("packages")),
        commit=_text(record.get("commit")),
        machine=_text(record.get("machine")),
        threads=_texts(record.get("threads")),
        command=command,
    )
    return None if found == Environment() else found


def making_command(command: object) -> tuple[str, ...]:
    """A command line of ``mot-bench run`` without output folder, jobs, and choice of runs and seeds; else nothing.

    >>> making_command(["mot-bench", "run", "--suite", "smoke", "--out=a", "--jobs", "2", "--set", "sort.max_age=3"])
    ('mot-bench', 'run', '--suite', 'smoke', '--set', 'sort.max_age=3')
    """
    if (
        not isinstance(command, Sequence)
        or isinstance(command, str)
        or len(command) < 2
        or command[1] != "run"
    ):
        return ()
    kept = ["mot-bench", "run"]
    words = iter(str(word) for word in command[2:])
    for word in words:
        if word in _PLACES:
            next(words, None)
        elif word not in _SWITCHES and word.partition("=")[0] not in _PLACES:
            kept.append(word)
    return tuple(kept)


def _command_of(suite: Mapping[str, object]) -> tuple[str, ...]:
    name, dataset = suite.get("name"), suite.get("dataset")
    if not isinstance(name, str):
        return ()
    return (
        "mot-bench",
        "run",
        "--suite",
        name,
        *(("--dataset", dataset) if isinstance(dataset, str) else ()),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    """The texts of a table, in its order."""
    return (
        {str(name): text for name, text in value.items() if isinstance(text, str)}
        if isinstance(value, dict)
        else {}
    )
