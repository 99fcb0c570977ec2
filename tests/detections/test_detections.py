"""Detections from anywhere: formats, cutting, lookup, oracle, and what is refused."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence
from hypothesis import given, settings
from hypothesis import strategies as st

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset
from mot_bench.detections.formats import make_detections, npz_bytes, read_file, read_npy, read_npz
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import open_detections
from mot_bench.errors import InputError, MotBenchError

DETECTIONS = "".join(f"{frame},-1,{frame},2,3,4,0.5,-1,-1,-1\n" for frame in range(1, 9))
TRUTH = "".join(
    f"{frame},1,{10 * frame},10,20,40,1,1,1\n{frame},2,50,10,20,40,0,7,1\n" for frame in range(1, 9)
)


@pytest.fixture
def eight(make_sequence: MakeSequence, tmp_path: Path) -> Path:
    """A data root with one dataset, MOT17/train, of one sequence of eight frames, one detection in each."""
    folder = make_sequence(
        tmp_path / "MOT17" / "train" / "MOT17-02-DPM", truth=TRUTH, detections=DETECTIONS, length=8
    )
    return folder.parents[2]


def _frames(name: str, dataset: Dataset) -> tuple[list[int], list[float]]:
    found = open_detections(name, dataset).load(dataset.sequences[0])
    return found.frames.tolist(), found.boxes_ltwh[:, 0].tolist()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.floats(-1e4, 1e4), st.floats(0, 1e3), st.floats(-5, 5)),
        max_size=12,
    ),
    st.integers(0, 3),
)
def test_npz_round_trip(rows: list[tuple[int, float, float, float]], size: int) -> None:
    table = np.array(rows, np.float64).reshape(-1, 4)
    embeddings = None
    if size:
        embeddings = np.ones((len(table), size), np.float32) / np.float32(np.sqrt(size))
    before = make_detections(table[:, 0], table[:, [1, 1, 2, 2]], table[:, 3], embeddings)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.npz").write_bytes(npz_bytes(before))
        (Path(folder) / "b.npz").write_bytes(npz_bytes(before))
        assert (Path(folder) / "a.npz").read_bytes() == (Path(folder) / "b.npz").read_bytes()
        after = read_npz(Path(folder) / "a.npz")
    assert after.digest == before.digest
    np.testing.assert_array_equal(after.boxes_ltwh, before.boxes_ltwh)


def test_rows_are_sorted_by_frame_and_keep_their_order_within_one() -> None:
    found = make_detections([2, 1, 2, 1], np.arange(16).reshape(4, 4), [0.1, 0.2, 0.3, 0.4])
    assert found.frames.tolist() == [1, 1, 2, 2]
    assert found.scores.tolist() == [0.2, 0.4, 0.1, 0.3]
    frames = found.by_frame(3)
    assert [len(frame) for frame in frames] == [2, 2, 0]
    assert frames[0].boxes_xyxy[0].tolist() == [4, 5, 10, 12]


def test_digest_sees_everything() -> None:
    features = np.eye(2, dtype=np.float32)
    digests = {
        make_detections([1, 1], np.zeros((2, 4)), [0.5, 0.5]).digest,
        make_detections([1, 2], np.zeros((2, 4)), [0.5, 0.5]).digest,
        make_detections([1, 1], np.ones((2, 4)), [0.5, 0.5]).digest,
        make_detections([1, 1], np.zeros((2, 4)), [0.5, 0.6]).digest,
        make_detections([1, 1], np.zeros((2, 4)), [0.5, 0.5], features).digest,
        make_detections([1, 1], np.zeros((2, 4)), [0.5, 0.5], features[::-1]).digest,
    }
    assert len(digests) == 6


def test_embeddings_get_unit_length_and_keep_their_bytes_if_they_have_it(tmp_path: Path) -> None:
    unit = np.array([[0.6, 0.8]], np.float32)
    for name, features in (("a", unit), ("b", 1e200 * unit.astype(np.float64))):
        np.savez(
            tmp_path / name,
            frame=[1],
            boxes_ltwh=np.ones((1, 4)),
            scores=[1.0],
            embeddings=features,
        )
    a, b = (read_npz(tmp_path / f"{name}.npz").embeddings for name in "ab")
    assert a is not None
    assert b is not None
    np.testing.assert_array_equal(a, unit)
    np.testing.assert_allclose(b, unit, rtol=1e-6)


def test_npy_as_deep_sort_writes_it(tmp_path: Path) -> None:
    rows = np.zeros((2, 13))
    rows[:, :7] = [[2, -1, 5, 6, 7, 8, 0.5], [1, -1, 1, 2, 3, 4, 0.25]]
    rows[:, 10:] = [[0, 3, 4], [1, 0, 0]]
    np.save(tmp_path / "s.npy", rows)
    found = read_npy(tmp_path / "s.npy")
    assert found.frames.tolist() == [1, 2]
    assert found.scores.tolist() == [0.25, 0.5]
    assert found.embeddings is not None
    np.testing.assert_allclose(found.embeddings, np.array([[1, 0, 0], [0, 0.6, 0.8]]), rtol=1e-6)
    np.save(tmp_path / "s.npy", rows[:, :10])
    assert read_npy(tmp_path / "s.npy").embeddings is None


GOOD = {
    "frame": [1, 2],
    "boxes_ltwh": np.ones((2, 4)),
    "scores": [1.0, 1.0],
    "embeddings": np.eye(2),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frame": [0, 1]}, "whole frame numbers of at least 1, found frame 0"),
        ({"frame": [1.5, 1]}, "whole frame numbers"),
        ({"frame": [1e300, 1]}, "whole frame numbers"),
        ({"frame": ["a", "b"]}, "numbers in frame"),
        ({"boxes_ltwh": np.ones((2, 5))}, r"boxes_ltwh of shape \(2, 4\), found shape \(2, 5\)"),
        (
            {"boxes_ltwh": [[1, 1, 1, 1], [1, 1, -1, 1]]},
            "widths and heights of at least 0.*in row 1",
        ),
        ({"scores": [1.0, np.nan]}, "finite numbers in scores, found NaN or infinity in row 1"),
        ({"scores": [1.0]}, "scores of shape"),
        (
            {"embeddings": [[1, 0], [0, 0]]},
            "embeddings of some length, found a zero vector in row 1",
        ),
        ({"embeddings": [[1, 0], [np.inf, 0]]}, "finite numbers in embeddings"),
        ({"embeddings": [[1, 0]]}, "embeddings of shape"),
        ({"scores": None}, "arrays frame, boxes_ltwh, scores, found no scores"),
    ],
)
def test_bad_npz(change: dict[str, object], message: str, tmp_path: Path) -> None:
    arrays = {key: np.asarray(value) for key, value in (GOOD | change).items() if value is not None}
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w") as member:
                np.save(member, array)
    with pytest.raises(InputError, match=message) as caught:
        read_file(tmp_path / "bad.npz")
    assert str(caught.value).startswith(str(tmp_path / "bad.npz"))


@pytest.mark.parametrize("name", ["x.npz", "x.npy", "x.csv", "x.txt"])
def test_files_that_are_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_file(tmp_path / name)
    (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(InputError):
        read_file(tmp_path / name)
    (tmp_path / "folder.npz").mkdir(exist_ok=True)
    with pytest.raises(InputError, match="found a folder"):
        read_file(tmp_path / "folder.npz")


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "whole.npz").write_bytes(npz_bytes(make_detections([1], np.ones((1, 4)), [1.0])))
    content = (tmp_path / "whole.npz").read_bytes()
    for length in range(0, len(content) - 1, 7):
        (tmp_path / "cut.npz").write_bytes(content[:length])
        with pytest.raises(InputError, match=r"cut.npz: expected an .npz archive"):
            read_file(tmp_path / "cut.npz")


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError):
        read_file(tmp_path / "x.npy")


def test_public_detections_are_cut_with_the_sequence(eight: Path) -> None:
    assert _frames("det", open_dataset("mot17-train", eight)) == (
        list(range(1, 9)),
        list(range(1, 9)),
    )
    assert _frames("det", open_dataset("mot17-half-val", eight)) == ([1, 2, 3], [6, 7, 8])
    assert _frames("auto", open_dataset("mot17-half-val-fairmot", eight)) == (
        [1, 2, 3, 4],
        [5, 6, 7, 8],
    )


def test_a_folder_under_the_data_root_serves_by_its_name(eight: Path) -> None:
    place = eight / "MOT17" / "detections" / "mine"
    place.mkdir(parents=True)
    (place / "MOT17-02.txt").write_text(DETECTIONS)
    half = open_dataset("mot17-half-val", eight)
    assert _frames("mine", half) == ([1, 2, 3], [6, 7, 8])
    assert _frames(str(place), half) == ([1, 2, 3], [6, 7, 8])
    assert _frames(str(place / "MOT17-02.txt"), half) == ([1, 2, 3], [6, 7, 8])


def test_files_made_for_the_cut_are_taken_as_they_are(eight: Path) -> None:
    (eight / "cut").mkdir()
    (eight / "cut" / "MOT17-02-DPM.txt").write_text("".join(DETECTIONS.splitlines(True)[:3]))
    assert _frames(str(eight / "cut"), open_dataset("mot17-half-val", eight)) == (
        [1, 2, 3],
        [1, 2, 3],
    )


def test_a_dataset_cut_before_finds_its_place_in_the_whole_sequence(
    eight: Path, make_sequence: MakeSequence, tmp_path: Path
) -> None:
    rows = [line.split(",", 1) for line in TRUTH.splitlines(True)]
    tail = "".join(f"{int(frame) - 5},{rest}" for frame, rest in rows if int(frame) > 5)
    cut = make_sequence(tmp_path / "mine" / "MOT17-02-DPM", truth=tail, length=3)
    file = eight / "whole.txt"
    file.write_text(DETECTIONS)
    assert _frames(str(file), open_dataset(str(cut), eight)) == ([1, 2, 3], [6, 7, 8])
    with pytest.raises(InputError, match="frameOffset"):
        _frames(str(file), open_dataset(str(cut), None))
    info = cut / "seqinfo.ini"
    info.write_text(info.read_text() + "frameOffset=5\n")
    assert _frames(str(file), open_dataset(str(cut), None)) == ([1, 2, 3], [6, 7, 8])


def test_a_frame_beyond_the_sequence_is_named_with_its_line(eight: Path) -> None:
    path = eight / "MOT17" / "train" / "MOT17-02-DPM" / "det" / "det.txt"
    path.write_text(DETECTIONS + "9,-1,1,1,1,1,1,-1,-1,-1\n")
    with pytest.raises(InputError, match=r"det.txt:9: expected a frame of 1 to 8"):
        _frames("det", open_dataset("mot17-half-val", eight))


def test_embeddings_beside_the_sequence_come_first(eight: Path) -> None:
    dataset = open_dataset("mot17-half-val", eight)
    assert not open_detections("auto", dataset).has_embeddings
    found = make_detections([1, 7], np.ones((2, 4)), [1.0, 0.5], np.eye(2, dtype=np.float32))
    (eight / "MOT17" / "train" / "MOT17-02-DPM" / "embeddings.npz").write_bytes(npz_bytes(found))
    source = open_detections("auto", dataset)
    assert source.has_embeddings
    loaded = source.load(dataset.sequences[0])
    assert loaded.frames.tolist() == [2]
    assert loaded.embeddings is not None
    assert loaded.embeddings.tolist() == [[0, 1]]
    assert open_detections("embeddings", dataset).load(dataset.sequences[0]).digest == loaded.digest


@pytest.mark.parametrize("name", ["embeddings", "nobody", "no/such/folder"])
def test_what_is_not_there_says_what_was_looked_for(name: str, eight: Path) -> None:
    with pytest.raises(MotBenchError, match=f"detections {name}: expected") as caught:
        open_detections(name, open_dataset("mot17-train", eight))
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_file_for_the_sequence(eight: Path) -> None:
    (eight / "empty").mkdir()
    with pytest.raises(InputError, match="a file MOT17-02-DPM or MOT17-02 with"):
        open_detections(str(eight / "empty"), open_dataset("mot17-train", eight))


def test_oracle_gives_the_pedestrians_alone(eight: Path) -> None:
    dataset = open_dataset("mot17-half-val", eight)
    assert _frames("oracle", dataset) == ([1, 2, 3], [60, 70, 80])


def test_oracle_noise_is_seeded_and_every_option_changes_something(eight: Path) -> None:
    dataset = open_dataset("mot17-train", eight)

    def load(options: dict[str, float] | None = None, seed: int = 0) -> SequenceDetections:
        source = open_detections("oracle-noisy", dataset, seed=seed, options=options)
        return source.load(dataset.sequences[0])

    assert load().digest == load().digest
    assert load().digest != load(seed=1).digest
    quiet = dict.fromkeys(("misses", "occluded_misses", "false_positives", "box", "score"), 0.0)
    exact = open_detections("oracle", dataset).load(dataset.sequences[0])
    np.testing.assert_array_equal(load(quiet).boxes_ltwh, exact.boxes_ltwh)
    assert len(load(quiet | {"misses": 1}).frames) == 0
    assert len(load(quiet | {"false_positives": 3}).frames) > 8
    for option in ("box", "score"):
        assert load(quiet | {option: 0.2}).digest != load(quiet).digest


@pytest.mark.parametrize(
    "options", [{"mises": 0.1}, {"misses": -1}, {"misses": "much"}, {"misses": True}]
)
def test_oracle_options_that_are_none(options: dict[str, object], eight: Path) -> None:
    with pytest.raises(MotBenchError, match="detections oracle-noisy: expected"):
        open_detections("oracle-noisy", open_dataset("mot17-train", eight), options=options)
    with pytest.raises(MotBenchError, match="expected no options"):
        open_detections("det", open_dataset("mot17-train", eight), options=options)


def test_no_detections_at_all(eight: Path) -> None:
    (eight / "none.txt").write_text("")
    dataset = open_dataset("mot17-half-val", eight)
    found = open_detections(str(eight / "none.txt"), dataset).load(dataset.sequences[0])
    assert found.boxes_ltwh.shape == (0, 4)
    assert [len(frame) for frame in found.by_frame(3)] == [0, 0, 0]


def test_real_yolox_detections(data_root: Path) -> None:
    dataset = open_dataset("mot17-half-val", data_root)
    source = open_detections("yolox_x_ablation", dataset)
    assert sum(len(source.load(sequence).frames) for sequence in dataset.sequences) == 91566
