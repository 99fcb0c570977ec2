"""Decide by which rules the ground truth of a dataset counts.

The first of these sources that states something decides:

1. the options ``--benchmark`` and ``--classes``;
2. ``benchmark = "..."`` and ``classes = [...]`` in a file ``dataset.toml`` beside the sequences;
3. ``labels.txt`` beside ``gt.txt``, as CVAT exports it, with one class on each line. If it names a
   class of people, only people count;
4. the names of the sequences, of the folder and of up to three folders above it: a name that
   starts with MOT15, MOT16, MOT17 or MOT20, or contains DanceTrack or SportsMOT;
5. column 8: MOT17 if some row has a class of 1 to 13, MOT15 otherwise.

A name is not followed if no row has a class. Under the rules of MOT16 and later, a file in which
only some rows have a class of 1 to 13 is refused: one more row never changes the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mot_bench.datasets.class_names import (
    LABELS,
    MOT_CLASS_NAMES,
    PEDESTRIAN,
    class_numbers,
    classes_of_people,
    read_labels,
)
from mot_bench.datasets.rules import BENCHMARKS, EVERY_CLASS, OWN, WITHOUT_CLASSES, Rules, Stated
from mot_bench.datasets.truth_columns import TruthColumns, doubts_of, read_columns
from mot_bench.errors import InputError, MotBenchError, quoted
from mot_bench.files.toml_files import read_toml

_COLUMN = "column 8"
_NO_CLASS = f"{_COLUMN}, where no row has a class of 1 to 13"


def decide_rules(
    path: Path, truths: Sequence[Path], names: Sequence[str], options: Stated | None = None
) -> Rules:
    """Decide the rules of a dataset.

    Args:
        path: the dataset's folder, or the file of ground truth.
        truths: files of ground truth; files that do not exist are skipped.
        names: the names of the sequences.
        options: what the user states.

    Raises:
        MotBenchError: a class is unknown, or ``dataset.toml`` or ``labels.txt`` is faulty.
    """
    truths = list(filter(Path.is_file, truths))
    stated = _completed_by_file(options or Stated(), path)
    labels = read_labels(truths)
    columns = [one for one in map(read_columns, truths) if one is not None]
    rules = _benchmark_rules(stated, labels, path, columns, names)
    rules = _with_classes(rules, stated, labels)
    chosen = stated.benchmark is not None or stated.classes is not None or bool(rules.classes)
    without_classes = rules.benchmark in WITHOUT_CLASSES
    return replace(
        rules,
        names=labels if without_classes else MOT_CLASS_NAMES,
        doubts=doubts_of(columns, classes_looked_at=chosen or not without_classes),
    )


def _benchmark_rules(
    stated: Stated,
    labels: Mapping[int, str],
    path: Path,
    columns: list[TruthColumns],
    names: Sequence[str],
) -> Rules:
    """Return the rules before any choice of classes."""
    if stated.benchmark is not None:
        return Rules(stated.benchmark, stated.where)
    if labels and classes_of_people(labels) != (PEDESTRIAN,):
        return Rules(OWN, f"{LABELS} beside the ground truth")
    return _inferred(path, columns, names)


def _inferred(path: Path, columns: list[TruthColumns], names: Sequence[str]) -> Rules:
    """Return the rules that the names and the columns suggest."""
    named = _named(path, names)
    classed = [one.classed for one in columns]
    if named is not None:
        return _confirmed(named, classed)
    if any(classed):
        return Rules("MOT17", f"{_COLUMN}, which has classes of 1 to 13")
    return Rules("MOT15", _NO_CLASS if classed else "default")


def _confirmed(named: Rules, classed: list[bool]) -> Rules:
    """Return the rules that a name suggests, or those of MOT15 if no row has a class.

    Args:
        named: the rules that the name suggests.
        classed: for each file with rows, whether it has classes.
    """
    if not classed or any(classed) or named.benchmark in WITHOUT_CLASSES:
        return named
    return Rules("MOT15", f"{_NO_CLASS}, although {named.reason} says {named.benchmark}")


def _named(path: Path, names: Sequence[str]) -> Rules | None:
    """Return the rules of the benchmark that the nearest name mentions; None if no name does."""
    place = path.resolve()
    folders = [place.name, *[parent.name for parent in place.parents][:3]]
    titles = {f"the sequence's name {name}": name for name in names}
    titles |= {f"the folder's name {name}": name for name in folders}
    for title, name in titles.items():
        benchmark = _benchmark_in_name(name)
        if benchmark is not None:
            return Rules(benchmark, title)
    return None


def _benchmark_in_name(name: str) -> str | None:
    for benchmark in ("MOT15", "MOT16", "MOT17", "MOT20"):
        if name.upper().startswith(benchmark):
            return benchmark
    for benchmark in ("DanceTrack", "SportsMOT"):
        if benchmark.lower() in name.lower():
            return benchmark
    return None


def _with_classes(rules: Rules, stated: Stated, labels: Mapping[int, str]) -> Rules:
    """Return the rules with the stated classes, or with people among the user's own classes."""
    if stated.classes is None:
        people = classes_of_people(labels) if rules.benchmark == OWN else ()
        return replace(rules, classes=people) if people else rules
    if stated.classes.strip().lower() == EVERY_CLASS:
        return _every_class(stated)
    from_column = rules.reason.startswith(_COLUMN)
    benchmark = OWN if rules.benchmark == "MOT15" or from_column else rules.benchmark
    known = labels if benchmark == OWN and labels else MOT_CLASS_NAMES
    reason = rules.reason if benchmark == rules.benchmark else stated.where
    return Rules(benchmark, reason, class_numbers(stated.classes, known))


def _every_class(stated: Stated) -> Rules:
    """Return the rules by which rows of every class count.

    Raises:
        MotBenchError: a benchmark with classes was stated as well.
    """
    if stated.benchmark not in (None, *WITHOUT_CLASSES):
        expected = f"expected no benchmark beside it or {OWN}"
        raise MotBenchError(f"--classes all: {expected}, found {stated.benchmark}")
    return Rules(OWN, f"{stated.where}: classes are not looked at")


def _completed_by_file(options: Stated, path: Path) -> Stated:
    """Return the options, completed by ``dataset.toml`` where they state nothing."""
    file = path / "dataset.toml"
    if not path.is_dir() or not file.is_file():
        return options
    _, settings = read_toml(file)
    benchmark = _benchmark_in_file(file, settings)
    classes = _classes_in_file(file, settings)
    if options.benchmark is None and options.classes is None:
        return Stated(benchmark, classes, "dataset.toml")
    return replace(
        options,
        benchmark=options.benchmark or benchmark,
        classes=options.classes or classes,
    )


def _benchmark_in_file(file: Path, settings: Mapping[str, Any]) -> str | None:
    """Return the benchmark of ``dataset.toml``; None if the file names none."""
    benchmark: str | None = settings.get("benchmark")
    if benchmark is not None and benchmark not in BENCHMARKS:
        raise InputError(file, f"benchmark = one of {', '.join(BENCHMARKS)}", quoted(benchmark))
    return benchmark


def _classes_in_file(file: Path, settings: Mapping[str, Any]) -> str | None:
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
