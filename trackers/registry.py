"""Find and import trackers by name.

A tracker is named in the table below, in the entry-point group ``mot_bench.trackers`` of an
installed package, or as ``path/to/file.py:ClassName`` or ``package.module:ClassName``.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import cast

from mot_bench.trackers.faults import error_text
from mot_bench.trackers.interface import Tracker, TrackerConfig

ENTRY_POINT_GROUP = "mot_bench.trackers"

TRACKERS: dict[str, str] = {
    "sort": "mot_bench.trackers.sort:Sort",
    "deepsort": "mot_bench.trackers.deepsort:DeepSort",
    "bytetrack": "mot_bench.trackers.bytetrack:ByteTrack",
    "ocsort": "mot_bench.trackers.ocsort:OcSort",
    "botsort": "mot_bench.trackers.botsort:BotSort",
    "fairmot": "mot_bench.trackers.fairmot:FairMot",
}


class UnknownTracker(LookupError):
    """An unknown tracker name, or a name of something that is not a tracker."""


def names() -> list[str]:
    """Return the sorted names of the built-in trackers, then those of installed packages."""
    return sorted(TRACKERS) + sorted(_entry_points())


def is_ours(reference: str) -> bool:
    """Return whether a tracker is built in."""
    return reference in TRACKERS


def load(reference: str) -> type[Tracker]:
    """Import a tracker class.

    Args:
        reference: a name of ``names()``, ``file.py:ClassName`` or ``module:ClassName``.

    Raises:
        UnknownTracker: the name is unknown, or the class lacks a part of the interface.
    """
    target = TRACKERS.get(reference)
    if target is None and reference in _entry_points():
        loaded = _entry_points()[reference].load()
        return _checked(loaded, reference)
    target = target or reference
    if ":" not in target:
        raise UnknownTracker(
            f"tracker {reference!r}: expected one of {', '.join(names())}, or FILE.py:Class, "
            "found neither"
        )
    where, _, class_name = target.rpartition(":")
    module = (
        _import_file(Path(where)) if where.endswith(".py") else _import_module(where, reference)
    )
    if not hasattr(module, class_name):
        raise UnknownTracker(
            f"tracker {reference!r}: expected a class {class_name} in {where}, found none"
        )
    return _checked(getattr(module, class_name), reference)


def make(reference: str, parameters: dict[str, object] | None = None) -> Tracker:
    """Import a tracker and construct it with these parameters.

    Raises:
        UnknownTracker: as ``load`` does.
        ValidationError: pydantic's, for unknown or invalid parameters.
    """
    tracker_class = load(reference)
    config: TrackerConfig = tracker_class.Config.model_validate(parameters or {})
    return tracker_class(config)  # type: ignore[call-arg]


def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    return {point.name: point for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)}


def _import_module(name: str, reference: str) -> object:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        absent = isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}.")
        found = "none" if absent else _fault(error)
        raise UnknownTracker(
            f"tracker {reference!r}: expected a module {name}, found {found}"
        ) from error


def _import_file(path: Path) -> object:
    if not path.is_file():
        raise UnknownTracker(f"tracker file {path}: expected a Python file, found none")
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    module_name = f"_mot_bench_tracker_{path.stem}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UnknownTracker(
            f"tracker file {path}: expected a Python file, found a file that Python cannot import"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # the file imports its neighbours, as a script does
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[module_name]
        raise UnknownTracker(
            f"tracker file {path}: expected a module that can be imported, found {_fault(error)}"
        ) from error
    return module


def _fault(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__} in line {error.lineno}: {error.msg}"
    return f"{type(error).__name__}: {error_text(error)}"


def _checked(candidate: object, reference: str) -> type[Tracker]:
    missing = [
        name for name in ("Config", "needs", "reset", "update") if not hasattr(candidate, name)
    ]
    if missing or not isinstance(candidate, type):
        found = f"no {', '.join(missing)}" if missing else type(candidate).__name__
        raise UnknownTracker(
            f"tracker {reference!r}: expected a class with Config, needs, reset and update, "
            f"found {found}"
        )
    if not (isinstance(candidate.Config, type) and issubclass(candidate.Config, TrackerConfig)):  # type: ignore[attr-defined]
        raise UnknownTracker(
            f"tracker {reference!r}: expected Config to be a subclass of TrackerConfig"
        )
    return cast("type[Tracker]", candidate)
