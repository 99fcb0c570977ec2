"""The rules of every registered tracker, held by figures on generated scenes.

A rule that changes (a buffer, a gate, the order of two stages) changes which identity a detection
gets. After an intended change, ``python tests/tracker_scenes.py`` writes the new figures; the
difference of the file shows what changed.
"""

from __future__ import annotations

import functools
import json

import pytest
from contract_samples import Case
from tracker_scenes import (
    FIGURES_FILE,
    SEEDS,
    Figures,
    SceneFrame,
    figures_of,
    recorded_cases,
    scene,
)

RECORD = "python tests/tracker_scenes.py records them"
committed = json.loads(FIGURES_FILE.read_text())
scene_of = functools.cache(scene)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", recorded_cases(), ids=str)
def test_tracks_have_the_committed_figures(case: Case, seed: int) -> None:
    wanted = committed.get(f"{case} {seed}")
    assert wanted is not None, f"expected committed figures of {case}, found none: {RECORD}"
    frames: list[SceneFrame] = scene_of(seed)
    found = figures_of(case, frames)
    expected = Figures(**{**wanted, "boxes": tuple(wanted["boxes"])})
    assert found.boxes == pytest.approx(expected.boxes, abs=1e-4)
    assert found == Figures(**{**wanted, "boxes": found.boxes})
