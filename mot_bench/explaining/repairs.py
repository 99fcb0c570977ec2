"""Repair tracks by stated edits that take errors away, and rescore what is left.

The edits are those of ``mot_bench.reports.explanation.REPAIRS``.

An edit works on what counts after TrackEval's preprocessing, removes boxes, puts true boxes in
their place, adds true boxes and changes identities; everything else stays. The edited scene is then
scored anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mot_bench.explaining.causes import Analysis
from mot_bench.explaining.identities import added_identities, kept_identities
from mot_bench.explaining.matching import NONE
from mot_bench.explaining.rescoring import Counts, rescore
from mot_bench.explaining.scene import BoolArray, IntArray, People, Scene
from mot_bench.reports.explanation import CAUSES, KINDS, Kind, LimitName

LIMITS: tuple[LimitName, ...] = ("identities", "boxes", "everything")


@dataclass(frozen=True)
class Edit:
    """What becomes of a scene's tracks.

    Attributes:
        ids: (R,) identity of each box.
        removed: (R,) boxes that go.
        replaced: (R,) the row of the person whose true box takes a box's place, ``NONE`` where it
            stays.
        added: (A,) rows of people whose true boxes are added, each person's row once; ``added_ids``
            (A,).
    """

    ids: IntArray
    removed: BoolArray
    replaced: IntArray
    added: IntArray
    added_ids: IntArray


def unchanged(scene: Scene) -> Edit:
    """The edit that does nothing."""
    count, nothing = len(scene.track_ids), np.empty(0, np.int64)
    return Edit(
        scene.track_ids, np.zeros(count, np.bool_), np.full(count, NONE, np.int64), nothing, nothing
    )


def edited(scene: Scene, people: People, edit: Edit) -> Scene:
    """The scene after an edit; boxes that are replaced or added come last in their frames."""
    stays = ~edit.removed & (edit.replaced == NONE)
    swapped = ~edit.removed & (edit.replaced != NONE)
    truth = np.concatenate([edit.replaced[swapped], edit.added])
    ids = np.concatenate([edit.ids[stays], edit.ids[swapped], edit.added_ids])
    ids = np.unique(ids, return_inverse=True)[1].reshape(-1)
    if not len(truth) and stays.all():
        return replace(scene, track_ids=ids)
    frames = np.concatenate([scene.track_frames[stays], people.frames[truth]])
    order = np.argsort(frames, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    rank = np.cumsum(stays) - 1
    kept = stays[scene.pair_track]
    first = np.searchsorted(people.pair_a, truth)
    counts = np.searchsorted(people.pair_a, truth, side="right") - first
    new = np.repeat(np.arange(len(truth)), counts)
    source = (
        np.arange(len(new))
        - np.repeat(np.cumsum(counts) - counts, counts)
        + np.repeat(first, counts)
    )
    pair_truth = np.concatenate([scene.pair_truth[kept], people.pair_b[source]])
    pair_track = np.concatenate(
        [place[rank[scene.pair_track[kept]]], place[int(stays.sum()) + new]]
    )
    iou = np.concatenate([scene.iou[kept], people.pair_iou[source]])
    by_frame = np.argsort(people.frames[pair_truth], kind="stable")
    return Scene(
        length=scene.length,
        truth_frames=scene.truth_frames,
        truth_ids=scene.truth_ids,
        track_frames=frames[order],
        track_ids=ids[order],
        pair_truth=pair_truth[by_frame],
        pair_track=pair_track[by_frame],
        iou=iou[by_frame],
    )


def repair(analysis: Analysis, kind: Kind, chosen: BoolArray) -> Scene:
    """The scene with the chosen errors of a kind repaired: (K,) of ``analysis.errors[kind]``."""
    return edited(analysis.scene, analysis.people, repairing_edit(analysis, kind, chosen))


def repairing_edit(analysis: Analysis, kind: Kind, chosen: BoolArray) -> Edit:
    """The edit that repairs the chosen errors of a kind."""
    return _EDITS[kind](analysis, chosen)


def perfect(analysis: Analysis, limit: str) -> Scene:
    """The scene with a property made perfect (see ``mot_bench.reports.explanation.Limit``)."""
    return edited(analysis.scene, analysis.people, perfecting_edit(analysis, limit))


def perfecting_edit(analysis: Analysis, limit: str) -> Edit:
    """The edit that makes a property perfect."""
    scene, matching = analysis.scene, analysis.matching
    edit = unchanged(scene)
    matched = matching.truth_of != NONE
    if limit == "identities":
        return replace(edit, ids=_own_identities(analysis))
    if limit == "boxes":
        return replace(edit, replaced=matching.truth_of)
    loose = analysis.errors["loose box"]
    replaced = matching.truth_of.copy()
    replaced[loose.track] = loose.truth
    ids = _own_identities(analysis)
    ids[loose.track] = scene.track_id_count + scene.truth_ids[loose.truth]
    missed = analysis.errors["false negative"].truth
    return Edit(
        ids,
        ~matched & (replaced == NONE),
        replaced,
        missed,
        scene.track_id_count + scene.truth_ids[missed],
    )


def rescored_repairs(analysis: Analysis) -> Mapping[str, Counts]:
    """The run's counts as it is (``""``), with each cause, each kind and each limit repaired.

    Keys are ``kind: cause``, ``kind`` and limits. What has no errors to repair is left out.
    """
    found = {"": rescore(analysis.scene, analysis.matching)}
    for kind in KINDS:
        errors = analysis.errors[kind]
        if not len(errors.cause):
            continue
        causes = [cause for cause in CAUSES[kind] if errors.of(cause).any()]
        for cause in causes:
            found[repair_key(kind, cause)] = rescore(repair(analysis, kind, errors.of(cause)))
        if len(causes) == 1:
            found[repair_key(kind)] = found[repair_key(kind, causes[0])]
        else:
            found[repair_key(kind)] = rescore(
                repair(analysis, kind, np.ones(len(errors.cause), np.bool_))
            )
    for limit in LIMITS:
        found[limit] = rescore(perfect(analysis, limit))
    return found


def repair_key(kind: Kind, cause: str = "") -> str:
    """What the counts of a repair are kept under."""
    return f"{kind}: {cause}" if cause else kind


def _own_identities(analysis: Analysis) -> IntArray:
    """(R,) each matched box under an identity of its person's own; the others as they are."""
    scene, truth_of = analysis.scene, analysis.matching.truth_of
    own = scene.track_id_count + scene.truth_ids[truth_of] if len(scene.truth_ids) else truth_of
    return np.where(truth_of != NONE, own, scene.track_ids)


def _add_missed(analysis: Analysis, chosen: BoolArray) -> Edit:
    rows = analysis.errors["false negative"].truth[chosen]
    ids = added_identities(analysis.scene, analysis.matching, rows)
    return replace(unchanged(analysis.scene), added=rows, added_ids=ids)


def _remove_false(analysis: Analysis, chosen: BoolArray) -> Edit:
    edit = unchanged(analysis.scene)
    edit.removed[analysis.errors["false positive"].track[chosen]] = True
    return edit


def _tighten(analysis: Analysis, chosen: BoolArray) -> Edit:
    edit, errors = unchanged(analysis.scene), analysis.errors["loose box"]
    edit.replaced[errors.track[chosen]] = errors.truth[chosen]
    return edit


def _keep_identities(analysis: Analysis, chosen: BoolArray) -> Edit:
    rows = analysis.errors["identity switch"].truth[chosen]
    return replace(
        unchanged(analysis.scene), ids=kept_identities(analysis.scene, analysis.matching, rows)
    )


def _fill(analysis: Analysis, chosen: BoolArray) -> Edit:
    """True boxes for the rows of the interruptions: in place of loose boxes, added where there are none."""
    scene, matching = analysis.scene, analysis.matching
    resumed = np.zeros(len(scene.truth_frames), np.bool_)
    resumed[analysis.errors["fragmentation"].truth[chosen]] = True
    inside = (matching.track_of == NONE) & (matching.before != NONE) & (matching.after != NONE)
    rows = np.flatnonzero(inside)
    rows = rows[resumed[matching.after[rows]]]
    loose = analysis.errors["loose box"]
    edit = unchanged(scene)
    tightened = np.isin(loose.truth, rows)
    edit.replaced[loose.track[tightened]] = loose.truth[tightened]
    rows = np.setdiff1d(rows, loose.truth)
    return replace(edit, added=rows, added_ids=added_identities(scene, matching, rows))


_EDITS: Mapping[Kind, Callable[[Analysis, BoolArray], Edit]] = {
    "false negative": _add_missed,
    "false positive": _remove_false,
    "loose box": _tighten,
    "identity switch": _keep_identities,
    "fragmentation": _fill,
}
