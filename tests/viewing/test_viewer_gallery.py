"""The costs of identity switches, and the gallery of the worst."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from viewer_samples import BASE, HARMFUL, LENGTH, box, open_folder, write_folder

from mot_bench.datasets.dataset import GroundTruth, Sequence
from mot_bench.datasets.mot_text import TrackRows
from mot_bench.explaining.matching import match
from mot_bench.explaining.rescoring import identity_pairs
from mot_bench.explaining.scene import People, people_of, scene_of
from mot_bench.viewing.costs import Switch, costliest, switches_of
from mot_bench.viewing.layers import truth_layer
from mot_bench.viewing.strips import moments
from mot_bench.viewing.write import ViewerOptions, write_viewer


def truth_of(people: int, length: int) -> GroundTruth:
    rows = [(frame, person) for person in range(1, people + 1) for frame in range(1, length + 1)]
    count = len(rows)
    return GroundTruth(
        frames=np.array([frame for frame, _ in rows], np.int64),
        ids=np.array([10 * person for _, person in rows], np.int64),
        boxes_ltwh=np.array([box(person, frame) for frame, person in rows]).reshape(-1, 4),
        considered=np.ones(count, np.bool_),
        classes=np.ones(count, np.int64),
        visibility=np.ones(count),
    )


def scene(names: list[list[int]]) -> tuple[People, TrackRows]:
    """People and their tracks: for each person the id of the track in each frame, 0 where there is none."""
    truth = truth_of(len(names), len(names[0]))
    length = len(names[0])
    sequence = Sequence(
        "s", length, 25, 320, 240, None, 1, length, "", load_ground_truth=lambda: truth
    )
    rows = [
        (frame, name, *box(person, frame))
        for person, own in enumerate(names, start=1)
        for frame, name in enumerate(own, start=1)
        if name
    ]
    table = np.array(rows, np.float64).reshape(-1, 6)
    ones = np.ones(len(table))
    tracks = TrackRows(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2:],
        ones,
        ones.astype(np.int64),
    )
    return people_of(sequence, "MOT17"), tracks


def costs(names: list[list[int]]) -> list[tuple[int, int, int, int, int, int]]:
    return [
        (one.frame, one.since, one.person, one.before, one.now, one.cost)
        for one in switches_of("s", *scene(names))
    ]


def test_wrong_frames_count_to_the_switch_that_they_follow() -> None:
    assert costs([[1] * 10 + [2] * 4]) == [(11, 10, 10, 1, 2, 4)]
    assert costs([[1] * 10 + [2] * 4 + [1] * 3]) == [(11, 10, 10, 1, 2, 4), (15, 14, 10, 2, 1, 0)]
    assert costs([[7] * 5 + [0] * 3 + [8] * 2 + [7] * 9 + [9] * 4]) == [
        (9, 5, 10, 7, 8, 2),
        (11, 10, 10, 8, 7, 0),
        (20, 19, 10, 7, 9, 4),
    ]


def test_wrong_frames_before_the_first_switch_count_to_it() -> None:
    assert costs([[1] * 3 + [2] * 10]) == [(4, 3, 10, 1, 2, 3)]
    assert costs([[1] * 3 + [2] * 10 + [3] * 2]) == [(4, 3, 10, 1, 2, 3), (14, 13, 10, 2, 3, 2)]


def test_without_switches_or_tracks_there_are_no_costs() -> None:
    assert costs([[1] * 5, [2] * 5]) == []
    assert costs([[0] * 5]) == []


def test_costs_add_up_to_all_wrong_frames_of_switched_people() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        names = [
            [3 * person + int(name) for name in rng.integers(0, 3, 40)] for person in range(1, 5)
        ]
        people, tracks = scene(names)
        switches = switches_of("s", people, tracks)
        made, _ = scene_of(people, tracks)
        matching = match(made)
        wrong = made.pair_truth[matching.pairs & ~identity_pairs(made)]
        switched = np.unique(made.truth_ids[matching.switched])
        assert len(switches) == matching.switched.sum()
        assert sum(one.cost for one in switches) == np.isin(made.truth_ids[wrong], switched).sum()
        boxes = len(made.truth_ids) + len(made.track_ids)
        assert sum(one.idf1 for one in switches) == pytest.approx(
            2 * sum(one.cost for one in switches) / boxes
        )


def test_the_worst_come_first_and_those_that_cost_nothing_not_at_all() -> None:
    def switch(frame: int, cost: int) -> Switch:
        return Switch("s", frame, frame - 1, 1, 1, 2, cost, 0.0)

    found = costliest([switch(5, 2), switch(9, 7), switch(3, 7), switch(4, 0)], 3)
    assert [(one.frame, one.cost) for one in found] == [(3, 7), (9, 7), (5, 2)]


def test_moments_of_a_switch() -> None:
    truth = truth_layer(truth_of(1, 100), "MOT17")
    switch = Switch("s", 50, 40, 10, 1, 2, 9, 0.1)
    cells = moments(switch, truth, 25, 100, (320, 240))
    assert [(cell.frame, cell.caption) for cell in cells] == [
        (20, "before"),
        (40, "last as 1"),
        (45, "between"),
        (50, "now 2"),
        (70, "after"),
    ]
    assert len({(cell.width, cell.height) for cell in cells}) == 1
    assert all(
        0 <= cell.left <= 320 - cell.width and 0 <= cell.top <= 240 - cell.height for cell in cells
    )
    at_once = moments(Switch("s", 2, 1, 10, 1, 2, 9, 0.1), truth, 25, 2, (320, 240))
    assert [cell.frame for cell in at_once] == [1, 2]
    assert [cell.caption for cell in at_once] == ["last as 1", "now 2"]


def test_the_gallery_links_each_switch_to_the_viewer(tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",))
    written = write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    html = (out / "gallery.html").read_text()
    assert HARMFUL not in html
    assert html.count("<article>") == 2
    assert f"1 switch, {39} frames under a wrong identity" in html
    assert "person 2: track 2 → 9" in html
    assert "after occlusion" in html
    links = re.findall(r'href="(viewer\.html#[^"]*)"', html)
    assert (
        f"viewer.html#sequence=walk&amp;a={BASE}&amp;b=none&amp;frame=40&amp;error=a%3Aidentity+switch"
        in links[0]
    )
    crops = re.findall(r'src="(viewer/crops/[^"]*)"', html)
    assert len(crops) == 8
    assert all((out / crop).is_file() for crop in crops)
    assert written.crop_bytes == sum((out / crop).stat().st_size for crop in set(crops))
    before = {crop: (out / crop).stat().st_mtime_ns for crop in crops}
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    assert before == {crop: (out / crop).stat().st_mtime_ns for crop in crops}
    write_viewer(open_folder(out), ViewerOptions(switches=0), Console(quiet=True))
    assert list((out / "viewer" / "crops").rglob("*.jpg")) == []


def test_without_pictures_boxes_are_sketched(tmp_path: Path) -> None:
    out = write_folder(
        tmp_path, sequences=("walk",), pictures=False, events=False, length=LENGTH // 2
    )
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    html = (out / "gallery.html").read_text()
    assert "<img" not in html
    assert html.count('class="person"') == 8 + 1  # and the legend
    assert not (out / "viewer" / "crops").exists()
