"""CrowdHuman's annotations as training samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mot_bench.errors import InputError
from mot_bench.training_data import OdgtSource, open_samples


def person(fbox: list[float], vbox: list[float] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "tag": "person",
        "fbox": fbox,
        "hbox": [0, 0, 5, 5],
        "vbox": vbox or fbox,
        "extra": {"occ": 0},
        **more,
    }


RECORDS: list[dict[str, Any]] = [
    {
        "ID": "1,abc",
        "gtboxes": [
            person([-5, 10, 20, 40]),
            person([50, 10, 20, 40], [50, 10, 20, 4]),  # a tenth is visible
            person([60, 10, 20, 40], extra={"ignore": 1}),
            {"tag": "mask", "fbox": [0, 0, 50, 50], "vbox": [0, 0, 50, 50], "extra": {"ignore": 1}},
            person([80, 10, 20, 40], [80, 10, 20, 20]),
        ],
    },
    {"ID": "2,def", "gtboxes": []},
    {"ID": "3,ghi", "gtboxes": [person([30, 20, 10, 20])]},
]


def write(folder: Path, lines: list[str]) -> OdgtSource:
    (folder / "Images").mkdir(exist_ok=True)
    for record in RECORDS:
        Image.new("RGB", (160, 120)).save(folder / "Images" / f"{record['ID']}.jpg")
    (folder / "train.odgt").write_text("\n".join(lines) + "\n")
    return OdgtSource(odgt=folder / "train.odgt")


@pytest.fixture
def source(tmp_path: Path) -> OdgtSource:
    return write(tmp_path, [json.dumps(record) for record in RECORDS])


def test_everybody_is_a_person_of_their_own(source: OdgtSource) -> None:
    samples = open_samples([source], None)
    assert len(samples) == 3
    assert samples.identities == 3
    first = samples.load(0)
    assert first.picture.shape == (120, 160, 3)
    assert first.boxes_xyxy.tolist() == [[-5, 10, 15, 50], [80, 10, 100, 50]]
    assert first.identities.tolist() == [0, 1]
    assert samples.load(1).boxes_xyxy.shape == (0, 4)
    assert samples.load(2).identities.tolist() == [2]
    assert samples.describe() == "odgt:train.odgt: 3 pictures, 3 boxes, 3 people"


def test_or_nobody_is_known(source: OdgtSource) -> None:
    unnamed = source.model_copy(update={"identities": "none"})
    samples = open_samples([unnamed], None)
    assert samples.identities == 0
    assert samples.load(0).identities.tolist() == [-1, -1]
    assert samples.digest != open_samples([source], None).digest


def test_mixed_with_itself_elsewhere(source: OdgtSource, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    other = write(tmp_path / "b", [json.dumps(RECORDS[2])])
    unnamed = other.model_copy(update={"identities": "none"})
    mixed = open_samples([source, unnamed, other], None)
    assert mixed.identities == 4
    assert [mixed.load(index).identities.tolist() for index in range(5)] == [
        [0, 1],
        [],
        [2],
        [-1],
        [3],
    ]


def changed(**change: Any) -> str:
    return json.dumps({**RECORDS[2], **change})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            '{"ID": "3,ghi", "gtboxes": [',
            "train.odgt:2: expected a JSON object, found no JSON: Expecting value",
        ),
        ("[1, 2]", 'train.odgt:2: expected a JSON object with "ID"'),
        (changed(ID=""), 'with "ID"'),
        (changed(gtboxes=[5]), 'train.odgt:2: expected "gtboxes" as a list of objects'),
        (
            changed(gtboxes=[person([1, 2, 3])]),
            'train.odgt:2: expected "fbox" as four finite numbers',
        ),
        (
            changed(gtboxes=[person([1, 2, 3, float("nan")])]),
            '"fbox" as four finite numbers, found .*NaN',
        ),
        (changed(gtboxes=[{"tag": "person"}]), '"fbox" as four finite numbers, found null'),
        (
            changed(gtboxes=[person([1, 2, 0, 5])]),
            "train.odgt:2: expected a box of positive width and height",
        ),
        (
            changed(gtboxes=[person([500, 2, 9, 5])]),
            "train.odgt:2: expected a box in the picture of 160x120",
        ),
        (
            changed(ID="4,none"),
            "train.odgt:2: expected a picture 4,none.jpg in .*Images, found none",
        ),
        (
            json.dumps(RECORDS[0]),
            r"train.odgt:2: expected each picture once \(it is in line 1 too\), found 1,abc",
        ),
    ],
)
def test_faults_name_the_line(tmp_path: Path, line: str, said: str) -> None:
    source = write(tmp_path, [json.dumps(RECORDS[0]), line])
    with pytest.raises(InputError, match=said) as caught:
        open_samples([source], None)
    assert "\n" not in str(caught.value)


def test_a_picture_that_is_none(source: OdgtSource, tmp_path: Path) -> None:
    (tmp_path / "Images" / "3,ghi.jpg").write_text("no picture")
    with pytest.raises(
        InputError, match=r"3,ghi.jpg: expected a picture that can be decoded, found .*line 3"
    ):
        open_samples([source], None)


def test_files_that_are_not_there(source: OdgtSource, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected an annotation file"):
        open_samples([OdgtSource(odgt=tmp_path / "val.odgt")], None)
    with pytest.raises(InputError, match="expected a folder of pictures, found nothing"):
        open_samples([OdgtSource(odgt=source.odgt, images=tmp_path / "none")], None)
    (tmp_path / "empty.odgt").write_text("\n")
    with pytest.raises(InputError, match="expected one JSON object a line, found an empty file"):
        open_samples([OdgtSource(odgt=tmp_path / "empty.odgt")], None)
