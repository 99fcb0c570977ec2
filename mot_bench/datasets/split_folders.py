"""Choose a split of a dataset's root, such as ``dancetrack`` with ``train`` and ``val``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mot_bench.datasets.motchallenge import file_stems, find_sequence_folders, is_sequence_folder
from mot_bench.errors import InputError

_MOST_NAMED = 12


def split_folders(root: Path) -> list[Path]:
    """Return the folders with sequences up to two levels below a root, in name order.

    A folder with sequences of its own is not a root.
    """
    if not root.is_dir() or find_sequence_folders(root):
        return []
    below = sorted(
        entry for pattern in ("*", "*/*") for entry in root.glob(pattern) if entry.is_dir()
    )
    folders = [
        entry for entry in below if not entry.name.startswith(".") and not is_sequence_folder(entry)
    ]
    return list(filter(find_sequence_folders, folders))


def choose_split(root: Path, names: Collection[str] = ()) -> Path:
    """Return the only split of a root that has ground truth, or that has the named sequences.

    Args:
        root: a folder; it is returned unchanged if it has sequences of its own, or no splits.
        names: the names of result files without ``.txt``, if known.

    Raises:
        InputError: several splits are possible, or none is; the message names the folders.
    """
    splits = split_folders(root)
    if not splits:
        return root
    with_truth = [folder for folder in splits if _truths(folder)]
    possible = _with_sequences(with_truth, names) or with_truth
    if len(possible) == 1:
        return possible[0]
    listed = ", ".join(map(str, (possible or splits)[:_MOST_NAMED]))
    found = f"without ground truth in {listed}"
    if possible:
        found = f"with several; give one of {listed}"
    raise InputError(root, "the folder of one split", f"a root {found}")


def _with_sequences(splits: list[Path], names: Collection[str]) -> list[Path]:
    """Return the splits with ground truth for at least one of the names."""
    wanted = {_stem(name) for name in names}
    return [split for split in splits if wanted & {_stem(one.name) for one in _truths(split)}]


def _stem(name: str) -> str:
    return file_stems(name)[-1]


def _truths(folder: Path) -> list[Path]:
    """Return the sequence folders that have ground truth."""
    return [one for one in find_sequence_folders(folder) if (one / "gt" / "gt.txt").is_file()]
