"""A suite with networks, end to end: trained, calibrated, tracked, reported; done once.

Gone on with after kill -9.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import mot_bench

pytestmark = pytest.mark.slow

SUITE = """
title = "Small"
base = "joint"
dataset = "street-smoke"
training = ["street-train-smoke"]
calibration = ["street-train-smoke"]
published_rows = true
timing_frames = 10

[models.joint]
preset = "tiny"
recipe.loop.steps = 20

[models.detection]
like = "joint"
specialist = "detection"
recipe.network.embedding_size = 0

[models.reid]
like = "joint"
specialist = "reid"
recipe.loss.balance = { mode = "fixed", detection_weight = 0.0 }

[models.crops]
kind = "reid"
preset = "tiny"
recipe.network.factor = 0.25
recipe.loop.steps = 4
recipe.loop.checkpoint_every = 10

[[runs]]
name = "joint"
tracker = "fairmot"
detections = "model:joint"
calibrate = { score_threshold = [0.1, 0.3], match_threshold = [0.3] }

[[runs]]
name = "two-stage"
tracker = "deepsort"
detections = "model:detection"
embeddings = "model:crops"
parameters = { min_confidence = 0.12 }

[[runs]]
name = "oracle"
tracker = "sort"
detections = "oracle"
"""


def command(folder: Path, *more: str, out: str = "out", suite: str = SUITE) -> list[str]:
    path = folder / "small.toml"
    path.write_text(suite)
    return [
        sys.executable,
        "-m",
        "mot_bench",
        "run",
        "--suite",
        str(path),
        "--out",
        str(folder / out),
        "--store",
        str(folder / out / "store"),
        *more,
    ]


def run(folder: Path, *more: str, **options: str) -> subprocess.CompletedProcess[str]:
    """Run the suite in this process, which spares each worker the import of torch."""
    return mot_bench(*command(folder, "--jobs", "1", *more, **options)[3:])


def results(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "results.json").read_bytes())
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("networks")
    done = mot_bench(*command(place, "--jobs", "2")[3:])
    assert done.returncode == 0, done.stderr
    assert "4 networks to train" in done.stderr
    assert "about a minute" in done.stderr
    assert "train joint seed 0: done" in done.stderr
    assert "joint (seed 0): HOTA" in done.stderr, "rows show as they come"
    return place


def test_rows_say_what_they_stand_on(folder: Path) -> None:
    rows = {row["run"]: row for row in results(folder / "out")["runs"]}
    assert list(rows) == ["joint", "joint-default", "two-stage", "oracle"]
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert rows["joint"]["calibration"]["parameters"].keys() == {
        "score_threshold",
        "match_threshold",
    }
    assert (
        rows["joint"]["parameters"]["match_threshold"]
        == rows["joint"]["calibration"]["parameters"]["match_threshold"]
    )
    assert rows["joint-default"]["calibration"] is None
    assert rows["joint-default"]["parameters"]["score_threshold"] == 0.4
    assert rows["two-stage"]["embeddings"] == "model:crops"
    assert [row["trained"] for row in rows.values()] == [True, True, True, False]


def test_every_network_is_described_and_measured(folder: Path) -> None:
    models = {model["model"]: model for model in results(folder / "out")["models"]}
    assert list(models) == ["joint", "detection", "reid", "crops"]
    for model in models.values():
        assert model["parameters"] > 1000
        assert model["multiply_adds"] > 1000
        assert "street-train-smoke" in model["training"]
        assert model["curve"]
    assert models["joint"]["diagnosis"][""]["ap"] is not None
    assert models["joint"]["diagnosis"][""]["tpr"] is not None
    assert models["detection"]["diagnosis"][""]["tpr"] is None
    assert models["reid"]["diagnosis"][""]["ap"] is None, "it never learned to detect"
    assert 0 < models["crops"]["diagnosis"][""]["tpr"] <= 1


def test_two_stages_are_timed_as_two(folder: Path) -> None:
    rows = {
        row["run"]: row for row in json.loads((folder / "out" / "timing.json").read_bytes())["runs"]
    }
    assert {row["frames"] for row in rows.values()} == {10}
    assert rows["joint"]["detecting_s"] > 0
    assert rows["joint"]["embedding_s"] == 0
    assert min(rows["two-stage"]["detecting_s"], rows["two-stage"]["embedding_s"]) > 0
    assert rows["oracle"]["detecting_s"] == 0


def test_the_second_run_trains_nothing_and_writes_the_same(folder: Path) -> None:
    before = (folder / "out" / "results.json").read_bytes()
    times = (folder / "out" / "timing.json").read_bytes()
    done = run(folder)
    assert done.returncode == 0
    assert "to train" not in done.stderr
    assert (folder / "out" / "results.json").read_bytes() == before
    assert (folder / "out" / "timing.json").read_bytes() == times, (
        "what was timed is not timed again"
    )


@pytest.fixture(scope="module")
def two_stage(folder: Path) -> tuple[Path, str]:
    """The results of one run alone, in a folder of their own, and what the command said."""
    done = run(folder, "--only", "two-stage", out="only")
    assert done.returncode == 0, done.stderr
    return folder / "only", done.stderr


def test_only_the_networks_of_chosen_runs_are_trained(two_stage: tuple[Path, str]) -> None:
    out, said = two_stage
    assert "3 networks to train" in said, (
        "its detector, its ReID network, and the specialist to measure them by"
    )
    assert "train joint" not in said
    assert [row["run"] for row in results(out)["runs"]] == ["two-stage"]


def test_a_changed_threshold_trains_nothing(folder: Path) -> None:
    done = run(folder, "--set", "two-stage.min_confidence=0.2", "--only", "two-stage")
    assert done.returncode == 0
    assert "to train" not in done.stderr


def test_killed_in_training_it_ends_in_the_same_results(
    folder: Path, two_stage: tuple[Path, str]
) -> None:
    process = subprocess.Popen(
        command(folder, "--only", "two-stage", out="killed"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    training = folder / "killed" / "store" / "work"
    while not list(training.glob("*/checkpoint/manifest.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(0.5)  # workers end with their parent
    done = run(folder, "--only", "two-stage", out="killed")
    assert done.returncode == 0, done.stderr
    reference = two_stage[0] / "results.json"
    assert (folder / "killed" / "results.json").read_bytes() == reference.read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"model:crops"',
            '"model:cropps"',
            "embeddings from one of the models crops, found 'model:cropps'",
        ),
        (
            '"model:joint"',
            '"model:crops"',
            "detections from one of the models joint, detection, reid",
        ),
        (
            'like = "joint"',
            'like = "jiont"',
            "one of the models joint, detection, reid, crops, found 'jiont'",
        ),
        (
            "recipe.loop.steps = 20",
            "recipe.loop.step = 20",
            "model joint.loop.step: expected one of steps,",
        ),
        ("recipe.loop.steps = 20", "recipe.loop.steps = 0", "loop.steps: expected 1 to "),
        ('specialist = "reid"', 'specialist = "both"', "'detection' or 'reid', found 'both'"),
        ("{ score_threshold = [", "{ score_treshold = [", "found 'score_treshold'"),
        (
            'calibration = ["street-train-smoke"]',
            "",
            "calibration scenes (calibration = [...]), found none",
        ),
        (
            'training = ["street-train-smoke"]',
            "",
            "expected training data (training = [...], or --training), found none",
        ),
        (
            'training = ["street-train-smoke"]',
            'training = ["nowhere"]',
            "expected a folder or one of",
        ),
        (
            'preset = "tiny"',
            'preset = "huge"',
            "expected a preset among paper, cpu, tiny, found 'huge'",
        ),
        (
            "[models.crops]",
            '[models.crops]\nfile = "nothing.pth"',
            "nothing.pth: expected weights of a network",
        ),
    ],
)
def test_faults_of_models_are_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SUITE
    done = run(tmp_path, suite=SUITE.replace(old, new))
    assert done.returncode == 2, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert message in errors[0]


def test_training_that_fails_is_a_failed_row_and_the_others_go_on(tmp_path: Path) -> None:
    loop = 'recipe.loop = { steps = 20, learning_rate = 1e30, schedule = "constant" }'
    suite = SUITE.replace("recipe.loop.steps = 20", loop)
    specialists = suite[suite.index("[models.detection]") : suite.index("[models.crops]")]
    suite = suite.replace(specialists, "").replace("model:detection", "model:joint")
    done = run(tmp_path, "--only", "joint,oracle", suite=suite)
    assert done.returncode == 1, done.stderr
    rows = {row["run"]: row for row in results(tmp_path / "out")["runs"]}
    assert rows["joint"]["status"] == "failed"
    assert "expected a finite loss, found nan" in rows["joint"]["error"]
    assert rows["oracle"]["status"] == "ok"


def checkpoint(folder: Path, kind: str) -> Path:
    """A checkpoint that the suite's store has."""
    for place in (folder / "out" / "store" / "train").iterdir():
        manifest = json.loads((place / "manifest.json").read_bytes())
        if manifest["kind"] == kind and (kind == "reid" or manifest["network"]["embedding_size"]):
            return place
    raise AssertionError(kind)


def with_weights(out: Path, detections: Path, *more: str) -> subprocess.CompletedProcess[str]:
    given = [
        "run",
        "--suite",
        "association",
        "--dataset",
        "street-smoke",
        "--detections",
        str(detections),
    ]
    return mot_bench(*given, "--out", out, "--jobs", "1", *more)


def test_a_checkpoint_serves_any_suite(folder: Path, tmp_path: Path) -> None:
    detector, extractor = checkpoint(folder, "fairmot"), checkpoint(folder, "reid")
    done = with_weights(
        tmp_path,
        detector,
        "--only",
        "fairmot,deepsort",
        "--set",
        f'deepsort.embeddings="{extractor}"',
    )
    assert done.returncode == 0, done.stderr
    rows = {row["run"]: row for row in results(tmp_path)["runs"]}
    assert (rows["fairmot"]["status"], rows["deepsort"]["status"]) == ("ok", "ok")
    assert rows["deepsort"]["embeddings"] == f"model:{extractor.stem}"
    assert not rows["fairmot"]["trained"], "its weights are from a file"
    models = {model["model"]: model for model in results(tmp_path)["models"]}
    assert models[detector.stem]["diagnosis"][""]["ap"] is not None


@pytest.mark.parametrize("damage", ["truncated", "changed", "no weights", "another kind"])
def test_damaged_checkpoints_are_one_line(folder: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(checkpoint(folder, "reid" if damage == "another kind" else "fairmot"), copy)
    weights = copy / "weights.safetensors"
    content = weights.read_bytes()
    if damage == "truncated":
        weights.write_bytes(content[:-100])
    elif damage == "changed":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "no weights":
        weights.unlink()
    done = with_weights(tmp_path / "out", copy, "--only", "sort")
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 2, done.stderr
    assert len(errors) == 1
    assert "copy" in errors[0]
    assert "expected" in errors[0]
    assert "found" in errors[0]


def test_networks_of_the_fairness_suite_cost_the_same_where_they_are_compared() -> None:
    from mot_bench.models.fairmot import FairMotNetwork
    from mot_bench.models.inference import multiply_adds
    from mot_bench.networks.recipes import recipe_of
    from mot_bench.suites.loader import load_suite

    models = load_suite("fairness").models
    recipes = {name: recipe_of(models[name], name) for name in ("fairmot", "hrnet", "no-reid")}
    cost = {
        name: multiply_adds(
            FairMotNetwork(recipe.network),  # type: ignore[arg-type]
            recipe.pictures.height,  # type: ignore[union-attr]
            recipe.pictures.width,  # type: ignore[union-attr]
        )
        for name, recipe in recipes.items()
    }
    assert len({(recipe.loop.steps, recipe.loop.learning_rate) for recipe in recipes.values()}) == 1
    assert cost["hrnet"] == pytest.approx(cost["fairmot"], rel=0.1)
    assert cost["no-reid"] < cost["fairmot"]
