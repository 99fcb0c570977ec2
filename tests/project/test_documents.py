"""What the documents promise is there: commands, files, the example tracker.

And nothing tells of one machine.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from command_line import mot_bench

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "DECISIONS.md"]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_exist(name: str) -> None:
    used = set(re.findall(r"^make (?:[A-Z]+=\S+ )*([a-z-]+)", code_of(name), re.MULTILINE))
    assert used - targets() == set()
    if name in ("README.md", "CONTRIBUTING.md"):
        assert used


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text())
    assert [
        link for link in links if not link.startswith("https://") and not (ROOT / link).exists()
    ] == []


def code_of(name: str) -> str:
    """Everything in the document that is set as code, one piece a line."""
    text = (ROOT / name).read_text()
    fences = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    return "\n".join(fences.findall(text) + re.findall(r"`([^`]+)`", fences.sub("", text)))


@pytest.mark.skipif(not (ROOT / "mot_bench" / "cli.py").exists(), reason="no command line yet")
@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_commands_and_options_exist(name: str) -> None:
    lines = re.findall(r"^(?:\.venv/bin/)?mot-bench ([a-z].*)$", code_of(name), re.MULTILINE)
    assert lines
    wanted: dict[tuple[str, ...], set[str]] = {}
    for line in lines:
        words = line.split("#")[0].split()
        command = tuple(words[:2]) if words[0] == "data" else tuple(words[:1])
        wanted.setdefault(command, set()).update(
            word.split("=")[0] for word in words if word.startswith("--")
        )
    for command, options in wanted.items():
        shown = help_of(command)
        assert [
            option for option in sorted(options) if not re.search(rf"{option}\b", shown)
        ] == [], command


def help_of(command: tuple[str, ...]) -> str:
    done = mot_bench(*command, "--help", COLUMNS="250", NO_COLOR="1", TERM="dumb")
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def test_the_example_in_contributing_is_the_file_that_is_tested() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert blocks == [(ROOT / "examples" / "my_tracker.py").read_text()]


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    faults = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if not path.is_file() or path == Path(__file__):
            continue
        text = path.read_text(errors="ignore")
        faults += [
            f"{name}: {trace}"
            for trace in ("/work/", "/root/", "file:///", "/opt/")
            if trace in text
        ]
    assert faults == []
