"""Estimate camera motion by sparse optical flow on the pictures."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt

from mot_bench.errors import MotBenchError

FloatArray = npt.NDArray[np.float64]


def import_cv2() -> ModuleType:
    """Return OpenCV, which only optical flow needs.

    Raises:
        MotBenchError: OpenCV is missing or cannot be loaded (its GUI build needs libGL).
    """
    try:
        import cv2
    except ImportError as error:
        raise MotBenchError(
            f"camera motion optical-flow: expected OpenCV (cv2), found: {error} "
            "(if a library such as libGL.so.1 is missing: apt-get install libgl1 libglib2.0-0)"
        ) from error
    module: ModuleType = cv2
    return module


class SparseFlow:
    """Camera motion by sparse optical flow, frame by frame.

    The settings are those of BoT-SORT (arXiv:2206.14651, section 3.2, and its published code):
    pictures at half size, up to 1000 corners (quality 0.01, distance 1, block 3), tracked by
    pyramidal Lucas-Kanade; a partial affine by RANSAC. The result is the identity if fewer than
    five corners are tracked, the fit fails, or the size of the picture changes.
    """

    def __init__(self, downscale: int = 2) -> None:
        self._cv2 = import_cv2()
        self._downscale = downscale
        self._previous: npt.NDArray[np.uint8] | None = None
        self._corners: npt.NDArray[np.float32] | None = None

    def update(self, image: npt.NDArray[np.uint8]) -> FloatArray:
        """Return the affine (2, 3) from the previous picture to this one ((H, W, 3) uint8 RGB).

        The first picture gives the identity.
        """
        cv2 = self._cv2
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if self._downscale > 1:
            height, width = gray.shape
            smaller = (max(width // self._downscale, 1), max(height // self._downscale, 1))
            gray = cv2.resize(gray, smaller)
        corners = cv2.goodFeaturesToTrack(
            gray,
            maxCorners=1000,
            qualityLevel=0.01,
            minDistance=1,
            blockSize=3,
            useHarrisDetector=False,
            k=0.04,
        )
        motion = self._fit(gray)
        self._previous, self._corners = gray, corners
        return motion

    def _fit(self, gray: npt.NDArray[np.uint8]) -> FloatArray:
        cv2, motion = self._cv2, np.eye(2, 3)
        if self._previous is None or self._corners is None or self._previous.shape != gray.shape:
            return motion
        followed, status, _ = cv2.calcOpticalFlowPyrLK(self._previous, gray, self._corners, None)
        if followed is None:
            return motion
        good = status.ravel() == 1
        if good.sum() <= 4:
            return motion
        fitted, _ = cv2.estimateAffinePartial2D(
            self._corners.reshape(-1, 2)[good], followed.reshape(-1, 2)[good], method=cv2.RANSAC
        )
        if fitted is None:
            return motion
        motion = np.asarray(fitted, np.float64)
        motion[:, 2] *= self._downscale
        return motion
