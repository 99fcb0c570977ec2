"""Readers of binary files: arrays, archives, pictures, videos."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
from PIL import Image
from reports_samples import make_result

from fuzzing.binary_mutation import mutated_npy, mutated_npz, mutated_picture
from fuzzing.mutation import mutated_bytes
from fuzzing.reader import Reader, always
from fuzzing.text_readers import SEQINFO, TRACKS
from mot_bench.datasets.check import check_data
from mot_bench.datasets.picture_decoding import read_picture
from mot_bench.detections.formats import make_detections, npz_bytes, read_file
from mot_bench.scoring.result_files import find_results
from mot_bench.statistics.counts import FIELD_NAMES, read_counts, write_counts
from mot_bench.tracking.sparse_flow import SparseFlow
from mot_bench.training_data.packed import LABELS, PICTURES, PackedSamples
from mot_bench.videos.clips import open_clip


def _detections() -> Iterator[bytes]:
    boxes = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])
    for embeddings in (None, np.eye(3, 8, dtype=np.float32)):
        yield npz_bytes(make_detections([1, 2, 2], boxes, [0.9, 0.8, 0.7], embeddings))


def _array() -> bytes:
    out = io.BytesIO()
    np.save(out, np.array([[1, -1, 1, 2, 3, 4, 0.9, -1, -1, -1, 0.6, 0.8]] * 3))
    return out.getvalue()


def _counts(folder: Path) -> list[bytes]:
    result = make_result()
    shape = (len(result.dataset.sequences), len(FIELD_NAMES))
    path = folder / "counts.npz"
    write_counts(path, result, {(row.run, row.seed): np.ones(shape) for row in result.runs})
    return [path.read_bytes()]


def _labels(folder: Path) -> list[bytes]:
    np.save(folder / PICTURES, np.zeros((2, 32, 32, 3), np.uint8))
    out = io.BytesIO()
    np.savez(
        out, boxes_xyxy=np.ones((3, 4), np.float32), identities=np.arange(3), offsets=np.array([0, 1, 3]),
        people=np.array(3), digest=np.array("digest"), description=np.array("two pictures"),
    )  # fmt: skip
    return [out.getvalue()]


def _packed_pictures(folder: Path) -> list[bytes]:
    (folder / LABELS).write_bytes(_labels(folder)[0])
    return [(folder / PICTURES).read_bytes()]


def _load_packed(path: Path) -> object:
    samples = PackedSamples(path.parent)
    return [samples.load(index) for index in range(min(len(samples), 10))], samples.describe()


def _zip_of_results() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mine/data/seq-01.txt", TRACKS)
        archive.writestr("mine/data/seq-02.txt", TRACKS)
    return out.getvalue()


def _read_results(path: Path) -> object:
    return [file.read() for found in find_results(path) for file in found.files.values()]


def _pictures(_: Path) -> list[bytes]:
    """Return small pictures of all formats, and of the modes that people meet."""
    kinds = [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "I;16"),
        ("PNG", "1"),
    ]
    kinds += [
        ("BMP", "RGB"),
        ("TIFF", "RGB"),
        ("TIFF", "L"),
        ("PPM", "RGB"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
    ]
    found = []
    for form, mode in kinds:
        out = io.BytesIO()
        Image.new(mode, (16, 12), 1).save(out, form)
        found.append(out.getvalue())
    return found


def _sequence_picture(folder: Path) -> list[bytes]:
    (folder / "seq-01" / "img1").mkdir(parents=True, exist_ok=True)
    (folder / "seq-01" / "seqinfo.ini").write_bytes(SEQINFO)
    return _pictures(folder)


def _followed(path: Path) -> object:
    """Follow the camera from a sound picture to this one and back."""
    flow = SparseFlow()
    sound = np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    return [
        flow.update(picture) for picture in (sound, read_picture(path), read_picture(path), sound)
    ]


def _videos(_: Path) -> list[bytes]:
    """Return short videos in two containers, one with a text in its header."""
    import av

    found = []
    for form, codec in (("mp4", "mpeg4"), ("matroska", "mpeg4"), ("avi", "mjpeg")):
        out = io.BytesIO()
        with av.open(out, "w", format=form) as container:
            container.metadata["title"] = "a title"
            stream = cast("av.VideoStream", container.add_stream(codec, rate=Fraction(25)))
            stream.width, stream.height = 48, 32
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(3):
                picture = np.full((32, 48, 3), 40 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        found.append(out.getvalue())
    return found


def _played(path: Path) -> object:
    return sum(picture.size for picture in open_clip(path, frames=100).pictures())


BINARY_READERS = (
    Reader("detections in npz", "binary", "a.npz", always(*_detections()), mutated_npz, read_file),
    Reader("detections in npy", "binary", "a.npy", always(_array()), mutated_npy, read_file),
    Reader("counts.npz", "binary", "counts.npz", _counts, mutated_npz, read_counts),
    Reader("labels of packed samples", "binary", LABELS, _labels, mutated_npz, _load_packed),
    Reader("pictures of packed samples", "binary", PICTURES, _packed_pictures, mutated_npy, _load_packed),
    Reader("zip of results", "binary", "results.zip", always(_zip_of_results()), mutated_bytes, _read_results),
    Reader("picture", "binary", "000001.jpg", _pictures, mutated_picture, read_picture),
    Reader("data check of a picture", "binary", "seq-01/img1/000001.jpg", _sequence_picture, mutated_picture,
           lambda path: check_data(path.parents[2])),
    Reader("optical flow", "binary", "000001.png", _pictures, mutated_picture, _followed),
    Reader("video", "binary", "a.mp4", _videos, mutated_bytes, _played),
)  # fmt: skip
