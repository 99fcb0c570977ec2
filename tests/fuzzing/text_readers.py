"""Readers of text: MOTChallenge's files, INI, TOML, annotations and events."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fuzzing.mutation import mutated_text
from fuzzing.reader import Reader, always
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.datasets.check import check_data
from mot_bench.datasets.data_root import resolve_data_root
from mot_bench.datasets.mot_text import read_ground_truth, read_tracks
from mot_bench.datasets.motchallenge import describe
from mot_bench.datasets.rule_decision import decide_rules
from mot_bench.detections.formats import read_file
from mot_bench.explaining.events import load_events
from mot_bench.files.toml_files import read_toml
from mot_bench.files.user_configuration import configuration_file
from mot_bench.reports.explanation import KINDS
from mot_bench.scoring.truth_files import open_truth
from mot_bench.suites.loader import load_suite
from mot_bench.suites.overrides import override
from mot_bench.tracking.camera_motion import read_camera_motion
from mot_bench.training_data.odgt import read_odgt
from mot_bench.training_data.specs import OdgtSource
from mot_bench.videos.clips import open_clip

TRACKS = b"".join(
    b"%d,%d,%d.5,10,20,40,0.9,-1,-1,-1\n" % (f, i, 10 + f + 50 * i)
    for f in range(1, 6)
    for i in (1, 2)
)
TRUTH = b"".join(
    b"%d,%d,%d,10,20,40,1,1,0.9\n" % (f, i, 10 + f + 50 * i) for f in range(1, 6) for i in (1, 2)
)
SEQINFO = b"[Sequence]\nname=seq-01\nimDir=img1\nframeRate=25\nseqLength=5\nimWidth=160\nimHeight=120\nimExt=.jpg\n"
SUITE = b"""name = "mine"
base = "a"
dataset = "street-smoke"
seeds = [0, 1]
[[runs]]
name = "a"
tracker = "sort"
parameters = { max_age = 3 }
references = [{ data = "x", kind = "published", metrics = { HOTA = 30.5 }, source = "a paper", detections = ["y"] }]
[[grid]]
name = "b-{max_age}"
tracker = "sort"
[grid.over]
max_age = [1, 2]
[models.c]
title = "a network"
preset = "tiny"
recipe.network.embedding_size = 8
[models.d]
like = "c"
[data.x]
datasets = ["street-smoke"]
"""
_EVENT = "sequence,frame,kind,cause,truth_id,track_id,other_id,since_frame,iou\na,3,KIND,occlusion,1,2,3,2,0.7500\n"
EVENTS = tuple(_EVENT.replace("KIND", kind).encode() for kind in KINDS)
ODGT = (
    b'{"ID": "a", "gtboxes": [{"tag": "person", "fbox": [1, 1, 8, 8], "vbox": [1, 1, 8, 4], "extra": {"ignore": 0}}]}\n'
    b'{"ID": "b", "gtboxes": [{"tag": "mask", "fbox": [1, 1, 4, 4]}]}\n'
)
CAMERA = b"".join(b"%d 1 0 0.5 0 1 -0.25\n" % index for index in range(5))


def _sequence(folder: Path) -> None:
    """Write a sequence whose files are all sound."""
    for name, content in (
        ("gt/gt.txt", TRUTH),
        ("det/det.txt", TRACKS.replace(b",1,", b",-1,")),
        ("seqinfo.ini", SEQINFO),
    ):
        (folder / "seq-01" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "seq-01" / name).write_bytes(content)


def _seqinfo(folder: Path) -> list[bytes]:
    _sequence(folder)
    return [SEQINFO]


def _truth(folder: Path) -> list[bytes]:
    _sequence(folder)
    return [TRUTH, TRACKS, TRUTH.replace(b",", b" ")]


def _odgt(folder: Path) -> list[bytes]:
    for name in "ab":
        Image.new("RGB", (12, 12)).save(folder / f"{name}.jpg")
    return [ODGT]


def _pictures(folder: Path) -> list[bytes]:
    _sequence(folder)
    (folder / "seq-01" / "img1").mkdir(exist_ok=True)
    for number in range(1, 6):
        Image.new("RGB", (160, 120)).save(folder / "seq-01" / "img1" / f"{number:06d}.jpg")
    return [SEQINFO]


def _labels(folder: Path) -> list[bytes]:
    _sequence(folder)
    return [b"person\ncar\n", "\ufeffperson\r\n\r\nbicycle\r\n".encode()]


def _user_configuration(folder: Path) -> list[bytes]:
    (folder / "data").mkdir()
    return [b'data_root = "../data"\n', b"# nothing\n"]


def _read_user_configuration(path: Path) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(path.parents[1]))
        patch.delenv("MOT_BENCH_DATA", raising=False)
        assert configuration_file() == path
        return resolve_data_root(None)


def _override(path: Path) -> object:
    text = path.read_bytes().decode("utf-8", "replace")
    return override(load_suite("smoke"), [text])


def _sequence_root(path: Path) -> Path:
    return path.parents[2] if path.parent.name == "gt" else path.parents[1]


TEXT_READERS = (
    Reader("tracks", "text", "seq-01.txt", always(TRACKS), mutated_text, lambda path: read_tracks(path, 5)),
    Reader("tracks of any length", "text", "seq-01.txt", always(TRACKS), mutated_text, read_tracks),
    Reader("ground truth", "text", "gt.txt", always(TRUTH, TRACKS), mutated_text, read_ground_truth),
    Reader(
        "ground truth of MOT17", "text", "gt.txt", always(TRUTH), mutated_text,
        lambda path: read_ground_truth(path, benchmark="MOT17", length=5),
    ),
    Reader("ground truth file to score on", "text", "cam.txt", always(TRUTH), mutated_text,
           lambda path: open_truth(str(path))),
    Reader("dataset with this ground truth", "text", "seq-01/gt/gt.txt", _truth, mutated_text,
           lambda path: open_dataset(str(_sequence_root(path)), None)),
    Reader("data check of ground truth", "text", "seq-01/gt/gt.txt", _truth, mutated_text,
           lambda path: check_data(_sequence_root(path))),
    Reader("detections in text", "text", "det.txt", always(TRACKS.replace(b",1,", b",-1,")), mutated_text, read_file),
    Reader("seqinfo.ini", "text", "seq-01/seqinfo.ini", _seqinfo, mutated_text, lambda path: describe(path.parent)),
    Reader("dataset with this seqinfo.ini", "text", "seq-01/seqinfo.ini", _seqinfo, mutated_text,
           lambda path: open_dataset(str(_sequence_root(path)), None)),
    Reader("data check of seqinfo.ini", "text", "seq-01/seqinfo.ini", _seqinfo, mutated_text,
           lambda path: check_data(_sequence_root(path))),
    Reader("clip with this seqinfo.ini", "text", "seq-01/seqinfo.ini", _pictures, mutated_text,
           lambda path: open_clip(path.parent)),
    Reader("labels.txt", "text", "seq-01/gt/labels.txt", _labels, mutated_text,
           lambda path: open_dataset(str(_sequence_root(path)), None)),
    Reader("data check of labels.txt", "text", "seq-01/gt/labels.txt", _labels, mutated_text,
           lambda path: check_data(_sequence_root(path))),
    Reader("user's configuration", "text", "mot-bench/config.toml", _user_configuration, mutated_text,
           _read_user_configuration),
    Reader("dataset.toml", "text", "dataset.toml", always(b'benchmark = "MOT17"\n'), mutated_text,
           lambda path: decide_rules(path.parent, [], [])),
    Reader("TOML", "text", "any.toml", always(SUITE), mutated_text, read_toml),
    Reader("suite", "text", "mine.toml", always(SUITE), mutated_text, load_suite),
    Reader("suite that extends another", "text", "mine.toml",
           always(b'extends = "smoke"\ndrop = ["ocsort"]\n[[runs]]\nname = "sort"\nparameters = { max_age = 2 }\n'),
           mutated_text, load_suite),
    Reader("setting", "text", "setting", always(b"sort.max_age=3", b"seeds=[0, 1]"), mutated_text, _override),
    Reader("camera motion", "text", "seq-01.txt", always(CAMERA), mutated_text, read_camera_motion),
    Reader("events.csv", "text", "events.csv", always(*EVENTS), mutated_text, load_events),
    Reader("odgt", "text", "a.odgt", _odgt, mutated_text, lambda path: read_odgt(OdgtSource(odgt=path))),
)  # fmt: skip
