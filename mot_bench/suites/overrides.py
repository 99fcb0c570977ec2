"""What the command line changes in a suite: ``--set`` and ``--tracker``."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from mot_bench.errors import MotBenchError, did_you_mean, shortened
from mot_bench.files.toml_files import setting_value
from mot_bench.suites.faults import describe
from mot_bench.suites.parameters import check_parameters, parameter_fields
from mot_bench.suites.references import references_kept
from mot_bench.suites.schema import RunSpec, Suite

SUITE_FIELDS = ("base", "dataset", "detections", "seeds")
RUN_FIELDS = (
    "camera_motion",
    "decimals",
    "detection_options",
    "detections",
    "embeddings",
    "seeds",
    "title",
)
EVERY_RUN_FIELDS = ("camera_motion", "decimals", "detection_options", "embeddings")
_LONGEST_NAME = 100
BARE_WORD = re.compile(r"[A-Za-z_./~][^\s\"'=\[\]{}#,]*")


def override(suite: Suite, settings: Iterable[str]) -> Suite:
    """Change a suite by ``KEY=VALUE`` settings, one after the other.

    ``KEY`` is a field of the suite (``detections``, ``seeds``, ``dataset``, ``base``), a tracker's
    parameter (changed in every run whose tracker has it), a field of runs (``camera_motion``,
    ``decimals``, ``detection_options``, ``embeddings``: changed in every run), or ``RUN.`` and one
    of these (in this run alone). ``VALUE`` is TOML; a bare word is text, and ``none`` is no value
    where there may be none.

    Raises:
        MotBenchError: no such run, field or parameter, or a value that does not fit; names the
            setting.
    """
    for setting in settings:
        suite = _apply(suite, setting)
    return suite


def with_tracker(suite: Suite, reference: str) -> Suite:
    """Add a run for a user's own tracker, with the defaults of its Config.

    Args:
        suite: gets one run more, at the end.
        reference: ``FILE.py:Class``, ``module:Class`` or a tracker's name. The run is named after
            the class (``MyTracker`` gives ``my-tracker``; a number is added if there is such a run
            already).

    Raises:
        MotBenchError: there is no such tracker.
    """
    from mot_bench.tracking.opening import TrackerBroken, judged

    with contextlib.suppress(
        TrackerBroken
    ):  # its run fails when its turn comes, and the others go on
        judged(reference, {})
    class_name = reference.rpartition(":")[2]
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", class_name).lower().lstrip("_")
    name = (
        re.sub(r"[^a-z0-9_]+", "-", name)[:_LONGEST_NAME].strip("-") or "tracker"
    )  # any letter may be in a class's
    taken = {run.name for run in suite.runs}
    numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    name = next(candidate for candidate in numbered if candidate not in taken)
    run = RunSpec(name=name, title=reference, tracker=reference)
    return suite.model_copy(update={"runs": [*suite.runs, run]})


def _apply(suite: Suite, setting: str) -> Suite:
    key, equals, text = setting.partition("=")
    key = key.strip()
    if not equals or not key:
        raise MotBenchError(f"--set {setting}: expected KEY=VALUE or RUN.KEY=VALUE")
    value = _value(text.strip(), setting)
    if key in SUITE_FIELDS:
        changed = _validated(suite, {key: value}, setting)
    else:
        changed = _validated(suite, {"runs": _changed_runs(suite, key, value, setting)}, setting)
    names = [run.name for run in suite.runs]
    if changed.base not in names:
        raise MotBenchError(
            f"--set {setting}: expected one of the runs {', '.join(names)}, found {changed.base!r}"
            f"{did_you_mean(str(changed.base), names)}"
        )
    try:
        check_parameters(changed)
    except MotBenchError as error:
        raise MotBenchError(f"--set {setting}: {error}") from error
    return changed


def _value(text: str, setting: str) -> Any:
    try:
        return setting_value(text)
    except ValueError as error:
        if BARE_WORD.fullmatch(text):
            return text
        raise MotBenchError(
            f"--set {setting}: expected a TOML value (text in quotes), found {shortened(text) or 'nothing'}"
        ) from error


def _changed_runs(suite: Suite, key: str, value: object, setting: str) -> list[dict[str, Any]]:
    """All runs, as tables, some of them changed."""
    name, _, field = key.rpartition(".")
    names = [run.name for run in suite.runs]
    if name and name not in names:
        raise MotBenchError(
            f"--set {setting}: expected one of the runs {', '.join(names)}, found {name!r}{did_you_mean(name, names)}"
        )
    fields = RUN_FIELDS if name else EVERY_RUN_FIELDS
    tables = [run.model_dump(exclude_unset=True) for run in suite.runs]
    changes, known = 0, {*fields, *(() if name else SUITE_FIELDS)}
    for run, table in zip(suite.runs, tables, strict=True):
        if name and run.name != name:
            continue
        parameters = parameter_fields(run, suite.name)
        known.update(parameters)
        if field in parameters:
            table["parameters"] = {**run.parameters, field: value}
        elif field in fields:
            table[field] = value
        if not references_kept(run.model_dump(exclude_unset=True), table):
            table["references"] = []
        changes += field in parameters or field in fields
    if not changes:
        hint = did_you_mean(field, known)
        raise MotBenchError(
            f"--set {setting}: expected one of {', '.join(sorted(known))}, found {field!r}{hint}"
        )
    return tables


def _validated(suite: Suite, changes: dict[str, Any], setting: str) -> Suite:
    try:
        return Suite.model_validate({**suite.model_dump(exclude_unset=True), **changes})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = setting.partition("=")[0].strip()
        expected, found = describe(first["type"], first["msg"], key, first["input"], ())
        raise MotBenchError(f"--set {setting}: expected {expected}, found {found}") from error
