"""Our trackers give what the original implementations give, on real detections of MOT17 half-val.

The figures are those of the original programs, run on these very files and scored by TrackEval 1.3.0. All trackers but
DeepSORT are expected to be exact; DeepSORT's original breaks ties by an unstable sort.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mot_bench.camera import open_camera_motion
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.mot_text import TrackRows, format_tracks, parse_tracks
from mot_bench.detections.sources import open_detections
from mot_bench.scoring.score import combine, prepare, score_sequence, summarise
from trackers import registry
from trackers.interface import Frame, Need, SequenceInfo

SEED = "20261122"
Figures = tuple[float, float, float, int]
Case = tuple[str, dict[str, object], int | None, Figures]

CASES: dict[str, Case] = {
    "sort": ("sort", {"score_threshold": 0.6}, 2, (62.720, 74.184, 70.562, 366)),
    "sort-age30": ("sort", {"score_threshold": 0.6, "max_age": 30}, 2, (66.356, 74.615, 77.516, 232)),
    "bytetrack": ("bytetrack", {}, 1, (67.803, 77.790, 79.893, 170)),
    "ocsort": ("ocsort", {}, 1, (66.452, 74.630, 77.858, 205)),
    "botsort": ("botsort", {}, 2, (68.632, 78.413, 80.857, 155)),
    "botsort-no-cmc": ("botsort", {"use_camera_motion": False}, 2, (67.905, 77.634, 79.399, 347)),
    "botsort-reid": ("botsort", {"use_reid": True}, 2, (69.558, 78.586, 81.819, 140)),
    "fairmot": ("fairmot", {}, None, (70.394, 78.532, 84.576, 169)),
    "deepsort": ("deepsort", {}, 2, (71.428, 78.261, 86.496, 77)),
}
POINTS = 0.0006  # the figures have three decimals
DEEPSORT_POINTS, DEEPSORT_SWITCHES = 0.05, 5


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, data_root: Path) -> Path:
    """Half-val with simulated embeddings of same-identity cosine 0.9."""
    tool = data_root.parent / "tools" / "simulate_embeddings.py"
    if not tool.is_file():
        pytest.skip(f"no {tool.name} beside the data root: simulated embeddings cannot be made")
    folder = tmp_path_factory.mktemp("simulated")
    subprocess.run([sys.executable, tool, data_root, folder, SEED, "0.9"], check=True, capture_output=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_tracker_gives_the_figures_of_its_original(simulated: Path, data_root: Path, case: str) -> None:
    name, parameters, decimals, (hota, mota, idf1, switches) = CASES[case]
    dataset = open_dataset(str(simulated), data_root)
    detections = open_detections("auto", dataset)
    tracker_class = registry.load(name)
    config = tracker_class.Config.model_validate(parameters)
    needs = tracker_class.needs(config)
    camera = open_camera_motion("file" if Need.CAMERA_MOTION in needs else "none", dataset)
    scores = {}
    for sequence in dataset.sequences:
        tracker = registry.make(name, parameters)
        tracker.reset(SequenceInfo(sequence.name, sequence.frame_rate, sequence.width, sequence.height))
        motion = camera.load(sequence) if Need.CAMERA_MOTION in needs else [None] * sequence.length
        frames, ids, boxes, confidences = [], [], [np.empty((0, 4))], []
        for index, found in enumerate(detections.load(sequence).by_frame(sequence.length)):
            tracks = tracker.update(Frame(index + 1, found, None, motion[index]))
            frames += [index + 1] * len(tracks)
            ids += tracks.ids.tolist()
            boxes.append(tracks.boxes_xyxy)
            confidences += tracks.scores.tolist()
        ltwh = np.concatenate(boxes)
        ltwh[:, 2:] -= ltwh[:, :2]
        rows = TrackRows(np.array(frames), np.array(ids), ltwh, np.array(confidences), np.ones(len(ids), np.int64))
        written = parse_tracks(format_tracks(rows, decimals), Path("tracks.txt"), sequence.length)
        assert sequence.ground_truth is not None
        truth = prepare(sequence.ground_truth, sequence.length, dataset.benchmark)
        scores[sequence.name] = score_sequence(truth, written)
    metrics = summarise(combine(scores)).metrics
    exact = name != "deepsort"
    expected = pytest.approx((hota, mota, idf1), abs=POINTS if exact else DEEPSORT_POINTS)
    assert (100 * metrics["HOTA"], 100 * metrics["MOTA"], 100 * metrics["IDF1"]) == expected
    assert abs(metrics["IDSW"] - switches) <= (0 if exact else DEEPSORT_SWITCHES)
