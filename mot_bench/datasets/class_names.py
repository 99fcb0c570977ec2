"""Names and numbers of the classes in column 8 of ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mot_bench.datasets.text_lines import read_bytes
from mot_bench.errors import InputError, MotBenchError, quoted

LABELS = "labels.txt"
MOT_CLASSES = (
    "pedestrian",
    "person_on_vehicle",
    "car",
    "bicycle",
    "motorbike",
    "non_motorized_vehicle",
    "static_person",
    "distractor",
    "occluder",
    "occluder_on_the_ground",
    "occluder_full",
    "reflection",
    "crowd",
)
PEDESTRIAN = 1
MOT_CLASS_NAMES = dict(enumerate(MOT_CLASSES, start=PEDESTRIAN))
_PEOPLE = ("person", "pedestrian", "people", "persons", "pedestrians", "human", "humans")


def classes_of_people(names: Mapping[int, str]) -> tuple[int, ...]:
    """Return the numbers of the classes whose names mean people."""
    return tuple(number for number, name in names.items() if name.lower() in _PEOPLE)


def read_labels(truths: Sequence[Path]) -> dict[int, str]:
    """Return the names of classes by number, from each ``labels.txt`` beside the ground truth.

    Without such a file the result is empty.

    Raises:
        InputError: two of these files differ, or one is not text.
    """
    files = dict.fromkeys(truth.parent / LABELS for truth in truths)
    lines_by_file = {file: _read_lines(file) for file in files if file.is_file()}
    if not lines_by_file:
        return {}
    first, expected_lines = next(iter(lines_by_file.items()))
    for file, lines in lines_by_file.items():
        if lines != expected_lines:
            expected = f"the classes of {first}, so that each number has one meaning"
            raise InputError(file, expected, ", ".join(lines)[:100])
    return {number: name for number, name in enumerate(expected_lines, start=1) if name}


def _read_lines(file: Path) -> list[str]:
    try:
        text = read_bytes(file, "names of classes").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        expected = "the name of one class on each line, as UTF-8"
        raise InputError(file, expected, "bytes that are not UTF-8") from error
    return [line.strip() for line in text.rstrip().splitlines()]


def class_numbers(text: str, known: Mapping[int, str]) -> tuple[int, ...]:
    """Return the numbers of the classes in a comma-separated list of names or numbers, ascending.

    Raises:
        MotBenchError: a name is unknown.
    """
    parts = [part.strip() for part in text.split(",")]
    return tuple(sorted({number for part in parts for number in _numbers_of(part, known)}))


def _numbers_of(part: str, known: Mapping[int, str]) -> list[int]:
    """Return the numbers of one class, given by name or number; every name for people matches."""
    if part.isascii() and part.removeprefix("-").isdigit() and len(part) < 10:
        return [int(part)]
    wanted = _PEOPLE if part.lower() in _PEOPLE else (part.lower(),)
    found = [number for number, name in known.items() if name.lower() in wanted]
    if not found:
        names = ", ".join(known.values())[:300]
        expected = f"all, numbers of column 8, or some of {names}"
        raise MotBenchError(f"--classes: expected {expected}; found {quoted(part)}")
    return found
