"""Association speed against PyPI's ``trackers`` 2.6.1 (roboflow), on the same detections.

    python benchmarks/association_speed.py [--objects 30 100 400] [--rounds 3] [--profile] [--out
    speed.json]

Both sides alternate, each in a separate process with one thread. The peer runs in its own
environment, which is created if it does not exist. Detections are built beforehand in the types of
each library, and only ``update`` is timed. The scene is generated from a seed: random walks with
births and deaths, 10 % misses, 5 % false positives, 2 % box noise, and scores of 0.2 to 0.55 for a
fifth of the true boxes.

The peer uses its default parameters. Ours are the published ones; ``sort`` has the same threshold
and the same buffer of 30 frames as the peer, while ``sort, published`` keeps the paper's buffer of
one frame. The peer forgets a young track at its first miss, whereas published SORT and OC-SORT keep
it for the whole buffer, so that our side matches more tracks. The columns ``ids`` and ``tracks``
show the output of each side.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
PEER = "trackers==2.6.1"
WIDTH, HEIGHT = 1920, 1080


@dataclass(frozen=True)
class Case:
    """One row of the table: our tracker and the peer's, each with its parameters."""

    title: str
    ours: str
    our_parameters: dict[str, object]
    peer: str
    peer_parameters: dict[str, object]


CASES = (
    Case("sort", "sort", {"score_threshold": 0.25, "max_age": 30}, "SORTTracker", {}),
    Case("sort, published", "sort", {}, "SORTTracker", {}),
    Case("bytetrack", "bytetrack", {}, "ByteTrackTracker", {}),
    Case("ocsort", "ocsort", {}, "OCSORTTracker", {}),
)


def make_detections(path: Path, objects: int, frames: int, seed: int) -> None:
    """Generate a scene and write its detections.

    The file has ``boxes_xyxy`` (N, 4), ``scores`` (N,) and ``counts`` (frames,).
    """
    rng = np.random.default_rng([seed, objects])
    size = _sizes(rng, objects)
    centre = rng.uniform((0, 0), (WIDTH, HEIGHT), (objects, 2))
    velocity = rng.normal(0, 2, (objects, 2))
    boxes_of_frames, scores_of_frames = [], []
    for _ in range(frames):
        velocity = np.clip(velocity + rng.normal(0, 0.3, (objects, 2)), -6, 6)
        centre += velocity
        gone = rng.random(objects) < 1 / 300
        gone |= ((centre < 0) | (centre > (WIDTH, HEIGHT))).any(1)
        centre[gone] = rng.uniform((0, 0), (WIDTH, HEIGHT), (int(gone.sum()), 2))
        velocity[gone] = rng.normal(0, 2, (int(gone.sum()), 2))
        size[gone] = _sizes(rng, int(gone.sum()))

        seen = rng.random(objects) >= 0.10
        boxes = np.hstack((centre - size / 2, centre + size / 2))[seen]
        boxes += rng.normal(0, 0.02, boxes.shape) * np.tile(size[seen], 2)
        low = rng.random(len(boxes)) < 0.20
        scores = np.where(
            low, rng.uniform(0.2, 0.55, len(boxes)), rng.uniform(0.6, 0.98, len(boxes))
        )

        count = rng.binomial(objects, 0.05)
        false_centre, false_size = (
            rng.uniform((0, 0), (WIDTH, HEIGHT), (count, 2)),
            _sizes(rng, count),
        )
        boxes_of_frames += [
            boxes,
            np.hstack((false_centre - false_size / 2, false_centre + false_size / 2)),
        ]
        scores_of_frames += [scores, rng.uniform(0.1, 0.7, count)]
    counts = np.array([len(scores) for scores in scores_of_frames]).reshape(frames, 2).sum(1)
    np.savez(
        path,
        boxes_xyxy=np.vstack(boxes_of_frames),
        scores=np.concatenate(scores_of_frames),
        counts=counts,
    )


def _sizes(rng: np.random.Generator, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    height = rng.uniform(60, 180, count)
    return np.stack((height * rng.uniform(0.35, 0.45, count), height), axis=1)


def peer_python(folder: Path) -> Path:
    """Return the interpreter of the peer's environment, which is created if needed."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"making an environment with {PEER} in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return python


def measure(
    python: Path, script: str, detections: Path, tracker: str, parameters: dict[str, object]
) -> dict[str, Any]:
    """Run one worker with one thread and return the record that it prints."""
    command = [str(python), str(HERE / script), str(detections), tracker, json.dumps(parameters)]
    done = subprocess.run(
        command, env=_environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    record: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return record


def _environment() -> dict[str, str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **threads}


def compare(case: Case, detections: Path, python: Path, rounds: int) -> dict[str, Any]:
    """Run both sides alternately; return medians and bests of frames per second, and ratios."""
    ours, peers = [], []
    for _ in range(rounds):
        ours.append(
            measure(
                Path(sys.executable),
                "own_association.py",
                detections,
                case.ours,
                case.our_parameters,
            )
        )
        peers.append(
            measure(python, "peer_association.py", detections, case.peer, case.peer_parameters)
        )
    row: dict[str, Any] = {"case": case.title}
    for side, records in (("ours", ours), ("peer", peers)):
        speeds = [record["frames"] / record["seconds"] for record in records]
        last = records[-1]
        row[side] = {
            "library": last["library"],
            "fps_median": statistics.median(speeds),
            "fps_best": max(speeds),
            "ids": last["identities"],
            "tracks": last["tracks"],
        }
    row["ratio_median"] = row["ours"]["fps_median"] / row["peer"]["fps_median"]
    row["ratio_best"] = row["ours"]["fps_best"] / row["peer"]["fps_best"]
    return row


def print_header() -> None:
    """Print the head of the table."""
    print(
        f"{'objects':>7}  {'case':<16} {'ours fps':>9} {'(best)':>8} {'peer fps':>9} {'(best)':>8}"
        f" {'ratio':>6} {'(best)':>7} {'ids':>6} {'peer':>6} {'tracks':>8} {'peer':>8}"
    )


def print_row(objects: int, row: dict[str, Any]) -> None:
    """Print one row of the table."""
    ours, peer = row["ours"], row["peer"]
    print(
        f"{objects:>7}  {row['case']:<16} {ours['fps_median']:>9.0f} {ours['fps_best']:>8.0f}"
        f" {peer['fps_median']:>9.0f} {peer['fps_best']:>8.0f}"
        f" {row['ratio_median']:>6.2f} {row['ratio_best']:>7.2f}"
        f" {ours['ids']:>6} {peer['ids']:>6} {ours['tracks']:>8} {peer['tracks']:>8}",
        flush=True,
    )


def main() -> None:
    """Measure, print the table, and write it as JSON on request."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--objects", type=int, nargs="+", default=[30, 100, 400], help="objects a frame"
    )
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, each side once a round")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument(
        "--cases", nargs="+", default=[case.title for case in CASES], help="rows to measure"
    )
    parser.add_argument(
        "--peer-venv", type=Path, default=Path("build/peer-venv"), help="the peer's environment"
    )
    parser.add_argument(
        "--profile", action="store_true", help="show where our time goes instead of comparing"
    )
    parser.add_argument("--out", type=Path, help="write the rows as JSON here")
    arguments = parser.parse_args()
    cases = [case for case in CASES if case.title in arguments.cases]
    python = None if arguments.profile else peer_python(arguments.peer_venv).absolute()

    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        if python is not None:
            print_header()
        for objects in arguments.objects:
            detections = Path(folder) / f"{objects}.npz"
            make_detections(detections, objects, arguments.frames, arguments.seed)
            for case in cases:
                if python is None:
                    profile(case, detections, objects)
                    continue
                rows.append(
                    {"objects": objects, **compare(case, detections, python, arguments.rounds)}
                )
                print_row(objects, rows[-1])
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(rows, indent=2) + "\n")


def profile(case: Case, detections: Path, objects: int) -> None:
    """Print the functions in which our tracker spends its time."""
    print(f"== {case.title}, {objects} objects", flush=True)
    parameters = json.dumps(case.our_parameters)
    command = [
        sys.executable,
        str(HERE / "own_association.py"),
        str(detections),
        case.ours,
        parameters,
        "--profile",
    ]
    subprocess.run(command, env=_environment(), check=True)


if __name__ == "__main__":
    main()
