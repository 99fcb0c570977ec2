"""What is wrong with a suite is one line: file, line, key, what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from mot_bench.errors import MotBenchError
from mot_bench.suites.loader import load_suite

GOOD = """base = "one"
dataset = "street-smoke"

[[runs]]
name = "one"
tracker = "sort"
parameters = { max_age = 3 }

[[runs]]
name = "two"
tracker = "bytetrack"
"""
GRID = """base = "a"
dataset = "street"

[[grid]]
name = "x{max_age}"
tracker = "sort"
"""


def fault_of(path: Path, content: str) -> str:
    path.write_text(content)
    with pytest.raises(MotBenchError) as caught:
        load_suite(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


CASES = {
    "unknown key": (GOOD.replace("dataset", "colour = 3\ndataset"), 2, ["unknown key colour", "base", "extends"]),
    "unknown key of a run": (GOOD + "colour = 3\n", 12, ["unknown key runs.two.colour", "parameters", "tracker"]),
    "unknown parameter": (GOOD.replace("max_age", "max_agee"), 7, ["run one", "max_agee", "min_hits"]),
    "parameter beyond its range": (GOOD.replace("= 3", "= -1"), 7, ["run one", "max_age", "greater than"]),
    "parameter of another kind": (GOOD.replace("= 3", '= "3"'), 7, ["run one", "max_age", "'3'"]),
    "unknown tracker": (GOOD.replace('"bytetrack"', '"bitetrack"'), 11, ["run two", "bitetrack", "bytetrack"]),
    "text for a number": (GOOD + 'decimals = "two"\n', 12, ["runs.two.decimals", "integer", "'two'"]),
    "seeds that are none": ("seeds = []\n" + GOOD, 1, ["seeds"]),
    "seed twice": (GOOD + "seeds = [1, 1]\n", 12, ["each seed once", "runs.two.seeds"]),
    "negative seed of a run": (GOOD + "seeds = [-1]\n", 12, ["runs.two.seeds"]),
    "negative seed": ("seeds = [-1]\n" + GOOD, 1, ["seeds"]),
    "base that is no run": (GOOD.replace('base = "one"', 'base = "three"'), 1, ["one, two", "'three'"]),
    "no dataset": (GOOD.replace('dataset = "street-smoke"', ""), None, ["dataset", "none"]),
    "no runs": ('base = "one"\ndataset = "street"\n', None, ["runs"]),
    "runs twice": (GOOD.replace('"two"', '"one"'), None, ["different names", "'one' twice"]),
    "run without a name": (GOOD + "[[runs]]\ntracker = 'sort'\n", None, ["a name for each [[runs]]", "number 3"]),
    "run without a tracker": (GOOD + "[[runs]]\nname = 'three'\n", None, ["runs.three.tracker"]),
    "name that is no folder's": (GOOD.replace('"two"', '"../two"'), 10, ["letters, digits", "'../two'"]),
    "runs that are no tables": ('runs = 3\nbase = "one"\n', 1, ["tables [[runs]]", "runs = 3"]),
    "parameters that are no table": (GOOD + "parameters = 3\n", 12, ["a table of parameters", "3"]),
    "both cues off": (
        GOOD.replace('"bytetrack"', '"fairmot"\nparameters = { use_iou = false, use_reid = false }'), 12,
        ["run two", "use_iou or use_reid"],
    ),
    "no TOML": (GOOD + "colour =\n", 12, ["TOML", "invalid value"]),
    "drop without extends": ('drop = ["one"]\n' + GOOD, 1, ["only together with extends"]),
    "drop of an unknown run": ('extends = "smoke"\ndrop = ["nobody"]\n', 2, ["sort-age30", "'nobody'"]),
    "drop that is no list": ('extends = "smoke"\ndrop = "sort"\n', 2, ["a list of runs' names"]),
    "base dropped": ('extends = "smoke"\ndrop = ["bytetrack"]\n', 2, ["base", "sort-age30", "'bytetrack'"]),
    "extends of nothing": ('extends = "nothing"\n', 1, ["fairness, loss-weights, smoke", "'nothing'"]),
    "extends of no name": ("extends = 3\n", 1, ["extends = 3"]),
    "grid over nothing": (GRID, None, ["[grid.over]"]),
    "grid over no list": (GRID + "[grid.over]\nmax_age = 3\n", 7, ["a list of values"]),
    "grid with an unknown brace": (GRID + "[grid.over]\nmin_hits = [1]\n", 5, ["min_hits", "{max_age}"]),
    "grid of equal names": (
        GRID.replace("x{max_age}", "x") + "[grid.over]\nmax_age = [1, 2]\n", 5, ["different names", "'x' twice"]
    ),
    "grid of an unknown parameter": (
        GRID.replace("max_age", "colour").replace('"a"', '"x1"') + "[grid.over]\ncolour = [1]\n", None,
        ["run x1", "colour", "max_age"],
    ),
    "reference without a source": (
        GOOD + '[[runs.references]]\nkind = "original"\nmetrics = { HOTA = 1 }\n', None,
        ["runs.two.references.0.source"],
    ),
    "reference to unknown data": (
        GOOD + '[[runs.references]]\nkind = "original"\nsource = "x"\ndata = "here"\n', 15, ["[data.NAME]", "'here'"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_fault_is_one_line(case: str, tmp_path: Path) -> None:
    content, line, words = CASES[case]
    path = tmp_path / "suite.toml"
    message = fault_of(path, content)
    assert message.startswith(f"{path}:{line}: " if line is not None else f"{path}")
    for word in words:
        assert word in message


def test_unknown_key_of_the_parent_names_the_parents_file(tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text(GOOD + "colour = 3\n")
    message = fault_of(tmp_path / "child.toml", 'extends = "parent.toml"\n')
    assert message.startswith(f"{tmp_path / 'parent.toml'}:12: ")


def test_cycle_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b.toml"\n')
    (tmp_path / "b.toml").write_text('# b\nextends = "c.toml"\n')
    message = fault_of(tmp_path / "c.toml", 'extends = "a.toml"\n')
    assert message.endswith("found c.toml -> a.toml -> b.toml -> c.toml")
    assert message.startswith(f"{tmp_path / 'b.toml'}:2: ")


def test_suite_that_extends_itself(tmp_path: Path) -> None:
    assert "c.toml -> c.toml" in fault_of(tmp_path / "c.toml", 'extends = "c.toml"\n')


@pytest.mark.parametrize("name", ["nothing", "nothing.toml"])
def test_unknown_suite_names_those_that_there_are(name: str) -> None:
    with pytest.raises(MotBenchError, match="association, cues, fairness, loss-weights, smoke"):
        load_suite(name)


def test_folder_for_a_suite(tmp_path: Path) -> None:
    with pytest.raises(MotBenchError, match="found a folder"):
        load_suite(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "suite.toml"
    path.write_bytes(b"name = '\xff'\n")
    with pytest.raises(MotBenchError, match="UTF-8"):
        load_suite(path)


def test_an_unknown_key_is_named_before_a_missing_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "mine"\nbasis = "sort"\n')
    with pytest.raises(
        MotBenchError,
        match=r"mine\.toml:2: expected one of the keys base, .* found unknown key basis",
    ):
        load_suite(str(path))
