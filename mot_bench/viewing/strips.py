"""The moments of an identity switch as cells of a strip: which frames, which part of the picture, whose boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mot_bench.reports.viewer_files import Layer
from mot_bench.reports.viewer_gallery import Box, Role
from mot_bench.viewing.costs import Switch

_SECONDS = 0.8  # before and after
_HIDDEN_FRAMES = 3  # from so many frames between, the time between is shown too
_HIGH, _WIDE = 1.7, 1.35  # of the cell, in heights of the person
_SMALLEST = 48


@dataclass(frozen=True)
class Moment:
    """One cell: a frame, what it shows in words, and the part of the stage, in whole pixels."""

    frame: int
    caption: str
    left: int
    top: int
    width: int
    height: int


def moments(
    switch: Switch, truth: Layer, rate: float, length: int, stage: tuple[int, int]
) -> list[Moment]:
    """Before, at and after a switch; all parts of one size, about the person.

    Args:
        switch: the switch.
        truth: ground truth of its sequence.
        rate: frames per second.
        length: frames of the sequence.
        stage: width and height in pixels.
    """
    step = max(1, round(_SECONDS * rate))
    wanted = {max(1, switch.since - step): "before", switch.since: f"last as {switch.before}"}
    if switch.frame - switch.since > _HIDDEN_FRAMES:
        wanted[(switch.since + switch.frame) // 2] = "between"
    wanted[switch.frame] = f"now {switch.now}"
    wanted.setdefault(min(length, switch.frame + step), "after")
    boxes = [_person(truth, switch.person, frame) for frame in wanted]
    tall = max(_SMALLEST, max(box[3] for box in boxes))
    width, height = min(stage[0], round(tall * _WIDE)), min(stage[1], round(tall * _HIGH))
    return [
        Moment(frame, caption, *_about(box, width, height, stage), width, height)
        for (frame, caption), box in zip(wanted.items(), boxes, strict=True)
    ]


def _person(truth: Layer, person: int, frame: int) -> tuple[float, float, float, float]:
    """Where a person is, or was in the nearest frame in which there is a box of theirs."""
    own = np.flatnonzero(truth.ids == person)
    left, top, width, height = truth.boxes_ltwh[
        own[np.abs(truth.frames[own] - frame).argmin()]
    ].tolist()
    return left, top, width, height


def _about(
    box: tuple[float, float, float, float], width: int, height: int, stage: tuple[int, int]
) -> tuple[int, int]:
    """Left and top of a part of this size with the box in its middle, within the stage where that is possible."""
    left = round(box[0] + box[2] / 2 - width / 2)
    top = round(box[1] + box[3] / 2 - height / 2)
    return min(max(0, left), stage[0] - width), min(max(0, top), stage[1] - height)


def boxes_in(moment: Moment, switch: Switch, truth: Layer, tracks: Layer) -> tuple[Box, ...]:
    """The boxes that a cell shows, others first, the switched identities last."""
    tracked: dict[int, Role] = {switch.before: "before", switch.now: "now"}
    shown = [
        *_boxes(moment, truth, {switch.person: "person"}, "other person"),
        *_boxes(moment, tracks, tracked, "other"),
    ]
    order = ("other person", "other", "person", "before", "now")
    return tuple(sorted(shown, key=lambda box: order.index(box.role)))


def _boxes(moment: Moment, layer: Layer, roles: Mapping[int, Role], otherwise: Role) -> list[Box]:
    """Boxes of a layer that reach into a cell, measured from its left top corner."""
    first, last = np.searchsorted(layer.frames, [moment.frame, moment.frame + 1])
    boxes = np.round(layer.boxes_ltwh[first:last] - [moment.left, moment.top, 0, 0], 1)
    found = []
    for identity, (left, top, width, height) in zip(
        layer.ids[first:last].tolist(), boxes.tolist(), strict=True
    ):
        if left < moment.width and top < moment.height and left + width > 0 and top + height > 0:
            found.append(Box(left, top, width, height, roles.get(identity, otherwise), identity))
    return found
