"""The public datasets that have a name, and where they lie under the data root."""

from __future__ import annotations

from dataclasses import dataclass

from mot_bench.datasets.splits import FULL


@dataclass(frozen=True)
class DatasetEntry:
    """A dataset that users can name.

    Attributes:
        name: the name that ``--dataset`` takes.
        title: a description of the dataset.
        places: the folders under the data root where it may lie, in order of preference; empty if
            it is generated.
        benchmark: see ``Dataset.benchmark``.
        split: the split that the name stands for.
    """

    name: str
    title: str
    places: tuple[str, ...] = ()
    benchmark: str = ""
    split: str = FULL

    @property
    def looked_for(self) -> str:
        """The places of the dataset in words."""
        return " or ".join(f"DATA_ROOT/{place}" for place in self.places) or "generated"


_MOT17 = ("MOT17/train", "mot17/train")

NAMED = (
    DatasetEntry(
        "mot15-train", "MOT15, training sequences", ("MOT15/train", "2DMOT2015/train"), "MOT15"
    ),
    DatasetEntry(
        "mot16-train", "MOT16, training sequences", ("MOT16/train", "mot16/train"), "MOT16"
    ),
    DatasetEntry("mot17-train", "MOT17, training sequences, one copy of three", _MOT17, "MOT17"),
    DatasetEntry(
        "mot17-half-train",
        "MOT17, frames 1 to n//2+1 (CenterTrack, ByteTrack)",
        _MOT17,
        "MOT17",
        "half-train",
    ),
    DatasetEntry(
        "mot17-half-val",
        "MOT17, frames after n//2+1 (CenterTrack, ByteTrack)",
        _MOT17,
        "MOT17",
        "half-val",
    ),
    DatasetEntry(
        "mot17-half-train-fairmot",
        "MOT17, frames 1 to n//2 (FairMOT)",
        _MOT17,
        "MOT17",
        "half-train-fairmot",
    ),
    DatasetEntry(
        "mot17-half-val-fairmot",
        "MOT17, frames after n//2 (FairMOT)",
        _MOT17,
        "MOT17",
        "half-val-fairmot",
    ),
    DatasetEntry(
        "mot20-train", "MOT20, training sequences", ("MOT20/train", "mot20/train"), "MOT20"
    ),
    DatasetEntry(
        "dancetrack-val",
        "DanceTrack, validation sequences",
        ("DanceTrack/val", "dancetrack/val"),
        "DanceTrack",
    ),
    DatasetEntry(
        "sportsmot-val",
        "SportsMOT, validation sequences",
        (
            "SportsMOT/val",
            "SportsMOT/dataset/val",
            "sportsmot/val",
            "sportsmot_publish/dataset/val",
        ),
        "SportsMOT",
    ),
)
