"""Read ground truth by the rules of its dataset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from mot_bench.datasets.class_names import PEDESTRIAN
from mot_bench.datasets.dataset import GroundTruth
from mot_bench.datasets.mot_text import read_ground_truth
from mot_bench.datasets.rules import HOW_TO_CHOOSE, OWN, Rules
from mot_bench.errors import InputError


def read_truth(path: Path, rules: Rules, length: int | None = None) -> GroundTruth:
    """Read ground truth by its rules.

    Rows of chosen classes get class 1; rows of other classes are not considered.

    Raises:
        InputError: the first fault; if only the rules make it a fault, the message tells how to
            choose others.
    """
    try:
        truth = read_ground_truth(path, benchmark=rules.benchmark, length=length)
    except InputError as error:
        if not error.expected.startswith("a class of"):
            raise
        reason = f"by the rules of {rules.benchmark} ({rules.reason}; {HOW_TO_CHOOSE})"
        expected = f"{error.expected}, {reason}"
        raise InputError(error.path, expected, error.found, error.line) from error
    return _by_choice(truth, rules)


def _by_choice(truth: GroundTruth, rules: Rules) -> GroundTruth:
    if not rules.classes and rules.benchmark != OWN:
        return truth
    if rules.classes:
        chosen_rows = np.isin(truth.classes, rules.classes)
    else:
        chosen_rows = np.ones(len(truth.classes), np.bool_)
    visibility = truth.visibility
    is_visibility = ((visibility >= 0) & (visibility <= 1)).all() and visibility.any()
    if rules.benchmark == OWN and not is_visibility:
        visibility = np.ones(len(visibility))  # column 9 holds something else
    return replace(
        truth,
        considered=truth.considered & chosen_rows,
        classes=np.where(chosen_rows, PEDESTRIAN, truth.classes),
        visibility=visibility,
        file_classes=truth.classes,
    )
