"""Versions of code change with every line that a stage runs, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from mot_bench.engine import import_closure
from mot_bench.engine import versions as code_version
from mot_bench.engine.import_closure import Closure, source_digest
from mot_bench.engine.import_closure import import_closure as closure_of
from mot_bench.engine.versions import (
    DRAWING,
    EXEMPT,
    PROJECT,
    READING,
    code_closure,
    stage_closure,
    tracker_closure,
    tracker_version,
)
from mot_bench.stages.registry import STAGES, stage_class
from mot_bench.trackers.registry import TRACKERS

ROOT = Path(__file__).parents[2]
CONSTANT, COMMENT = "\nMORE = 1\n", "\n# more\n"
SOURCE = '''
"""Module."""
def area(box):
    """Area."""
    return box[2] * box[3]  # pixels
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Area.", "The area."),
        ("# pixels", "# square pixels"),
        ('"""Module."""\n', ""),
        ("box[2] *", "box[2]  *"),
    ],
)
def test_words_do_not_change_a_digest(old: str, new: str) -> None:
    assert old in SOURCE
    assert source_digest(SOURCE.replace(old, new)) == source_digest(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"), [("box[3]", "box[1]"), ("def area", "def size"), ("*", "+")]
)
def test_code_does(old: str, new: str) -> None:
    assert source_digest(SOURCE.replace(old, new)) != source_digest(SOURCE)


def closures() -> Mapping[str, Callable[[], Closure]]:
    """All stages, and tracking by each tracker."""
    stages = {stage: partial(stage_closure, stage) for stage in STAGES}
    pictures = {
        "reading": partial(code_closure, *READING),
        "drawing": partial(code_closure, *DRAWING),
    }
    return (
        stages | pictures | {f"tracker {name}": partial(tracker_closure, name) for name in TRACKERS}
    )


@pytest.fixture
def append(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], None]:
    """Make a source file end with more text than is on disk."""
    read = import_closure.read_source

    def appended(path: Path, text: str) -> None:
        monkeypatch.setattr(
            import_closure, "read_source", lambda one: read(one) + (text if one == path else "")
        )

    return appended


@pytest.mark.parametrize("name", closures())
def test_a_version_changes_with_each_module_that_it_stands_on(
    name: str, append: Callable[[Path, str], None]
) -> None:
    closure = closures()[name]()
    before = closure.version()
    assert len(closure.files) > 4
    for module, path in closure.files.items():
        append(path, CONSTANT)
        assert closure.version() != before, module
        append(path, COMMENT)
        assert closure.version() == before, module


@pytest.mark.parametrize("name", closures())
def test_a_version_does_not_change_with_a_module_outside(
    name: str, append: Callable[[Path, str], None]
) -> None:
    closure = closures()[name]
    before, files = closure().version(), set(closure().files.values())
    outside = [
        path
        for root in PROJECT.values()
        for folder in (root, root / "trackers", root / "models", root / "reports")  # links
        for path in sorted(folder.rglob("*.py"))
        if path not in files
    ]
    assert PROJECT["mot_bench"] / "trackers" / "registry.py" in outside
    for path in outside[:: len(outside) // 5]:
        append(path, CONSTANT)
        assert closure().version() == before, path


@pytest.mark.parametrize(
    ("stage", "module"),
    [
        ("train", "mot_bench.networks.training"),  # epochs become steps
        ("train", "mot_bench.datasets.video_frames"),
        ("reading", "mot_bench.datasets.video_frames"),
        ("camera", "mot_bench.tracking.camera_motion"),
        ("detect", "mot_bench.networks.loading"),
        ("detect", "mot_bench.networks.official"),
        ("detect", "mot_bench.detectors.onnx_detector"),
        ("embed", "mot_bench.detectors.onnx_reid"),
        ("calibrate", "mot_bench.tracking.calibration"),  # the objective
        ("calibrate", "mot_bench.scoring.score"),
        ("track", "mot_bench.tracking.sequence_tracking"),
        ("track", "mot_bench.datasets.mot_text"),
        ("score", "mot_bench.scoring.preparation"),
        ("score", "mot_bench.datasets.mot_text"),
        ("frames", "mot_bench.models.letterbox"),
        ("samples", "mot_bench.training_data.packed"),
        ("diagnose", "mot_bench.diagnostics.reid"),
        ("explain", "mot_bench.explaining.causes"),
        ("drawing", "mot_bench.simulation.rendering"),
    ],
)
def test_what_decides_a_result_counts(stage: str, module: str) -> None:
    assert module in closures()[stage]().files


@pytest.mark.parametrize(
    ("stage", "library"),
    [
        ("reading", "PIL"),
        ("reading", "av"),
        ("detect", "onnxruntime"),
        ("camera", "cv2"),
        ("score", "trackeval"),
    ],
)
def test_libraries_count_by_their_version(
    stage: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closure = closures()[stage]()
    assert library in closure.libraries
    before = closure.version()
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"{name}-next")
    assert closure.version() != before


def test_training_and_tracking_do_not_stand_on_each_other() -> None:
    assert "mot_bench.tracking.sequence_tracking" not in stage_closure("train").files
    assert not any(name.startswith("mot_bench.models.") for name in stage_closure("track").files)
    assert not any(name.startswith("mot_bench.scoring") for name in stage_closure("track").files)


def test_modules_outside_are_there() -> None:
    """A module that was renamed would be outside no more."""
    assert [name for name in EXEMPT if import_closure.module_file(name, PROJECT) is None] == []


def test_a_stage_is_a_module_of_its_name_and_every_module_of_a_stage_is_registered() -> None:
    folder = PROJECT["mot_bench"] / "stages"
    with_stages = {path.stem for path in folder.glob("*.py") if "(Stage):" in path.read_text()}
    assert with_stages == set(STAGES)
    assert [stage_class(name).name for name in STAGES] == list(STAGES)


def test_registering_a_tracker_changes_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: tracker_version.__wrapped__(name) for name in TRACKERS}
    monkeypatch.setitem(TRACKERS, "another", "mot_bench.trackers.sort:Sort")
    assert {name: tracker_version.__wrapped__(name) for name in before} == before
    assert len(set(before.values())) == len(before)


def test_the_version_of_a_tracker_in_a_file_is_that_of_its_source(tmp_path: Path) -> None:
    source = (ROOT / "examples" / "my_tracker.py").read_text()
    for place, more in (("one", ""), ("two", ""), ("three", CONSTANT)):
        (tmp_path / place).mkdir()
        (tmp_path / place / "one.py").write_text(source + more)
    versions = [
        tracker_version(f"{tmp_path / place / 'one.py'}:Overlap")
        for place in ("one", "two", "three")
    ]
    assert versions[0] == versions[1] != versions[2]
    assert tracker_version("sort") not in versions


def test_what_a_tracker_in_a_file_imports_beside_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "near_tracker.py").write_text(
        "from mot_bench.trackers.sort import Sort\nfrom near_helper import WORDS\n"
        "class Mine(Sort):\n    words = WORDS\n"
    )
    (tmp_path / "near_helper.py").write_text("WORDS = 1\n")
    (tmp_path / "not_imported.py").write_text("WORDS = 1\n")
    reference = f"{tmp_path / 'near_tracker.py'}:Mine"
    before = tracker_version.__wrapped__(reference)
    (tmp_path / "not_imported.py").write_text("WORDS = 2\n")
    assert tracker_version.__wrapped__(reference) == before
    (tmp_path / "near_helper.py").write_text("WORDS = 2\n")
    assert tracker_version.__wrapped__(reference) != before
    assert "mot_bench.trackers.sort" in code_version.tracker_closure(reference).files


def test_imports_of_every_kind_are_followed(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    (package / "deep").mkdir(parents=True)
    for name in ("plain", "member", "near", "above", "late", "typing_only", "unused", "deep/inner"):
        (package / f"{name}.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "deep" / "__init__.py").write_text("from .. import above\nfrom .inner import x\n")
    (package / "start.py").write_text(
        "import pack.plain\nfrom pack import member\nfrom .near import x\nimport numpy.linalg\nimport json\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack import typing_only\n"
        "def f():\n    try:\n        from pack.late import y\n    finally:\n        import pack.deep\n"
    )
    found = closure_of(["pack.start"], {"pack": package})
    names = ("", ".start", ".plain", ".member", ".near", ".late", ".deep", ".deep.inner", ".above")
    assert set(found.files) == {f"pack{name}" for name in names}
    assert found.libraries == {"numpy"}
    ends = closure_of(["pack.start"], {"pack": package}, outside=["pack.deep", "pack.start"])
    assert {"pack.start", "pack.near"} <= set(ends.files), "where it begins is inside"
    assert not {"pack.deep", "pack.deep.inner", "pack.above"} & set(ends.files)
