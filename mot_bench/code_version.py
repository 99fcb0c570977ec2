"""Versions of code: what a stage's result depends on beside its inputs.

A version is a hash over the syntax trees of source files, docstrings and comments aside, and over the versions of the
libraries that compute in the stage. So a better comment costs no recomputation, and a changed line of code does.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import inspect
from collections.abc import Iterable
from pathlib import Path

import models
import mot_bench
import reports
import trackers
from trackers import registry

_TRACK_LIBRARIES = ("numpy", "scipy", "lap", "filterpy")
_SCORE_LIBRARIES = ("numpy", "scipy", "trackeval")
_NETWORK_LIBRARIES = ("numpy", "torch", "safetensors")
_REPORT_LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib", "jinja2")
_REPORT_SUFFIXES = (".py", ".j2", ".js", ".css", ".toml")
_FLOW_LIBRARIES = ("numpy", "opencv-python", "pillow", "av")


def source_digest(source: str) -> str:
    """Hex SHA-256 of a module's syntax tree without docstrings; comments and layout do not count.

    >>> source_digest("def f(): return 1  # one") == source_digest("def f(): return 1")
    True
    >>> source_digest("x = 1") == source_digest("x = 2")
    False
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def version_of(files: Iterable[Path], libraries: Iterable[str]) -> str:
    """One digest for the code in these files with these libraries."""
    parts = [f"{path.name}={source_digest(path.read_text(encoding='utf-8'))}" for path in sorted(files)]
    return hashlib.sha256("\n".join([*parts, *_versions(libraries)]).encode()).hexdigest()


def _versions(libraries: Iterable[str]) -> list[str]:
    return [f"{name}=={importlib.metadata.version(name)}" for name in libraries]


@functools.cache
def track_version(tracker: str) -> str:
    """Version of the code that turns detections into a track file by this tracker.

    Our own trackers count as one. A tracker from elsewhere adds its module's source (not what that module imports: with
    such a change, use ``--force``) and, if it is installed, its distribution's version.
    """
    own = sorted(Path(trackers.__file__).parent.glob("*.py"))
    package = Path(mot_bench.__file__).parent
    between = [package / "work.py", package / "worker.py", package / "detections" / "types.py"]
    ours = version_of([*own, *between, package / "datasets" / "mot_text.py"], _TRACK_LIBRARIES)
    if tracker in registry.TRACKERS:
        return ours
    tracker_class = registry.load(tracker)
    source = Path(inspect.getfile(tracker_class))
    distributions = importlib.metadata.packages_distributions().get(tracker_class.__module__.partition(".")[0], [])
    return f"{ours}+{version_of([source], sorted(set(distributions)))}"


@functools.cache
def score_version() -> str:
    """Version of the code that turns a track file into a score."""
    package = Path(mot_bench.__file__).parent
    scoring = [package / "scoring" / f"{name}.py" for name in ("preparation", "profiles", "score")]
    reading = [package / "datasets" / f"{name}.py" for name in ("mot_table", "mot_text", "text_lines")]
    return version_of([*scoring, *reading], _SCORE_LIBRARIES)


@functools.cache
def explain_version() -> str:
    """Version of the code that finds errors in a track file, their causes and what repairs leave."""
    package = Path(mot_bench.__file__).parent
    names = ("scene", "matching", "detected", "causes", "switches", "identities", "repairs", "rescoring", "slices")
    finding = [package / "explaining" / f"{name}.py" for name in (*names, "events", "stage")]
    scoring = [package / "scoring" / f"{name}.py" for name in ("preparation", "profiles")]
    reading = [package / "datasets" / f"{name}.py" for name in ("mot_table", "mot_text", "text_lines")]
    causes = Path(reports.__file__).parent / "explanation.py"
    return version_of([*finding, *scoring, *reading, causes], ("numpy", "scipy"))


@functools.cache
def report_version() -> str:
    """Version of everything that may show in a report: all our files, to the letter, since templates are among them."""
    folders = [Path(package.__file__).parent for package in (mot_bench, reports) if package.__file__]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in _REPORT_SUFFIXES]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return hashlib.sha256("\n".join([*digests, *_versions(_REPORT_LIBRARIES)]).encode()).hexdigest()


@functools.cache
def camera_version() -> str:
    """Version of the code that estimates camera motion from pictures."""
    package = Path(mot_bench.__file__).parent
    return version_of([package / "camera.py", package / "datasets" / "frames.py"], _FLOW_LIBRARIES)


@functools.cache
def training_version() -> str:
    """Version of the code that makes and trains networks (presets aside: their values are inputs)."""
    own = [path for path in _models() if path.name != "inference.py"]
    between = (Path(mot_bench.__file__).parent / "training_data").glob("*.py")
    return version_of([*own, *between], _NETWORK_LIBRARIES)


@functools.cache
def network_version() -> str:
    """Version of the code that makes networks and applies them to pictures."""
    package = Path(mot_bench.__file__).parent
    between = [*(package / "detectors").glob("*.py"), package / "networks" / "applying.py"]
    return version_of([*_models(), *between], _NETWORK_LIBRARIES)


def _models() -> list[Path]:
    return [path for path in Path(models.__file__).parent.glob("*.py") if path.name != "presets.py"]


@functools.cache
def pictures_version() -> str:
    """Version of the code that draws generated pictures."""
    package = Path(mot_bench.__file__).parent / "datasets" / "street"
    return version_of(package.glob("*.py"), ("numpy",))


@functools.cache
def diagnosis_version() -> str:
    """Version of the code that measures detection AP and ReID TPR."""
    package = Path(mot_bench.__file__).parent
    return version_of([*(package / "diagnostics").glob("*.py"), package / "networks" / "measuring.py"], ("numpy",))


@functools.cache
def calibration_version() -> str:
    """Version of the protocol that chooses thresholds."""
    return version_of([Path(mot_bench.__file__).parent / "networks" / "calibrating.py"], ())
