"""Detectors and ReID extractors from ONNX files."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from onnx_samples import constant_network, fields_of, message, value_info, yolox_output
from torch import nn

from mot_bench.datasets.picture_decoding import read_picture
from mot_bench.detectors.onnx_detector import OnnxDetector, resized, suppress
from mot_bench.detectors.onnx_reid import OnnxExtractor
from mot_bench.detectors.onnx_session import OnnxNetwork
from mot_bench.errors import InputError, MotBenchError
from mot_bench.models.osnet import OsNet
from mot_bench.models.reid import OSNET_X0_25, for_inference, make_reid
from mot_bench.trackers.boxes import iou_matrix, ltwh_to_xyxy

pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


def test_yolox_is_decoded(tmp_path: Path) -> None:
    """Place 10 is row 1, column 2 at stride 8; place 33 is row 0, column 1 at stride 16.

    Place 41 is 0, 1 at 32.
    """
    output = yolox_output(
        (10, 0.5, 0.5, 0.0, np.log(2), 0.9, 0.5),
        (33, 0.0, 1.0, 0.0, 0.0, 1.0, 0.8),
        (41, 0.0, 0.0, 0.0, 0.0, 0.9, 0.1),
    )
    detector = OnnxDetector(constant_network(tmp_path / "net.onnx", output))
    (found,) = detector.detect([np.zeros((64, 128, 3), np.uint8)])  # half its size in the network
    np.testing.assert_allclose(found.scores, [0.8, 0.45], rtol=1e-6)
    np.testing.assert_allclose(found.boxes_xyxy, [[16, 16, 48, 48], [32, 8, 48, 40]], rtol=1e-6)
    assert detector.embedding_size == 0
    assert detector.detect([]) == []
    two = detector.detect([np.zeros((64, 128, 3), np.uint8)] * 2)
    np.testing.assert_array_equal(two[1].boxes_xyxy, found.boxes_xyxy)


def test_yolox_without_detections_is_empty(tmp_path: Path) -> None:
    (found,) = OnnxDetector(constant_network(tmp_path / "net.onnx", yolox_output())).detect(
        [np.zeros((9, 9, 3), np.uint8)]
    )
    assert found.boxes_xyxy.shape == (0, 4)


def test_settings_of_the_detector_change_what_comes_out(tmp_path: Path) -> None:
    twice = yolox_output((33, 0.0, 0.0, 1.0, 1.0, 1.0, 0.8), (34, -0.9, 0.0, 1.0, 1.0, 1.0, 0.3))
    path = constant_network(tmp_path / "net.onnx", twice)
    picture = [np.zeros((32, 64, 3), np.uint8)]
    assert [
        len(OnnxDetector(path, nms_overlap=overlap).detect(picture)[0]) for overlap in (0.7, 0.99)
    ] == [1, 2]
    assert len(OnnxDetector(path, nms_overlap=0.99, score_floor=0.4).detect(picture)[0]) == 1
    digests = {
        OnnxDetector(path).digest,
        OnnxDetector(path, nms_overlap=0.6).digest,
        OnnxDetector(path, score_floor=0.2).digest,
        OnnxDetector(path, "yolox_legacy").digest,
        OnnxDetector(constant_network(tmp_path / "other.onnx", yolox_output())).digest,
    }
    assert len(digests) == 5
    with pytest.raises(MotBenchError, match="score floor"):
        OnnxDetector(path, score_floor=0.0)
    with pytest.raises(MotBenchError, match="one of yolox, yolox_legacy"):
        OnnxDetector(path, "yolov3")  # type: ignore[arg-type]


def test_suppression_keeps_the_best_of_each_heap() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [2, 0, 12, 10], [50, 0, 60, 10]], np.float64)
    np.testing.assert_array_equal(suppress(boxes, 0.7), [0, 2, 3])
    assert suppress(np.empty((0, 4)), 0.7).shape == (0,)


@pytest.mark.parametrize("size", [(13, 29), (40, 17), (20, 30), (1, 1)])
def test_pictures_are_resized_bilinearly(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None].float()
    expected = nn.functional.interpolate(tensor, size, mode="bilinear")[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(resized(picture, *size), expected, atol=0.51)


def test_an_extractor_normalises_as_asked(tmp_path: Path) -> None:
    """A network that only puts its input in a row shows what it is given."""
    path = constant_network(
        tmp_path / "row.onnx", np.zeros((1, 24), np.float32), ("batch", 3, 4, 2), "flatten"
    )
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:] = (255, 51, 102)
    boxes = np.array([[0.0, 0, 20, 40], [-90, 0, -80, 40]])
    unit = OnnxExtractor(path, normalisation="unit").embed(picture, boxes)
    np.testing.assert_allclose(unit[0, ::8] / unit[0, 0], [1, 0.2, 0.4], atol=1e-5)
    np.testing.assert_allclose(unit[1], 24**-0.5, atol=1e-5)
    imagenet = OnnxExtractor(path).embed(picture, boxes)[0, ::8]
    expected = (np.array([1, 0.2, 0.4]) - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(imagenet / imagenet[0], expected / expected[0], atol=1e-5)
    assert OnnxExtractor(path).digest != OnnxExtractor(path, normalisation="unit").digest
    assert OnnxExtractor(path).embed(picture, np.empty((0, 4))).shape == (0, 24)
    many = OnnxExtractor(path).embed(picture, np.tile(boxes, (70, 1)))
    assert many.shape == (140, 24)
    np.testing.assert_array_equal(many[:2], many[138:])


def test_a_fixed_batch_is_filled_up(tmp_path: Path) -> None:
    path = constant_network(
        tmp_path / "row.onnx", np.zeros((4, 24), np.float32), (4, 3, 4, 2), "flatten"
    )
    picture = np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8)
    boxes = np.array([[i, 0, i + 10, 20] for i in range(6)], np.float64)
    embeddings = OnnxExtractor(path).embed(picture, boxes)
    assert embeddings.shape == (6, 24)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)


def test_bad_files_are_refused_in_one_line(tmp_path: Path) -> None:
    good = constant_network(tmp_path / "good.onnx", yolox_output())
    (tmp_path / "cut.onnx").write_bytes(good.read_bytes()[:-30])
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("no network")
    constant_network(tmp_path / "odd.onnx", yolox_output(), (1, 3, 30, 64))
    constant_network(tmp_path / "free.onnx", yolox_output(), (1, 3, "height", "width"))
    constant_network(tmp_path / "four.onnx", yolox_output(), (1, 4, 32, 64))
    constant_network(tmp_path / "places.onnx", np.zeros((1, 41, 7), np.float32))
    expected = {
        "missing.onnx": "expected an ONNX file",
        "cut.onnx": "expected a complete ONNX file",
        "empty.onnx": "expected a complete ONNX file",
        "text.onnx": "expected a complete ONNX file",
        "odd.onnx": "multiples of 32, found 30 x 64",
        "free.onnx": r"\(batch, 8400, 6 or more\), .*, found out \(1, 42, 7\)",
        "four.onnx": r"one input of shape \(batch, 3, height, width\)",
        "places.onnx": r"shape \(batch, 42, 6 or more\), YOLOv5.*, found out \(1, 41, 7\)",
    }
    for name, text in expected.items():
        with pytest.raises(InputError, match=text) as caught:
            OnnxDetector(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="length of the embedding"):
        OnnxExtractor(good)
    with pytest.raises(InputError, match="an ONNX file"):
        OnnxExtractor(tmp_path)


@pytest.mark.parametrize("location", ["weights.bin", "../weights.bin", "/weights.bin"])
def test_weights_in_another_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(112))
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)  # where onnxruntime would look for it
    elsewhere = message((1, b"location"), (2, location.encode()))
    tensor = message((1, 1), (1, 4), (1, 7), (2, 1), (8, b"w"), (13, elsewhere), (14, 1))
    node = message((1, b"w"), (2, b"out"), (4, b"Identity"))
    inputs, outputs = value_info("in", (1, 3, 32, 64)), value_info("out", (1, 4, 7))
    graph = message((1, node), (2, b"graph"), (5, tensor), (11, inputs), (12, outputs))
    for path in (tmp_path / "mine.onnx", tmp_path / "below" / "mine.onnx"):
        path.write_bytes(message((1, 8), (8, message((2, 13))), (7, graph)))
        with pytest.raises(InputError, match="expected an ONNX file with its weights in it"):
            OnnxNetwork(path)


def test_the_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = constant_network(tmp_path / "net.onnx", yolox_output())
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for make in (OnnxDetector, OnnxExtractor):
        with pytest.raises(MotBenchError, match=r"pip install 'mot-bench\[onnx\]'"):
            make(path)


@pytest.fixture
def pets(data_root: Path) -> Path:
    return data_root / "MOT15" / "train" / "PETS09-S2L1"


def truth(pets: Path) -> npt.NDArray[np.float64]:
    rows: npt.NDArray[np.float64] = np.loadtxt(pets / "gt" / "gt.txt", delimiter=",")
    return np.asarray(rows[rows[:, 6] != 0])


def test_yolox_finds_people(data_root: Path, pets: Path) -> None:
    detector = OnnxDetector(data_root / "weights" / "yolox_nano.onnx")
    rows = truth(pets)
    right = found = wanted = 0
    for frame in range(1, 796, 100):
        (detections,) = detector.detect([read_picture(pets / "img1" / f"{frame:06d}.jpg")])
        boxes = detections.boxes_xyxy[detections.scores >= 0.4]
        people = ltwh_to_xyxy(rows[rows[:, 0] == frame, 2:6])
        right += int((iou_matrix(people, boxes) >= 0.5).any(axis=1).sum())
        found, wanted = found + len(boxes), wanted + len(people)
    assert right / wanted > 0.85
    assert right / found > 0.65


def test_osnet_tells_people_apart(data_root: Path, pets: Path) -> None:
    extractor = OnnxExtractor(data_root / "weights" / "osnet_x0_25_msmt17.onnx")
    rows = truth(pets)
    rows = rows[np.isin(rows[:, 0], range(1, 796, 80))]
    parts = []
    for frame in np.unique(rows[:, 0]).astype(int):
        picture = read_picture(pets / "img1" / f"{frame:06d}.jpg")
        parts.append(extractor.embed(picture, ltwh_to_xyxy(rows[rows[:, 0] == frame, 2:6])))
    similarity = np.concatenate(parts) @ np.concatenate(parts).T
    other_frame = np.triu(rows[:, None, 0] != rows[None, :, 0])
    same = rows[:, None, 1] == rows[None, :, 1]
    limit = np.quantile(similarity[other_frame & ~same], 0.9)
    assert (similarity[other_frame & same] > limit).mean() > 0.5


def initialisers(path: Path) -> tuple[dict[str, torch.Tensor], list[list[str]]]:
    """Tensors of an ONNX file by name, and the names that its convolutions take, each once, in order."""
    graph = next(value for number, value in fields_of(path.read_bytes()) if number == 7)
    assert isinstance(graph, bytes)
    tensors: dict[str, torch.Tensor] = {}
    convolutions: list[list[str]] = []
    for number, value in fields_of(graph):
        assert isinstance(value, bytes) or number not in (1, 5)
        if number == 5 and isinstance(value, bytes):
            entries = list(fields_of(value))
            shape = [size for key, size in entries if key == 1 and isinstance(size, int)]
            content = {key: entry for key, entry in entries if isinstance(entry, bytes)}
            array = np.frombuffer(content.get(9, b""), np.float32)
            if shape and len(array) == np.prod(shape):
                tensors[content[8].decode()] = torch.from_numpy(array.reshape(shape).copy())
        if number == 1 and isinstance(value, bytes):
            entries = list(fields_of(value))
            names = [
                entry.decode() for key, entry in entries if key == 1 and isinstance(entry, bytes)
            ][1:]
            if (4, b"Conv") in entries and names not in convolutions:
                convolutions.append(names)
    return tensors, convolutions


def test_osnet_is_the_published_network(data_root: Path) -> None:
    """With the weights of the published file (batch norm folded in it) the output is the file's."""
    path = data_root / "weights" / "osnet_x0_25_msmt17.onnx"
    tensors, convolutions = initialisers(path)
    network = make_reid(OSNET_X0_25)
    assert isinstance(network, OsNet)
    own = {name: value for name, value in network.state_dict().items() if "num_batches" not in name}
    for name in tensors.keys() & own.keys():
        assert tensors[name].shape == own[name].shape
    names = [name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)]
    network.fc.load_state_dict(
        {name.removeprefix("fc."): tensors[name] for name in own if name.startswith("fc.")},
        strict=False,
    )
    folded = for_inference(network)
    assert len(convolutions) == len(names)
    for name, taken in zip(names, convolutions, strict=True):
        layer = folded.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        assert (layer.bias is not None) == (len(taken) == 2)
        for parameter, tensor in zip(
            layer.parameters(), (tensors[key] for key in taken), strict=True
        ):
            assert parameter.shape == tensor.shape
            parameter.copy_(tensor)
        if taken[0].startswith("conv"):
            assert taken[0] == f"{name}.weight"
    crops = torch.randn(2, 3, 256, 128)
    import onnxruntime

    (expected,) = onnxruntime.InferenceSession(path).run(None, {"input": crops.numpy()})
    with torch.inference_mode():
        np.testing.assert_allclose(folded(crops).numpy(), expected, atol=1e-4)
