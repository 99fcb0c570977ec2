"""The street as the camera sees it: boxes, depth and occlusion.

Ground truth, detections and pictures are derived from it.

Shapes: T frames, P people, F pieces of furniture, Q = P + F objects that can hide others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import GroundTruth
from mot_bench.simulation.scenes import Scene
from mot_bench.simulation.world import FARTHEST, FOCAL, HORIZON, World

FloatArray = npt.NDArray[np.float64]

_COLUMNS, _ROWS = 10, 14
_BODY = 0.8


@dataclass(frozen=True)
class View:
    """A scene as the camera sees it.

    Attributes:
        boxes_xyxy: (T, Q, 4) pixels, people first, then furniture; not clipped; rounded to 0.1.
        depth: (T, Q) metres; nearer objects hide farther ones.
        present: (T, P) whether at least a fifth of the box of a person is in the picture.
        visibility: (T, P) visible fraction of the box of a person: neither hidden nor outside the
            picture.
        visible_xyxy: (T, P, 4) the box around the visible part; the whole box if nothing is
            visible.
        hider: (T, P) the other person who hides most of a person; -1 for none.
        hidden_by_hider: (T, P) the fraction that this other person hides.
        motion: (T, 2, 3) affine from the previous frame's pixels to this frame's, exact for objects
            that stand still.
    """

    boxes_xyxy: FloatArray
    depth: FloatArray
    present: npt.NDArray[np.bool_]
    visibility: FloatArray
    visible_xyxy: FloatArray
    hider: npt.NDArray[np.int64]
    hidden_by_hider: FloatArray
    motion: FloatArray


def look(scene: Scene, world: World) -> View:
    """Return the view of the world through its camera."""
    boxes, depth = _project(scene, world)
    count = world.x.shape[1]
    picture = np.array([scene.width, scene.height], np.float64)
    clipped = np.concatenate(
        [np.maximum(boxes[:, :count, :2], 0), np.minimum(boxes[:, :count, 2:], picture)], axis=2
    )
    sizes = boxes[:, :count, 2:] - boxes[:, :count, :2]
    inside = np.clip(clipped[..., 2:] - clipped[..., :2], 0, None).prod(axis=2) / sizes.prod(axis=2)
    present = (inside >= 0.2) & (world.z > 1.0) & (world.z < FARTHEST + 4)
    nearer = np.concatenate(
        [present, np.ones((len(boxes), len(scene.furniture)), np.bool_)], axis=1
    )
    visible, covers = _occlusion(boxes, depth, nearer, count, picture)
    visible_xyxy = _around(visible, boxes[:, :count])
    people_covers = covers[:, :, :count]
    hider = people_covers.argmax(axis=2)
    share = np.take_along_axis(people_covers, hider[..., None], axis=2)[..., 0]
    return View(
        boxes_xyxy=boxes,
        depth=depth,
        present=present,
        visibility=np.round(visible.mean(axis=(2, 3)), 2),
        visible_xyxy=visible_xyxy,
        hider=np.where(share > 0, hider, -1),
        hidden_by_hider=share,
        motion=_motion(scene, world),
    )


def _project(scene: Scene, world: World) -> tuple[FloatArray, FloatArray]:
    """Return boxes (T, Q, 4) and depths (T, Q) of people and furniture."""
    furniture = np.array([(f.x, f.z, f.width, f.height) for f in scene.furniture]).reshape(-1, 4)
    frames = len(world.x)
    x = np.concatenate([world.x, np.tile(furniture[:, 0], (frames, 1))], axis=1)
    z = np.concatenate([np.maximum(world.z, 0.5), np.tile(furniture[:, 1], (frames, 1))], axis=1)
    gait = 1 + 0.1 * np.sin(world.stride) * (0.3 + 0.7 * np.abs(np.cos(world.heading)))
    people_height = world.body_height * (1 + 0.008 * np.cos(2 * world.stride))
    width = np.concatenate(
        [world.body_height * world.body_width * gait, np.tile(furniture[:, 2], (frames, 1))], axis=1
    )
    height = np.concatenate([people_height, np.tile(furniture[:, 3], (frames, 1))], axis=1)
    scale = FOCAL / z
    middle = scene.width / 2 + x * scale
    foot = HORIZON + scene.camera.height * scale
    half, top = width * scale / 2, foot - height * scale
    corners = np.stack([middle - half, top, middle + half, foot], axis=2)
    centre = np.array([scene.width, scene.height] * 2) / 2
    moved = (
        (corners - centre) * world.zoom[:, None, None] + centre + np.tile(world.shift, 2)[:, None]
    )
    return np.round(moved, 1), z


def _occlusion(
    boxes: FloatArray,
    depth: FloatArray,
    opaque: npt.NDArray[np.bool_],
    count: int,
    picture: FloatArray,
) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Return which points of people's boxes are visible, and the fraction that each object hides.

    A person hides with the middle four fifths of the box, furniture with all of it.

    Returns:
        Visible points (T, P, columns, rows), and hidden fractions (T, P, Q).
    """
    people = boxes[:, :count]
    along = [(np.arange(n) + 0.5) / n for n in (_COLUMNS, _ROWS)]
    xs = people[..., :1] + along[0] * (people[..., 2:3] - people[..., :1])
    ys = people[..., 1:2] + along[1] * (people[..., 3:] - people[..., 1:2])
    margin = np.zeros(boxes.shape[1])
    margin[:count] = (1 - _BODY) / 2
    width = (boxes[..., 2] - boxes[..., 0]) * margin
    left, right = (boxes[..., 0] + width)[:, None, None], (boxes[..., 2] - width)[:, None, None]
    top, bottom = boxes[..., 1][:, None, None], boxes[..., 3][:, None, None]
    nearer = (depth[:, None, :] < depth[:, :count, None]) & opaque[:, None, :]
    in_x = ((xs[..., None] > left) & (xs[..., None] < right) & nearer[:, :, None]).astype(
        np.float32
    )
    in_y = ((ys[..., None] > top) & (ys[..., None] < bottom)).astype(np.float32)
    hidden = np.matmul(in_x, in_y.swapaxes(2, 3)) > 0.5
    covers = in_x.mean(axis=2, dtype=np.float64) * in_y.mean(axis=2, dtype=np.float64)
    inside = ((xs >= 0) & (xs < picture[0]))[..., None] & ((ys >= 0) & (ys < picture[1]))[
        :, :, None
    ]
    return inside & ~hidden, covers


def _around(visible: npt.NDArray[np.bool_], boxes: FloatArray) -> FloatArray:
    """Return boxes (T, P, 4) around the visible sample points."""
    result = boxes.copy()
    for axis, count in ((3, _COLUMNS), (2, _ROWS)):
        line = np.asarray(visible.any(axis=axis))
        first = line.argmax(axis=2)
        last = count - line[..., ::-1].argmax(axis=2)
        low = 3 - axis
        size = boxes[..., low + 2] - boxes[..., low]
        some = line.any(axis=2)
        result[..., low] = np.where(some, boxes[..., low] + size * first / count, boxes[..., low])
        result[..., low + 2] = np.where(
            some, boxes[..., low] + size * last / count, boxes[..., low + 2]
        )
    return result


def _motion(scene: Scene, world: World) -> FloatArray:
    """Return the affine of the camera from frame to frame (T, 2, 3), starting with the identity."""
    centre = np.array([scene.width, scene.height]) / 2
    motion = np.tile(np.eye(2, 3), (len(world.zoom), 1, 1))
    ratio = world.zoom[1:] / world.zoom[:-1]
    motion[1:, 0, 0] = motion[1:, 1, 1] = ratio
    origin = centre + world.shift
    motion[1:, :, 2] = origin[1:] - ratio[:, None] * origin[:-1]
    return np.round(motion, 6)


def ground_truth(view: View) -> GroundTruth:
    """Return the ground truth that MOT17's annotators would write.

    It contains every person in the picture, including hidden people, with the visibility. Ids count
    from 1 in the order in which people first appear.
    """
    frames, people = np.nonzero(view.present)
    numbers = np.zeros(view.present.shape[1], np.int64)
    seen = np.flatnonzero(view.present.any(axis=0))
    order = seen[np.argsort(view.present[:, seen].argmax(axis=0), kind="stable")]
    numbers[order] = np.arange(1, len(order) + 1)
    boxes = view.boxes_xyxy[frames, people].copy()
    boxes[:, 2:] = np.round(boxes[:, 2:] - boxes[:, :2], 1)
    count = len(frames)
    return GroundTruth(
        frames=frames.astype(np.int64) + 1,
        ids=numbers[people],
        boxes_ltwh=boxes,
        considered=np.ones(count, np.bool_),
        classes=np.ones(count, np.int64),
        visibility=view.visibility[frames, people],
    )
