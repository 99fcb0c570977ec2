"""The documentation: the reference has everything, commands on pages are real ones, the built site stands alone."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reports_samples import make_trained, make_whole

from docs.generator import pages
from docs.generator.command_pages import commands
from docs.generator.markdown import cell, code, prose
from docs.generator.metric_page import FORMULAS
from docs.generator.recipe_page import flat_fields
from docs.generator.snippets import SNIPPETS
from docs.generator.surroundings_page import VARIABLES
from docs.walkthrough import walk
from mot_bench.datasets.catalogue import list_datasets
from mot_bench.models.presets import PRESETS, REID_PRESETS
from mot_bench.records.results import SuiteResult
from mot_bench.reporting.report_files import DEFAULT, output_files
from mot_bench.reports.figures.registry import FIGURES
from mot_bench.scoring.metrics import METRICS
from mot_bench.suites.loader import list_suites, load_suite
from mot_bench.suites.schema import ModelSpec, ReferenceSpec, RunSpec, Suite
from mot_bench.trackers import registry

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "pages"
WRITTEN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted(DOCS.rglob("*.md")),
]
_SHELL = re.compile(r"^( *)```(?:sh|bash)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return pages()


def test_every_command_and_option_is_in_the_reference(generated: dict[str, str]) -> None:
    text = generated["reference/commands.md"]
    for name, command in commands():
        section = text.partition(f"## `{name}` {{")[2].partition("\n## ")[0]
        assert section, name
        for parameter in command.params:
            names = parameter.opts if parameter.param_type_name == "option" else []
            assert all(code(option) in section for option in names), (name, names)
            assert cell(parameter.help or "") in section, (name, parameter.name)
    assert {name.removeprefix("mot-bench ") for name, _ in commands()} >= {
        "run",
        "explain",
        "data check",
    }


def test_every_tracker_and_parameter_is_in_the_reference(generated: dict[str, str]) -> None:
    for name in registry.names():
        text = generated[f"reference/trackers/{name}.md"]
        for parameter, field in registry.load(name).Config.model_fields.items():
            row = next(
                line for line in text.splitlines() if line.startswith(f"| {code(parameter)} |")
            )
            assert cell(field.description or "?") in row
    assert "| 0 to 1 |" in generated["reference/trackers/bytetrack.md"]


def test_every_suite_run_and_network_is_in_the_reference(generated: dict[str, str]) -> None:
    for name in list_suites():
        text, suite = generated[f"reference/suites/{name}.md"], load_suite(name)
        for each in (*(run.name for run in suite.runs), *suite.models):
            assert f"| {code(each)} |" in text, (name, each)
    for model in (Suite, RunSpec, ModelSpec, ReferenceSpec):
        for key in model.model_fields:
            assert f"| {code(key)} |" in generated["reference/suites/file.md"], key


def test_every_metric_has_formula_and_source(generated: dict[str, str]) -> None:
    assert set(FORMULAS) == set(METRICS)
    text = generated["reference/metrics.md"]
    for metric in METRICS.values():
        assert code(metric.name) in text
        assert FORMULAS[metric.name] in text
        assert metric.source in text


def test_every_dataset_figure_and_field_of_a_recipe_is_in_the_reference(
    generated: dict[str, str],
) -> None:
    assert all(
        f"| {code(entry.name)} |" in generated["reference/datasets.md"] for entry in list_datasets()
    )
    assert all(code(name) in SNIPPETS["figures"]() for name in FIGURES)
    rows = [
        line.split(" | ")
        for line in generated["reference/training.md"].splitlines()
        if "</code> | " in line
    ]
    by_path = {row[0].removeprefix("| "): row for row in rows}
    for preset in (*PRESETS.values(), *REID_PRESETS.values()):
        for path, _, _ in flat_fields(preset):
            assert len(by_path[code(path)]) == 5, path
    assert all(
        code(name) in generated["reference/output-files.md"] for name in SuiteResult.model_fields
    )
    written = output_files(make_whole(make_trained((0, 1))), DEFAULT)
    assert [name for name in written if name not in generated["reference/output-files.md"]] == []


def test_every_environment_variable_that_is_read_is_in_the_reference() -> None:
    read: set[str] = set()
    for path in (ROOT / "mot_bench").rglob("*.py"):
        read.update(re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", path.read_text()))
    assert read
    assert read <= set(VARIABLES)


def test_generated_pages_are_deterministic_and_name_no_place_of_this_machine(
    generated: dict[str, str],
) -> None:
    assert pages() == generated
    assert not [
        path
        for path, text in generated.items()
        if str(ROOT) in text or str(Path.home()) + "/" in text
    ]


def test_tables_and_blocks_of_docstrings_become_markdown() -> None:
    text = prose("Kinds::\n\n    a = 1\n\n===== ====\n``a``  one\n       two\n===== ====\n\nEnd.")
    assert "```toml\na = 1\n```" in text
    assert "| `a` | one two |" in text
    assert "===" not in text


def lines_of(path: Path) -> Iterator[list[str]]:
    """The words of every mot-bench command on a page."""
    for _, block in _SHELL.findall(path.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0].rpartition("/")[2] == "mot-bench":
                yield words[1:]


def fault(words: list[str]) -> str:
    """What is wrong with a command line, or an empty text; values are not looked at."""
    known = dict(commands())
    name = "mot-bench"
    while words and f"{name} {words[0]}" in known:
        name, words = f"{name} {words[0]}", words[1:]
    command = known[name]
    if getattr(command, "commands", None):
        return f"no such command: {name} {' '.join(words[:1])}"
    options = {
        each: one for one in command.params if one.param_type_name == "option" for each in one.opts
    }
    arguments, given, rest = (
        [one for one in command.params if one.param_type_name == "argument"],
        set(),
        list(words),
    )
    values = 0
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            values += 1
            continue
        option, _, value = word.partition("=")
        if option not in options:
            return f"{name} has no option {option}"
        given.add(options[option].name)
        wanted = 0 if getattr(options[option], "is_flag", False) or value else options[option].nargs
        if len(rest) < wanted:
            return f"{option} wants {wanted} values"
        del rest[:wanted]
    missing = [one.opts[0] for one in options.values() if one.required and one.name not in given]
    least = sum(one.required for one in arguments)
    most = 1000 if any(one.nargs == -1 or one.multiple for one in arguments) else len(arguments)
    if missing or not least <= values <= most:
        return f"{name}: options {missing} missing, or {values} arguments where {least} to {most} are wanted"
    return ""


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_on_pages_are_real_ones(path: Path) -> None:
    wrong = {" ".join(words): found for words in lines_of(path) if (found := fault(words))}
    assert wrong == {}


def test_pages_ask_for_what_there_is() -> None:
    asked = {
        name
        for path in DOCS.rglob("*.md")
        for name in re.findall(r"{{ (\w+) }}", path.read_text(encoding="utf-8"))
    }
    assert asked == set(SNIPPETS)
    assert "class Overlap(OnlineTracker)" in SNIPPETS["my_tracker"]()
    assert "--8" not in "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))


def test_a_stale_command_is_found() -> None:
    assert "no option --colour" in fault(["run", "--suite", "smoke", "--colour", "red"])
    assert "no such command" in fault(["fly"])
    assert "--ground-truth" in fault(["score", "a.zip", "--out", "b"])
    assert "1000" not in fault(["gate", "--baseline", "a.json"])
    assert fault(["run", "--suite", "smoke", "--timing"]) == ""


def test_every_page_has_a_command_but_those_that_explain() -> None:
    without = {path.name for path in DOCS.rglob("*.md") if not list(lines_of(path))}
    assert without == {"index.md", "fairmot.md"}


def test_links_between_pages_as_written_lead_somewhere(generated: dict[str, str]) -> None:
    names = {
        *generated,
        *(str(path.relative_to(DOCS)) for path in DOCS.rglob("*") if path.is_file()),
    }
    for path in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
            if "://" in target or "pictures/made/" in target:
                continue
            place = os.path.normpath(path.parent.relative_to(DOCS) / target)
            assert place in names, f"{path.name}: {target}"


def test_pictures_are_small() -> None:
    found = list((DOCS / "pictures").iterdir())
    assert {path.name for path in found} == {"report.webp", "viewer.webp", "gallery.webp"}
    assert all(path.stat().st_size < 100_000 for path in found)


def test_the_tutorial_says_what_a_command_printed(tmp_path: Path) -> None:
    walked = walk(
        "Text.\n\n```sh\nmot-bench --version\n```\n\n<!-- output -->\n\nMore.\n", tmp_path
    )
    assert "```text\nmot-bench " in walked.markdown
    assert walked.markdown.startswith("Text.")
    assert walked.markdown.endswith("More.\n")
    assert "output -->" not in walked.markdown


def test_a_tutorial_that_fails_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 2"):
        walk("```sh\nmot-bench run --suite no-such-suite\n```\n", tmp_path)
    with pytest.raises(RuntimeError, match="only mot-bench"):
        walk("```sh\nls\n```\n", tmp_path)
    with pytest.raises(RuntimeError, match=r"that makes a\.svg"):
        walk("![A](pictures/made/a.svg)", tmp_path)


def mot_bench(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mot_bench", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def toml_block(page: str, title: str) -> str:
    found = re.search(
        rf'```toml title="{title}"\n(.*?)```', (DOCS / page).read_text(encoding="utf-8"), re.DOTALL
    )
    assert found
    return found.group(1)


def test_the_tracker_of_the_how_to_runs_in_the_suite_of_the_how_to(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "my_tracker.py", tmp_path / "examples")
    (tmp_path / "mine.toml").write_text(toml_block("how-to/own-tracker.md", "mine.toml"))
    words = "run --suite mine.toml --dataset street-smoke --only overlap-0.3,bytetrack --jobs 1 --out results/mine"
    assert "overlap-0.3" in mot_bench(tmp_path, *words.split())


@pytest.mark.parametrize(
    ("page", "title", "runs"),
    [
        ("how-to/own-detector.md", "detectors.toml", ["bytetrack-public", "bytetrack-nano"]),
        ("how-to/training.md", "balance.toml", ["learned", "more-reid"]),
    ],
)
def test_suites_on_pages_are_valid(page: str, title: str, runs: list[str], tmp_path: Path) -> None:
    (tmp_path / title).write_text(toml_block(page, title))
    assert [run.name for run in load_suite(str(tmp_path / title)).runs] == runs


def test_the_detections_of_the_how_to_can_be_read(tmp_path: Path) -> None:
    from mot_bench.detections.formats import read_file

    text = (DOCS / "how-to" / "own-detector.md").read_text(encoding="utf-8")
    written = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert written
    (tmp_path / "detections").mkdir()
    subprocess.run([sys.executable, "-c", written.group(1)], cwd=tmp_path, check=True)
    found = read_file(tmp_path / "detections" / "MOT17-02.npz")
    assert found.frames.tolist() == [1, 1, 2]
    assert found.embeddings is not None
