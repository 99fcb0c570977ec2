"""Find result files in one file, a folder, folders of trackers, or a zip.

Every ``*.txt`` is the result of the sequence that it is named after, and its folder is the run. The
folders ``data`` (TrackEval's layout), ``tracks``, ``runs`` and ``seed-N`` (mot-bench's own) are not
part of a run's name. TrackEval's summaries (``pedestrian_summary.txt``) are skipped. A zip is read
in memory and within limits, never unpacked, so that its members can neither reach outside files nor
exhaust memory or disk.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mot_bench.errors import InputError, nearest_path, quoted, reading
from mot_bench.files.zip_files import most_unpacked

MAX_FILES = 20_000
MAX_FILE_BYTES = 512 * 2**20
MAX_ZIP_BYTES = 2 * 2**30
_PASSED_OVER = frozenset({"data", "tracks", "runs"})
_SEED = re.compile(r"seed-(\d+)")
_NO_TRACKS = re.compile(r".*_summary\.txt|labels\.txt|error\.txt")  # TrackEval's, CVAT's, our own


@dataclass(frozen=True)
class ResultFile:
    """A result file: a label for messages, and a path or a member of a zip."""

    label: str
    path: Path
    member: str | None = None

    def read(self) -> bytes:
        """Return the content.

        Raises:
            InputError: the file cannot be read, or is implausibly large.
        """
        with reading(self.label, "a result file that can be read"):
            if self.member is None:
                return self.path.read_bytes()
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise InputError(self.label, f"at most {MAX_FILE_BYTES // 2**20} MiB", "more, unpacked")
        return content


@dataclass(frozen=True)
class ResultSet:
    """The result files of one run, by their names without ``.txt``, and their folder."""

    run: str
    seed: int
    files: dict[str, ResultFile] = field(default_factory=dict)
    folder: str = ""


def find_results(path: Path, name: str | None = None) -> list[ResultSet]:
    """Return each folder of result files under a path, as a run named after it (see ``distinct``).

    Args:
        path: a file, a folder or a zip.
        name: the name of the run if there is only one.

    Raises:
        InputError: the path does not exist or has no result file, or the zip is damaged or beyond
            the limits.
    """
    if not path.exists():
        expected = "result files (a .txt, a folder or a zip)"
        raise InputError(path, expected, f"no such file or folder{nearest_path(path)}")
    if path.is_dir():
        found = list(_in_folder(path))
    elif zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        found = list(_in_zip(path))
    else:
        return [ResultSet(name or path.stem, 0, {path.stem: ResultFile(str(path), path)})]
    if not found:
        raise InputError(path, "result files SEQUENCE.txt in it", f"no .txt file{_others(path)}")
    sets = _by_folder(found, _name_of(path))
    return [replace(sets[0], run=name)] if len(sets) == 1 and name is not None else sets


def _by_folder(found: list[tuple[PurePosixPath, ResultFile]], default_name: str) -> list[ResultSet]:
    """Group result files by folder."""
    folders: dict[PurePosixPath, dict[str, ResultFile]] = {}
    for place, file in found:
        folders.setdefault(place.parent, {})[place.stem] = file
    sets = []
    for folder, files in folders.items():
        run, seed = _run_name(folder)
        sets.append(ResultSet(run or default_name, seed, files, str(folder)))
    return sets


def distinct(sets: list[ResultSet]) -> list[ResultSet]:
    """Return the runs sorted by name; runs with the same name are named after their folder."""
    repeated = Counter((one.run, one.seed) for one in sets)
    named = [
        one if repeated[one.run, one.seed] == 1 else replace(one, run=one.folder, seed=0)
        for one in sets
    ]
    return sorted(named, key=lambda one: (one.run, one.seed))


def _name_of(path: Path) -> str:
    """Return the name of a folder or zip, or of the folder above if it is ``data`` or the like."""
    place = path.resolve()
    return place.parent.name if place.name in _PASSED_OVER and place.parent.name else place.stem


def _run_name(folder: PurePosixPath) -> tuple[str, int]:
    seed = 0
    parts = []
    for part in folder.parts:
        match = _SEED.fullmatch(part)
        if match:
            seed = int(match[1])
        elif part not in _PASSED_OVER:
            parts.append(part)
    return "/".join(parts), seed


def _is_result(place: PurePosixPath) -> bool:
    hidden = any(part != ".." and part.startswith((".", "__MACOSX")) for part in place.parts)
    return place.suffix.lower() == ".txt" and not hidden and not _NO_TRACKS.fullmatch(place.name)


def _others(path: Path) -> str:
    """Return a remark about the first file of a folder, or an empty text without files."""
    files = sorted(file.name for file in path.iterdir() if file.is_file()) if path.is_dir() else []
    if not files:
        return ""
    return f" ({quoted(files[0])}, for one; write MOTChallenge text and call it SEQUENCE.txt)"


def _in_folder(path: Path) -> Iterator[tuple[PurePosixPath, ResultFile]]:
    for file in sorted(path.rglob("*")):
        place = PurePosixPath(file.relative_to(path).as_posix())
        if _is_result(place) and file.is_file():
            yield place, ResultFile(str(file), file)


def _in_zip(path: Path) -> Iterator[tuple[PurePosixPath, ResultFile]]:
    with reading(path, "a zip"), zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MAX_FILES:
        raise InputError(path, f"a zip of at most {MAX_FILES} files", str(len(members)))
    results = [info for info in members if _is_result(_place(info))]
    _check_unpacked_size(path, sum(info.file_size for info in results))
    for info in results:
        _check_member(path, info)
        yield _place(info), ResultFile(f"{path}/{info.filename}", path, info.filename)


def _check_unpacked_size(path: Path, unpacked_size: int) -> None:
    packed_size = path.stat().st_size
    if unpacked_size > most_unpacked(packed_size):
        found = f"{packed_size} bytes that unpack to {unpacked_size}"
        raise InputError(path, "a zip of result files", found)
    if unpacked_size > MAX_ZIP_BYTES:
        expected = f"at most {MAX_ZIP_BYTES // 2**30} GiB of result files"
        raise InputError(path, expected, f"{unpacked_size / 2**30:.1f} GiB")


def _check_member(path: Path, info: zipfile.ZipInfo) -> None:
    place = _place(info)
    if place.is_absolute() or ".." in place.parts:
        found = f"{quoted(info.filename)}, which leads out of it"
        raise InputError(path, "names inside the zip", found)
    if info.flag_bits & 1:
        raise InputError(path, "a zip without a password", f"{info.filename} with one")


def _place(info: zipfile.ZipInfo) -> PurePosixPath:
    """Return the path of a member; some Windows programs write backslashes."""
    return PurePosixPath(info.filename.replace("\\", "/"))
