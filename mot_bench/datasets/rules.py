"""The rules by which ground truth counts, where they were taken from, and which classes were chosen.

The rules are a benchmark's (see ``mot_bench.scoring.profiles``), or ``own``: every row that is not marked 0 counts, and
column 8 is looked at only where classes are chosen. They are decided by the first of these that says something:

1. the options ``--benchmark`` and ``--classes``;
2. ``benchmark = "..."`` and ``classes = [...]`` in a file ``dataset.toml`` beside the sequences;
3. ``labels.txt`` beside ``gt.txt``, as CVAT exports it: one class a line. People alone count where it has such a class;
4. the names of the sequences, of the folder and of up to three folders above it: one that starts with MOT15, MOT16,
   MOT17 or MOT20, or has DanceTrack or SportsMOT in it;
5. column 8: MOT17 where every row has a class of 1 to 13, MOT15 where none has.

A name is not followed where no row has a class at all. A file in which some rows have a class of 1 to 13 and others do
not is refused under the rules of MOT16 and later: rules never change because one more row is in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mot_bench.datasets.mot_text import read_bytes, read_ground_truth
from mot_bench.datasets.truth_columns import TruthColumns, doubts_of, read_columns
from mot_bench.datasets.types import GroundTruth
from mot_bench.errors import InputError, MotBenchError, did_you_mean, quoted
from mot_bench.toml_files import read_toml

OWN = "own"
BENCHMARKS = ("MOT15", "MOT16", "MOT17", "MOT20", "DanceTrack", "SportsMOT", "street", OWN)
WITHOUT_CLASSES = ("MOT15", OWN)
EVERY_CLASS = "all"
LABELS = "labels.txt"
HOW_TO_CHOOSE = "--benchmark and --classes, or these keys in a dataset.toml, choose others"
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
_PEOPLE = ("person", "pedestrian", "people", "persons", "pedestrians", "human", "humans")
_PEDESTRIAN = 1
_COLUMN = "column 8"
_NO_CLASS = f"{_COLUMN}, where no row has a class of 1 to 13"
_NAMES = dict(enumerate(MOT_CLASSES, start=1))


@dataclass(frozen=True)
class Stated:
    """What a user, or a file, says of the rules; None where nothing is said.

    Attributes:
        benchmark: one of ``BENCHMARKS``.
        classes: names or numbers, separated by commas, or ``all``.
        where: for messages, where both were said.
    """

    benchmark: str | None = None
    classes: str | None = None
    where: str = "the options"

    def __post_init__(self) -> None:
        """Refuse benchmarks that are not known (``MotBenchError``)."""
        if self.benchmark is not None and self.benchmark not in BENCHMARKS:
            known = ", ".join(BENCHMARKS)
            found = f"{quoted(self.benchmark)}{did_you_mean(self.benchmark, BENCHMARKS)}"
            raise MotBenchError(f"--benchmark: expected one of {known}, found {found}")


@dataclass(frozen=True)
class Rules:
    """The rules that a dataset is scored by.

    Attributes:
        benchmark: one of ``BENCHMARKS``.
        reason: where they were taken from, in words that follow "by".
        classes: numbers in column 8 that were chosen; empty where nobody chose, so that those of the benchmark count.
        names: of classes, by number, as far as they are known.
        doubts: what columns 7 and 8 hold that these rules may not do justice to, a line each.
    """

    benchmark: str
    reason: str
    classes: tuple[int, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    @property
    def chosen(self) -> str | None:
        """The choice of classes as ``Stated`` takes it."""
        if self.classes:
            return ",".join(map(str, self.classes))
        return EVERY_CLASS if self.benchmark == OWN else None

    def title(self, number: int) -> str:
        """A class for people: its number, and its name where it is known."""
        return f"{number} ({self.names[number]})" if number in self.names else str(number)


def decide_rules(path: Path, truths: Sequence[Path], names: Sequence[str], stated: Stated | None = None) -> Rules:
    """Decide the rules of a dataset.

    Args:
        path: the dataset's folder, or the file of ground truth.
        truths: files of ground truth; those that do not exist are passed over.
        names: of the sequences.
        stated: the options.

    Raises:
        MotBenchError: classes that are not known, or a fault in ``dataset.toml`` or ``labels.txt``.
    """
    truths = list(filter(Path.is_file, truths))
    said = _with_file(stated or Stated(), path)
    labels = read_labels(truths)
    people = _people_in(labels)
    columns = [one for one in map(read_columns, truths) if one is not None]
    if said.benchmark is not None:
        rules = Rules(said.benchmark, said.where)
    elif labels and people != (_PEDESTRIAN,):
        rules = Rules(OWN, f"{LABELS} beside the ground truth")
    else:
        rules = _judged(path, columns, names)
    if said.classes is not None:
        rules = _with_classes(rules, said, labels)
    elif labels and rules.benchmark == OWN:
        rules = replace(rules, classes=people)
    unasked = said.benchmark is None and said.classes is None and not rules.classes
    doubts = doubts_of(columns, classes_looked_at=not unasked or rules.benchmark not in WITHOUT_CLASSES)
    return replace(rules, names=labels if rules.benchmark in WITHOUT_CLASSES else _NAMES, doubts=doubts)


def _people_in(labels: Mapping[int, str]) -> tuple[int, ...]:
    """Return the numbers of the classes that are people."""
    return tuple(number for number, name in labels.items() if name.lower() in _PEOPLE)


def _judged(path: Path, columns: list[TruthColumns], names: Sequence[str]) -> Rules:
    """Return the rules that names and columns speak for."""
    named = _named(path, names)
    classed = [one.classed for one in columns]
    if named is not None:
        return _confirmed(named, classed)
    if any(classed):
        return Rules("MOT17", f"{_COLUMN}, which has classes of 1 to 13")
    return Rules("MOT15", _NO_CLASS if classed else "default")


def _confirmed(named: Rules, classed: list[bool]) -> Rules:
    """Return the rules that a name speaks for, or those of MOT15 where no row has a class.

    Args:
        named: by the name.
        classed: whether each file with rows has classes.
    """
    if not classed or any(classed) or named.benchmark in WITHOUT_CLASSES:
        return named
    return Rules("MOT15", f"{_NO_CLASS}, although {named.reason} says {named.benchmark}")


def _named(path: Path, names: Sequence[str]) -> Rules | None:
    """The benchmark that the nearest name speaks of."""
    place = path.resolve()
    folders = [place.name, *[parent.name for parent in place.parents][:3]]
    titles = [f"the sequence's name {name}" for name in names] + [f"the folder's name {name}" for name in folders]
    for name, title in zip([*names, *folders], titles, strict=True):
        for benchmark in ("MOT15", "MOT16", "MOT17", "MOT20"):
            if name.upper().startswith(benchmark):
                return Rules(benchmark, title)
        for benchmark in ("DanceTrack", "SportsMOT"):
            if benchmark.lower() in name.lower():
                return Rules(benchmark, title)
    return None


def read_labels(truths: Sequence[Path]) -> dict[int, str]:
    """Names of classes by number, from the ``labels.txt`` beside files of ground truth; empty where there is none.

    Raises:
        InputError: two of them differ, or one is not text.
    """
    found: dict[Path, list[str]] = {}
    for file in dict.fromkeys(truth.parent / LABELS for truth in truths):
        if file.is_file():
            found[file] = _lines(file)
    for file, lines in found.items():
        first = next(iter(found))
        if lines != found[first]:
            raise InputError(file, f"the classes of {first}, so that numbers mean one thing", ", ".join(lines)[:100])
    return {number: name for lines in found.values() for number, name in enumerate(lines, start=1) if name}


def _lines(file: Path) -> list[str]:
    try:
        text = read_bytes(file, "names of classes").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(file, "one name of a class a line, as UTF-8", "bytes that are none") from error
    return [line.strip() for line in text.rstrip().splitlines()]


def _with_classes(rules: Rules, said: Stated, labels: Mapping[int, str]) -> Rules:
    """Return the rules with the classes that were chosen."""
    assert said.classes is not None
    if said.classes.strip().lower() == EVERY_CLASS:
        return _every_class(said)
    judged = rules.reason.startswith(_COLUMN)
    benchmark = OWN if rules.benchmark == "MOT15" or judged else rules.benchmark
    known = labels if benchmark == OWN and labels else _NAMES
    reason = rules.reason if benchmark == rules.benchmark else said.where
    return Rules(benchmark, reason, _listed(said.classes, known))


def _listed(text: str, known: Mapping[int, str]) -> tuple[int, ...]:
    """Return the numbers of the classes in a list of names or numbers, ascending."""
    parts = [part.strip() for part in text.split(",")]
    return tuple(sorted({number for part in parts for number in _numbers(part, known)}))


def _every_class(said: Stated) -> Rules:
    """Return the rules by which rows of every class count.

    Raises:
        MotBenchError: a benchmark with classes was stated as well.
    """
    if said.benchmark not in (None, *WITHOUT_CLASSES):
        expected = f"expected no benchmark beside it or {OWN}"
        raise MotBenchError(f"--classes all: {expected}, found {said.benchmark}")
    return Rules(OWN, f"{said.where}: classes are not looked at")


def _numbers(part: str, known: Mapping[int, str]) -> list[int]:
    """The numbers of a class that was named or numbered."""
    if part.isascii() and part.removeprefix("-").isdigit() and len(part) < 10:
        return [int(part)]
    wanted = _PEOPLE if part.lower() in _PEOPLE else (part.lower(),)
    found = [number for number, name in known.items() if name.lower() in wanted]
    if not found:
        names = ", ".join(known.values())[:300]
        raise MotBenchError(f"--classes: expected all, numbers of column 8, or some of {names}; found {quoted(part)}")
    return found


def _with_file(stated: Stated, path: Path) -> Stated:
    """Return the options, and for what they leave open ``dataset.toml``."""
    file = path / "dataset.toml"
    if not path.is_dir() or not file.is_file():
        return stated
    _, settings = read_toml(file)
    benchmark = _benchmark_in(file, settings)
    classes = _classes_in(file, settings)
    if stated.benchmark is None and stated.classes is None:
        return Stated(benchmark, classes, "dataset.toml")
    return replace(
        stated,
        benchmark=stated.benchmark or benchmark,
        classes=stated.classes or classes,
    )


def _benchmark_in(file: Path, settings: Mapping[str, Any]) -> str | None:
    """Return the benchmark of ``dataset.toml``; None if it names none."""
    benchmark: str | None = settings.get("benchmark")
    if benchmark is not None and benchmark not in BENCHMARKS:
        raise InputError(file, f"benchmark = one of {', '.join(BENCHMARKS)}", quoted(benchmark))
    return benchmark


def _classes_in(file: Path, settings: Mapping[str, Any]) -> str | None:
    """Return the classes of ``dataset.toml`` as ``Stated`` takes them; None if it names none."""
    classes = settings.get("classes")
    if classes is None:
        return None
    listed = classes if isinstance(classes, list) else [classes]
    if not listed or not all(_is_class(one) for one in listed):
        raise InputError(file, 'classes = ["person"] or numbers of column 8', quoted(classes))
    return ",".join(map(str, listed))


def _is_class(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def read_truth(path: Path, rules: Rules, length: int | None = None) -> GroundTruth:
    """Read ground truth by its rules: rows of chosen classes get class 1, rows of others do not count.

    Raises:
        InputError: the first fault; says how to choose other rules where the rules make it one.
    """
    try:
        truth = read_ground_truth(path, benchmark=rules.benchmark, length=length)
    except InputError as error:
        if not error.expected.startswith("a class of"):
            raise
        expected = f"{error.expected}, by the rules of {rules.benchmark} ({rules.reason}; {HOW_TO_CHOOSE})"
        raise InputError(error.path, expected, error.found, error.line) from error
    return _by_choice(truth, rules)


def _by_choice(truth: GroundTruth, rules: Rules) -> GroundTruth:
    if not rules.classes and rules.benchmark != OWN:
        return truth
    chosen = np.isin(truth.classes, rules.classes) if rules.classes else np.ones(len(truth.classes), np.bool_)
    visibility = truth.visibility
    if rules.benchmark == OWN and not (((visibility >= 0) & (visibility <= 1)).all() and visibility.any()):
        visibility = np.ones(len(visibility))  # column 9 is something else
    return replace(
        truth,
        considered=truth.considered & chosen,
        classes=np.where(chosen, _PEDESTRIAN, truth.classes),
        visibility=visibility,
        file_classes=truth.classes,
    )
