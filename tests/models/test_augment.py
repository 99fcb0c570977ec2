"""Letterbox and augmentation: boxes stay on what they surround, bytes follow from the seed."""

from __future__ import annotations

import colorsys
import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from mot_bench.models.augment import (
    AugmentConfig,
    _vary_colours,
    _warp,
    augment,
    keep,
    letterbox,
    letterbox_geometry,
)

ONE = np.array([0])
BRIGHTER_THAN_GREY = 140


def marked(height: int, width: int, box: tuple[int, int, int, int]) -> npt.NDArray[np.uint8]:
    """A black picture with a white rectangle."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[box[1] : box[3], box[0] : box[2]] = 255
    return picture


def white_box(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Where the white rectangle is, to the pixel."""
    light = picture.min(axis=2) > BRIGHTER_THAN_GREY
    x, y = np.flatnonzero(light.any(axis=0)), np.flatnonzero(light.any(axis=1))
    return np.array([x[0], y[0], x[-1] + 1, y[-1] + 1], np.float64)


def noise(height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    "size", [(360, 640), (600, 800), (480, 100), (135, 241), (96, 160), (50, 61)]
)
def test_a_letterboxed_box_is_where_its_rectangle_is(size: tuple[int, int]) -> None:
    height, width = size
    box = (width // 4, height // 4, width // 2, height * 3 // 4)
    boxed = letterbox(marked(height, width, box), np.array([box]), 192, 320)
    assert boxed.picture.shape == (192, 320, 3)
    assert np.abs(boxed.boxes_xyxy[0] - white_box(boxed.picture)).max() <= 0.75
    scale, dx, dy = letterbox_geometry(width, height, 320, 192)
    assert (boxed.scale, boxed.dx, boxed.dy) == (scale, dx, dy)
    back = (boxed.boxes_xyxy[0] - (dx, dy, dx, dy)) / scale
    assert np.allclose(back, box, atol=1e-3)


def test_the_pad_is_grey_and_in_equal_parts() -> None:
    boxed = letterbox(np.zeros((360, 640, 3), np.uint8), np.empty((0, 4)), 192, 320)
    assert (boxed.picture[:6] == 128).all()
    assert (boxed.picture[-6:] == 128).all()
    assert (boxed.picture[6:-6] == 0).all()
    assert boxed.boxes_xyxy.shape == (0, 4)


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    picture = noise(64, 96)
    boxed = letterbox(picture, np.array([[1.5, 2, 3, 4]]), 64, 96)
    assert boxed.picture is picture
    assert boxed.boxes_xyxy.tolist() == [[1.5, 2, 3, 4]]


def test_halving_is_the_mean_of_four() -> None:
    picture = noise(64, 96)
    mean = picture.reshape(32, 2, 48, 2, 3).astype(np.float64).mean(axis=(1, 3))
    assert (letterbox(picture, np.empty((0, 4)), 32, 48).picture == np.floor(mean + 0.5)).all()


@pytest.mark.parametrize("factor", [3, 4])
def test_shrinking_by_a_whole_number_is_the_mean_over_blocks(factor: int) -> None:
    picture = noise(32 * factor, 32 * factor)
    mean = picture.reshape(32, factor, 32, factor, 3).astype(np.float64).mean(axis=(1, 3))
    assert np.abs(letterbox(picture, np.empty((0, 4)), 32, 32).picture - mean).max() <= 0.51


def test_shrinking_by_a_fraction_averages_over_areas() -> None:
    """Three pixels to two: the middle one counts half to each side."""
    row = np.array([30, 90, 240], np.uint8)
    picture = np.repeat(np.repeat(np.tile(row, 2)[None, :, None], 6, axis=0), 3, axis=2)
    small = letterbox(picture, np.empty((0, 4)), 4, 4).picture
    assert small[0, :, 0].tolist() == [50, 190, 50, 190]


def test_enlarging_keeps_a_flat_picture_flat() -> None:
    picture = np.full((32, 48, 3), (10, 200, 77), np.uint8)
    assert (letterbox(picture, np.empty((0, 4)), 96, 144).picture == (10, 200, 77)).all()


@pytest.mark.parametrize("seed", range(24))
def test_an_augmented_box_is_where_its_rectangle_is(seed: int) -> None:
    """Without rotation and shear the box is exact to a pixel.

    With them it is drawn together by at most their angle.
    """
    box = (100, 60, 140, 130)
    config = AugmentConfig(hsv=0.0, rotation_degrees=0.0, shear_degrees=0.0)
    picture, boxes, names = augment(
        marked(192, 320, box), np.array([box]), np.array([7]), config, np.random.default_rng(seed)
    )
    assert np.abs(boxes[0] - white_box(picture)).max() <= 1.0
    assert names.tolist() == [7]
    picture, boxes, names = augment(
        marked(192, 320, box),
        np.array([box]),
        np.array([7]),
        AugmentConfig(hsv=0.0),
        np.random.default_rng(seed),
    )
    assert (
        np.abs(boxes[0] - white_box(picture)).max() <= 3.0
    )  # (corners of a rotated rectangle are thin)


def test_rotation_is_about_the_middle_and_the_box_shrinks_with_it() -> None:
    config = AugmentConfig(
        flip=0, hsv=0, rotation_degrees=45, translation=0, scale=(1, 1), shear_degrees=0
    )
    box = np.array([[150.0, 86, 170, 106]])
    for seed in range(5):
        _, boxes, _ = augment(
            marked(192, 320, (150, 86, 170, 106)), box, ONE, config, np.random.default_rng(seed)
        )
        assert np.allclose((boxes[0, :2] + boxes[0, 2:]) / 2, (160, 96), atol=1e-4)
        angle = np.radians(45 * (2 * np.random.default_rng(seed).random(9)[3] - 1))
        side = (
            20
            * (abs(np.cos(angle)) + abs(np.sin(angle)))
            * np.sqrt(max(abs(np.sin(angle)), abs(np.cos(angle))))
        )
        assert np.allclose(boxes[0, 2:] - boxes[0, :2], side, atol=1e-3)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Also on other machines and in other versions: everything is integer or elementwise arithmetic."""
    picture, box = noise(64, 96), np.array([[10.0, 10, 40, 50]])
    first = augment(picture, box, ONE, AugmentConfig(), np.random.default_rng(5))
    again = augment(picture, box, ONE, AugmentConfig(), np.random.default_rng(5))
    other = augment(picture, box, ONE, AugmentConfig(), np.random.default_rng(6))
    assert [part.tobytes() for part in first] == [part.tobytes() for part in again]
    assert not np.array_equal(first[0], other[0])
    assert hashlib.sha256(first[0].tobytes()).hexdigest()[:16] == "ca68b2d57973329e"
    assert (picture == noise(64, 96)).all(), "the picture that went in is not changed"


def test_none_changes_nothing() -> None:
    picture, boxes = noise(64, 96), np.array([[-5.0, 10, 40, 50], [1, 1, 3, 3]])
    varied, kept, names = augment(
        picture, boxes, np.array([3, 4]), AugmentConfig.none(), np.random.default_rng(0)
    )
    assert (varied == picture).all()
    assert (kept == boxes).all()
    assert names.tolist() == [3, 4]


def test_only_a_flip_is_exact() -> None:
    config = AugmentConfig(
        flip=1, hsv=0, rotation_degrees=0, translation=0, scale=(1, 1), shear_degrees=0
    )
    picture = noise(64, 96)
    varied, boxes, _ = augment(
        picture, np.array([[10.0, 5, 30, 20]]), ONE, config, np.random.default_rng(0)
    )
    assert (varied == picture[:, ::-1]).all()
    assert boxes.tolist() == [[66, 5, 86, 20]]


def test_a_warp_by_whole_pixels_is_exact_and_grey_around() -> None:
    """Bilinear weights of a shift by whole pixels are 0 and 1; where nothing was, it is grey."""
    picture = noise(40, 60)
    back = np.array([[1.0, 0, 3], [0, 1.0, -2], [0, 0, 1]])
    moved = _warp(np.ascontiguousarray(picture.transpose(2, 0, 1)), back)
    assert (moved[2:, :-3] == picture[:-2, 3:]).all()
    assert (moved[:2] == 128).all()
    assert (moved[:, -3:] == 128).all()


def test_a_warp_by_half_a_pixel_is_the_mean_of_two() -> None:
    picture = noise(40, 60)
    moved = _warp(
        np.ascontiguousarray(picture.transpose(2, 0, 1)),
        np.array([[1.0, 0, 0.5], [0, 1.0, 0], [0, 0, 1]]),
    )
    mean = (picture[:, :-1].astype(np.float64) + picture[:, 1:]) / 2
    assert (moved[:, :-1] == np.floor(mean + 0.5)).all()


def test_colours_are_those_of_hsv() -> None:
    picture = noise(6, 8)
    for saturation, value in ((0.5, 1.5), (1.5, 0.5), (1.5, 1.5), (1.0, 1.0)):
        varied = _vary_colours(picture, saturation, value).transpose(1, 2, 0)
        for before, after in zip(picture.reshape(-1, 3), varied.reshape(-1, 3), strict=True):
            hue, s, v = colorsys.rgb_to_hsv(*(before / 255))
            wanted = (
                np.array(colorsys.hsv_to_rgb(hue, min(1, s * saturation), min(1, v * value))) * 255
            )
            assert np.abs(after - wanted).max() <= 0.51


def test_extremes_of_colour() -> None:
    flat = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [1, 0, 0]]], np.uint8)
    varied = _vary_colours(flat, 1.5, 1.5).transpose(1, 2, 0)[0]
    assert varied.tolist() == [[0, 0, 0], [255, 255, 255], [255, 0, 0], [2, 0, 0]]


def test_what_is_kept() -> None:
    before = np.array([[0.0, 0, 20, 40]] * 6)
    after = np.array(
        [
            [0.0, 0, 20, 40],
            [0, 0, 4, 40],  # too narrow
            [0, 0, 6, 13],  # less than a tenth of its area
            [0, 0, 5, 55],  # too long
            [-30, 0, -1, 40],  # out of the picture
            [-19, 0, 1, 40],  # partly in it
        ]
    )
    assert keep(before, after, 100, 100).tolist() == [True, False, False, False, False, True]


def test_no_boxes_is_a_shape() -> None:
    picture, boxes, names = augment(
        noise(32, 32),
        np.empty((0, 4)),
        np.empty(0, np.int64),
        AugmentConfig(),
        np.random.default_rng(1),
    )
    assert picture.shape == (32, 32, 3)
    assert boxes.shape == (0, 4)
    assert boxes.dtype == np.float32
    assert names.shape == (0,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flip": 1.5}, "augment.flip: expected a number from 0 to 1, found 1.5"),
        ({"scale": (0.0, 1.0)}, "augment.scale: expected two numbers"),
        ({"hsv": float("nan")}, "augment.hsv: expected"),
    ],
)
def test_ranges_are_checked(change: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AugmentConfig(**change)  # type: ignore[arg-type]
