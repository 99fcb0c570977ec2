"""Time one of our trackers on a file of detections; ``association_speed.py`` runs this.

Detections are built beforehand, and only ``update`` is timed. The output is one JSON object, or,
with ``--profile``, cProfile's table of the functions that take the most time.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import time

import numpy as np

import mot_bench
from mot_bench.trackers import registry
from mot_bench.trackers.interface import Detections, Frame, SequenceInfo, Tracker

SEQUENCE = SequenceInfo("speed", frame_rate=30.0, width=1920, height=1080)


def main() -> None:
    """Run the tracker over all frames and print the frames, seconds, identities and tracks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detections", help="npz of association_speed.py")
    parser.add_argument("tracker", help="name in the registry, such as sort")
    parser.add_argument("parameters", help="JSON object of the tracker's parameters")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    arguments = parser.parse_args()
    frames = _frames(arguments.detections)
    parameters = json.loads(arguments.parameters)

    _run(registry.make(arguments.tracker, parameters), frames[:20])
    tracker = registry.make(arguments.tracker, parameters)
    if arguments.profile:
        profiler = cProfile.Profile()
        profiler.runcall(_run, tracker, frames)
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(14)
    else:
        record = {"frames": len(frames), "library": f"mot-bench {mot_bench.__version__}"}
        print(json.dumps(record | _run(tracker, frames)))


def _frames(path: str) -> list[Frame]:
    with np.load(path) as archive:
        boxes, scores, counts = archive["boxes_xyxy"], archive["scores"], archive["counts"]
    cuts = np.concatenate(([0], np.cumsum(counts)))
    return [
        Frame(index, Detections(boxes[a:b], scores[a:b]))
        for index, (a, b) in enumerate(zip(cuts[:-1], cuts[1:], strict=True), start=1)
    ]


def _run(tracker: Tracker, frames: list[Frame]) -> dict[str, float]:
    identities: set[int] = set()
    elapsed, tracks = 0.0, 0
    tracker.reset(SEQUENCE)
    for frame in frames:
        started = time.perf_counter()
        found = tracker.update(frame)
        elapsed += time.perf_counter() - started
        identities.update(found.ids.tolist())
        tracks += len(found)
    return {"seconds": elapsed, "identities": len(identities), "tracks": tracks}


if __name__ == "__main__":
    main()
