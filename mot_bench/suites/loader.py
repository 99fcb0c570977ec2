"""Load suites from TOML files.

A suite has the keys of ``mot_bench.suites.schema.Suite`` (without ``name``, it has the name of its
file), and a few more::

    extends = "association"      # the name of a suite, or a file beside this one, to inherit from
    drop = ["deepsort"]          # inherited runs to leave out

    [[runs]]                     # a new name adds a run; a known name changes a run field by field,
    name = "bytetrack"           # and its parameters one by one
    parameters = { match_threshold = 0.8 }

    [[grid]]                     # one run for each combination
    name = "fairmot-w{motion_weight}"
    tracker = "fairmot"
    [grid.over]
    motion_weight = [0, 0.02, 0.1]

    [models.no-reid]             # a network to train, by name
    like = "fairmot"             # a model to copy, from this file or an inherited one
    recipe.network.embedding_size = 0

    [data.yolox]                 # keys that references share: ``data = "yolox"`` in a reference
    datasets = ["mot17-half-val"]  # stands for these keys
    detections = ["yolox_x_ablation"]

A changed run loses its inherited references, unless the change cannot affect its figures (see
``references_kept``). TOML has no null; ``"none"`` stands for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from mot_bench.errors import InputError, did_you_mean, nearest_path, quoted
from mot_bench.files.toml_files import read_toml
from mot_bench.suites.faults import FILE_KEYS, Source, explain, fault
from mot_bench.suites.grids import expand
from mot_bench.suites.models import check_models
from mot_bench.suites.parameters import check_parameters
from mot_bench.suites.references import references_kept
from mot_bench.suites.schema import Suite

HERE = Path(__file__).parent
Table = dict[str, Any]


def list_suites() -> list[str]:
    """Return the names of the suites that come with mot-bench."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def load_suite(name_or_path: str | Path) -> Suite:
    """Read a suite and everything it extends.

    Args:
        name_or_path: one of ``list_suites()``, or a TOML file.

    Raises:
        InputError: the file is missing or not TOML, a key is unknown, a value is invalid,
            ``extends`` has a cycle, two runs have the same name, or the base is not a run. The
            message is one line with file, line and key.
        MotBenchError: a run has a parameter that its tracker does not have.
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
    """Return a file and those that it extends, the child first, and their merged content."""
    here = path.resolve()
    if here in above:
        cycle = " -> ".join(file.name for file in (*above[above.index(here) :], here))
        line = _read(above[-1]).line_of("extends")
        raise InputError(above[-1], "no cycle in extends", cycle, line)
    source = _read(path)
    content = _own_content(source)
    if "extends" not in source.content:
        if "drop" in source.content:
            raise fault([source], "drop", "drop only together with extends", "no extends")
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
    """Return the content of one file, with grids expanded and references completed."""
    content: Table = {key: value for key, value in source.content.items() if key not in FILE_KEYS}
    content.setdefault("name", source.path.stem)
    runs = _tables(source, "runs")
    for grid in _tables(source, "grid"):
        runs.extend(expand(grid, source))
    names = [run["name"] for run in runs]
    for name in names:
        if names.count(name) > 1:
            raise fault([source], "name", "runs of different names", f"{name!r} twice", name)
    content["runs"] = [_with_tracker_file(_with_data(run, source), source.path) for run in runs]
    return content


def _tables(source: Source, key: str) -> list[Table]:
    """Return the ``[[runs]]`` or ``[[grid]]`` of a file, which are tables with a name."""
    tables = source.content.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise fault([source], key, f"tables [[{key}]]", f"{key} = {quoted(tables)}")
    for number, table in enumerate(tables, 1):
        name, parameters = table.get("name"), table.get("parameters", {})
        if not isinstance(name, str):
            found = f"{quoted(name)} in number {number}"
            raise fault([source], key, f"a name for each [[{key}]]", found)
        if not isinstance(parameters, dict):
            raise fault([source], "parameters", "a table of parameters", quoted(parameters), name)
    return list(tables)


def _with_data(run: Table, source: Source) -> Table:
    """Return a run whose references have the keys of the ``[data.NAME]`` that they name."""
    named, references = source.content.get("data", {}), run.get("references")
    if not _are_tables(named):
        raise fault([source], "data", "tables [data.NAME]", quoted(named))
    if not isinstance(references, list) or not all(isinstance(one, dict) for one in references):
        return run  # the schema refuses it
    completed = [_completed(reference, named, run["name"], source) for reference in references]
    return {**run, "references": completed}


def _completed(reference: Table, named: Table, run: str, source: Source) -> Table:
    """Return a reference with the keys of its ``[data.NAME]``."""
    name = reference.get("data")
    if name is None:
        return {key: value for key, value in reference.items() if key != "data"}
    if not isinstance(name, str) or name not in named:
        known = ", ".join(named) or "none, for there is no [data.NAME]"
        raise fault([source], "data", f"data to be one of {known}", quoted(name), run)
    own = {key: value for key, value in reference.items() if key != "data"}
    return {**named[name], **own}


def _are_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


def _with_tracker_file(run: Table, suite_path: Path) -> Table:
    """Return a run with the path of its tracker's file if that lies beside the suite's file."""
    file, colon, class_name = str(run.get("tracker", "")).rpartition(":")
    beside = suite_path.parent / file
    if not file.endswith(".py") or Path(file).is_file() or not beside.is_file():
        return run
    return {**run, "tracker": f"{os.fspath(beside)}{colon}{class_name}"}


def _merge(inherited: Table, content: Table, source: Source) -> Table:
    """Return the parent's keys overridden by the child's; runs are merged by name."""
    models = {**inherited.get("models", {}), **content.get("models", {})}
    runs: dict[str, Table] = {run["name"]: run for run in inherited["runs"]}
    for name in _dropped(source, runs):
        del runs[name]
    for run in content["runs"]:
        runs[run["name"]] = _changed(runs[run["name"]], run) if run["name"] in runs else run
    return {**inherited, **content, "models": models, "runs": list(runs.values())}


def _changed(known: Table, run: Table) -> Table:
    """Return an inherited run with the child's changes."""
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
            expected = f"each name once, of the runs {', '.join(runs)}"
            raise fault([source], "drop", expected, quoted(name))
    return names


def _resolved_models(models: Any, sources: list[Source]) -> Table:
    """Return models completed by those that they are ``like``."""
    if not _are_tables(models):
        raise fault(sources, "models", "tables [models.NAME]", quoted(models))
    resolved: Table = {}

    def resolve(name: str, above: tuple[str, ...]) -> Table:
        if name in above:
            cycle = " -> ".join((*above, name))
            raise fault(sources, "like", "no cycle of models that are like each other", cycle)
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
    """Return nested tables merged key by key; ``above`` overrides ``below``."""
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            value = _merged_tables(known, value)
        merged[key] = value
    return merged


def _with_published_rows(suite: Suite) -> Suite:
    """Return the suite with an uncalibrated copy of each calibrated run, if it asks for that."""
    if not suite.published_rows:
        return suite
    runs = []
    for run in suite.runs:
        runs.append(run)
        if run.calibrate:
            title = f"{run.title}, published thresholds"
            changes = {"name": f"{run.name}-default", "title": title, "calibrate": {}}
            runs.append(run.model_copy(update=changes))
    return suite.model_copy(update={"runs": runs})


def _check_base(suite: Suite, sources: list[Source]) -> None:
    names = [run.name for run in suite.runs]
    if suite.base not in names:
        key = "drop" if suite.base in sources[0].content.get("drop", []) else "base"
        expected = f"base to be one of the runs {', '.join(names)}"
        raise fault(sources, key, expected, quoted(suite.base))
