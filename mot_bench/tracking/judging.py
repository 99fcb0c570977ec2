"""Ask a tracker for its parameters, needs, documentation and source, and check given parameters."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from mot_bench.errors import shortened
from mot_bench.suites.faults import describe
from mot_bench.suites.schema import is_none
from mot_bench.trackers.faults import error_text
from mot_bench.trackers.interface import Need

if TYPE_CHECKING:
    from mot_bench.trackers.interface import Tracker, TrackerConfig

NONE = "none"


class ParameterField(BaseModel):
    """A parameter of a tracker: its default in TOML, and its meaning."""

    model_config = ConfigDict(frozen=True)

    default: str
    meaning: str


class Judgement(BaseModel):
    """A tracker's description of itself and its judgement of given parameters.

    Attributes:
        text: the docstring of the tracker's class.
        module_text: the docstring of its module.
        fields: its parameters by name.
        module: the name of its module.
        source: the path of that module, or an empty text.
        parameters: the given parameters and defaults as plain values; None if they are invalid.
        expected: the expectation if the parameters are invalid.
        found: the finding if the parameters are invalid.
        needs: the inputs that it needs with these parameters; None if unknown.
        needs_fault: the fault that occurred when it was asked for its needs.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    module_text: str
    fields: dict[str, ParameterField]
    module: str
    source: str
    parameters: dict[str, Any] | None = None
    expected: str = ""
    found: str = ""
    needs: list[Need] | None = None
    needs_fault: str = ""


def judge(tracker: type[Tracker], parameters: Mapping[str, object]) -> Judgement:
    """Return a tracker's description of itself and its judgement of these parameters."""
    module = inspect.getmodule(tracker)
    judgement = Judgement(
        text=inspect.getdoc(tracker) or "",
        module_text=(inspect.getdoc(module) or "") if module is not None else "",
        fields={name: _field(field) for name, field in tracker.Config.model_fields.items()},
        module=tracker.__module__,
        source=_source(tracker),
    )
    try:
        config = config_of(tracker, parameters)
    except ValidationError as error:
        expected, found = _refusal(error, sorted(judgement.fields))
        return judgement.model_copy(update={"expected": expected, "found": found})
    return judgement.model_copy(update={"parameters": plain(config), **_needs(tracker, config)})


def config_of(tracker: type[Tracker], parameters: Mapping[str, object]) -> TrackerConfig:
    """Return a tracker's Config with these parameters; ``none`` stands for an allowed None.

    Raises:
        ValidationError: the parameters are invalid.
    """
    fields = tracker.Config.model_fields
    values = {
        name: None
        if is_none(value) and name in fields and NoneType in get_args(fields[name].annotation)
        else value
        for name, value in parameters.items()
    }
    return tracker.Config.model_validate(values)


def plain(config: TrackerConfig) -> dict[str, Any]:
    """Return parameters as plain values."""
    return config.model_dump(mode="json")


def show(value: object) -> str:
    """Return a value in TOML; None becomes "none"."""
    return json.dumps(NONE if value is None else value, default=str)


def _field(field: Any) -> ParameterField:
    default = (
        "required" if field.is_required() else show(field.get_default(call_default_factory=True))
    )
    return ParameterField(default=default, meaning=field.description or "")


def _refusal(error: ValidationError, names: list[str]) -> tuple[str, str]:
    """Return the expectation and the finding of a Config's first error."""
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"])) or "parameters"
    expected, found = describe(first["type"], first["msg"], name, first["input"], names)
    return shortened(expected, 500), shortened(found, 300)


def _needs(tracker: type[Tracker], config: TrackerConfig) -> dict[str, object]:
    try:
        needs = tracker.needs(config)
        if not isinstance(needs, Iterable):
            return {"needs_fault": f"what it needs: {type(needs).__name__}, expected a set of Need"}
        known = {Need(need) for need in needs}
    except (Exception, SystemExit) as error:  # a tracker of a user: its run fails, the others go on
        text = error_text(error)
        return {"needs_fault": f"what it needs: {type(error).__name__}{text and ': '}{text}"}
    return {"needs": sorted(known)}


def _source(tracker: type[Tracker]) -> str:
    try:
        return inspect.getfile(tracker)
    except (TypeError, OSError):
        return ""
