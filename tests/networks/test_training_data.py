"""Training samples from datasets and mixtures of them: who is learned, who is whom, and what is wrong with labels."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence
from PIL import Image

from mot_bench.errors import InputError, MotBenchError
from mot_bench.models.samples import UNKNOWN
from mot_bench.training_data import DatasetSource, OdgtSource, open_samples, parse_source

TRUTH = (
    "1,1,10,10,20,40,1,1,1\n"
    "2,1,12,10,20,40,1,1,1\n"
    "2,2,50,10,20,40,1,1,0.5\n"
    "3,2,52,10,20,40,1,1,0.1\n"  # hidden
    "3,3,52,10,20,40,1,7,1\n"  # no pedestrian
    "3,4,52,10,20,40,0,1,1\n"  # not considered
    "4,5,16,10,20,40,1,1,1\n"
)


def write_pictures(folder: Path, count: int, size: tuple[int, int] = (160, 120)) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        Image.new("RGB", size, (number, 0, 0)).save(folder / f"{number:06d}.png")


@pytest.fixture
def dataset(tmp_path: Path, make_sequence: MakeSequence) -> Path:
    root = tmp_path / "mot17-like"
    for name in ("A", "B"):
        write_pictures(make_sequence(root / name, truth=TRUTH) / "img1", 4)
    return root


def test_samples_of_a_dataset(dataset: Path) -> None:
    samples = open_samples([DatasetSource(dataset=str(dataset))], None)
    assert len(samples) == 8
    assert samples.identities == 6, "three people in each of two sequences"
    second = samples.load(1)
    assert second.picture.shape == (120, 160, 3)
    assert second.picture[0, 0].tolist() == [2, 0, 0]
    assert second.boxes_xyxy.tolist() == [[12, 10, 32, 50], [50, 10, 70, 50]]
    assert second.boxes_xyxy.dtype == np.float32
    assert second.identities.tolist() == [0, 1]
    assert samples.load(2).boxes_xyxy.shape == (0, 4), (
        "hidden people, cars and what is not considered are left out"
    )
    assert samples.load(3).identities.tolist() == [2]
    assert samples.load(5).identities.tolist() == [3, 4], (
        "the same numbers in another sequence are other people"
    )
    assert samples.describe() == f"{dataset}: 8 pictures, 8 boxes, 6 people"


def test_visibility_and_stride(dataset: Path) -> None:
    everybody = open_samples([DatasetSource(dataset=str(dataset), min_visibility=0.0)], None)
    assert everybody.load(2).identities.tolist() == [UNKNOWN], (
        "hardly seen: somebody, but nobody knows who"
    )
    known = open_samples(
        [DatasetSource(dataset=str(dataset), min_visibility=0.0, min_known_visibility=0.0)], None
    )
    assert known.load(2).identities.tolist() == [1]
    third = open_samples([DatasetSource(dataset=str(dataset), stride=3)], None)
    assert [third.load(index).picture[0, 0, 0] for index in range(4)] == [1, 4, 1, 4]
    assert [third.load(index).identities.tolist() for index in range(2)] == [[0], [1]], (
        "who is seen in no picture is no class"
    )


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("", "no row of ground truth"),
        (
            "1,1,10,10,20,40,0,1,1\n2,1,10,10,20,40,0,1,1\n",
            "2 rows: classes 1 (2); 2 marked 0 in column 7; 0 with",
        ),
        (
            "1,1,10,10,20,40,1,3,1\n2,1,10,10,20,40,1,7,1\n",
            "2 rows: classes 3 (1), 7 (1); 0 marked 0 in column 7",
        ),
        ("1,1,10,10,20,40,1,1,0.1\n", "1 with a visibility below 0.2"),
    ],
)
def test_ground_truth_of_which_nothing_can_be_learned_is_told(
    rows: str, found: str, tmp_path: Path, make_sequence: MakeSequence
) -> None:
    write_pictures(make_sequence(tmp_path / "mot17-like" / "A", truth=rows) / "img1", 4)
    with pytest.raises(InputError, match="expected at least one pedestrian to learn") as caught:
        open_samples([DatasetSource(dataset=str(tmp_path / "mot17-like"))], None)
    assert found in str(caught.value)


@pytest.mark.parametrize("visibility", ["-1", "0"])
def test_a_visibility_that_nobody_measured_hides_nobody(
    visibility: str, tmp_path: Path, make_sequence: MakeSequence
) -> None:
    rows = f"1,1,10,10,20,40,1,1,{visibility}\n2,1,12,10,20,40,1,1,{visibility}\n"
    write_pictures(make_sequence(tmp_path / "mot17-like" / "A", truth=rows) / "img1", 4)
    samples = open_samples([DatasetSource(dataset=str(tmp_path / "mot17-like"))], None)
    assert samples.load(0).identities.tolist() == [0]
    assert samples.load(1).identities.tolist() == [0]


@pytest.mark.parametrize("case", ["37-train-empty-frames/nobody", "42-train-classes"])
def test_public_cases_of_nothing_to_learn_from_are_told(case: str, data_root: Path) -> None:
    folder = data_root.parent / "cases" / case
    if not folder.is_dir():
        pytest.skip(f"no {case} beside the data root")
    with pytest.raises(InputError, match="expected at least one pedestrian to learn"):
        open_samples([DatasetSource(dataset=str(folder))], None)


def test_a_split_reads_its_own_pictures(dataset: Path) -> None:
    samples = open_samples([parse_source(f"{dataset}@frames:2-4")], None)
    assert samples.load(0).picture[0, 0, 0] == 2
    assert samples.load(0).boxes_xyxy.tolist() == [[12, 10, 32, 50], [50, 10, 70, 50]]


def test_mixtures_keep_people_apart(
    dataset: Path, tmp_path: Path, make_sequence: MakeSequence
) -> None:
    other = make_sequence(tmp_path / "other" / "A", truth=TRUTH)
    write_pictures(other / "img1", 4)
    mixed = open_samples(
        [DatasetSource(dataset=str(dataset)), DatasetSource(dataset=str(tmp_path / "other"))], None
    )
    assert mixed.identities == 9
    seen = [set(mixed.load(index).identities.tolist()) for index in range(len(mixed))]
    assert set.union(*seen[:8]) & set.union(*seen[8:]) == set()
    assert set.union(*seen) == set(range(9))
    assert mixed.describe().endswith("; together: 12 pictures, 12 boxes, 9 people")


def test_two_splits_of_a_sequence_have_the_same_people(dataset: Path) -> None:
    whole = open_samples([parse_source(str(dataset))], None)
    halves = open_samples(
        [parse_source(f"{dataset}@frames:1-2"), parse_source(f"{dataset}@frames:2-4")], None
    )
    assert halves.identities == whole.identities
    assert halves.load(1).identities.tolist() == halves.load(4).identities.tolist(), (
        "frame 2, in both"
    )


def test_the_copies_of_mot17_are_one_sequence(tmp_path: Path, make_sequence: MakeSequence) -> None:
    for name in ("MOT17-02-DPM", "MOT17-02-FRCNN", "MOT17-02-SDP"):
        write_pictures(make_sequence(tmp_path / "train" / name, truth=TRUTH) / "img1", 4)
    samples = open_samples([DatasetSource(dataset=str(tmp_path / "train"))], None)
    assert len(samples) == 4
    assert samples.identities == 3


def test_the_digest_follows_what_changes_a_sample(dataset: Path) -> None:
    def digest(*specs: DatasetSource) -> str:
        return open_samples(specs, None).digest

    spec = DatasetSource(dataset=str(dataset))
    first = digest(spec)
    assert digest(spec) == first
    others = {
        digest(DatasetSource(dataset=str(dataset), stride=2)),
        digest(DatasetSource(dataset=str(dataset), min_visibility=0.6)),
        digest(DatasetSource(dataset=str(dataset), split="frames:1-3")),
        digest(spec, spec),
    }
    assert len(others) == 4
    assert first not in others
    Image.new("RGB", (160, 120), (99, 5, 1)).save(dataset / "A" / "img1" / "000003.png")
    changed = digest(spec)
    assert changed != first, "another picture"
    truth = dataset / "A" / "gt" / "gt.txt"
    truth.write_text(truth.read_text().replace("4,5,16", "4,5,17"))
    assert digest(spec) not in (first, changed), "another label"


def test_a_copy_of_a_dataset_is_the_same_data_and_a_repainted_picture_another(
    dataset: Path, tmp_path: Path
) -> None:
    def digest(folder: Path) -> str:
        return open_samples((DatasetSource(dataset=str(folder)),), None).digest

    first = digest(dataset)
    copy = Path(shutil.copytree(dataset, tmp_path / "copy", copy_function=shutil.copyfile))
    assert digest(copy) == first
    picture = copy / "A" / "img1" / "000003.png"
    content = bytearray(picture.read_bytes())
    content[-20] ^= 1  # as large as before
    picture.write_bytes(content)
    assert digest(copy) != first


def test_samples_travel_to_other_processes(dataset: Path) -> None:
    samples = open_samples([DatasetSource(dataset=str(dataset))], None)
    samples.load(0)
    copy = pickle.loads(pickle.dumps(samples))
    assert (copy.load(3).picture == samples.load(3).picture).all()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1,9,200,10,20,40,1,1,1",
            "expected a box in the picture of 160x120, found one out of it: x1 200",
        ),
        ("1,9,10,-50,20,40,1,1,1", "one out of it"),
        (
            "1,9,10,10,0,40,1,1,1",
            "expected a box of positive width and height, found x1 10, y1 10, x2 10, y2 50",
        ),
        ("1,9,10,10,20,-4,1,1,1", "expected a width and height of at least 0"),
        ("1,9,nan,10,20,40,1,1,1", "finite"),
        ("2,2,10,10,20,40,1,1,1", "expected an id once in frame 2, found id 2 a second time"),
    ],
)
def test_faults_of_labels_are_one_line(
    tmp_path: Path, make_sequence: MakeSequence, row: str, said: str
) -> None:
    folder = make_sequence(tmp_path / "data" / "A", truth=TRUTH + row + "\n")
    write_pictures(folder / "img1", 4)
    with pytest.raises(InputError, match=said) as caught:
        open_samples([DatasetSource(dataset=str(tmp_path / "data"))], None)
    assert "gt.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_fault_of_a_row_that_is_not_learned_is_none(
    tmp_path: Path, make_sequence: MakeSequence
) -> None:
    folder = make_sequence(tmp_path / "data" / "A", truth=TRUTH + "1,9,200,10,20,40,1,8,1\n")
    write_pictures(folder / "img1", 4)
    assert len(open_samples([DatasetSource(dataset=str(tmp_path / "data"))], None)) == 4


def test_faults_of_pictures_are_one_line(
    dataset: Path, tmp_path: Path, make_sequence: MakeSequence
) -> None:
    broken = dataset / "A" / "img1" / "000003.png"
    broken.write_bytes(broken.read_bytes()[:60])
    samples = open_samples([DatasetSource(dataset=str(dataset))], None)
    with pytest.raises(InputError, match=r"000003\.png: expected a picture that can be decoded"):
        samples.load(2)
    broken.unlink()
    with pytest.raises(
        InputError, match="expected a picture of frame 3, found 3 pictures without it"
    ):
        open_samples([DatasetSource(dataset=str(dataset))], None)
    make_sequence(tmp_path / "blind" / "A")
    with pytest.raises(InputError, match="expected pictures to train on, found none"):
        open_samples([DatasetSource(dataset=str(tmp_path / "blind"))], None)
    write_pictures(make_sequence(tmp_path / "test" / "A", truth=None) / "img1", 4)
    with pytest.raises(InputError, match="expected ground truth to train on, found none"):
        open_samples([DatasetSource(dataset=str(tmp_path / "test"))], None)


def test_no_source_is_a_fault() -> None:
    with pytest.raises(MotBenchError, match="expected at least one source"):
        open_samples([], None)


def test_sources_as_text(tmp_path: Path) -> None:
    assert parse_source("mot17-half-train") == DatasetSource(dataset="mot17-half-train")
    assert parse_source("street@frames:1-50") == DatasetSource(
        dataset="street", split="frames:1-50"
    )
    strange = tmp_path / "a@b"
    strange.mkdir()
    assert parse_source(str(strange)) == DatasetSource(dataset=str(strange))
    assert parse_source(f"{strange}@half-val") == DatasetSource(
        dataset=str(strange), split="half-val"
    )
    assert parse_source("odgt:x/train.odgt") == OdgtSource(odgt=Path("x/train.odgt"))
    assert parse_source("odgt:x/train.odgt@pics").images == Path("pics")  # type: ignore[union-attr]
    for wrong in ("", "@full", "street@", "odgt:"):
        with pytest.raises(MotBenchError, match="training data: expected"):
            parse_source(wrong)
