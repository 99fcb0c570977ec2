"""What counts in a score, and by which rules: stated with every result.

Data in which nothing counts are refused.
"""

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
    """Rows of one sequence: all, those that count and their identities, and those that do not, by reason."""

    name: str
    rows: int
    boxes: int
    identities: int
    ignored: dict[str, int]
    considered_others: frozenset[int]


def counted_of(dataset: Dataset) -> Counted:
    """Say what counts in scores on a dataset.

    Raises:
        MotBenchError: there are boxes in the ground truth, and none of them counts.
    """
    rules = dataset.rules or Rules(dataset.benchmark, "the dataset")
    profile = profile_of(dataset.benchmark)
    tallies = [
        _tally(one, rules, profile)
        for one in dataset.sequences
        if one.load_ground_truth is not None
    ]
    ignored = {
        reason: sum(tally.ignored[reason] for tally in tallies)
        for reason in (MARKED_ZERO, OTHER_CLASSES)
    }
    boxes, rows = sum(tally.boxes for tally in tallies), sum(tally.rows for tally in tallies)
    if rows and not boxes:
        raise MotBenchError(_nothing_counts(dataset.name, rules, ignored, tallies))
    return Counted(
        benchmark=rules.benchmark,
        reason=rules.reason,
        classes=_classes(rules, profile),
        boxes=boxes,
        identities=sum(tally.identities for tally in tallies),
        ignored={reason: number for reason, number in ignored.items() if number},
        removed=[
            _with_name(number)
            for number in profile.distractor_classes
            if number not in rules.classes
        ],
        warnings=_warnings(tallies, rules, profile),
    )


def counted_lines(counted: Counted) -> list[str]:
    """Say in lines for people what counts, by which rules, and how to choose others.

    Then the warnings.
    """
    what = f" of class {', '.join(counted.classes)}" if counted.classes else ", of whatever class"
    lines = [
        f"Rules: {counted.benchmark}, by {counted.reason}; {HOW_TO_CHOOSE}.",
        f"Counted: {_number(counted.boxes, 'box', 'boxes')} of {_number(counted.identities, 'identity', 'identities')}"
        f"{what}. Not counted: {_listed(counted.ignored) or 'none'}."
        + (
            f" Tracks on boxes of class {', '.join(counted.removed)} count neither way."
            if counted.removed
            else ""
        ),
    ]
    return lines + [f"Warning: {warning}" for warning in counted.warnings]


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
    """Say that no box counts, and which classes there are to choose."""
    present = sorted(frozenset().union(*(tally.considered_others for tally in tallies)))[
        :_MOST_CLASSES
    ]
    numbers = ",".join(map(str, present))
    hint = (
        f" (--classes {numbers} scores {'this class' if len(present) == 1 else 'these classes'})"
        if present
        else ""
    )
    return (
        f"{name}: expected boxes in the ground truth that count by the rules of {rules.benchmark} "
        f"({rules.reason}), found none: {'; '.join((_listed(ignored), *rules.doubts, HOW_TO_CHOOSE))}{hint}"
    )


def _warnings(tallies: list[_Tally], rules: Rules, profile: Profile) -> list[str]:
    if not any(tally.rows for tally in tallies):
        return [
            "the ground truth has no boxes at all: every track is wrong, and most metrics mean nothing"
        ]
    found = list(rules.doubts)
    found += [
        f"{tally.name}: none of its {tally.rows} boxes counts ({_listed(tally.ignored)})"
        for tally in tallies
        if tally.rows and not tally.boxes
    ]
    strange = sorted(frozenset().union(*(tally.considered_others for tally in tallies)))
    if strange and profile.uses_classes:
        numbers = ", ".join(map(str, strange))
        found.append(
            f"boxes of class {numbers} are marked 1 in column 7, and do not count by the rules of {rules.benchmark}: "
            f"where column 8 is something other than a class of MOTChallenge, --classes all or --classes {numbers} "
            f"scores them"
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
