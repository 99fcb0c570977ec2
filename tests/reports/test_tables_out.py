"""Other ways out: Markdown, LaTeX, Parquet, and several results folders in one."""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from figure_samples import full, holes, trained_bundle
from hypothesis import given
from hypothesis import strategies as st
from reports_samples import EVIL, make_result, make_run, make_timing, make_trained, write_results
from typer.testing import CliRunner, Result

from mot_bench.cli import app
from mot_bench.errors import MotBenchError
from mot_bench.records.results import SuiteResult
from mot_bench.reporting.report_files import DEFAULT, OUTPUTS, output_files
from mot_bench.reports.latex import latex_text, leaderboard_latex
from mot_bench.reports.markdown import markdown_table, markdown_text
from mot_bench.reports.markdown_report import report_markdown
from mot_bench.reports.paper_table import paper_rows
from mot_bench.reports.schema import Bundle
from mot_bench.results.bundle import load_bundle, make_bundle
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.merging import merge

HARMFUL = (
    EVIL, r"\input{/etc/passwd}", "50% of a_b & c#d $x^2$ ~", "[5cm] *", "}{", "-- ``x'' ?`", "日本 🙂 é ß ŋ ą",
    "a\nb\\\\c", "`|`",
)  # fmt: skip

COMMANDS = {
    "begin", "end", "centering", "caption", "label", "toprule", "midrule", "bottomrule", "textbf", "scriptsize",
    "small", "setlength", "tabcolsep",
    "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "ldots", "Delta", "ast",
    "times", "alpha", "circ", "ss", "ae", "AE", "oe", "OE", "o", "O", "l", "L", "i", "u", "r", "H", "v", "c",
}  # fmt: skip
TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|(%[^\n]*\n)|([{}$&#_^~])|([^\\{}$&#_^~%])", re.DOTALL)


def check_latex(text: str) -> list[list[str]]:
    """Refuse what pdfLaTeX would stumble over; gives the cells of each row of the table."""
    depth, math, environments, rows = 0, False, [], []
    place, row = 0, ""
    assert text.isascii()
    while place < len(text):
        token = TOKEN.match(text, place)
        assert token is not None, text[place : place + 20]
        place = token.end()
        command, escaped, comment, special, _ = token.groups()
        if comment:
            assert text[: token.start()].endswith("\n") or token.start() == 0, (
                "a comment swallows the line's rest"
            )
            continue
        if command:
            assert command in COMMANDS, command
            if command in ("begin", "end"):
                name = re.compile(r"\{(\w+\*?)\}(\{l r*\}|\{lr*\})?").match(text, place)
                assert name is not None
                place = name.end()
                if command == "begin":
                    environments.append(name[1])
                    columns = (name[2] or "").count("r") + 1
                else:
                    assert environments.pop() == name[1]
                continue
        if escaped:
            assert escaped in "\\{}#$%&_,`'^~=.\"", escaped
            if escaped == "\\":
                assert depth == 0
                assert not math
                following = text[place:].lstrip(" \n")
                assert following[0] not in "[*", "read as an argument of the end of a row"
                cells = re.split(r"(?<!\\)&", row)
                assert len(cells) == columns, row
                rows.append([cell.strip() for cell in cells])
                row = ""
                continue
        if special == "{":
            depth += 1
        elif special == "}":
            depth -= 1
            assert depth >= 0
        elif special == "$":
            math = not math
        elif special in ("_", "^"):
            assert math, "only in formulas"
        elif special in ("#", "~"):
            raise AssertionError(special)
        row = "" if command in ("toprule", "midrule", "bottomrule") else row + token.group()
    assert depth == 0
    assert not math
    assert environments == []
    return rows


def named(*names: str) -> Bundle:
    runs = [make_run(name, 0.5 + 0.01 * place) for place, name in enumerate(names)]
    result = make_result(*runs).model_copy(
        update={"title": " ".join(names), "base": names[0], "suite": names[0]}
    )
    return make_bundle(result)


def test_latex_compiles_whatever_runs_are_called() -> None:
    rows = check_latex(leaderboard_latex(named(*HARMFUL)))
    assert len(rows) == 1 + len(HARMFUL)
    assert leaderboard_latex(named(*HARMFUL)).count("passwd") == 2
    assert r"\input" not in leaderboard_latex(named(*HARMFUL))


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3, unique=True))
def test_latex_compiles_with_any_text(names: list[str]) -> None:
    texts = [latex_text(name) for name in names]
    table = "".join(f"{text} & 1 \\\\\n" for text in texts)
    check_latex(f"\\begin{{tabular}}{{lr}}\n{table}\\end{{tabular}}\n")


def test_the_checker_refuses_what_would_not_compile() -> None:
    for cell in (
        "a_b",
        "50%",
        "{",
        "}",
        "$",
        "a & b",
        "#",
        r"\input{x}",
        "日",
        "~",
        "^",
        "\\\\[2cm]",
    ):
        with pytest.raises(AssertionError):
            check_latex(f"\\begin{{tabular}}{{lr}}\n{cell} & 1 \\\\\n\\end{{tabular}}\n")


def test_latex_has_the_best_in_bold_and_differences_with_intervals() -> None:
    bundle = trained_bundle()
    rows = check_latex(leaderboard_latex(bundle))
    head, *body = rows
    assert head[:2] == ["Run", r"HOTA (\%)"]
    assert head[-1] == r"$\Delta$HOTA"
    assert [row[0] for row in body[:2]] == ["oracle", "fixed-10"]
    assert body[0][1] == "80.0"
    assert body[1][1].startswith(r"\textbf{")
    base = next(row for row in body if row[0].startswith("fairmot (base)"))
    assert base[-1] == ""
    other = next(row for row in body if row[0] == "no-reid")
    assert re.fullmatch(
        r"\$\+2\.0\^\{\\ast\}\$ \{\\scriptsize \[\$\+1\.0\$, \$\+3\.0\$\]\}", other[-1]
    )
    assert "Means over seeds." in leaderboard_latex(bundle)


def test_ties_are_all_bold_and_one_run_is_no_contest() -> None:
    bundle = make_bundle(make_result(make_run("a", 0.6), make_run("b", 0.6), make_run("c", 0.5)))
    best = {row.name: row.figures[0].best for row in paper_rows(bundle, 1)}
    assert best == {"a": True, "b": True, "c": False}
    alone = make_bundle(make_result(make_run("a", 0.6)))
    assert not any(figure.best for figure in paper_rows(alone, 1)[0].figures)


def test_a_count_has_no_best_since_who_finds_least_switches_least() -> None:
    rows = paper_rows(
        make_bundle(make_result(make_run("good", 0.6, 20), make_run("blind", 0.1, 0))), 1
    )
    switches = {row.name: row.figures[-1] for row in rows}
    assert {name: figure.text for name, figure in switches.items()} == {"good": "20", "blind": "0"}
    assert not any(figure.best for figure in switches.values())


def test_what_was_given_the_truth_is_never_the_best() -> None:
    rows = paper_rows(make_bundle(make_trained((0,))), 1)
    assert [row.name for row in rows[:2]] == ["oracle", "fixed-10"]
    assert not any(figure.best for figure in rows[0].figures)
    assert rows[1].figures[0].best


@pytest.mark.parametrize("hole", ["no runs", "failed", "nan"])
def test_bundles_with_nothing_to_show_are_shapes(hole: str) -> None:
    bundle = holes()[hole]
    assert len(check_latex(leaderboard_latex(bundle))) >= 1
    text = report_markdown(bundle)
    assert text.startswith("### A title \\& more")
    assert ("failed: it broke" in text) == (hole == "failed")


def cells_of(markdown: str) -> list[list[str]]:
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_markdown_has_one_row_a_run_with_its_verdict() -> None:
    rows = cells_of(report_markdown(trained_bundle()).split("| network |")[0])
    assert rows[0][-1] == "verdict"
    assert all(len(row) == len(rows[0]) for row in rows)
    assert rows[2][:2] == ["oracle", "80.00"]
    assert rows[3][0] == "fixed-10"
    assert rows[3][1].startswith("**")
    by_name = {row[0]: row for row in rows}
    assert by_name["no-reid"][-2:] == [r"+2.00 \[+1.00, +3.00\]", "better"]
    assert by_name["fairmot (base)"][-2:] == ["", ""]


def test_markdown_says_what_a_reader_must_know() -> None:
    text = report_markdown(trained_bundle())
    assert "Sequences were drawn again." in text
    assert "A note." in text
    assert "| fairmot | 94.00 | 86.00 | 0.98 | 0.93 |" in text
    assert "a difference may be chance" in report_markdown(make_bundle(make_result()))


def test_markdown_is_text_whatever_runs_are_called() -> None:
    for name in HARMFUL:
        shown = markdown_text(name)
        assert "\n" not in shown
        assert not re.search(r"(?<!\\)[<>|*_`\[\]]", shown)
    rows = cells_of(report_markdown(named(*HARMFUL)))
    assert len(rows) == 2 + len(HARMFUL)
    assert len({len(row) for row in rows}) == 1
    assert markdown_text("@someone https://x") == "@\u200bsomeone https:\u200b//x"
    assert markdown_table(["a"], [["|"]]).count("|") == 7


def test_every_output_gives_the_same_bytes() -> None:
    bundle = full(make_bundle(make_result(), make_timing()))
    assert output_files(bundle, ("md", "tex", "csv")) == output_files(bundle, ("csv", "tex", "md"))
    assert set(DEFAULT) < set(OUTPUTS)
    assert set(output_files(bundle, ("md", "tex"))) == {"report.md", "leaderboard.tex"}
    with pytest.raises(
        MotBenchError, match="--outputs: expected some of html, csv, md, tex, parquet; found 'doc'"
    ):
        output_files(bundle, ("doc",))


def test_parquet_has_fractions_and_units() -> None:
    parquet: Any = pytest.importorskip(
        "pyarrow.parquet", reason="no pyarrow: pip install 'mot-bench[parquet]'"
    )
    bundle = make_bundle(make_result())
    files = output_files(bundle, ("parquet",))
    assert files == output_files(bundle, ("parquet",))
    table = parquet.read_table(io.BytesIO(files["leaderboard.parquet"]))
    rows = table.to_pylist()
    assert [row["run"] for row in rows] == [run.run for run in bundle.ranked]
    assert rows[0]["HOTA"] == 0.71428
    assert rows[-1]["HOTA"] is None
    assert table.schema.field("HOTA").metadata[b"kind"] == b"fraction"
    assert table.schema.field("IDSW").metadata[b"kind"] == b"count"
    sequences = parquet.read_table(io.BytesIO(files["sequences.parquet"])).to_pylist()
    assert len(sequences) == 3 * 2
    empty = output_files(holes()["no runs"], ("parquet",))
    assert parquet.read_table(io.BytesIO(empty["sequences.parquet"])).num_rows == 0


def report(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["report", *arguments], env={"COLUMNS": "160"})


def one_line(result: Result) -> str:
    assert result.exit_code == 2
    (line,) = result.output.strip().splitlines()
    return line


def test_without_pyarrow_there_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "mot_bench.reporting.report_files.find_spec",
        lambda name: None if name == "pyarrow" else find(name),
    )
    out = write_results(tmp_path)
    line = one_line(report(str(out), "--outputs", "parquet"))
    assert "expected pyarrow (pip install 'mot-bench[parquet]'), found none" in line


def test_outputs_can_be_chosen(tmp_path: Path) -> None:
    out = write_results(tmp_path)
    assert report(str(out), "--outputs", "md,tex").exit_code == 0
    assert sorted(path.name for path in out.glob("[!.]*")) == [
        "leaderboard.tex",
        "report.md",
        "results.json",
    ]
    assert "found 'doc'" in one_line(report(str(out), "--outputs", "doc"))


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Two suites with ``sort``, tracks of it and times."""
    first = write_results(tmp_path / "first", timing=make_timing())
    second = write_results(
        tmp_path / "second",
        make_result(make_run("sort", 0.66), make_run("ocsort", 0.7)),
        make_timing(),
    )
    for place, folder in enumerate((first, second)):
        tracks = folder / "runs" / "sort" / "seed-0" / "tracks"
        tracks.mkdir(parents=True)
        (tracks / "MOT17-02.txt").write_text(f"1,{place + 1},0,0,9,9,1,-1,-1,-1\n")
    return [first, second]


def test_several_folders_are_one_leaderboard(folders: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "both"
    result = report(*map(str, folders), "--out", str(out), "--outputs", "csv")
    assert result.exit_code == 0, result.output
    bundle = load_bundle(ResultsFolder(out))
    names = {run.run for run in bundle.runs}
    assert {"first/sort", "second/sort", "bytetrack", "ocsort"} <= names
    assert bundle.base == "bytetrack"
    assert (out / "runs/second/sort/seed-0/tracks/MOT17-02.txt").read_text().startswith("1,2,")
    assert bundle.timing is not None
    assert [timing.run for timing in bundle.timing.runs] == ["first/sort", "second/sort"]
    before = (out / "results.json").read_bytes()
    assert merge(folders, out) == []
    assert (out / "results.json").read_bytes() == before


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = [write_results(tmp_path / part / "results") for part in ("a", "b")]
    merge(paths, tmp_path / "out")
    names = [run.run for run in load_bundle(ResultsFolder(tmp_path / "out")).runs]
    assert names[:2] == ["a/results/sort", "a/results/bytetrack"]
    assert len(names) == len(set(names)) == 10


def test_networks_of_one_name_are_told_apart_unless_they_are_the_same(tmp_path: Path) -> None:
    def trained(digest: str) -> SuiteResult:
        result = make_trained(seeds=(0,))
        models = [
            model.model_copy(update={"weights_digest": digest + model.model})
            for model in result.models
        ]
        return result.model_copy(update={"models": models})

    first, same, other = (
        write_results(tmp_path / name, trained(digest))
        for name, digest in (("one", "x"), ("same", "x"), ("other", "y"))
    )
    merge([first, same], tmp_path / "equal")
    equal = load_bundle(ResultsFolder(tmp_path / "equal"))
    assert [model.model for model in equal.models] == [
        model.model for model in make_bundle(trained("x")).models
    ]
    assert equal.runs[0].model == "fairmot"
    merge([first, other], tmp_path / "different")
    different = load_bundle(ResultsFolder(tmp_path / "different"))
    assert {"one/fairmot", "other/fairmot"} <= {model.model for model in different.models}
    assert {run.run: run.model for run in different.runs}["other/fairmot"] == "other/fairmot"


def test_times_of_two_machines_are_not_mixed(tmp_path: Path) -> None:
    machines = (make_timing(), make_timing().model_copy(update={"machine": "another"}))
    paths = [
        write_results(tmp_path / str(place), timing=timing) for place, timing in enumerate(machines)
    ]
    assert merge(paths, tmp_path / "out") == [
        "times are left out: they were measured on two cores and another"
    ]
    assert not (tmp_path / "out" / "timing.json").exists()


def test_what_cannot_stand_together_is_refused(folders: list[Path], tmp_path: Path) -> None:
    first, second = map(str, folders)
    assert "expected --out FOLDER" in one_line(report(first, second))
    assert "expected a folder of its own" in one_line(report(first, second, "--out", first))
    assert "expected different folders" in one_line(
        report(first, first, "--out", str(tmp_path / "out"))
    )
    content = json.loads((folders[1] / "results.json").read_text())
    content["scorer"]["settings"]["threshold"] = 0.7
    (folders[1] / "results.json").write_text(json.dumps(content))
    line = one_line(report(first, second, "--out", str(tmp_path / "out")))
    assert (
        "expected one scorer and one ground truth, found scorer settings.threshold: was 0.5, is 0.7"
        in line
    )
    assert not (tmp_path / "out").exists()


def test_a_bundle_is_not_changed_by_its_tables() -> None:
    bundle = trained_bundle((0,))
    copy = dataclasses.replace(bundle)
    report_markdown(bundle)
    leaderboard_latex(bundle)
    assert bundle == copy
