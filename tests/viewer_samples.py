"""A small results folder to look at: people who walk through an empty street, two runs, errors that are known."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image
from reports_samples import EVIL, make_run

from mot_bench.datasets.catalogue import open_dataset
from mot_bench.explaining.events import COLUMNS
from mot_bench.records.results import DatasetRecord, RunResult, Scorer, SequenceRecord, SuiteResult
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.opening import open_results
from mot_bench.scoring.truth_files import write_scored_on

LENGTH, WIDTH, HEIGHT, RATE = 260, 320, 240, 25
BASE, HARMFUL = "base", EVIL
# In the first sequence: sequence, frame, kind, cause, truth, track, other, since, iou.
EVENTS: dict[str, list[tuple[object, ...]]] = {
    BASE: [
        ("walk", 40, "identity switch", "after occlusion", 2, 9, 2, 35, 0.8),
        ("walk", 120, "false positive", "background", "", 7, "", "", ""),
        ("walk", 121, "false positive", "background", "", 7, "", "", ""),
        ("walk", 122, "false positive", "background", "", 7, "", "", ""),
        ("walk", 200, "identity switch", "at a crossing", 3, 11, 3, 199, 0.7),
    ],
    HARMFUL: [
        ("walk", 42, "identity switch", "after occlusion", 2, 5, 2, 41, 0.9),
        ("walk", 90, "fragmentation", "", 3, 3, 3, 88, 0.9),
        ("walk", 90, "false negative", '<img src=x onerror="alert(2)">', 1, "", 1, 89, ""),
    ],
}


def box(person: int, frame: int) -> tuple[float, float, float, float]:
    """Left, top, width, height: everyone at a height of their own, to the right and back."""
    there = abs((frame * (1 + person / 4)) % (2 * (WIDTH - 40)) - (WIDTH - 40))
    return 5.0 + there, 10.0 + 60.0 * (person - 1), 24.0, 52.0


def write_sequence(
    folder: Path,
    *,
    length: int = LENGTH,
    pictures: bool = True,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> None:
    """A MOT17 sequence of three people; the picture of a frame is grey as its number says."""
    (folder / "gt").mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nname={folder.name}\nframeRate={RATE}\nseqLength={length}\n"
        f"imWidth={size[0]}\nimHeight={size[1]}\nimDir=img1\nimExt=.jpg\n"
    )
    rows = [
        (frame, person, *box(person, frame), 1, 1, 1)
        for person in (1, 2, 3)
        for frame in range(1, length + 1)
    ]
    (folder / "gt" / "gt.txt").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    if pictures:
        (folder / "img1").mkdir()
        for frame in range(1, length + 1):
            grey = np.full((size[1], size[0], 3), frame % 200 + 20, np.uint8)
            Image.fromarray(grey).save(folder / "img1" / f"{frame:06d}.jpg", quality=60)


def write_tracks(path: Path, length: int, shift: float = 2.0) -> None:
    """Tracks that have everyone, a little off.

    Person 2 is track 9 from frame 40 on, a ghost is track 7.
    """
    rows = []
    for frame in range(1, length + 1):
        for person in (1, 2, 3):
            left, top, width, height = box(person, frame)
            identity = 9 if person == 2 and frame >= 40 else person
            rows.append((frame, identity, left + shift, top, width, height, 0.9, -1, -1, -1))
        if 120 <= frame <= 122:
            rows.append((frame, 7, 250.0, 20.0, 20.0, 40.0, 0.4, -1, -1, -1))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


def write_folder(
    root: Path,
    *,
    length: int = LENGTH,
    pictures: bool = True,
    sequences: tuple[str, ...] = ("walk", "zigzag"),
    events: bool = True,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    """A dataset ``tiny`` and beside it a results folder with two runs, one of a harmful name."""
    for name in sequences:
        write_sequence(root / "tiny" / name, length=length, pictures=pictures, size=size)
    dataset = open_dataset(str(root / "tiny"), None)
    out = root / "results"
    runs: list[RunResult] = []
    for place, name in enumerate((BASE, HARMFUL)):
        folder = out / "runs" / name / "seed-0"
        digests = {}
        for sequence in sequences:
            path = folder / "tracks" / f"{sequence}.txt"
            write_tracks(path, length, 2.0 + place)
            digests[sequence] = hashlib.sha256(path.read_bytes()).hexdigest()
        scored = {"sequences": {}, "track_digests": digests}
        runs.append(make_run(name, 0.6 + 0.1 * place).model_copy(update=scored))
        if events:
            lines = [COLUMNS, *EVENTS[name]]
            quoted = [['"' + str(cell).replace('"', '""') + '"' if '"' in str(cell) else str(cell) for cell in line]
                      for line in lines]  # fmt: skip
            (folder / "events.csv").write_text("".join(",".join(line) + "\n" for line in quoted))
    result = SuiteResult(
        suite="tiny",
        title="A title & more",
        base=BASE,
        dataset=DatasetRecord(
            name=dataset.name,
            benchmark=dataset.benchmark,
            split=dataset.split,
            sequences=[
                SequenceRecord(
                    name=one.name, length=one.length, frame_rate=one.frame_rate, digest=one.digest
                )
                for one in dataset.sequences
            ],
        ),
        scorer=Scorer(name="trackeval", version="1.3.0", settings={}),
        runs=runs,
    )
    (out / "results.json").write_text(result.model_dump_json())
    write_scored_on(out, str(root / "tiny"))
    return out


def open_folder(out: Path) -> ResultsFolder:
    return open_results(out)
