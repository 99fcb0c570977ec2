"""The training loop: goes on where it stopped, bit for bit; says what is wrong; learns."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from command_line import mot_bench
from PIL import Image
from training_samples import Rectangles

from mot_bench.models.augment import AugmentConfig
from mot_bench.models.checkpoint import (
    TRAINING,
    WEIGHTS,
    Checkpoint,
    CheckpointFault,
    checkpoint_files,
    read_checkpoint,
    write_checkpoint,
)
from mot_bench.models.fairmot import NetworkConfig
from mot_bench.models.fairmot_task import FairMotTask, PictureConfig
from mot_bench.models.loop_config import LoopConfig
from mot_bench.models.losses import Balance, LinearClassifier, LossConfig, MemoryClassifier
from mot_bench.models.samples import Sample
from mot_bench.models.training import Progress, TrainingFailed, train

pytestmark = pytest.mark.slow

NETWORK = NetworkConfig("dla34_plain", 0.125, "fast", 8, 8)
PICTURES = PictureConfig(
    64, 96, 4, AugmentConfig(rotation_degrees=0.0, scale=(0.9, 1.1), shear_degrees=0.0)
)
LOOP = LoopConfig(steps=30, learning_rate=0.01, checkpoint_every=10)


def task(
    loss: LossConfig | None = None, seed: int = 0, network: NetworkConfig = NETWORK
) -> FairMotTask:
    return FairMotTask(network, loss or LossConfig(), PICTURES, Rectangles(), seed)


class Stop(Exception):
    pass


@pytest.mark.parametrize(
    ("stopped_at", "loss"), [(10, LossConfig()), (20, LossConfig(classifier="memory"))]
)
def test_interrupted_training_ends_in_the_same_bytes(
    tmp_path: Path, stopped_at: int, loss: LossConfig
) -> None:
    whole = checkpoint_files(train(task(loss), LOOP, 0, tmp_path / "whole"))

    def stop(progress: Progress) -> None:
        if progress.row.step > stopped_at:
            raise Stop

    with pytest.raises(Stop):
        train(task(loss), LOOP, 0, tmp_path / "stopped", watch=stop)
    assert read_checkpoint(tmp_path / "stopped").about["step"] == stopped_at
    assert checkpoint_files(train(task(loss), LOOP, 0, tmp_path / "stopped")) == whole


class Broken(Rectangles):
    def load(self, index: int) -> Sample:
        if index == 5:
            raise ValueError("picture 5: expected a picture, found none")
        return super().load(index)


def test_batches_made_ahead_are_the_same(tmp_path: Path) -> None:
    alone = checkpoint_files(train(task(), LOOP, 0, tmp_path / "alone"))[WEIGHTS]
    ahead = dataclasses.replace(LOOP, loading_processes=2)
    assert checkpoint_files(train(task(), ahead, 0, tmp_path / "ahead"))[WEIGHTS] == alone


def test_faults_of_batches_made_ahead_are_one_clear_line(tmp_path: Path) -> None:
    broken = FairMotTask(NETWORK, LossConfig(), PICTURES, Broken(), 0)
    with pytest.raises(
        TrainingFailed, match=r"step \d: ValueError: picture 5: expected a picture, found none"
    ) as caught:
        train(broken, dataclasses.replace(LOOP, loading_processes=1), 0, tmp_path / "a")
    assert "\n" not in str(caught.value)


def test_finished_training_is_not_done_again(tmp_path: Path) -> None:
    first = checkpoint_files(train(task(), LOOP, 0, tmp_path / "a"))
    seen: list[Progress] = []
    assert checkpoint_files(train(task(), LOOP, 0, tmp_path / "a", watch=seen.append)) == first
    assert not seen


def test_another_recipe_or_seed_begins_afresh(tmp_path: Path) -> None:
    first = train(task(), LOOP, 0, tmp_path / "a")
    seen: list[Progress] = []
    other = train(task(seed=1), LOOP, 1, tmp_path / "a", watch=seen.append)
    assert [each.row.step for each in seen] == [10, 20, 30]
    name = next(iter(first.weights))
    assert not torch.equal(first.weights[name], other.weights[name])


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", (0.01, 0.01, 0.01)),
        ("step", (0.01, 0.01, 0.001)),
        ("one_cycle", (0.0004, 0.01, 4e-8)),
    ],
)
def test_schedules(schedule: str, rates: tuple[float, ...]) -> None:
    loop = dataclasses.replace(LOOP, steps=30, schedule=schedule)  # type: ignore[arg-type]
    assert [loop.rate(step) for step in (0, 8, 29)] == pytest.approx(rates)


def test_it_learns_both_tasks(tmp_path: Path) -> None:
    loop = dataclasses.replace(LOOP, steps=150, checkpoint_every=50)
    curve = train(task(), loop, 0, tmp_path / "a").about["curve"]
    first, last = curve[0]["terms"], curve[-1]["terms"]
    assert last["detection"] < 0.5 * first["detection"]
    assert last["reid"] < 0.8 * first["reid"], last
    assert last["detection_weight"] != first["detection_weight"], "the balance is learned"


def test_offsets_and_heads_learn_at_their_own_rates(tmp_path: Path) -> None:
    """With Adam and a constant rate, the first step moves every parameter with a gradient by the rate."""
    network = dataclasses.replace(NETWORK, architecture="dla34")
    loop = LoopConfig(
        steps=1, learning_rate=0.01, schedule="constant", offset_factor=0.1, head_factor=0.5, checkpoint_every=1,
        log_every=1,
    )  # fmt: skip
    made = task(network=network)
    name = "trunk.ida_up.node_1.conv"
    before = {part: value.clone() for part, value in made.network.state_dict().items()}
    train(made, loop, 0, tmp_path / "a")
    moved = {
        part: (value - before[part]).abs().max().item()
        for part, value in made.network.state_dict().items()
    }
    assert moved[f"{name}.weight"] == pytest.approx(0.01, rel=0.01)
    assert moved[f"{name}.conv_offset_mask.weight"] == pytest.approx(0.001, rel=0.01)
    assert moved["hm.0.weight"] == pytest.approx(0.005, rel=0.01)


def test_classifier_balance_and_optimiser_are_in_the_checkpoint(tmp_path: Path) -> None:
    checkpoint = train(task(), LOOP, 0, tmp_path / "a")
    names = set(checkpoint.training)
    assert {"head.s_det", "head.s_id", "head.classifier.weight"} <= names
    assert {"optimiser.exp_avg.head.s_det", "optimiser.exp_avg_sq.network.hm.0.weight"} <= names


@pytest.mark.parametrize("mode", ["detection only", "reid only", "frozen classifier", "memory"])
def test_variants_train(tmp_path: Path, mode: str) -> None:
    network, loss = NETWORK, LossConfig()
    if mode == "detection only":
        network = dataclasses.replace(NETWORK, embedding_size=0)
    elif mode == "reid only":
        loss = LossConfig(balance=Balance("fixed", detection_weight=0.0))
    else:
        loss = (
            LossConfig(frozen_classifier=True)
            if mode == "frozen classifier"
            else LossConfig(classifier="memory")
        )
    made = task(loss, network=network)
    before = {name: value.clone() for name, value in made.network.state_dict().items()}
    classifier = (
        made.head.classifier.weight.clone()
        if isinstance(made.head.classifier, LinearClassifier)
        else None
    )
    train(made, LOOP, 0, tmp_path / "a")
    after = made.network.state_dict()
    assert torch.equal(before["hm.2.weight"], after["hm.2.weight"]) == (mode == "reid only")
    if isinstance(made.head.classifier, MemoryClassifier):
        assert made.head.classifier.memory.norm(dim=1).amax().item() == pytest.approx(1)
    if classifier is not None and isinstance(made.head.classifier, LinearClassifier):
        assert torch.equal(classifier, made.head.classifier.weight) == (mode == "frozen classifier")


def test_nan_in_the_loss_is_one_clear_line(tmp_path: Path) -> None:
    loop = dataclasses.replace(LOOP, learning_rate=1e30, schedule="constant")
    with pytest.raises(
        TrainingFailed, match=r"expected a finite loss, found nan .* step \d+ \(.*detection"
    ) as caught:
        train(task(), loop, 0, tmp_path / "a")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", [WEIGHTS, TRAINING, "manifest.json"])
@pytest.mark.parametrize("how", ["truncated", "changed", "missing"])
def test_damaged_checkpoints_are_refused(tmp_path: Path, file: str, how: str) -> None:
    folder = tmp_path / "checkpoint"
    write_checkpoint(folder, Checkpoint({"a": torch.ones(4)}, {"b": torch.zeros(2)}, {"step": 1}))
    assert read_checkpoint(folder).weights["a"].tolist() == [1, 1, 1, 1]
    path = folder / file
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(
            content[: len(content) // 2] if how == "truncated" else b"\0" + content[1:]
        )
    with pytest.raises(CheckpointFault, match=r"expected .*, found ") as caught:
        read_checkpoint(folder)
    assert "\n" not in str(caught.value)


def test_no_pictures_is_one_clear_line() -> None:
    with pytest.raises(ValueError, match="expected at least one picture, found none"):
        FairMotTask(NETWORK, LossConfig(), PICTURES, Rectangles(0), 0)


def command(out: Path, *more: str) -> list[str]:
    settings = ("loop.steps=40", "loop.checkpoint_every=10", "pictures.batch_size=2")
    sets = [part for setting in settings for part in ("--set", setting)]
    given = [
        "train",
        "--data",
        "street-train-smoke@frames:1-6",
        "--preset",
        "tiny",
        "--out",
        str(out),
        *sets,
        *more,
    ]
    return [sys.executable, "-m", "mot_bench", *given]


def test_kill_and_rerun_of_the_command_end_in_the_same_weights(tmp_path: Path) -> None:
    done = mot_bench(*command(tmp_path / "whole")[3:])
    assert "40 steps" in done.stdout
    process = subprocess.Popen(
        command(tmp_path / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    manifest = tmp_path / "killed" / "manifest.json"
    deadline = time.monotonic() + 60
    while not manifest.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reached = json.loads(manifest.read_bytes())["step"]
    assert 10 <= reached < 40, "it was killed on the way"
    assert mot_bench(*command(tmp_path / "killed")[3:]).returncode == 0
    for file in (WEIGHTS, TRAINING, "manifest.json", "curve.csv"):
        assert (tmp_path / "killed" / file).read_bytes() == (
            tmp_path / "whole" / file
        ).read_bytes(), file
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".whole")], (
        "nothing unfinished is left"
    )


SHORT = ("--set", "loop.steps=4", "--set", "loop.checkpoint_every=10")


def corrected(folder: Path) -> None:
    """Somebody moves a box in the labels."""
    labels = next(folder.rglob("gt.txt"))
    rows = labels.read_text().splitlines()
    cells = rows[0].split(",")
    labels.write_text("\n".join([",".join([*cells[:2], "7", *cells[3:]]), *rows[1:]]) + "\n")


def dataset_folder(place: Path) -> Path:
    """Two pictures of one person, as a folder in MOTChallenge layout."""
    sequence = place / "data" / "one"
    (sequence / "gt").mkdir(parents=True)
    (sequence / "img1").mkdir()
    for frame in (1, 2):
        Image.new("RGB", (96, 96), (90, 10 * frame, 20)).save(sequence / "img1" / f"{frame:06}.jpg")
    (sequence / "gt" / "gt.txt").write_text(
        "".join(f"{frame},1,10,10,30,60,1,1,1\n" for frame in (1, 2))
    )
    return place / "data"


def train_on(data: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    given = ["train", "--data", str(data), "--preset", "tiny", "--out", str(out), *SHORT, *more]
    return mot_bench(*given)


def test_a_checkpoint_of_other_data_is_neither_used_nor_lost(tmp_path: Path) -> None:
    data, out = dataset_folder(tmp_path), tmp_path / "out"
    leftover = tmp_path / ".out-abcdefgh"
    leftover.mkdir()
    assert train_on(data, out).returncode == 0
    assert not leftover.exists()
    first = (out / WEIGHTS).read_bytes()
    again = train_on(data, out)
    assert (again.returncode, (out / WEIGHTS).read_bytes()) == (0, first)
    corrected(data)
    refused = train_on(data, out)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith(
        f"error: {out}: expected the checkpoint of this training"
    )
    assert "differs in its data" in refused.stderr
    assert "--force" in refused.stderr
    assert (out / WEIGHTS).read_bytes() == first
    assert train_on(data, out, "--force").returncode == 0
    assert train_on(data, tmp_path / "fresh").returncode == 0
    assert (out / WEIGHTS).read_bytes() == (tmp_path / "fresh" / WEIGHTS).read_bytes() != first
    other = train_on(data, out, "--seed", "1")
    assert other.returncode == 2
    assert "differs in seed" in other.stderr


def test_an_interrupted_training_does_not_go_on_with_other_labels(tmp_path: Path) -> None:
    data, out = dataset_folder(tmp_path), tmp_path / "out"
    assert train_on(data, out, "--set", "loop.steps=20").returncode == 0
    manifest = json.loads((out / "manifest.json").read_bytes())
    (out / "manifest.json").write_text(
        json.dumps(manifest | {"step": 10})
    )  # as if it had been stopped there
    corrected(data)
    refused = train_on(data, out, "--set", "loop.steps=20")
    assert (refused.returncode, "differs in its data" in refused.stderr) == (2, True)


def test_validation_and_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    given = (
        "--validation",
        "street-train-smoke@frames:1-3",
        "--tensorboard",
        str(tmp_path / "board"),
    )
    assert mot_bench(*command(tmp_path / "out", *given)[3:]).returncode == 0
    rows = (tmp_path / "out" / "curve.csv").read_text().splitlines()
    assert "AP" in rows[0].split(",")
    assert 0 <= float(rows[-1].split(",")[rows[0].split(",").index("AP")]) <= 1
    assert list((tmp_path / "board").glob("events.*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--set", "loop.steps=none"),
            "recipe.loop.steps: input should be a valid integer, found 'none'",
        ),
        (("--set", "network.architecture=vgg"), "found 'vgg'"),
        (("--set", "pictures.width=100"), "expected sides that are multiples of 32, found 100x96"),
        (("--preset", "large"), "expected a preset among paper, cpu, tiny, found 'large'"),
        (("--kind", "yolo"), "--kind: expected fairmot or reid, found 'yolo'"),
        (("--device", "tpu"), "--device: expected cpu or cuda, found 'tpu'"),
        (("--data", "nowhere"), "dataset: expected a folder or one of"),
        (("--weights", "nothing.pth"), "nothing.pth"),
    ],
)
def test_faults_of_the_command_are_one_line(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = mot_bench(*command(tmp_path / "out", *arguments)[3:])
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 2, done.stderr
    assert len(errors) == 1
    assert message in errors[0]
