"""Camera motion: read, cut, and found in pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence
from PIL import Image

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.errors import InputError, MotBenchError
from mot_bench.tracking.camera_motion import open_camera_motion, read_camera_motion
from mot_bench.tracking.sparse_flow import SparseFlow

ROWS = "".join(f"{index}\t1.0\t0.0\t{index}.5\t0.0\t1.0\t-{index}.0\t\n" for index in range(8))


@pytest.fixture
def root(make_sequence: MakeSequence, tmp_path: Path) -> Path:
    """A data root with one sequence of eight frames and its camera motion."""
    make_sequence(tmp_path / "MOT17" / "train" / "MOT17-02-DPM", length=8)
    folder = tmp_path / "MOT17" / "camera_motion"
    folder.mkdir()
    (folder / "MOT17-02.txt").write_text(ROWS)
    return tmp_path


def test_a_file_is_cut_and_its_first_frame_stands_still(root: Path) -> None:
    dataset = open_dataset("mot17-half-val", root)
    motion = open_camera_motion("file", dataset).load(dataset.sequences[0])
    assert motion.shape == (3, 2, 3)
    np.testing.assert_array_equal(motion[0], np.eye(2, 3))
    np.testing.assert_array_equal(motion[1:, :, 2], [[6.5, -6], [7.5, -7]])
    by_path = open_camera_motion(str(root / "MOT17" / "camera_motion"), dataset).load(
        dataset.sequences[0]
    )
    np.testing.assert_array_equal(by_path, motion)


def test_none_is_the_identity(root: Path) -> None:
    dataset = open_dataset("mot17-train", root)
    motion = open_camera_motion("none", dataset).load(dataset.sequences[0])
    np.testing.assert_array_equal(motion, np.tile(np.eye(2, 3), (8, 1, 1)))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("0 1 0 0 0 1\n", 1, "7 columns"),
        ("0 1 0 0 0 1 0\n1 1 0 x 0 1 0\n", 2, "7 numbers"),
        ("1 1 0 0 0 1 0\n", 1, "index 0"),
        ("0 1 0 0 0 1 0\n\n1 1 0 nan 0 1 0\n", 3, "finite numbers"),
        ("", None, "one line for each frame, found an empty file"),
    ],
)
def test_bad_files(content: str, line: int | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "motion.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_camera_motion(path)
    assert caught.value.line == line


def test_a_file_that_is_too_short(root: Path) -> None:
    path = root / "MOT17" / "camera_motion" / "MOT17-02.txt"
    path.write_text("".join(ROWS.splitlines(True)[:2]))
    dataset = open_dataset("mot17-train", root)
    with pytest.raises(InputError, match="8 frames of MOT17-02-DPM, found 2 frames"):
        open_camera_motion("file", dataset).load(dataset.sequences[0])


def test_what_is_not_there(root: Path) -> None:
    dataset = open_dataset("mot17-train", root)
    (root / "MOT17" / "camera_motion" / "MOT17-02.txt").unlink()
    with pytest.raises(MotBenchError, match=r"expected MOT17-02-DPM\.txt or MOT17-02\.txt in"):
        open_camera_motion("file", dataset)
    with pytest.raises(
        MotBenchError, match="expected one of file, optical-flow, none or a path, found 'flow'"
    ):
        open_camera_motion("flow", dataset)
    with pytest.raises(MotBenchError, match="expected pictures for MOT17-02-DPM, found none"):
        open_camera_motion("optical-flow", dataset)


def test_optical_flow_finds_how_the_picture_moved(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    pytest.importorskip("cv2")
    folder = make_sequence(tmp_path / "s", length=4)
    (folder / "img1").mkdir()
    rng = np.random.default_rng(0)
    blocks = np.kron(rng.integers(0, 255, (40, 60)), np.ones((8, 8))).astype(np.uint8)
    for index in range(4):
        shifted = blocks[20 + 2 * index :, 40 - 4 * index :][:120, :160]
        Image.fromarray(shifted).convert("RGB").save(folder / "img1" / f"{index + 1:06d}.png")
    dataset = open_dataset(str(folder), None)
    load = partial(open_camera_motion("optical-flow", dataset).load, dataset.sequences[0])
    motion = load()
    np.testing.assert_array_equal(motion[0], np.eye(2, 3))
    np.testing.assert_allclose(motion[1:, :, 2], [[4, -2]] * 3, atol=0.5)
    np.testing.assert_allclose(motion[1:, :, :2], [np.eye(2)] * 3, atol=0.01)
    np.testing.assert_array_equal(load(), motion)


def test_flat_pictures_stand_still() -> None:
    pytest.importorskip("cv2")
    flow = SparseFlow()
    for _ in range(3):
        np.testing.assert_array_equal(flow.update(np.full((64, 64, 3), 9, np.uint8)), np.eye(2, 3))


def test_without_opencv_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(MotBenchError, match=r"expected OpenCV.*libgl1"):
        SparseFlow()


def test_real_camera_motion(data_root: Path) -> None:
    dataset = open_dataset("mot17-half-val", data_root)
    motion = open_camera_motion("file", dataset)
    for sequence in dataset.sequences:
        affine = motion.load(sequence)
        assert affine.shape == (sequence.length, 2, 3)
        assert np.abs(affine[:, :, :2] - np.eye(2)).max() < 0.2


def test_a_picture_of_another_size_moves_no_camera() -> None:
    flow = SparseFlow()
    rng = np.random.default_rng(0)
    for height, width in ((120, 160), (120, 160), (60, 80), (1, 1), (60, 80)):
        picture = rng.integers(0, 255, (height, width, 3)).astype(np.uint8)
        motion = flow.update(picture)
        assert motion.shape == (2, 3)
    np.testing.assert_array_equal(motion, np.eye(2, 3))
