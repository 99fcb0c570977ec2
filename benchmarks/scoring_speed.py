"""Compare the scoring speed of mot-bench with that of TrackEval's Evaluator.

    python benchmarks/scoring_speed.py --data-root DATA [--results FOLDER] [--dataset
    mot17-half-val] [--rounds 3]

``--results`` is a folder with one folder for each tracker, which contains the files
``SEQUENCE.txt``, directly or in ``data/`` or ``seed-0/tracks/`` as in ``OUT/runs``. Without it,
nine stand-ins are made from the detections: boxes linked greedily by overlap, with different
thresholds. Both sides alternate, read the same files in one process each, and score HOTA, CLEAR,
Identity and Count, without TrackEval's printing, plots and tables. All fields of all sequences and
of their combination are compared to the last bit.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.dataset import Dataset
from mot_bench.datasets.mot_text import TrackRows, read_ground_truth, read_tracks, write_tracks
from mot_bench.detections.sources import open_detections
from mot_bench.scoring.preparation import metric_input, overlap
from mot_bench.scoring.profiles import profile_of
from mot_bench.scoring.score import SequenceScore, combine, prepare, score_sequence

Scores = dict[str, dict[str, Any]]


def main() -> None:
    """Prepare the files, time both sides, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--dataset", default="mot17-half-val")
    parser.add_argument("--detections", default="yolox_x_ablation")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    dataset = open_dataset(options.dataset, options.data_root)
    with tempfile.TemporaryDirectory() as scratch:
        truth_folder, results = Path(scratch) / "gt", Path(scratch) / "results"
        write_truth(dataset, truth_folder)
        if options.results is None:
            write_stand_ins(dataset, options.detections, results)
        else:
            copy_results(options.results, dataset, results)
        trackers = sorted(folder.name for folder in results.iterdir())
        report(dataset, truth_folder, results, trackers, options.rounds)


def report(
    dataset: Dataset, truth_folder: Path, results: Path, trackers: list[str], rounds: int
) -> None:
    """Alternate both sides; print times, their ratio, differences, and the stages of our side."""
    frames = sum(sequence.length for sequence in dataset.sequences)
    size = f"{len(dataset.sequences)} sequences, {frames} frames, {len(trackers)} trackers"
    print(f"{dataset.name}: {size}")
    score_ours(dataset, truth_folder, results, trackers[:1])  # warms imports and file caches
    score_theirs(dataset, truth_folder, results, trackers[:1])
    times: dict[str, list[float]] = {"TrackEval's Evaluator": [], "mot-bench": []}
    for _ in range(rounds):
        start = time.perf_counter()
        theirs = score_theirs(dataset, truth_folder, results, trackers)
        middle = time.perf_counter()
        ours = score_ours(dataset, truth_folder, results, trackers)
        times["TrackEval's Evaluator"].append(middle - start)
        times["mot-bench"].append(time.perf_counter() - middle)
    compared, different = compare(theirs, ours)
    for name, values in times.items():
        listed = ", ".join(f"{value:.2f}" for value in values)
        print(f"{name:22} best {min(values):7.2f} s   of {listed}")
    theirs_best, ours_best = (min(values) for values in times.values())
    print(f"ratio {theirs_best / ours_best:.2f} (best of each)")
    print(f"fields compared {compared}, different {different}")
    print_stages(dataset, truth_folder, results, trackers)
    if different:
        raise SystemExit(1)


def score_ours(dataset: Dataset, truth_folder: Path, results: Path, trackers: list[str]) -> Scores:
    """Score all trackers with mot-bench, reading the ground truth once."""
    truths = {
        sequence.name: prepare(
            read_ground_truth(
                truth_folder / sequence.name / "gt" / "gt.txt", benchmark=dataset.benchmark
            ),
            sequence.length,
            dataset.benchmark,
        )
        for sequence in dataset.sequences
    }
    scores: Scores = {}
    for tracker in trackers:
        by_sequence: dict[str, SequenceScore] = {
            name: score_sequence(
                truth, read_tracks(results / tracker / "data" / f"{name}.txt", truth.length)
            )
            for name, truth in truths.items()
        }
        scores[tracker] = {name: score.families for name, score in by_sequence.items()}
        scores[tracker]["COMBINED_SEQ"] = combine(by_sequence).families
    return scores


def score_theirs(
    dataset: Dataset, truth_folder: Path, results: Path, trackers: list[str]
) -> Scores:
    """TrackEval's Evaluator on the same files, one process, no printing."""
    import trackeval

    quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
    evaluator = trackeval.Evaluator(
        {
            "USE_PARALLEL": False,
            "BREAK_ON_ERROR": True,
            "LOG_ON_ERROR": None,
            "PRINT_RESULTS": False,
            "PRINT_CONFIG": False,
            "TIME_PROGRESS": False,
            "OUTPUT_SUMMARY": False,
            "OUTPUT_DETAILED": False,
            "OUTPUT_EMPTY_CLASSES": False,
            "PLOT_CURVES": False,
        }
    )
    source = trackeval.datasets.MotChallenge2DBox(
        {
            "GT_FOLDER": str(truth_folder),
            "TRACKERS_FOLDER": str(results),
            "TRACKERS_TO_EVAL": list(trackers),
            "BENCHMARK": profile_of(dataset.benchmark).trackeval_benchmark,
            "SEQ_INFO": {sequence.name: sequence.length for sequence in dataset.sequences},
            "SKIP_SPLIT_FOL": True,
            "PRINT_CONFIG": False,
        }
    )
    metrics = [
        trackeval.metrics.HOTA(),
        trackeval.metrics.CLEAR(quiet),
        trackeval.metrics.Identity(quiet),
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        found, _ = evaluator.evaluate([source], metrics)
    return {
        tracker: {name: classes["pedestrian"] for name, classes in by_sequence.items()}
        for tracker, by_sequence in found["MotChallenge2DBox"].items()
    }


def compare(theirs: Scores, ours: Scores) -> tuple[int, int]:
    """How many fields there are, and how many differ in any bit."""
    compared = different = 0
    for tracker, by_sequence in theirs.items():
        for name, families in by_sequence.items():
            for family, fields in families.items():
                for field, value in fields.items():
                    compared += 1
                    different += not np.array_equal(value, ours[tracker][name][family][field])
    return compared, different


def print_stages(dataset: Dataset, truth_folder: Path, results: Path, trackers: list[str]) -> None:
    """Where our time goes, in a pass of its own."""
    from mot_bench.scoring.score import metric_classes

    spent: dict[str, float] = {}

    def book(stage: str, start: float) -> float:
        now = time.perf_counter()
        spent[stage] = spent.get(stage, 0.0) + now - start
        return now

    for sequence in dataset.sequences:
        clock = time.perf_counter()
        rows = read_ground_truth(
            truth_folder / sequence.name / "gt" / "gt.txt", benchmark=dataset.benchmark
        )
        truth = prepare(rows, sequence.length, dataset.benchmark)
        clock = book("ground truth", clock)
        for tracker in trackers:
            tracks = read_tracks(
                results / tracker / "data" / f"{sequence.name}.txt", sequence.length
            )
            clock = book("reading tracks", clock)
            data = metric_input(truth, tracks)
            clock = book("overlap and preprocessing", clock)
            for family, metric in metric_classes().items():
                metric.eval_sequence(data)
                clock = book(f"TrackEval's {family}", clock)
    total = sum(spent.values())
    for stage, seconds in spent.items():
        print(f"  {stage:28} {seconds:7.2f} s  {100 * seconds / total:5.1f} %")


def write_truth(dataset: Dataset, folder: Path) -> None:
    """Ground truth of the split as files, so that both sides read the same."""
    for sequence in dataset.sequences:
        truth = sequence.ground_truth
        if truth is None:
            raise SystemExit(f"{sequence.name} has no ground truth")
        path = folder / sequence.name / "gt" / "gt.txt"
        path.parent.mkdir(parents=True)
        columns = [
            truth.frames,
            truth.ids,
            *truth.boxes_ltwh.T,
            truth.considered,
            truth.classes,
            truth.visibility,
        ]
        rows = zip(*(column.tolist() for column in columns), strict=True)
        path.write_text(
            "".join(",".join(f"{float(value):.10g}" for value in row) + "\n" for row in rows)
        )


def copy_results(source: Path, dataset: Dataset, results: Path) -> None:
    """Lay anybody's files out as TrackEval wants them."""
    for folder in sorted(entry for entry in source.iterdir() if entry.is_dir()):
        inner = next(
            (path for path in (folder / "data", folder / "seed-0" / "tracks") if path.is_dir()),
            folder,
        )
        target = results / folder.name / "data"
        target.mkdir(parents=True)
        for sequence in dataset.sequences:
            (target / f"{sequence.name}.txt").write_bytes(
                (inner / f"{sequence.name}.txt").read_bytes()
            )


def write_stand_ins(dataset: Dataset, detections: str, results: Path) -> None:
    """Write nine stand-ins for trackers: detections above a score, linked by overlap."""
    source = open_detections(detections, dataset)
    for sequence in dataset.sequences:
        frames = source.load(sequence).by_frame(sequence.length)
        for index in range(9):
            least_score, least_overlap = 0.3 + 0.05 * (index % 5), 0.3 + 0.1 * (index // 5)
            rows: list[npt.NDArray[np.float64]] = []
            previous, ids, next_id = np.empty((0, 4)), np.empty(0, np.int64), 1
            for number, detected in enumerate(frames, start=1):
                chosen = detected.scores >= least_score
                boxes, scores = detected.boxes_xyxy[chosen], detected.scores[chosen]
                new_ids = np.zeros(len(boxes), np.int64)
                similarity = overlap(previous.T, _area(previous), boxes.T, _area(boxes))
                for flat in np.argsort(-similarity, axis=None):
                    row, column = divmod(int(flat), len(boxes))
                    if similarity[row, column] < least_overlap:
                        break
                    if new_ids[column] == 0 and ids[row] not in new_ids:
                        new_ids[column] = ids[row]
                born = np.flatnonzero(new_ids == 0)
                new_ids[born] = np.arange(next_id, next_id + len(born))
                next_id += len(born)
                numbers = np.full(len(boxes), number)
                rows.append(
                    np.column_stack(
                        [numbers, new_ids, boxes[:, :2], boxes[:, 2:] - boxes[:, :2], scores]
                    )
                )
                previous, ids = boxes, new_ids
            table = np.concatenate(rows)
            frame_ids = table[:, :2].astype(np.int64)
            tracks = TrackRows(
                frame_ids[:, 0],
                frame_ids[:, 1],
                table[:, 2:6],
                table[:, 6],
                np.full(len(table), -1, np.int64),
            )
            write_tracks(
                results / f"stand-in-{index + 1}" / "data" / f"{sequence.name}.txt",
                tracks,
                decimals=2,
            )


def _area(boxes_xyxy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sides = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    area: npt.NDArray[np.float64] = sides[:, 0] * sides[:, 1]
    return area


if __name__ == "__main__":
    main()
