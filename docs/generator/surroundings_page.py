"""Environment variables, exit codes and the configuration file."""

from __future__ import annotations

from docs.generator.markdown import cell, code, table
from mot_bench.engine.environment import THREAD_VARIABLES

VARIABLES = {
    "MOT_BENCH_DATA": "The data root, where `--data-root` is not given: the folder under which named datasets lie.",
    **dict.fromkeys(
        THREAD_VARIABLES,
        "Threads of a library for linear algebra. `run` and `train` set it to 1 unless you say otherwise: the same "
        "bytes whatever the number of jobs.",
    ),
}
EXIT_CODES = {
    "0": "All went well.",
    "1": "The work was done and the answer is bad: a run failed, a gate found a regression, a dataset has faults.",
    "2": "Bad input: one line says file, line, what was expected and what was found. Unknown options too.",
    "130": "Interrupted (Ctrl-C). What is finished is kept; the same command goes on.",
}


def surroundings_page() -> str:
    """The page."""
    return "\n".join(
        [
            "# Environment and exit codes",
            "",
            "## Environment variables",
            "",
            table(
                ("variable", "meaning"),
                [(code(name), cell(text)) for name, text in VARIABLES.items()],
            ),
            "## Configuration file",
            "",
            "`config.toml` in the user's configuration folder (on Linux `~/.config/mot-bench/`). Its one key:",
            "",
            table(
                ("key", "meaning"),
                [(code("data_root"), "The data root, where neither option nor variable says it.")],
            ),
            "## Exit codes",
            "",
            table(
                ("code", "meaning"), [(code(name), cell(text)) for name, text in EXIT_CODES.items()]
            ),
            "Anything else is a bug, and shows its traceback.",
        ]
    )
