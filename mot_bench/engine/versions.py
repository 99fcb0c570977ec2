"""Versions of code: what a stage's result depends on beside its inputs.

The version of a stage is a hash over the source files that its modules import, and over the
versions of the libraries imported on the way (``mot_bench.engine.import_closure``). So a better
comment costs no recomputation, and a changed line of code does, wherever the line is. ``STAGES``
says where each stage begins and where its code ends.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
from pathlib import Path

import mot_bench
from mot_bench.engine.import_closure import Closure, import_closure, installed_packages

PROJECT = {"mot_bench": Path(str(mot_bench.__file__)).parent}
EXEMPT = (
    "mot_bench.atomic",
    "mot_bench.datasets.digests",  # what identifies pictures; their digest is an input
    "mot_bench.engine",  # keys, order, progress
    "mot_bench.errors",
    "mot_bench.files.folder_lock",
    "mot_bench.models.presets",  # values, which are inputs
    "mot_bench.networks.model_keys",  # which network a name means; the network's key is an input
    "mot_bench.networks.recipes",
    "mot_bench.records",
    "mot_bench.stages",  # of other stages the results are inputs
    "mot_bench.suites",  # which parameters a run has; parameters are inputs
    "mot_bench.terminal",
    "mot_bench.trackers.registry",  # which class a name means
    "mot_bench.tracking.judging",  # what a tracker says of itself; parameters and needs are inputs
)
"""Modules, and packages with all that is in them, whose code is no part of any version."""

READING = ("mot_bench.datasets.frames", "mot_bench.datasets.video_frames")
"""The modules that turn files into pictures."""
DRAWING = ("mot_bench.simulation",)
"""The package that draws the pictures of generated scenes."""

_REPORT_LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib", "jinja2")
_REPORT_SUFFIXES = (".py", ".j2", ".js", ".css", ".toml")


def code_closure(*modules: str) -> Closure:
    """Return the source files and libraries that modules stand on."""
    return import_closure(modules, PROJECT, EXEMPT)


@functools.cache
def code_version(*modules: str) -> str:
    """Return the version of the code of modules."""
    return code_closure(*modules).version()


def stage_closure(stage: str) -> Closure:
    """Return the source files and libraries that a stage stands on, from its own file on."""
    return code_closure(f"mot_bench.stages.{stage}")


def stage_version(stage: str) -> str:
    """Return the version of the code of a stage."""
    return code_version(f"mot_bench.stages.{stage}")


@functools.cache
def tracker_version(tracker: str) -> str:
    """Return the version of a tracker's code and of the libraries that it stands on.

    Every tracker counts by what its own module imports, so that registering one changes no other.
    Of a tracker from elsewhere count its module, what the module imports from the folder that it
    lies in, and the versions of libraries.
    """
    return tracker_closure(tracker).version()


def tracker_closure(tracker: str) -> Closure:
    """Return the source files and libraries that a tracker's class stands on (errors as ``judged``)."""
    from mot_bench.tracking.opening import judged

    judgement = judged(tracker, {})
    module, source = judgement.module, Path(judgement.source).resolve()
    top = module.partition(".")[0]
    if top in PROJECT:
        return import_closure([module], PROJECT, EXEMPT)
    if "." in module or top in installed_packages():
        return import_closure([module], {**PROJECT, top: _package_of(module, source)}, EXEMPT)
    return import_closure([source.stem], {**_modules_in(source.parent), **PROJECT}, EXEMPT)


@functools.cache
def tracker_source(tracker: str) -> str:
    """Return a digest of a tracker's own code: its module and what that imports, libraries aside.

    It says whether two runs had the same tracker; what decides whether tracks are made again is
    ``track_version``.
    """
    return Closure(tracker_closure(tracker).files).version()


def _package_of(module: str, source: Path) -> Path:
    """Return the folder of a module's top-level package.

    The file itself of a module that is in none.
    """
    above = module.count(".") - (source.name != "__init__.py")
    return source if above < 0 else source.parents[above]


def _modules_in(folder: Path) -> dict[str, Path]:
    """Return the modules and packages of a folder by name."""
    packages = {path.name: path for path in folder.iterdir() if (path / "__init__.py").is_file()}
    return {path.stem: path for path in folder.glob("*.py")} | packages


@functools.cache
def report_version() -> str:
    """Return the version of whatever may show in a report: all our files to the letter, templates among them."""
    folders = [PROJECT["mot_bench"], PROJECT["mot_bench"] / "reports"]
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in _REPORT_SUFFIXES
    ]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    versions = [f"{name}=={importlib.metadata.version(name)}" for name in _REPORT_LIBRARIES]
    return hashlib.sha256("\n".join([*digests, *versions]).encode()).hexdigest()
