"""Change a suite as the options ``--set`` and ``--tracker`` say."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Collection, Iterable
from typing import Any

from pydantic import ValidationError

from mot_bench.errors import MotBenchError, did_you_mean, shortened
from mot_bench.files.toml_files import setting_value
from mot_bench.suites.faults import describe
from mot_bench.suites.parameters import check_parameters, parameter_fields
from mot_bench.suites.references import references_kept
from mot_bench.suites.schema import RunSpec, Suite

Table = dict[str, Any]

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
    """Return a suite changed by ``KEY=VALUE`` settings, one after the other.

    ``KEY`` is a field of the suite (``detections``, ``seeds``, ``dataset``, ``base``), a tracker's
    parameter (changed in every run whose tracker has it), a field of runs (``camera_motion``,
    ``decimals``, ``detection_options``, ``embeddings``; changed in every run), or ``RUN.`` followed
    by one of these, which changes only that run. ``VALUE`` is TOML; a bare word is text, and
    ``none`` is null for fields that allow it.

    Raises:
        MotBenchError: the run, field or parameter is unknown, or the value is invalid; the message
            names the setting.
    """
    for setting in settings:
        suite = _apply(suite, setting)
    return suite


def with_tracker(suite: Suite, reference: str) -> Suite:
    """Return a suite with one more run, for a user's own tracker with the defaults of its Config.

    Args:
        suite: the suite that the run is appended to.
        reference: ``FILE.py:Class``, ``module:Class`` or a tracker's name. The run is named after
            the class (``MyTracker`` gives ``my-tracker``), with a number if the name is taken.

    Raises:
        MotBenchError: there is no such tracker.
    """
    from mot_bench.tracking.opening import TrackerBroken, judged

    with contextlib.suppress(TrackerBroken):  # only its own run shall fail, later
        judged(reference, {})
    name = _run_name(reference.rpartition(":")[2])
    taken = {run.name for run in suite.runs}
    numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    name = next(candidate for candidate in numbered if candidate not in taken)
    run = RunSpec(name=name, title=reference, tracker=reference)
    return suite.model_copy(update={"runs": [*suite.runs, run]})


def _run_name(class_name: str) -> str:
    """Return a class name in lower case with hyphens, without letters that run names forbid."""
    hyphenated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", class_name).lower().lstrip("_")
    return re.sub(r"[^a-z0-9_]+", "-", hyphenated)[:_LONGEST_NAME].strip("-") or "tracker"


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
    _check_run(suite, changed.base, setting)
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
        found = shortened(text) or "nothing"
        raise MotBenchError(
            f"--set {setting}: expected a TOML value (text in quotes), found {found}"
        ) from error


def _changed_runs(suite: Suite, key: str, value: object, setting: str) -> list[Table]:
    """Return all runs as tables, with the setting applied to those that it concerns."""
    name, _, field = key.rpartition(".")
    if name:
        _check_run(suite, name, setting)
    fields = RUN_FIELDS if name else EVERY_RUN_FIELDS
    parameters = {
        run.name: parameter_fields(run, suite.name) for run in suite.runs if name in ("", run.name)
    }
    known = {*fields, *itertools.chain.from_iterable(parameters.values())}
    if field not in known:
        known |= set() if name else set(SUITE_FIELDS)
        found = f"{field!r}{did_you_mean(field, known)}"
        raise MotBenchError(
            f"--set {setting}: expected one of {', '.join(sorted(known))}, found {found}"
        )
    return [
        _changed(run, field, value, parameters[run.name], fields)
        if run.name in parameters
        else run.model_dump(exclude_unset=True)
        for run in suite.runs
    ]


def _check_run(suite: Suite, name: object, setting: str) -> None:
    """Refuse a name that is not a run's (``MotBenchError``)."""
    names = [run.name for run in suite.runs]
    if name not in names:
        found = f"{name!r}{did_you_mean(str(name), names)}"
        raise MotBenchError(
            f"--set {setting}: expected one of the runs {', '.join(names)}, found {found}"
        )


def _changed(
    run: RunSpec, field: str, value: object, parameters: Collection[str], fields: Collection[str]
) -> Table:
    """Return a run as a table, with a parameter or field changed if the run has it."""
    table = run.model_dump(exclude_unset=True)
    before = run.model_dump(exclude_unset=True)
    if field in parameters:
        table["parameters"] = {**run.parameters, field: value}
    elif field in fields:
        table[field] = value
    if not references_kept(before, table):
        table["references"] = []
    return table


def _validated(suite: Suite, changes: dict[str, Any], setting: str) -> Suite:
    try:
        return Suite.model_validate({**suite.model_dump(exclude_unset=True), **changes})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = setting.partition("=")[0].strip()
        expected, found = describe(first["type"], first["msg"], key, first["input"], ())
        raise MotBenchError(f"--set {setting}: expected {expected}, found {found}") from error
