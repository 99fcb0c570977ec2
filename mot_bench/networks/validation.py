"""Measure a network while it is trained, for people to watch; the figures decide nothing."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.detections.formats import make_detections
from mot_bench.diagnostics import detection_quality
from mot_bench.trackers.boxes import xyxy_to_ltwh

if TYPE_CHECKING:
    from torch import nn

VISIBLE = 0.5
VALIDATION_FRAMES = 48
"""How many frames are measured, in all sequences together."""


def measure_terms(
    module: nn.Module,
    pictures: list[tuple[Sequence, npt.NDArray[np.int64], npt.NDArray[np.uint8]]],
    size: tuple[int, int],
) -> dict[str, float]:
    """AP of a network in training, on some letterboxed frames: for people to watch.

    Args:
        module: the network, in evaluation mode.
        pictures: of each sequence some places (from 0) and the letterboxed frames there.
        size: of these, height and width.
    """
    from mot_bench.models.fairmot import FairMotNetwork
    from mot_bench.models.inference import DetectConfig, PictureDetector

    assert isinstance(module, FairMotNetwork)
    detector = PictureDetector(
        module, DetectConfig(*size, min_score=0.05), str(next(module.parameters()).device)
    )
    pairs = []
    for sequence, places, shown in pictures:
        assert sequence.ground_truth is not None
        assert sequence.width
        assert sequence.height
        found, _ = detector.look(shown, sequence.width, sequence.height)
        truth = sequence.ground_truth
        rows = np.isin(truth.frames, places + 1)
        part = GroundTruth(
            np.searchsorted(places + 1, truth.frames[rows]) + 1, truth.ids[rows], truth.boxes_ltwh[rows],
            truth.considered[rows], truth.classes[rows], truth.visibility[rows],
        )  # fmt: skip
        detections = make_detections(
            np.repeat(np.arange(1, len(found) + 1), [len(each.scores) for each in found]),
            xyxy_to_ltwh(
                np.concatenate([np.empty((0, 4)), *(each.boxes_xyxy.numpy() for each in found)])
            ),
            np.concatenate([np.empty(0), *(each.scores.numpy() for each in found)]),
        )
        cut = dataclasses.replace(
            sequence, length=len(places), load_ground_truth=partial(_same, part)
        )
        pairs.append((cut, detections))
    return {"AP": detection_quality(pairs, min_visibility=VISIBLE).standard.ap}


def _same(truth: GroundTruth) -> GroundTruth:
    return truth
