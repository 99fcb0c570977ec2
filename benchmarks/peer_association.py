"""Time one tracker of PyPI's ``trackers`` on a file of detections.

``association_speed.py`` runs this.

It runs in the peer's own environment, because that package has the import name of ours. Detections
are built in its own type beforehand; the clock runs around ``update`` alone. Prints one JSON
object.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time
from typing import Any

import numpy as np
import supervision

import trackers as peer


def main() -> None:
    """Run the tracker over all frames and print frames, seconds, identities and tracks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detections", help="npz of association_speed.py")
    parser.add_argument("tracker", help="class name, such as SORTTracker")
    parser.add_argument("parameters", help="JSON object of keyword arguments")
    arguments = parser.parse_args()
    frames = _detections(arguments.detections)
    tracker_class: Any = getattr(peer, arguments.tracker)
    parameters = json.loads(arguments.parameters)

    warm = tracker_class(**parameters)
    for detections in frames[:20]:
        warm.update(detections)

    tracker = tracker_class(**parameters)
    identities: set[int] = set()
    elapsed, tracks = 0.0, 0
    for detections in frames:
        started = time.perf_counter()
        found = tracker.update(detections)
        elapsed += time.perf_counter() - started
        ids = found.tracker_id[found.tracker_id >= 0]
        identities.update(ids.tolist())
        tracks += len(ids)
    version = importlib.metadata.version("trackers")
    record = {
        "frames": len(frames),
        "seconds": elapsed,
        "identities": len(identities),
        "tracks": tracks,
    }
    print(json.dumps(record | {"library": f"trackers {version}"}))


def _detections(path: str) -> list[Any]:
    with np.load(path) as archive:
        boxes, scores, counts = archive["boxes_xyxy"], archive["scores"], archive["counts"]
    cuts = np.concatenate(([0], np.cumsum(counts)))
    return [
        supervision.Detections(
            xyxy=boxes[a:b].astype(np.float32),
            confidence=scores[a:b],
            class_id=np.zeros(b - a, int),
        )
        for a, b in zip(cuts[:-1], cuts[1:], strict=True)
    ]


if __name__ == "__main__":
    main()
