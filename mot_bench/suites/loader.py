"""Suites from TOML files.

A suite has the keys of ``mot_bench.suites.schema.Suite`` (its ``name`` is the file's if it has
none), and three more::

    extends = "association"      # a suite's name, or a file beside this one: everything in it holds
    here drop = ["deepsort"]          # but these of its runs

    [[runs]]                     # a run of a new name is added; one of a known name is changed
    field by field, name = "bytetrack"           # its parameters one by one parameters = {
    match_threshold = 0.8 }

    [[grid]]                     # one run for each combination
    name = "fairmot-w{motion_weight}"
    tracker = "fairmot"
    [grid.over]
    motion_weight = [0, 0.02, 0.1]

    [models.no-reid]             # a network to train, by name
    like = "fairmot"             # as this one (of this file or of what it extends), but for what
    follows recipe.network.embedding_size = 0

    [data.yolox]                 # what references hold for, said once: ``data = "yolox"`` in a
    reference stands for datasets = ["mot17-half-val"]
    # these keys detections = ["yolox_x_ablation"]

A run that is changed loses the references that it inherited, unless only what does not touch its
figures is changed (see ``references_kept``). TOML has no null: where a value may be absent, write
``"none"``.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, cast

from pydantic import ValidationError

from mot_bench.errors import InputError, did_you_mean, nearest_path, quoted
from mot_bench.files.toml_files import read_toml
from mot_bench.suites.faults import FILE_KEYS, Source, explain, fault
from mot_bench.suites.models import check_models
from mot_bench.suites.parameters import check_parameters
from mot_bench.suites.references import references_kept
from mot_bench.suites.schema import Suite

HERE = Path(__file__).parent
Table = dict[str, Any]


def list_suites() -> list[str]:
    """Names of the suites that come with the program."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def load_suite(name_or_path: str | Path) -> Suite:
    """Read a suite and everything it extends.

    Args:
        name_or_path: one of ``list_suites()``, or a TOML file.

    Raises:
        InputError: no such file, no TOML, unknown keys, values that do not fit, a cycle in
            ``extends``, two runs of one name, a base that is no run: one line with file, line and
            key.
        MotBenchError: a run has a parameter that its tracker does not know.
    """
    path = _find(str(name_or_path), None)
    sources, content = _read_chain(path, ())
    content["models"] = _resolved_models(content.get("models", {}), sources)
    try:
        suite = _with_published_rows(Suite.model_validate(content))
    except ValidationError as error:
        raise explain(error, sources, content) from error
    _check_base(suite, sources)
    check_parameters(suite, sources)
    check_models(suite, sources)
    return suite


def _find(name: str, beside: Path | None) -> Path:
    if name in list_suites():
        return HERE / f"{name}.toml"
    path = Path(name) if beside is None else beside.parent / name
    if path.is_file():
        return path
    hint = did_you_mean(name, list_suites()) or nearest_path(path)
    found = "a folder" if path.is_dir() else f"none{hint}"
    raise InputError(
        path, f"a suite's file, or one of the suites {', '.join(list_suites())}", found
    )


def _read_chain(path: Path, above: tuple[Path, ...]) -> tuple[list[Source], Table]:
    """Read a file and, first, what it extends; merge. The files, the child's first."""
    here = path.resolve()
    if here in above:
        names = [file.name for file in (*above[above.index(here) :], here)]
        raise InputError(
            above[-1],
            "no cycle in extends",
            " -> ".join(names),
            _read(above[-1]).line_of("extends"),
        )
    source = _read(path)
    content = _own_content(source)
    if "extends" not in source.content:
        if "drop" in source.content:
            raise fault([source], "drop", "drop only beside extends", "no extends")
        return [source], content
    parent = source.content["extends"]
    if not isinstance(parent, str):
        raise fault([source], "extends", "one suite's name or file", f"extends = {quoted(parent)}")
    try:
        parent_path = _find(parent, path)
    except InputError as error:
        raise fault([source], "extends", error.expected, f"extends = {quoted(parent)}") from error
    parents, inherited = _read_chain(parent_path, (*above, here))
    return [source, *parents], _merge(inherited, content, source)


def _read(path: Path) -> Source:
    return Source(path, *read_toml(path))


def _own_content(source: Source) -> Table:
    """What one file says itself: grids written out, no two runs of one name."""
    content: Table = {key: value for key, value in source.content.items() if key not in FILE_KEYS}
    content.setdefault("name", source.path.stem)
    runs = _tables(source, "runs")
    for grid in _tables(source, "grid"):
        runs.extend(_expand(grid, source))
    names = [run["name"] for run in runs]
    for name in names:
        if names.count(name) > 1:
            raise fault([source], "name", "runs of different names", f"{name!r} twice", name)
    content["runs"] = [_with_tracker_file(_with_data(run, source), source.path) for run in runs]
    return content


def _tables(source: Source, key: str) -> list[Table]:
    """The ``[[runs]]`` or ``[[grid]]`` of a file: tables with a name."""
    tables = source.content.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise fault([source], key, f"tables [[{key}]]", f"{key} = {quoted(tables)}")
    for number, table in enumerate(tables, 1):
        name = table.get("name")
        if not isinstance(name, str):
            raise fault(
                [source], key, f"a name for each [[{key}]]", f"{quoted(name)} in number {number}"
            )
        if not isinstance(table.get("parameters", {}), dict):
            raise fault(
                [source], "parameters", "a table of parameters", quoted(table["parameters"]), name
            )
    return list(tables)


def _expand(grid: Table, source: Source) -> Iterator[Table]:
    """The runs of a grid, the last key of ``over`` changing fastest."""
    name, over = grid["name"], grid.get("over")
    if (
        not isinstance(over, dict)
        or not over
        or not all(isinstance(v, list) and v for v in over.values())
    ):
        raise fault(
            [source],
            "over",
            "[grid.over] with a list of values for each parameter",
            quoted(over),
            name,
        )
    fields = {
        field
        for text in (name, grid.get("title", ""))
        for field in _template_fields(str(text), source, name)
    }
    if unknown := fields - set(over):
        expected = f"in braces only keys of [grid.over]: {', '.join(over)}"
        raise fault([source], "name", expected, f"{{{min(unknown)}}} in {name!r}", name)
    for values in itertools.product(*over.values()):
        chosen = dict(zip(over, values, strict=True))
        texts = {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in chosen.items()
        }
        run = {key: value for key, value in grid.items() if key != "over"}
        run["name"] = name.format_map(texts)
        if isinstance(run.get("title"), str):
            run["title"] = run["title"].format_map(texts)
        yield {**run, "parameters": {**grid.get("parameters", {}), **chosen}}


def _template_fields(text: str, source: Source, grid: str) -> list[str]:
    try:
        return [field for _, field, _, _ in Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise fault(
            [source], "name", "a name with {parameter} in it", f"{text!r} ({error})", grid
        ) from error


def _with_data(run: Table, source: Source) -> Table:
    """A run whose references have the keys of the ``[data.NAME]`` that they name."""
    named, references = source.content.get("data", {}), run.get("references")
    if not isinstance(named, dict) or not all(isinstance(table, dict) for table in named.values()):
        raise fault([source], "data", "tables [data.NAME]", quoted(named))
    if not isinstance(references, list) or not all(
        isinstance(reference, dict) for reference in references
    ):
        return run
    complete = []
    for reference in references:
        name = reference.get("data")
        if name is not None and (not isinstance(name, str) or name not in named):
            known = ", ".join(named) or "none, for there is no [data.NAME]"
            raise fault([source], "data", f"data to be one of {known}", quoted(name), run["name"])
        others = {key: value for key, value in reference.items() if key != "data"}
        complete.append({**named.get(name, {}), **others})
    return {**run, "references": complete}


def _with_tracker_file(run: Table, suite_path: Path) -> Table:
    """A tracker's file that lies beside the suite's is taken from there."""
    file, colon, class_name = str(run.get("tracker", "")).rpartition(":")
    beside = suite_path.parent / file
    if not file.endswith(".py") or Path(file).is_file() or not beside.is_file():
        return run
    return {**run, "tracker": f"{os.fspath(beside)}{colon}{class_name}"}


def _merge(inherited: Table, content: Table, source: Source) -> Table:
    """The child's keys over its parent's; runs by name, their parameters one by one."""
    models = {**inherited.get("models", {}), **content.get("models", {})}
    runs: dict[str, Table] = {run["name"]: run for run in inherited["runs"]}
    for name in _dropped(source, runs):
        del runs[name]
    for run in content["runs"]:
        runs[run["name"]] = _changed(runs[run["name"]], run) if run["name"] in runs else run
    return {**inherited, **content, "models": models, "runs": list(runs.values())}


def _changed(known: Table, run: Table) -> Table:
    """A run of the parent as the child has it."""
    changed = {**known, **run}
    if "parameters" in changed:
        changed["parameters"] = {**known.get("parameters", {}), **run.get("parameters", {})}
    if "references" not in run and not references_kept(known, changed):
        changed["references"] = []
    return changed


def _dropped(source: Source, runs: Mapping[str, Table]) -> list[str]:
    names = source.content.get("drop", [])
    if not isinstance(names, list):
        raise fault([source], "drop", "a list of runs' names", quoted(names))
    for name in names:
        if not isinstance(name, str) or name not in runs or names.count(name) > 1:
            raise fault(
                [source], "drop", f"each name once, of the runs {', '.join(runs)}", quoted(name)
            )
    return names


def _resolved_models(models: object, sources: list[Source]) -> Table:
    """Models with everything that they are like."""
    if not isinstance(models, dict) or not all(
        isinstance(model, dict) for model in models.values()
    ):
        raise fault(sources, "models", "tables [models.NAME]", quoted(models))
    resolved: Table = {}

    def resolve(name: str, above: tuple[str, ...]) -> Table:
        if name in above:
            raise fault(
                sources,
                "like",
                "no cycle of models that are like each other",
                " -> ".join((*above, name)),
            )
        if name not in resolved:
            own = dict(models[name])
            like = own.pop("like", None)
            if like is not None and (not isinstance(like, str) or like not in models):
                raise fault(sources, "like", f"one of the models {', '.join(models)}", quoted(like))
            parent = {} if like is None else resolve(like, (*above, name))
            kept = {
                key: value for key, value in parent.items() if key not in ("title", "specialist")
            }
            resolved[name] = _merged_tables(kept, own)
        return cast("Table", resolved[name])

    return {name: resolve(name, ()) for name in models}


def _merged_tables(below: Table, above: Table) -> Table:
    """Tables within tables: what ``above`` says holds, key by key."""
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        merged[key] = (
            _merged_tables(known, value)
            if isinstance(known, dict) and isinstance(value, dict)
            else value
        )
    return merged


def _with_published_rows(suite: Suite) -> Suite:
    """For every calibrated run one more, with its parameters as they are written."""
    if not suite.published_rows:
        return suite
    runs = []
    for run in suite.runs:
        runs.append(run)
        if run.calibrate:
            title = f"{run.title}, published thresholds"
            runs.append(
                run.model_copy(
                    update={"name": f"{run.name}-default", "title": title, "calibrate": {}}
                )
            )
    return suite.model_copy(update={"runs": runs})


def _check_base(suite: Suite, sources: list[Source]) -> None:
    names = [run.name for run in suite.runs]
    if suite.base not in names:
        dropped = suite.base in sources[0].content.get("drop", [])
        raise fault(
            sources,
            "drop" if dropped else "base",
            f"base to be one of the runs {', '.join(names)}",
            quoted(suite.base),
        )
