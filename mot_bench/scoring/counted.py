"""State which boxes count and by which rules; refuse data in which none counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mot_bench.datasets.class_names import MOT_CLASSES
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.datasets.rules import HOW_TO_CHOOSE, Rules
from mot_bench.errors import MotBenchError
from mot_bench.records.results import Counted
from mot_bench.scoring.profiles import PEDESTRIAN, Profile, counted_rows, profile_of

OTHER_CLASSES = "of other classes"
MARKED_ZERO = "marked 0 in column 7"
_MOST_CLASSES = 10


@dataclass(frozen=True)
class _Tally:
    """The numbers of rows of one sequence: all, those that count, and ignored ones by reason."""

    name: str
    rows: int
    boxes: int
    identities: int
    ignored: dict[str, int]
    considered_others: frozenset[int]


def counted_of(dataset: Dataset) -> Counted:
    """Return which boxes count in scores on a dataset.

    Raises:
        MotBenchError: the ground truth has boxes, and none of them counts.
    """
    rules = dataset.rules or Rules(dataset.benchmark, "the dataset")
    profile = profile_of(dataset.benchmark)
    with_truth = [one for one in dataset.sequences if one.load_ground_truth is not None]
    tallies = [_tally(one, rules, profile) for one in with_truth]
    ignored = _ignored_by_reason(tallies)
    boxes = sum(tally.boxes for tally in tallies)
    if not boxes and any(tally.rows for tally in tallies):
        raise MotBenchError(_nothing_counts(dataset.name, rules, ignored, tallies))
    return Counted(
        benchmark=rules.benchmark,
        reason=rules.reason,
        classes=_classes(rules, profile),
        boxes=boxes,
        identities=sum(tally.identities for tally in tallies),
        ignored=ignored,
        removed=_removed_classes(rules, profile),
        warnings=_warnings(tallies, rules, profile),
    )


def _ignored_by_reason(tallies: list[_Tally]) -> dict[str, int]:
    """Return the numbers of ignored rows, without reasons that do not occur."""
    counts = {
        reason: sum(tally.ignored[reason] for tally in tallies)
        for reason in (MARKED_ZERO, OTHER_CLASSES)
    }
    return {reason: count for reason, count in counts.items() if count}


def _removed_classes(rules: Rules, profile: Profile) -> list[str]:
    """Return the distractor classes, on which tracks are removed."""
    numbers = [number for number in profile.distractor_classes if number not in rules.classes]
    return list(map(_with_name, numbers))


def counted_lines(counted: Counted) -> list[str]:
    """Return lines that say which boxes count, by which rules, and how to choose others.

    The warnings follow.
    """
    boxes = _number(counted.boxes, "box", "boxes")
    identities = _number(counted.identities, "identity", "identities")
    what = f" of class {', '.join(counted.classes)}" if counted.classes else " of any class"
    ignored = _listed(counted.ignored) or "none"
    summary = f"Counted: {boxes} of {identities}{what}. Not counted: {ignored}."
    if counted.removed:
        summary += f" Tracks on boxes of class {', '.join(counted.removed)} are removed."
    return [
        f"Rules: {counted.benchmark}, by {counted.reason}; {HOW_TO_CHOOSE}.",
        summary,
        *(f"Warning: {warning}" for warning in counted.warnings),
    ]


def _tally(sequence: Sequence, rules: Rules, profile: Profile) -> _Tally:
    truth = sequence.ground_truth
    assert truth is not None
    counts = counted_rows(truth, profile)
    chosen = np.ones(len(counts), np.bool_)
    if rules.classes and truth.file_classes is not None:
        chosen = np.isin(truth.file_classes, rules.classes)
    zero = chosen & ~truth.considered
    others = ~counts & ~zero
    return _Tally(
        name=sequence.name,
        rows=len(counts),
        boxes=int(counts.sum()),
        identities=len(np.unique(truth.ids[counts])),
        ignored={MARKED_ZERO: int(zero.sum()), OTHER_CLASSES: int(others.sum())},
        considered_others=frozenset(truth.classes[others & chosen].tolist()),
    )


def _nothing_counts(name: str, rules: Rules, ignored: dict[str, int], tallies: list[_Tally]) -> str:
    """Return a message that no box counts, with the classes that the user can choose."""
    present = _other_classes(tallies)[:_MOST_CLASSES]
    hint = ""
    if present:
        these = "this class" if len(present) == 1 else "these classes"
        hint = f" (--classes {','.join(map(str, present))} scores {these})"
    reasons = "; ".join((_listed(ignored), *rules.doubts, HOW_TO_CHOOSE))
    return (
        f"{name}: expected boxes in the ground truth that count by the rules of {rules.benchmark} "
        f"({rules.reason}), found none: {reasons}{hint}"
    )


def _other_classes(tallies: list[_Tally]) -> list[int]:
    """Return the classes of boxes that are considered but do not count."""
    return sorted(frozenset().union(*(tally.considered_others for tally in tallies)))


def _warnings(tallies: list[_Tally], rules: Rules, profile: Profile) -> list[str]:
    if not any(tally.rows for tally in tallies):
        return [
            "the ground truth has no boxes at all: all tracks are wrong, most metrics meaningless"
        ]
    found = list(rules.doubts)
    found += [
        f"{tally.name}: none of the {tally.rows} boxes counts ({_listed(tally.ignored)})"
        for tally in tallies
        if tally.rows and not tally.boxes
    ]
    strange = _other_classes(tallies)
    if strange and profile.uses_classes:
        numbers = ", ".join(map(str, strange))
        found.append(
            f"boxes of class {numbers} are marked 1 in column 7 but do not count by the rules of "
            f"{rules.benchmark}: if column 8 is not a class of MOTChallenge, --classes all or "
            f"--classes {numbers} scores them"
        )
    return found


def _classes(rules: Rules, profile: Profile) -> list[str]:
    if rules.classes:
        return [rules.title(number) for number in rules.classes]
    return [_with_name(PEDESTRIAN)] if profile.uses_classes else []


def _with_name(number: int) -> str:
    return f"{number} ({MOT_CLASSES[number - 1].replace('_', ' ')})"


def _listed(ignored: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in ignored.items() if number)


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
