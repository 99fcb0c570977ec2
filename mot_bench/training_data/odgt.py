"""Read CrowdHuman's annotations (arXiv 1805.00123): one JSON object per line and picture.

The object has the name of the picture and its boxes. A box has a ``tag`` (``person``, or ``mask``
for crowds and statues), the box ``fbox`` of the whole body and the box ``vbox`` of its visible
part, both as left, top, width and height in pixels, and optionally ``extra.ignore``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.digests import file_mark
from mot_bench.datasets.picture_decoding import opened_picture, read_picture
from mot_bench.errors import InputError, reading, shortened
from mot_bench.files.json_files import parse_json
from mot_bench.models.samples import UNKNOWN
from mot_bench.training_data.pictures import FloatArray, Labels, Size, Source, box_fault
from mot_bench.training_data.specs import OdgtSource

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PictureFiles:
    """Pictures in files, addressed by their index in the list."""

    files: tuple[Path, ...]

    def read(self, index: int) -> npt.NDArray[np.uint8]:
        """Return the picture with this index, from 0."""
        return read_picture(self.files[index])


@dataclass(frozen=True)
class _Record:
    """A line: its number, the name of the picture, and the boxes to learn."""

    line: int
    name: str
    boxes_ltwh: list[Box]


def read_odgt(spec: OdgtSource) -> Source:
    """Return the pictures of an annotation file.

    Raises:
        InputError: the file or a picture is missing, a line is malformed, or a label is invalid;
            the error names the line.
    """
    content = _content(spec.odgt)
    folder = _images_folder(spec)
    records = _read_records(spec, content)
    files = _find_pictures(spec.odgt, folder, records)
    boxes = [_boxes(spec.odgt, *one) for one in zip(records, files, strict=True)]
    count = sum(len(each) for each in boxes)
    if not count:
        expected = 'at least one box to learn: tag "person", not ignored, visible'
        raise InputError(spec.odgt, expected, f"{len(records)} pictures without one")
    named = spec.identities == "each-box"
    people = range(count if named else 0)
    marks = [(file.name, file_mark(file)) for file in files]
    parts = [spec.min_visibility, spec.identities, hashlib.sha256(content).hexdigest(), marks]
    keys: tuple[Hashable, ...] = tuple((str(spec.odgt.resolve()), number) for number in people)
    digest = hashlib.sha256(json.dumps(["odgt", parts]).encode()).hexdigest()
    return Source(spec.title, PictureFiles(tuple(files)), _labels(boxes, named=named), keys, digest)


def _read_records(spec: OdgtSource, content: bytes) -> list[_Record]:
    """Return the record of each line that is not blank."""
    lines = content.decode("utf-8-sig", "replace").splitlines()
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    records = [_read_record(spec, number, line) for number, line in filled]
    if not records:
        raise InputError(spec.odgt, "one JSON object a line", "an empty file")
    return records


def _boxes(path: Path, record: _Record, file: Path) -> FloatArray:
    """Return the boxes of a picture, (N, 4) xyxy; raise InputError if one is invalid."""
    boxes = np.array(record.boxes_ltwh, np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    fault = box_fault(boxes, _size(path, record, file))
    if fault is not None:
        raise InputError(path, fault[1], f"{fault[2]} in {record.name}", record.line)
    return boxes


def _labels(boxes_xyxy: list[FloatArray], *, named: bool) -> tuple[Labels, ...]:
    """Return the labels of each picture; if ``named``, each box is a separate person."""
    labels, people = [], 0
    for boxes in boxes_xyxy:
        known = np.arange(people, people + len(boxes), dtype=np.int64)
        unknown = np.full(len(boxes), UNKNOWN, np.int64)
        labels.append(Labels(boxes.astype(np.float32), known if named else unknown))
        people += len(boxes)
    return tuple(labels)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            path, "an annotation file (.odgt)", error.strerror or str(error)
        ) from error


def _images_folder(spec: OdgtSource) -> Path:
    if spec.images is not None:
        if not spec.images.is_dir():
            raise InputError(
                spec.images, "a folder of pictures", "a file" if spec.images.exists() else "nothing"
            )
        return spec.images
    beside = spec.odgt.parent
    return next(
        (beside / name for name in ("Images", "images") if (beside / name).is_dir()), beside
    )


def _read_record(spec: OdgtSource, number: int, text: str) -> _Record:
    """Return the record of one line."""
    record: Any = parse_json(text, spec.odgt, "a JSON object", refuse_nan=False, line=number)
    if not isinstance(record, dict) or not isinstance(record.get("ID"), str) or not record["ID"]:
        raise InputError(
            spec.odgt, 'a JSON object with "ID", the name of a picture', shortened(text), number
        )
    entries = record.get("gtboxes", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(
            spec.odgt, '"gtboxes" as a list of objects', shortened(json.dumps(entries)), number
        )
    boxes = []
    for entry in filter(_is_person, entries):
        whole = _box(spec.odgt, entry, "fbox", number)
        if (
            "vbox" not in entry
            or _visible_part(whole, _box(spec.odgt, entry, "vbox", number)) >= spec.min_visibility
        ):
            boxes.append(whole)
    return _Record(number, record["ID"], boxes)


def _is_person(entry: dict[str, Any]) -> bool:
    """Return whether an entry is a person that is not to be ignored."""
    extra = entry.get("extra")
    ignored = isinstance(extra, dict) and extra.get("ignore") in (1, True)
    return entry.get("tag") == "person" and not ignored


def _box(path: Path, entry: dict[str, Any], key: str, line: int) -> Box:
    value = entry.get(key)
    if (
        not isinstance(value, list)
        or len(value) != 4
        or not all(_is_number(number) for number in value)
    ):
        raise InputError(
            path, f'"{key}" as four finite numbers', shortened(json.dumps(value)), line
        )
    left, top, width, height = (float(x) for x in value)
    return left, top, width, height


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _visible_part(whole: Box, visible: Box) -> float:
    """Return the visible fraction of a body; 1 without area, which a later check rejects."""
    sides = [
        min(whole[axis] + whole[axis + 2], visible[axis] + visible[axis + 2])
        - max(whole[axis], visible[axis])
        for axis in (0, 1)
    ]
    area = whole[2] * whole[3]
    return max(0.0, sides[0]) * max(0.0, sides[1]) / area if area > 0 else 1.0


def _find_pictures(path: Path, folder: Path, records: list[_Record]) -> list[Path]:
    """Return the file of the picture of each record."""
    with reading(folder, "a folder of pictures"):
        by_name = {file.name: file for file in sorted(folder.iterdir())}
    files, seen = [], dict[str, int]()
    for record in records:
        if record.name in seen:
            expected = f"each picture once (it is in line {seen[record.name]} too)"
            raise InputError(path, expected, shortened(record.name), record.line)
        seen[record.name] = record.line
        names = [record.name] + [f"{record.name}{suffix}" for suffix in (".jpg", ".jpeg", ".png")]
        file = next((by_name[name] for name in names if name in by_name), None)
        if file is None:
            raise InputError(
                path, f"a picture {shortened(record.name)}.jpg in {folder}", "none", record.line
            )
        files.append(file)
    return files


def _size(path: Path, record: _Record, file: Path) -> Size:
    """Return the width and the height of a picture without decoding it."""
    try:
        with opened_picture(file) as image:
            return image.size
    except InputError as error:
        raise InputError(
            file, error.expected, f"{error.found} ({path.name}, line {record.line})"
        ) from error
