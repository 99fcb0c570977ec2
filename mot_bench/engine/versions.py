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
from dataclasses import dataclass
from pathlib import Path

import mot_bench
from mot_bench.engine.import_closure import Closure, import_closure, installed_packages

PROJECT = {"mot_bench": Path(str(mot_bench.__file__)).parent}
OUTSIDE = (
    "mot_bench.models.presets",  # values, which are inputs
    "mot_bench.atomic",
    "mot_bench.engine.versions",
    "mot_bench.datasets.digests",  # what identifies pictures; their digest is an input
    "mot_bench.engine.environment",
    "mot_bench.errors",
    "mot_bench.files.folder_lock",
    "mot_bench.engine.import_closure",
    "mot_bench.networks.model_keys",  # which network a name means; the network's key is an input
    "mot_bench.running.pieces",  # which inputs a piece of work has
    "mot_bench.engine.processes",
    "mot_bench.terminal.progress",
    "mot_bench.networks.recipes",
    "mot_bench.records.results",
    "mot_bench.engine.schedule",
    "mot_bench.engine.store",
    "mot_bench.engine.store_entries",
    "mot_bench.suites",  # which parameters a run has
    "mot_bench.tracking.judging",  # what a tracker says of itself; parameters and needs are inputs
    "mot_bench.trackers.registry",  # which class a name means
)
_NETWORKS = ("models", "mot_bench.detectors", "mot_bench.networks", "mot_bench.training_data")
_REPORT_LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib", "jinja2")
_REPORT_SUFFIXES = (".py", ".j2", ".js", ".css", ".toml")


@dataclass(frozen=True)
class StageCode:
    """Where the code of a stage begins (``entries``, modules), and where it ends (``outside``, beside ``OUTSIDE``)."""

    entries: tuple[str, ...]
    outside: tuple[str, ...] = ()


_LETTERBOXING = ("mot_bench.models.inference", "mot_bench.networks.stages")
_APPLYING = StageCode(("mot_bench.networks.applying", "mot_bench.networks.loading", "torchvision"))
STAGES = {
    "drawing": StageCode(("mot_bench.simulation",)),
    "reading": StageCode(("mot_bench.datasets.frames", "mot_bench.datasets.video_frames")),
    "camera": StageCode(("mot_bench.tracking.camera_motion", "cv2")),
    "frames": StageCode(
        _LETTERBOXING, ("mot_bench.detectors", "mot_bench.networks", "mot_bench.training_data")
    ),
    "samples": StageCode(
        ("mot_bench.training_data.packed", *_LETTERBOXING),
        ("mot_bench.detectors", "mot_bench.networks"),
    ),
    "train": StageCode(("mot_bench.networks.training", "mot_bench.training_data", "torchvision")),
    "detect": _APPLYING,
    "embed": _APPLYING,
    "track": StageCode(
        (
            "mot_bench.running.piece_work",
            "mot_bench.engine.workers",
            "mot_bench.detections.sequence_detections",
        ),
        (*_NETWORKS, "mot_bench.scoring"),
    ),
    "score": StageCode(("mot_bench.scoring.score", "mot_bench.datasets.mot_text")),
    "calibrate": StageCode(
        ("mot_bench.networks.calibrating", "mot_bench.networks.tasks"), _NETWORKS
    ),
    "diagnose": StageCode(("mot_bench.networks.measuring",), _NETWORKS),
    "explain": StageCode(("mot_bench.explaining.stage",), (*_NETWORKS, "mot_bench.detections")),
}


def stage_closure(stage: str) -> Closure:
    """Return the source files and libraries that a stage of ``STAGES`` stands on."""
    code = STAGES[stage]
    return import_closure(code.entries, PROJECT, (*OUTSIDE, *code.outside))


@functools.cache
def stage_version(stage: str) -> str:
    """Return the version of the code of a stage of ``STAGES``."""
    return stage_closure(stage).version()


@functools.cache
def track_version(tracker: str) -> str:
    """Return the version of the code that turns detections into a track file by this tracker.

    Every tracker counts by what its own module imports, so that registering one changes no other.
    Of a tracker from elsewhere count its module, what the module imports from the folder that it
    lies in, and the versions of libraries.
    """
    return hashlib.sha256(
        f"{stage_version('track')} {tracker_closure(tracker).version()}".encode()
    ).hexdigest()


def tracker_closure(tracker: str) -> Closure:
    """Return the source files and libraries that a tracker's class stands on (errors as ``judged``)."""
    from mot_bench.tracking.opening import judged

    judgement = judged(tracker, {})
    module, source = judgement.module, Path(judgement.source).resolve()
    top = module.partition(".")[0]
    if top in PROJECT:
        return import_closure([module], PROJECT, OUTSIDE)
    if "." in module or top in installed_packages():
        return import_closure([module], {**PROJECT, top: _package_of(module, source)}, OUTSIDE)
    return import_closure([source.stem], {**_modules_in(source.parent), **PROJECT}, OUTSIDE)


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
