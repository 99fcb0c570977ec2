"""Read ``seqinfo.ini``, MOTChallenge's description of a sequence, and check its values."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

from mot_bench.datasets.mot_table import LONGEST_SEQUENCE
from mot_bench.datasets.text_lines import plain_text, read_bytes
from mot_bench.errors import InputError, did_you_mean, quoted, reason_of
from mot_bench.files.places import check_name, check_place

FILE_NAME = "seqinfo.ini"
WIDEST_PICTURE = 100_000
"""The largest width and height of a picture in pixels."""

FASTEST_RATE = 100_000.0
"""The largest frame rate, in frames per second."""

_BETWEEN_WORDS = str.maketrans("", "", "_- ")
_OTHER_NAMES = {"fps": "framerate"}
_KNOWN = ("name", "imDir", "frameRate", "seqLength", "imWidth", "imHeight", "imExt", "frameOffset")


@dataclass(frozen=True)
class SequenceInfo:
    """The content of a seqinfo.ini; None for missing values.

    Attributes:
        name: the name of the sequence; copied files often have that of another sequence.
        picture_dir: the folder of the pictures, or a video file.
        length: the number of frames, 1 to ``LONGEST_SEQUENCE``.
        frame_rate: frames per second.
        width, height: the size of the pictures in pixels.
        frame_offset: the number of frames that were cut away before frame 1.
        unknown: unknown keys, each with the most similar known key.
    """

    name: str | None = None
    picture_dir: str = "img1"
    length: int | None = None
    frame_rate: float | None = None
    width: int | None = None
    height: int | None = None
    frame_offset: int = 0
    unknown: tuple[str, ...] = ()


def read_seqinfo(folder: Path) -> SequenceInfo | None:
    """Return the content of the seqinfo.ini in a sequence's folder; None without such a file.

    Raises:
        InputError: the file is not an INI file with a section [Sequence], or a value is invalid.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    keys = _Keys(path, _section(path))
    return SequenceInfo(
        name=keys.name(),
        picture_dir=keys.picture_dir() or "img1",
        length=keys.integer("seqLength", 1, LONGEST_SEQUENCE),
        frame_rate=keys.number("frameRate", 1e-6, FASTEST_RATE),
        width=keys.integer("imWidth", 1, WIDEST_PICTURE),
        height=keys.integer("imHeight", 1, WIDEST_PICTURE),
        frame_offset=keys.integer("frameOffset", 0, LONGEST_SEQUENCE) or 0,
        unknown=keys.unknown(),
    )


def line_of(path: Path, key: str) -> int | None:
    """Return the line of a seqinfo.ini that has a key, regardless of case; None if none has."""
    text = plain_text(path.read_bytes()) if path.is_file() else b""
    lines = text.decode("utf-8", errors="replace").split("\n")
    return next(
        (n for n, line in enumerate(lines, start=1) if _key(_left_of(line)) == key.lower()), None
    )


def _left_of(line: str) -> str:
    return line.replace(":", "=", 1).partition("=")[0].strip()


def _key(written: str) -> str:
    """Return a key in lower case without separators between words."""
    key = written.lower().translate(_BETWEEN_WORDS)
    return _OTHER_NAMES.get(key, key)


def _section(path: Path) -> dict[str, str]:
    """Return the keys of the section [Sequence] in lower case."""
    parser = configparser.ConfigParser(
        interpolation=None, inline_comment_prefixes=(";", "#"), default_section=""
    )
    parser.optionxform = _key  # type: ignore[method-assign, assignment]
    text = plain_text(read_bytes(path, "the sequence's description"))
    try:
        parser.read_string(text.decode("utf-8", errors="replace"))
    except configparser.MissingSectionHeaderError as error:
        found = f"{quoted(error.line.strip())} before any section"
        raise InputError(
            path, "an INI file that begins with [Sequence]", found, error.lineno
        ) from error
    except configparser.DuplicateOptionError as error:
        found = f"{error.option} a second time"
        raise InputError(path, "each key once", found, error.lineno) from error
    except configparser.DuplicateSectionError as error:
        raise InputError(
            path, "one section [Sequence]", f"{quoted(error.section)} twice", error.lineno
        ) from error
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        found = reason_of(error)
        raise InputError(path, "an INI file", found, line) from error
    named = [name for name in parser.sections() if name.strip().lower() == "sequence"]
    if len(named) != 1:
        found = f"sections {quoted(parser.sections())}"
        raise InputError(path, "a section [Sequence]", found)
    return dict(parser[named[0]])


class _Keys:
    """The keys of a section, checked when they are read; keys without a value are ignored."""

    def __init__(self, path: Path, values: dict[str, str]) -> None:
        self._path = path
        self._values = {key: value.strip() for key, value in values.items() if value.strip()}

    def text(self, key: str) -> str | None:
        return self._values.get(key.lower())

    def unknown(self) -> tuple[str, ...]:
        """Return the unknown keys with hints."""
        known = [key.lower() for key in _KNOWN]
        return tuple(
            f"{key}{did_you_mean(key, _KNOWN)}" for key in self._values if key not in known
        )

    def name(self) -> str | None:
        """Return the sequence's name after checking that it can be a file name."""
        name = self.text("name")
        if name is None:
            return None
        way_out = "write the folder's name, or leave name= out"
        line = line_of(self._path, "name")
        return check_name(name, "a sequence's name", self._path, way_out, line)

    def picture_dir(self) -> str | None:
        """Return the place of the pictures after checking that it is in the sequence's folder."""
        place = self.text("imDir")
        if place is None:
            return None
        way_out = "put the pictures, or a link to them, into the sequence's folder"
        line = line_of(self._path, "imDir")
        return check_place(place, "a place of pictures", self._path, way_out, line)

    def number(self, key: str, least: float, most: float) -> float | None:
        text = self.text(key)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not value >= least:
            raise self._fault(key, f"a number of at least {least:g} for {key}")
        if value > most:
            raise self._fault(key, f"at most {most:.0f} for {key}")
        return value

    def integer(self, key: str, least: int, most: int) -> int | None:
        value = self.number(key, least, most)
        if value is not None and value != int(value):
            raise self._fault(key, f"a whole number for {key}")
        return None if value is None else int(value)

    def _fault(self, key: str, expected: str) -> InputError:
        found = quoted(self._values[key.lower()])
        return InputError(self._path, expected, found, line_of(self._path, key))
