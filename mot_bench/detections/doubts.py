"""Find reasons to doubt detections or a run on them: scores, thresholds, filters, odd boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.box_checks import FRACTIONS, are_fractions
from mot_bench.datasets.dataset import Dataset
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.errors import listed
from mot_bench.records.results import Score
from mot_bench.scoring.hints import Boxes, likely_cause, picture_size

FloatArray = npt.NDArray[np.float64]
Found = Mapping[str, SequenceDetections]
_MOST = 0.5  # a filter is named if it removes at least this share of the detections
_LOW_RECALL = 0.5
_LARGEST_FRACTION = 1.5  # scores with a larger median are not fractions
_NOT_ON_SCORES = ("match", "iou", "appearance", "proximity")  # words in names of other thresholds


def detection_doubts(found: Found) -> list[str]:
    """Return one line for each thing that makes detections implausible before tracking."""
    doubts = [
        f"{name}: detections look like {FRACTIONS}, not like pixels"
        for name, one in found.items()
        if are_fractions(one.boxes_ltwh)
    ]
    unknown = [name for name, one in found.items() if one.scores_unknown]
    if unknown:
        where = "all sequences" if len(unknown) == len(found) else listed(unknown)
        doubts.append(
            f"all detections of {where} have the same score of 0 or less, which means unknown: "
            "it is taken as 1"
        )
    doubts += _score_doubts(_scores(found.values()))
    return doubts


def _score_doubts(scores: FloatArray) -> list[str]:
    """Return doubts about scores that do not suit thresholds on fractions."""
    if not len(scores):
        return ["there are no detections at all"]
    doubts = []
    if float(np.median(scores)) > _LARGEST_FRACTION:
        doubts.append(
            f"scores of detections go up to {scores.max():g}, though thresholds are on fractions: "
            "are they percentages?"
        )
    below = int((scores < 0).sum())
    if below:
        doubts.append(
            f"{below:,} of {len(scores):,} detections score below 0, down to {scores.min():g}, "
            "though thresholds are on fractions: few trackers use such detections (are the scores "
            "logits, or does -1 mean unknown?)"
        )
    return doubts


def run_doubts(
    found: Found,
    dataset: Dataset,
    parameters: Mapping[str, object],
    scores: Mapping[str, Score],
) -> list[str]:
    """Return one line for each likely reason why a run kept few of its detections.

    Args:
        found: the detections of the run by sequence.
        dataset: the dataset with its ground truth.
        parameters: the parameters of the run's tracker.
        scores: the scores by sequence.
    """
    metrics = {name: score.metrics for name, score in scores.items()}
    poor = [name for name in metrics if len(found[name].frames) and _is_poor(metrics[name])]
    mismatched = [name for name in poor if _matches_nothing(metrics[name])]
    doubts = _box_doubts(mismatched, found, dataset)
    doubts = doubts or _filter_doubts([found[name] for name in poor], parameters)
    doubts += _no_track_doubts(poor, metrics, found, parameters)
    return doubts or _unmatched_doubts(mismatched, metrics)


def _no_track_doubts(
    poor: Sequence[str],
    metrics: Mapping[str, Mapping[str, float | int]],
    found: Found,
    parameters: Mapping[str, object],
) -> list[str]:
    """Return a doubt about the sequences without any track."""
    without_tracks = [name for name in poor if not metrics[name]["Dets"]]
    return [_no_tracks(without_tracks, found, parameters)] if without_tracks else []


def _unmatched_doubts(
    mismatched: Sequence[str], metrics: Mapping[str, Mapping[str, float | int]]
) -> list[str]:
    """Return a doubt about the sequences in which no track matches the ground truth."""
    unmatched = [name for name in mismatched if not metrics[name]["CLR_TP"]]
    if not unmatched:
        return []
    return [f"no track reaches an IoU of 0.5 with any object in {listed(unmatched)}"]


def _is_poor(metrics: Mapping[str, float | int]) -> bool:
    little = metrics["CLR_Re"] < _LOW_RECALL or metrics["MOTA"] < 0
    return bool(metrics["GT_Dets"]) and little


def _matches_nothing(metrics: Mapping[str, float | int]) -> bool:
    return not metrics["CLR_TP"] or metrics["MOTA"] < 0


def _no_tracks(names: list[str], found: Found, parameters: Mapping[str, object]) -> str:
    """Return a line that says which threshold rejects all detections."""
    scores = _scores(found[name] for name in names)
    lowest, highest = float(scores.min()), float(scores.max())
    thresholds = _thresholds(parameters)
    above = {name: value for name, value in thresholds.items() if value >= highest}
    values = ", ".join(f"{name} {value:g}" for name, value in (above or thresholds).items())
    text = f"no track at all from {len(scores):,} detections of {listed(names)}"
    if not above:
        text = f"{text}, whose scores go from {lowest:g} to {highest:g}"
        return f"{text} ({values})" if values else text
    reach = f"every score is {highest:g}" if lowest == highest else f"no score is above {highest:g}"
    key = next(iter(above)).split()[0]
    return (
        f"{text}: {reach}, and {values} of the tracker is not lower (--set {key}=VALUE changes it)"
    )


def _thresholds(parameters: Mapping[str, object]) -> dict[str, float]:
    """Return a tracker's thresholds on scores, including the one with ByteTrack's birth margin."""
    found: dict[str, float] = {}
    for name, value in parameters.items():
        named = "threshold" in name or "confidence" in name
        on_scores = named and not any(word in name for word in _NOT_ON_SCORES)
        if on_scores and _is_number(value):
            found[name] = float(str(value))
    margin = parameters.get("birth_margin")
    if "track_threshold" in found and _is_number(margin):
        found["track_threshold + birth_margin"] = found["track_threshold"] + float(str(margin))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _filter_doubts(
    rows: Sequence[SequenceDetections], parameters: Mapping[str, object]
) -> list[str]:
    """Return a line for each output filter of the tracker that removes most of the detections."""
    if not rows:
        return []
    sizes = np.concatenate([one.boxes_ltwh[:, 2:] for one in rows])
    ratio, area = parameters.get("max_aspect_ratio"), parameters.get("min_box_area")
    doubts = []
    if isinstance(ratio, int | float):
        share = float((sizes[:, 0] > ratio * sizes[:, 1]).mean())
        if share >= _MOST:
            doubts.append(
                f"max_aspect_ratio {ratio:g} removes boxes that are wider than {ratio:g} times "
                f"their height, {100 * share:.0f} % of the detections: "
                "--set max_aspect_ratio=none keeps them"
            )
    if isinstance(area, int | float):
        share = float((sizes[:, 0] * sizes[:, 1] <= area).mean())
        if share >= _MOST:
            doubts.append(
                f"min_box_area {area:g} removes boxes of {area:g} square pixels or less, "
                f"{100 * share:.0f} % of the detections: --set min_box_area=0 keeps them"
            )
    return doubts


def _box_doubts(mismatched: Sequence[str], found: Found, dataset: Dataset) -> list[str]:
    """Return what is odd about the boxes of the first sequence, unless they are fractions."""
    if not mismatched:
        return []
    name = mismatched[0]
    sequence = next(one for one in dataset.sequences if one.name == name)
    truth, boxes = sequence.ground_truth, found[name]
    if truth is None or are_fractions(boxes.boxes_ltwh):
        return []
    cause = likely_cause(truth, Boxes(boxes.frames, boxes.boxes_ltwh), picture_size(sequence))
    return [f"detections of {name}: {cause}"] if cause else []


def _scores(rows: Iterable[SequenceDetections]) -> FloatArray:
    return np.concatenate([np.empty(0), *(one.scores for one in rows)])
