"""Training pictures packed at the network's size."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence
from PIL import Image

from mot_bench.errors import InputError
from mot_bench.models.augment import letterbox
from mot_bench.training_data import (
    DatasetSource,
    DescribedSamples,
    PackedSamples,
    open_samples,
    pack,
)


@pytest.fixture
def samples(tmp_path: Path, make_sequence: MakeSequence) -> DescribedSamples:
    folder = make_sequence(tmp_path / "data" / "A") / "img1"
    folder.mkdir()
    for number in range(1, 5):
        noise = np.random.default_rng(number).integers(0, 256, (120, 160, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{number:06d}.png")
    return open_samples([DatasetSource(dataset=str(tmp_path / "data"))], None)


def test_packed_samples_are_the_letterboxed_ones(samples: DescribedSamples, tmp_path: Path) -> None:
    pack(samples, 64, 96, tmp_path / "packed")
    packed = PackedSamples(tmp_path / "packed")
    assert len(packed) == len(samples) == 4
    assert packed.identities == samples.identities
    assert packed.describe() == samples.describe()
    for index in range(4):
        before, after = samples.load(index), packed.load(index)
        boxed = letterbox(before.picture, before.boxes_xyxy, 64, 96)
        assert (after.picture == boxed.picture).all()
        assert (after.boxes_xyxy == boxed.boxes_xyxy).all()
        assert after.boxes_xyxy.dtype == np.float32
        assert (after.identities == before.identities).all()
    assert packed.load(2).boxes_xyxy.shape == (0, 4)
    again = letterbox(packed.load(1).picture, packed.load(1).boxes_xyxy, 64, 96)
    assert (again.boxes_xyxy == packed.load(1).boxes_xyxy).all(), (
        "letterboxing again changes nothing"
    )


def test_the_digest_has_the_size(samples: DescribedSamples, tmp_path: Path) -> None:
    pack(samples, 64, 96, tmp_path / "packed")
    first = PackedSamples(tmp_path / "packed").digest
    written = (tmp_path / "packed" / "pictures.npy").stat()
    pack(samples, 64, 96, tmp_path / "packed")
    assert (tmp_path / "packed" / "pictures.npy").stat() == written, "not written again"
    pack(samples, 96, 96, tmp_path / "packed")
    second = PackedSamples(tmp_path / "packed")
    assert second.digest not in (first, samples.digest)
    assert second.load(0).picture.shape == (96, 96, 3)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_other_processes_map_the_same_file(samples: DescribedSamples, tmp_path: Path) -> None:
    pack(samples, 64, 96, tmp_path / "packed")
    packed = PackedSamples(tmp_path / "packed")
    sent = pickle.dumps(packed)
    assert len(sent) < 500, "a path, not pictures"
    assert (pickle.loads(sent).load(3).picture == packed.load(3).picture).all()
    assert not packed.load(0).picture.flags.writeable


def test_half_a_pack_is_none(samples: DescribedSamples, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected packed training samples"):
        PackedSamples(tmp_path / "packed")
    pack(samples, 64, 96, tmp_path / "packed")
    pictures = tmp_path / "packed" / "pictures.npy"
    pictures.write_bytes(pictures.read_bytes()[:-10])
    with pytest.raises(InputError, match="expected packed training samples"):
        PackedSamples(tmp_path / "packed")


def test_a_picture_that_does_not_decode_leaves_nothing(
    samples: DescribedSamples, tmp_path: Path
) -> None:
    (tmp_path / "data" / "A" / "img1" / "000002.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(InputError, match=r"000002\.png: expected a picture"):
        pack(samples, 64, 96, tmp_path / "packed")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data"]
