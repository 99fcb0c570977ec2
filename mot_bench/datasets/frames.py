"""Read the pictures of a sequence from a folder (Pillow) or a video file (PyAV).

All pictures are (H, W, 3) uint8 RGB.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

from mot_bench.datasets.dataset import FrameSource
from mot_bench.datasets.picture_decoding import Picture, read_picture
from mot_bench.datasets.picture_files import is_picture, list_folder
from mot_bench.datasets.video_frames import decode_video
from mot_bench.errors import InputError, quoted

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg"})
AHEAD = 8


def find_pictures(folder: Path, picture_dir: str) -> Path | None:
    """Return the folder or video with a sequence's pictures, or None.

    It is the named folder or video, else the only video in the sequence's folder.
    """
    named = folder / picture_dir
    try:
        is_folder = named.is_dir()
    except OSError as error:  # an invalid file name
        raise InputError(
            folder, "imDir to name the folder of pictures", quoted(picture_dir)
        ) from error
    if is_folder:
        return named if any(map(is_picture, named.iterdir())) else None
    if named.is_file() and is_video(named):
        return named
    videos = [entry for entry in sorted(folder.iterdir()) if is_video(entry)]
    return videos[0] if len(videos) == 1 else None


def is_video(file: Path) -> bool:
    """Return whether a file has a video's name; hidden files are not videos."""
    return file.suffix.lower() in VIDEO_SUFFIXES and not file.name.startswith(".")


def list_pictures(folder: Path) -> dict[int, Path]:
    """Return the pictures of a folder by 1-based frame (see ``picture_files.list_folder``)."""
    return list_folder(folder).by_frame


def count_pictures(pictures: Path) -> int:
    """Return the number of frames in a folder of pictures, up to its last picture, or in a video.

    Raises:
        InputError: the folder or the video cannot be read.
    """
    if pictures.is_dir():
        return list_folder(pictures).length
    return sum(1 for _ in decode_video(pictures))


def open_frames(pictures: Path, length: int) -> FrameSource:
    """Open a folder of pictures or a video file as ``length`` frames."""
    return _PictureFolder(pictures, length) if pictures.is_dir() else _Video(pictures, length)


class _PictureFolder:
    """The pictures in a folder."""

    def __init__(self, folder: Path, length: int) -> None:
        self._folder, self._length = folder, length
        self._files = list_pictures(folder)

    def __len__(self) -> int:
        return self._length

    def read(self, index: int) -> Picture:
        """Decode one picture."""
        if not 1 <= index <= self._length:
            raise IndexError(f"frame {index} of {self._length}")
        path = self._files.get(index)
        if path is None:
            found = f"{len(self._files)} pictures without it"
            raise InputError(self._folder, f"a picture of frame {index}", found)
        return read_picture(path)

    def iterate(self) -> Iterator[Picture]:
        """Yield all frames in order, decoded ahead."""
        return decode_ahead(self.read(index) for index in range(1, self._length + 1))


class _Video:
    """The frames of a video file; reading an earlier frame decodes again from the start."""

    def __init__(self, path: Path, length: int) -> None:
        self._path, self._length = path, length
        self._stream: Iterator[Picture] | None = None
        self._next = 1
        self._last: Picture | None = None

    def __len__(self) -> int:
        return self._length

    def read(self, index: int) -> Picture:
        """Decode one frame."""
        if not 1 <= index <= self._length:
            raise IndexError(f"frame {index} of {self._length}")
        if self._last is not None and index == self._next - 1:
            return self._last
        if self._stream is None or index < self._next:
            self._stream, self._next = decode_video(self._path), 1
        for picture in self._stream:
            self._next += 1
            self._last = picture
            if self._next > index:
                return picture
        found = self._next - 1
        self._stream, self._next, self._last = None, 1, None
        raise InputError(self._path, f"at least {index} frames", f"a video of {found}")

    def iterate(self) -> Iterator[Picture]:
        """Yield all frames in order, decoded ahead."""
        fresh = _Video(self._path, self._length)
        return decode_ahead(fresh.read(index) for index in range(1, self._length + 1))


def decode_ahead(pictures: Iterator[Picture], ahead: int = AHEAD) -> Iterator[Picture]:
    """Yield pictures that a background thread decodes up to ``ahead`` pictures ahead.

    An error is raised at the place of its picture. The thread ends when this iterator is closed.
    """
    ready: queue.Queue[Picture | BaseException | None] = queue.Queue(maxsize=ahead)
    stop = threading.Event()

    def put(item: Picture | BaseException | None) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def work() -> None:
        try:
            for picture in pictures:
                put(picture)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=work, name="decode-ahead", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
