"""Pictures of the generated scenes: the same bytes, people where ground truth says, a background that moves exactly."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mot_bench import simulation as street
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.simulation.backdrop import draw_backdrop
from mot_bench.simulation.clothing import dress
from mot_bench.simulation.datasets import DATASETS
from mot_bench.simulation.people import draw_figure
from mot_bench.simulation.rendering import StreetPictures
from mot_bench.simulation.scenes import CameraSpec, Furniture, Scene
from mot_bench.simulation.training_scenes import TRAIN, TRAIN_SMOKE, TUNE
from mot_bench.simulation.view import View
from mot_bench.simulation.world import APPEARANCE_SIZE, unit

SCENE = TRAIN[1]
PAN = replace(
    TRAIN[3], name="street-test-pan", length=20, camera=CameraSpec(pan=60, pan_period=5, zoom=0.05)
)

PINNED = [
    [99, 101, 104, 85, 73, 89, 97, 96, 99, 92, 91, 85, 92, 91, 81, 77],
    [129, 122, 130, 118, 102, 125, 108, 129, 138, 127, 111, 128, 125, 109, 99, 106],
    [100, 98, 129, 140, 126, 105, 98, 103, 107, 102, 76, 96, 122, 101, 93, 90],
    [96, 99, 111, 110, 99, 104, 103, 95, 97, 98, 83, 92, 124, 101, 92, 96],
    [113, 114, 115, 116, 114, 114, 109, 110, 110, 103, 81, 104, 104, 106, 110, 112],
    [142, 133, 131, 135, 135, 135, 131, 137, 137, 128, 108, 132, 130, 131, 137, 129],
]  # fmt: skip


def _pictures(scene: Scene, seed: int = 0) -> StreetPictures:
    source = street.open_pictures(scene, seed)
    assert isinstance(source, StreetPictures)
    return source


def _grey(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    return np.asarray(picture.mean(axis=2))


def test_bytes_repeat_and_do_not_depend_on_the_order_of_reading() -> None:
    first, again = _pictures(SCENE), _pictures(SCENE)
    numbers = [3, 1, 17, 8]
    there = {number: first.read(number) for number in numbers}
    for number in sorted(numbers):
        picture = again.read(number)
        assert picture.shape == (SCENE.height, SCENE.width, 3)
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(picture, there[number])
        np.testing.assert_array_equal(first.read(number), picture)
    short = _pictures(replace(TRAIN_SMOKE[0], length=4))
    streamed = list(short.iterate())
    assert len(streamed) == len(short) == 4
    for number, picture in enumerate(streamed, start=1):
        np.testing.assert_array_equal(picture, short.read(number))
    for number in (0, 5):
        with pytest.raises(IndexError, match=f"frame {number} of 4"):
            short.read(number)


def test_a_change_of_the_pictures_is_a_new_version() -> None:
    """If this fails, the pictures changed: raise PICTURES_VERSION and set the numbers anew."""
    assert street.PICTURES_VERSION == "street-pictures-v1"
    picture = _pictures(replace(TRAIN_SMOKE[1], crossing=0.85)).read(7)
    means = picture[150:330].reshape(6, 30, 16, 40, 3).mean(axis=(1, 3, 4))
    np.testing.assert_allclose(means, PINNED, atol=1.0)


def test_every_street_dataset_has_pictures() -> None:
    for name in DATASETS:
        sequence = open_dataset(name, None).sequences[0]
        assert sequence.load_frames is not None
        assert len(sequence.load_frames()) == sequence.length
    cut = open_dataset("street-smoke", None, "half-val").sequences[0]
    assert cut.load_frames is not None
    whole = open_dataset("street-smoke", None).sequences[0].load_frames
    assert whole is not None
    np.testing.assert_array_equal(cut.load_frames().read(1), whole().read(cut.first_frame))


def _near(view: View, frame: int, scene: Scene) -> npt.NDArray[np.bool_]:
    """Pixels (H, W) within everybody's and everything's box, with room for shadows and blur."""
    mask = np.zeros((scene.height, scene.width), np.bool_)
    for x1, y1, x2, y2 in view.boxes_xyxy[frame].tolist():
        wide = x2 - x1
        rows = slice(max(int(y1) - 6, 0), max(int(y2 + 0.2 * wide) + 6, 0))
        mask[rows, max(int(x1 - 0.6 * wide) - 6, 0) : max(int(x2 + 0.6 * wide) + 6, 0)] = True
    return mask


@pytest.mark.parametrize("scene", [TRAIN[0], TRAIN[3], TUNE[3]], ids=lambda scene: scene.name)
def test_people_are_in_their_boxes_and_nowhere_else(scene: Scene) -> None:
    source, view = _pictures(scene), street.played(scene, 0)[1]
    covered, reach = [], []
    for number in (2, 9, 33):
        frame = number - 1
        changed = np.abs(source.read(number).astype(int) - source.empty(number)).max(axis=2) > 12
        assert not changed[~_near(view, frame, scene)].any()
        for person in np.flatnonzero(
            view.present[frame] & (view.visibility[frame] > 0.95)
        ).tolist():
            x1, y1, x2, y2 = view.boxes_xyxy[frame, person].tolist()
            part = changed[round(y1) : round(y2), round(x1) : round(x2)]
            covered.append(part.mean())
            rows = np.flatnonzero(part.any(axis=1))
            reach.append((rows[0], len(part) - 1 - rows[-1]))
    assert len(covered) > 5
    assert min(covered) > 0.25
    assert np.mean(covered) > 0.4
    assert np.max(np.array(reach)[:, 1]) <= 4
    assert np.mean(np.array(reach)[:, 0] <= 4) > 0.9


def test_figures_are_about_as_wide_as_their_boxes() -> None:
    view, source = street.played(TRAIN[4], 0)[1], _pictures(TRAIN[4])
    ratios = []
    for frame in (2, 12, 24, 36):
        for person in np.flatnonzero(view.present[frame]).tolist():
            box = view.boxes_xyxy[frame, person]
            left, top, right, bottom = source.placed_figure(frame + 1, person)[1]
            assert (top, bottom) == (box[1], box[3])
            assert (left + right) / 2 == pytest.approx((box[0] + box[2]) / 2)
            ratios.append((right - left) / (box[2] - box[0]))
    assert len(ratios) > 20
    assert 0.9 < np.mean(ratios) < 1.05
    assert np.quantile(ratios, 0.1) > 0.7
    assert np.quantile(ratios, 0.95) < 1.25


def test_who_is_hidden_cannot_be_seen() -> None:
    wall = Furniture(0, 3.0, 30, 10)
    walled = replace(SCENE, name="street-test-wall", length=6, furniture=(wall,))
    source, (world, view) = _pictures(walled), street.played(walled, 0)
    assert view.present[2].any()
    nobody = StreetPictures(walled, 0, world, replace(view, boxes_xyxy=_without_people(view)))
    np.testing.assert_array_equal(source.read(3), nobody.read(3))


def _without_people(view: View) -> npt.NDArray[np.float64]:
    boxes = view.boxes_xyxy.copy()
    boxes[:, : view.present.shape[1]] = -1000.0
    boxes[:, : view.present.shape[1], 2:] += 1
    return boxes


def test_the_nearer_person_covers_the_farther() -> None:
    """Whoever stands wholly before somebody else looks the same with and without them."""
    scene = replace(SCENE, name="street-test-depth", length=8, furniture=())
    world, view = street.played(scene, 0)
    frame = 3
    nearest = int(np.where(view.present[frame], view.depth[frame], np.inf).argmin())
    alone = view.boxes_xyxy.copy()
    others = np.arange(view.present.shape[1]) != nearest
    alone[:, others] = [-1000.0, -1000.0, -999.0, -999.0]
    both = StreetPictures(scene, 0, world, view)
    one = StreetPictures(scene, 0, world, replace(view, boxes_xyxy=alone))
    moved = view.boxes_xyxy.copy()
    moved[:, others] = moved[:, nearest : nearest + 1] + [4.0, 8.0, -4.0, -8.0]
    behind = StreetPictures(scene, 0, world, replace(view, boxes_xyxy=moved))
    x1, y1, x2, y2 = np.rint(view.boxes_xyxy[frame, nearest]).astype(int).tolist()
    middle = (
        slice(y1 + (y2 - y1) // 4, y1 + 2 * (y2 - y1) // 5),
        slice((x1 + x2) // 2 - 2, (x1 + x2) // 2 + 2),
    )
    np.testing.assert_array_equal(both.read(frame + 1)[middle], one.read(frame + 1)[middle])
    np.testing.assert_array_equal(behind.read(frame + 1)[middle], one.read(frame + 1)[middle])


def test_the_camera_moves_the_backdrop_as_its_affine_says() -> None:
    source, (world, view) = _pictures(PAN), street.played(PAN, 0)
    assert np.abs(np.diff(world.shift[:, 0])).max() > 4
    for frame in (4, 11):
        before, after = (_grey(source.empty(number)) for number in (frame, frame + 1))
        motion = view.motion[frame]
        inverse = np.linalg.inv(np.vstack([motion, [0, 0, 1]]))[:2]
        moved = np.asarray(
            Image.fromarray(before.astype(np.float32)).transform(
                (PAN.width, PAN.height),
                Image.Transform.AFFINE,
                inverse.ravel().tolist(),
                Image.Resampling.BILINEAR,
            )
        )
        inside = (slice(30, 330), slice(60, 580))
        stays = _difference(before[inside], after[inside])
        assert _difference(moved[inside], after[inside]) < 0.45 * stays


def _difference(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> float:
    """Mean absolute difference when light is the same."""
    return float(np.abs((a - a.mean()) / a.std() - (b - b.mean()) / b.std()).mean())


def test_no_person_and_no_backdrop_is_shared() -> None:
    names = (
        "street-train",
        "street-tune",
        "street-levels",
        "street",
        "street-smoke",
        "street-train-smoke",
    )
    scenes = [scene for name in names for scene in DATASETS[name][1]]
    assert len({scene.name for scene in scenes}) == len(scenes)
    assert len({zlib.crc32(scene.name.encode()) for scene in scenes}) == len(scenes)
    looks = np.concatenate(
        [street.played(replace(scene, length=2), 0)[0].appearance for scene in scenes]
    )
    assert len(looks) > 500
    likeness = looks @ looks.T - 2 * np.eye(len(looks))
    assert likeness.max() < 0.99
    drops = set()
    for scene in (*TRAIN[:4], *TUNE[:4]):
        world = street.played(replace(scene, length=2), 0)[0]
        rng = np.random.default_rng([3, 0, zlib.crc32(scene.name.encode())])
        drops.add(draw_backdrop(scene, world, rng).image.resize((16, 9)).tobytes())
    assert len(drops) == 8


def test_levels_are_reported_apart() -> None:
    levels = open_dataset("street-levels", None).sequences
    assert {(sequence.group, sequence.frame_rate) for sequence in levels} == {
        ("easy", 25),
        ("mid", 12),
        ("hard", 6),
    }
    assert len(levels) == 12
    assert sorted(scene.group for scene in TUNE) == ["easy", "easy", "hard", "hard", "mid", "mid"]
    assert (len(TRAIN), {scene.length for scene in TRAIN}) == (32, {50})
    assert (len(TRAIN_SMOKE), {scene.length for scene in TRAIN_SMOKE}) == (4, {12})


def test_clothes_of_like_people_are_like() -> None:
    rng = np.random.default_rng(7)
    base, other, noise = (unit(rng.standard_normal((60, APPEARANCE_SIZE))) for _ in range(3))
    near = unit(np.sqrt(0.9) * base + np.sqrt(0.1) * noise)

    def distance(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
        coats = [np.subtract(dress(x).coat, dress(y).coat) for x, y in zip(a, b, strict=True)]
        legs = [np.subtract(dress(x).legs, dress(y).legs) for x, y in zip(a, b, strict=True)]
        return float(np.abs(coats).mean() + np.abs(legs).mean())

    assert distance(base, base) == 0
    assert distance(base, near) < 0.5 * distance(base, other)


def test_figures_differ_by_direction_and_gait() -> None:
    clothes = dress(unit(np.random.default_rng(1).standard_normal((1, APPEARANCE_SIZE)))[0])
    poses = [
        draw_figure(clothes, heading, phase, True)
        for heading in (0, 1.57, 3.14, 4.71)
        for phase in (0.3, 1.6)
    ]
    assert len({pose.tobytes() for pose in poses}) == len(poses)
    right, left = poses[1], poses[5]
    assert abs(right.width - left.width) <= 6
    standing = draw_figure(clothes, 0.0, 0.0, False)
    assert standing.width < right.width
    assert abs(standing.height - poses[2].height) < 0.08 * standing.height
