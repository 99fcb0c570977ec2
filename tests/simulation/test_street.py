"""street-v1: the same bytes from a seed, and scenes that are what they say."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from mot_bench import simulation as street
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset, Sequence
from mot_bench.detections.sequence_detections import SequenceDetections
from mot_bench.detections.sources import open_detections
from mot_bench.simulation.datasets import DATASETS
from mot_bench.simulation.scenes import DEFAULT, DetectorSpec, Furniture, Scene
from mot_bench.simulation.view import View
from mot_bench.tracking.camera_motion import open_camera_motion


def _load(dataset: Dataset, seed: int = 0) -> dict[str, SequenceDetections]:
    source = open_detections("auto", dataset, seed=seed)
    return {sequence.name: source.load(sequence) for sequence in dataset.sequences}


def _generate(scene: Scene, seed: int = 0) -> tuple[street.StreetSequence, SequenceDetections]:
    template = open_dataset("street-smoke", None).sequences[0]
    assert isinstance(template, street.StreetSequence)
    sequence = replace(template, name=scene.name, length=scene.length, scene=scene, seed=seed)
    return sequence, street.detections(sequence)


def _digest(dataset: Dataset) -> str:
    parts = [s.digest for s in dataset.sequences] + [d.digest for d in _load(dataset).values()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def test_a_change_of_the_generator_is_a_new_version() -> None:
    """If this fails, the data changed: raise VERSION, say so in the changelog, and set the digests anew."""
    assert street.VERSION == "street-v1"
    assert _digest(open_dataset("street-smoke", None))[:16] == "0fbf1115bb45538f"
    assert _digest(open_dataset("street", None))[:16] == "d3c634400f1ddce2"


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_repeats_and_follows_its_seeds(name: str) -> None:
    first = open_dataset(name, None)
    street.played.cache_clear()
    again, other = open_dataset(name, None), open_dataset(name, None, seed=1)
    assert [s.digest for s in first.sequences] == [s.digest for s in again.sequences]
    assert not {s.digest for s in first.sequences} & {s.digest for s in other.sequences}
    a, b, c = _load(first), _load(again), _load(first, seed=1)
    assert all(a[key].digest == b[key].digest != c[key].digest for key in a)
    assert len({s.name for s in first.sequences}) == len(first.sequences)


def test_ground_truth_is_as_in_mot17() -> None:
    for sequence in open_dataset("street", None).sequences:
        truth = sequence.ground_truth
        assert truth is not None
        assert sorted(set(truth.ids.tolist())) == list(range(1, len(set(truth.ids.tolist())) + 1))
        assert len({*zip(truth.frames.tolist(), truth.ids.tolist(), strict=True)}) == len(
            truth.frames
        )
        assert truth.frames.min() >= 1
        assert truth.frames.max() <= sequence.length
        assert (truth.boxes_ltwh[:, 2:] > 0).all()
        assert ((truth.visibility >= 0) & (truth.visibility <= 1)).all()
        assert 0.02 < (truth.visibility < 0.1).mean() < 0.5
        right, bottom = (
            truth.boxes_ltwh[:, 0] + truth.boxes_ltwh[:, 2],
            truth.boxes_ltwh[:, 1] + truth.boxes_ltwh[:, 3],
        )
        assert (right > 0).all()
        assert (bottom > 0).all()
        assert (truth.boxes_ltwh[:, 0] < 640).all()


def test_detections_carry_unit_embeddings_and_rounded_numbers() -> None:
    for found in _load(open_dataset("street-smoke", None)).values():
        assert found.embeddings is not None
        np.testing.assert_allclose(np.linalg.norm(found.embeddings, axis=1), 1, atol=1e-5)
        np.testing.assert_array_equal(found.boxes_ltwh, np.round(found.boxes_ltwh, 1))
        np.testing.assert_array_equal(found.scores, np.round(found.scores, 2))
        assert ((found.scores > 0) & (found.scores <= 1)).all()
        assert (found.boxes_ltwh[:, 2:] > 0).all()


def _recall(sequence: Sequence, found: SequenceDetections, low: float, high: float) -> float:
    """Share of people of this visibility who have a detection of IoU 0.5."""
    truth = sequence.ground_truth
    assert truth is not None
    rows = np.flatnonzero((truth.visibility >= low) & (truth.visibility < high))
    hits = 0
    for row in rows:
        boxes = found.boxes_ltwh[found.frames == truth.frames[row]]
        mine = truth.boxes_ltwh[row]
        size = np.minimum(boxes[:, :2] + boxes[:, 2:], mine[:2] + mine[2:]) - np.maximum(
            boxes[:, :2], mine[:2]
        )
        both = np.clip(size, 0, None).prod(axis=1)
        hits += bool((both / (boxes[:, 2:].prod(axis=1) + mine[2:].prod() - both) > 0.5).any())
    return hits / len(rows)


def test_who_is_hidden_is_missed_more() -> None:
    dataset = open_dataset("street-hard", None)
    sequence = dataset.sequences[0]
    found = _load(dataset)[sequence.name]
    recalls = [_recall(sequence, found, *band) for band in ((0.0, 0.2), (0.2, 0.5), (0.8, 1.1))]
    assert recalls[0] < recalls[1] < recalls[2]
    assert recalls[2] > 0.85


def test_every_kind_of_noise_changes_something() -> None:
    scene = replace(DEFAULT[0], length=60)
    base = _generate(scene)[1]
    changes = {
        "sharpness": 5.0, "bias": -4.0, "score_noise": 0.1, "cutoff": 0.4, "misses": 0.3, "least_visible": 0.5,
        "false_positives": 6.0, "box_noise": 0.1, "truncation": 1.0, "duplicates": 0.3, "embedding_noise": 1.0,
        "embedding_drift": 0.9,
    }  # fmt: skip
    assert set(changes) == set(DetectorSpec.__dataclass_fields__)
    for name, value in changes.items():
        changed = replace(scene, detector=replace(scene.detector, **{name: value}))
        assert _generate(changed)[1].digest != base.digest, name


def test_furniture_hides_and_is_nobody() -> None:
    bare = replace(DEFAULT[0], length=40)
    walled = replace(bare, furniture=(Furniture(0, 3.0, 30, 10),))
    _, view = street.played(walled, 0)
    assert (view.visibility[view.present] == 0).all()
    _, bare_view = street.played(bare, 0)
    assert (bare_view.visibility[bare_view.present] > 0.9).any()
    truth = open_dataset("street-smoke", None).sequences[0].ground_truth
    assert truth is not None
    assert set(truth.classes.tolist()) == {1}


def test_visibility_counts_who_stands_in_front_and_what_is_outside() -> None:
    scene = replace(DEFAULT[5], length=30)
    _, view = street.played(scene, 0)
    for frame in (3, 17):
        for person in np.flatnonzero(view.present[frame]).tolist():
            assert view.visibility[frame, person] == pytest.approx(
                _by_pixels(scene, view, frame, person), abs=0.08
            )


def _by_pixels(scene: Scene, view: View, frame: int, person: int) -> float:
    """Visible share of a person's box, painted pixel by pixel in a picture with a wide border."""
    border = 400
    canvas = np.zeros((scene.height + 2 * border, scene.width + 2 * border), bool)

    def area(box: npt.NDArray[np.float64], body: float) -> tuple[slice, slice]:
        margin = (box[2] - box[0]) * (1 - body) / 2
        x1, x2 = box[0] + margin + border, box[2] - margin + border
        return slice(round(box[1] + border), round(box[3] + border)), slice(round(x1), round(x2))

    own = area(view.boxes_xyxy[frame, person], 1)
    canvas[border : border + scene.height, border : border + scene.width] = True
    for other in range(view.boxes_xyxy.shape[1]):
        is_person = other < view.present.shape[1]
        if view.depth[frame, other] < view.depth[frame, person] and (
            not is_person or view.present[frame, other]
        ):
            canvas[area(view.boxes_xyxy[frame, other], 0.8 if is_person else 1)] = False
    return float(canvas[own].mean())


def test_camera_motion_is_the_truth_for_what_stands_still() -> None:
    dataset = open_dataset("street", None)
    source = open_camera_motion("file", dataset)
    moved = []
    for sequence in dataset.sequences:
        assert isinstance(sequence, street.StreetSequence)
        motion = source.load(sequence)
        assert motion.shape == (sequence.length, 2, 3)
        _, view = street.played(sequence.scene, sequence.seed)
        things = view.boxes_xyxy[:, view.present.shape[1] :, :2]
        predicted = (
            np.einsum("tij,tqj->tqi", motion[1:, :, :2], things[:-1]) + motion[1:, None, :, 2]
        )
        np.testing.assert_allclose(predicted, things[1:], atol=0.25)
        if np.abs(motion[:, :, 2]).max() > 0:
            moved.append(sequence.name)
    assert moved == ["street-handheld", "street-pan"]


def test_people_dressed_alike_look_alike() -> None:
    worlds = {scene.name: street.played(scene, 0)[0] for scene in DEFAULT}

    def likeness(name: str) -> float:
        looks = worlds[name].appearance
        return float(np.sort((looks @ looks.T)[np.triu_indices(len(looks), 1)])[-20:].mean())

    assert likeness("street-alike") > likeness("street-crossing") + 0.3


def test_a_cut_takes_detections_and_camera_along() -> None:
    whole, half = open_dataset("street-smoke", None), open_dataset("street-smoke", None, "half-val")
    a, b = _load(whole), _load(half)
    for sequence in half.sequences:
        skipped = sequence.first_frame - 1
        assert skipped == 31
        x, y = a[sequence.name], b[sequence.name]
        keep = x.frames > skipped
        np.testing.assert_array_equal(x.frames[keep] - skipped, y.frames)
        np.testing.assert_array_equal(x.boxes_ltwh[keep], y.boxes_ltwh)
        motions = [open_camera_motion("file", d).load(s) for d, s in ((half, sequence),)]
        np.testing.assert_array_equal(motions[0][0], np.eye(2, 3))


def test_sequences_can_go_to_another_process() -> None:
    dataset = open_dataset("street-smoke", None, "half-val")
    there = pickle.loads(pickle.dumps(dataset))
    assert [d.digest for d in _load(there).values()] == [d.digest for d in _load(dataset).values()]
