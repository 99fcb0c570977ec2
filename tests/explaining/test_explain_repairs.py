"""Repairs do what they say, take the errors away that they are for, and all together leave nothing to be desired."""

from __future__ import annotations

import numpy as np
import pytest
from explain_samples import edited_tracks, random_scene, sequence_of, tracks_of, truth_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mot_bench.explaining.causes import Analysis, analyse
from mot_bench.explaining.matching import match
from mot_bench.explaining.repairs import (
    LIMITS,
    edited,
    perfect,
    perfecting_edit,
    repair,
    repair_key,
    repairing_edit,
    rescored_repairs,
)
from mot_bench.explaining.rescoring import rescore
from mot_bench.explaining.scene import Scene, people_of
from mot_bench.reports.explanation import KINDS, Kind
from mot_bench.scoring.score import combine, score_sequence, summarise

Rows = list[tuple[float, ...]]


def analysis_of(truth: Rows, tracks: Rows, length: int = 8) -> Analysis:
    sequence = sequence_of(truth_of(truth), length)
    return analyse(people_of(sequence, "MOT17"), tracks_of(tracks), 5.0, None)


def person(identity: int, frames: range, x: float = 60.0) -> Rows:
    return [(frame, identity, x, 20.0, 20.0, 40.0, 1, 1, 1.0) for frame in frames]


def track(identity: int, frames: range, x: float = 60.0) -> Rows:
    return [(frame, identity, x, 20.0, 20.0, 40.0) for frame in frames]


def all_of(analysis: Analysis, kind: Kind) -> np.ndarray:
    return np.ones(len(analysis.errors[kind].cause), bool)


def ids_on(scene: Scene, person: int) -> list[int]:
    """Identity of the track of a person, frame by frame."""
    found = match(scene)
    rows = scene.truth_ids == person
    return [int(scene.track_ids[row]) if row >= 0 else -1 for row in found.track_of[rows]]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(1, 7),
    noise=st.sampled_from([0.0, 2.0, 6.0]),
    grid=st.booleans(),
)
def test_everything_repaired_is_perfect(seed: int, people: int, noise: float, grid: bool) -> None:
    sequence, tracks = random_scene(seed, people=people, noise=noise, grid=grid)
    crowd = people_of(sequence, "MOT17")
    assume(
        not ((crowd.pair_iou == 1) & (crowd.pair_a != crowd.pair_b)).any()
    )  # two people in one box are one to all
    counts = rescore(perfect(analyse(crowd, tracks, 5.0, None), "everything"))
    assert (counts.misses, counts.false_boxes, counts.switches) == (0, 0, 0)
    if len(crowd.frames):
        assert counts.metrics() == pytest.approx({"HOTA": 1.0, "IDF1": 1.0, "MOTA": 1.0}, abs=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), people=st.integers(1, 7), grid=st.booleans())
def test_each_repair_takes_its_errors_away(seed: int, people: int, grid: bool) -> None:
    sequence, tracks = random_scene(seed, people=people, noise=5.0, grid=grid)
    analysis = analyse(people_of(sequence, "MOT17"), tracks, 5.0, None)
    before = rescore(analysis.scene)
    number = {kind: len(analysis.errors[kind].cause) for kind in KINDS}
    after = {kind: rescore(repair(analysis, kind, all_of(analysis, kind))) for kind in KINDS}
    assert after["false positive"].false_boxes == before.false_boxes - number["false positive"]
    assert after["false positive"].misses == before.misses
    # CLEAR keeps a track before it finds one person more, so that a few true boxes go to others in
    # such a crowd.
    for kind in ("false negative", "loose box"):
        assert after[kind].hits >= before.hits + 0.8 * number[kind] - 1
    assert after["identity switch"].switches == 0
    assert (after["identity switch"].hits, after["identity switch"].misses) == (
        before.hits,
        before.misses,
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), people=st.integers(1, 7), share=st.sampled_from([0.3, 1.0]))
def test_edits_of_track_rows_have_these_scores_from_trackeval(
    seed: int, people: int, share: float
) -> None:
    """Gains are those of files that are edited so: MOT15's rules, which remove no tracks beforehand."""
    sequence, tracks = random_scene(seed, people=people, noise=4.0)
    analysis = analyse(people_of(sequence, "MOT15"), tracks, 5.0, None)
    rng = np.random.default_rng(seed)
    edits = [perfecting_edit(analysis, limit) for limit in LIMITS]
    for kind in KINDS:
        chosen = rng.random(len(analysis.errors[kind].cause)) < share
        edits.append(repairing_edit(analysis, kind, chosen))
    for edit in edits:
        score = score_sequence(analysis.people.prepared, edited_tracks(analysis, edit))
        theirs = summarise(combine({"A": score})).metrics
        ours = rescore(edited(analysis.scene, analysis.people, edit)).metrics()
        assert ours == pytest.approx({name: theirs[name] for name in ours}, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_one_switch_repaired_makes_no_other(seed: int) -> None:
    sequence, tracks = random_scene(seed, people=6, noise=1.0)
    analysis = analyse(people_of(sequence, "MOT17"), tracks, 5.0, None)
    count = len(analysis.errors["identity switch"].cause)
    for index in range(count):
        chosen = np.arange(count) == index
        assert rescore(repair(analysis, "identity switch", chosen)).switches < count


def test_an_exchange_is_undone() -> None:
    truth = person(1, range(1, 9)) + person(2, range(1, 9), 120.0)
    tracks = (
        track(7, range(1, 5))
        + track(8, range(1, 5), 120.0)
        + track(8, range(5, 9))
        + track(7, range(5, 9), 120.0)
    )
    analysis = analysis_of(truth, tracks)
    scene = repair(analysis, "identity switch", all_of(analysis, "identity switch"))
    assert [len(set(ids_on(scene, who))) for who in (0, 1)] == [1, 1]
    assert ids_on(scene, 0)[0] != ids_on(scene, 1)[0]
    assert rescore(scene).metrics()["HOTA"] == pytest.approx(1.0)


def test_an_identity_that_another_box_has_is_not_taken() -> None:
    """Person 1 loses track 7 to a false box: she gets a new identity on both sides of the switch."""
    truth = person(1, range(1, 9))
    tracks = track(7, range(1, 5)) + track(8, range(5, 9)) + track(7, range(5, 9), 150.0)
    analysis = analysis_of(truth, tracks)
    scene = repair(analysis, "identity switch", all_of(analysis, "identity switch"))
    assert len(set(ids_on(scene, 0))) == 1
    assert ids_on(scene, 0)[0] not in scene.track_ids[match(scene).truth_of < 0]


def test_one_of_two_switches() -> None:
    analysis = analysis_of(
        person(1, range(1, 9)),
        track(7, range(1, 3)) + track(8, range(3, 6)) + track(9, range(6, 9)),
    )
    ids = ids_on(repair(analysis, "identity switch", np.array([True, False])), 0)
    assert len(set(ids[:5])) == 1
    assert ids[5] != ids[4]
    ids = ids_on(repair(analysis, "identity switch", np.array([False, True])), 0)
    assert len(set(ids[2:])) == 1
    assert ids[1] != ids[2]


def test_missed_people_are_added_under_the_identity_that_is_free() -> None:
    bystander = person(2, range(1, 9), 120.0)
    truth = person(1, range(1, 9)) + bystander
    lost = track(7, range(1, 4)) + track(7, range(6, 9))
    free = analysis_of(truth, lost + track(9, range(1, 9), 120.0))
    scene = repair(free, "false negative", all_of(free, "false negative"))
    assert len(set(ids_on(scene, 0))) == 1
    # The identity of before is on a false box meanwhile, that of after is free.
    tracks = track(7, range(1, 4)) + track(8, range(6, 9)) + track(7, range(4, 6), 160.0)
    taken = analysis_of(truth, tracks + track(9, range(1, 9), 120.0))
    ids = ids_on(repair(taken, "false negative", all_of(taken, "false negative")), 0)
    assert ids[3:5] == [ids[5], ids[5]]
    # Never tracked: one new identity.
    never = analysis_of(truth, track(9, range(1, 9), 120.0))
    ids = ids_on(repair(never, "false negative", all_of(never, "false negative")), 0)
    assert len(set(ids)) == 1
    assert (
        rescore(repair(never, "false negative", all_of(never, "false negative"))).metrics()["MOTA"]
        == 1.0
    )


def test_loose_boxes_become_true_ones_and_gaps_are_filled() -> None:
    truth = person(1, range(1, 9)) + person(2, range(1, 9), 120.0)
    tracks = [*track(7, range(1, 4)), *track(7, range(6, 9)), (4, 7, 72.0, 20.0, 20.0, 40.0)]
    analysis = analysis_of(truth, tracks + track(9, range(1, 9), 120.0))
    assert len(analysis.errors["loose box"].cause) == 1
    assert len(analysis.errors["false negative"].cause) == 1
    tightened = rescore(repair(analysis, "loose box", np.array([True])))
    assert (tightened.misses, tightened.false_boxes) == (1, 0)
    filled = repair(analysis, "fragmentation", np.array([True]))
    assert rescore(filled).metrics()["HOTA"] == pytest.approx(1.0)
    assert not match(filled).resumed.any()


def test_perfect_identities_and_boxes() -> None:
    """A track that goes over to another person is no switch for CLEAR, and is repaired with the identities."""
    truth = person(1, range(1, 5)) + person(2, range(5, 9), 120.0)
    analysis = analysis_of(
        truth, track(7, range(1, 5)) + [(f, 7, 124.0, 20.0, 20.0, 40.0) for f in range(5, 9)]
    )
    assert not len(analysis.errors["identity switch"].cause)
    metrics = {limit: rescore(perfect(analysis, limit)).metrics() for limit in LIMITS}
    before = rescore(analysis.scene).metrics()
    assert before["IDF1"] == pytest.approx(0.5)
    assert metrics["identities"]["IDF1"] == 1.0
    assert (
        before["HOTA"]
        < metrics["boxes"]["HOTA"]
        < metrics["everything"]["HOTA"]
        == pytest.approx(1.0)
    )
    assert metrics["boxes"]["IDF1"] == pytest.approx(0.5)


def test_keys_say_kind_and_cause_and_nothing_is_left_out() -> None:
    sequence, tracks = random_scene(3, people=6, noise=6.0)
    analysis = analyse(people_of(sequence, "MOT17"), tracks, 5.0, None)
    found = rescored_repairs(analysis)
    wanted = {"", *LIMITS}
    for kind, errors in analysis.errors.items():
        wanted |= {repair_key(kind, cause) for cause in errors.by_cause()} | (
            {kind} if len(errors.cause) else set()
        )
    assert set(found) == wanted
    assert found[""].to_list() == rescore(analysis.scene).to_list()


@pytest.mark.parametrize("tracks", [[], track(7, range(1, 3), 150.0)])
@pytest.mark.parametrize("truth", [person(1, range(1, 3)), [(1, 1, 0, 0, 5, 5, 0, 1, 1)]])
def test_empty_is_a_shape(truth: Rows, tracks: Rows) -> None:
    found = rescored_repairs(analysis_of(truth, tracks))
    assert (found["everything"].misses, found["everything"].false_boxes) == (0, 0)
