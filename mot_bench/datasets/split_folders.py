"""A dataset's root given in place of one of its splits, such as ``dancetrack`` with ``train``, ``val`` and ``test``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mot_bench.datasets.motchallenge import file_stems, find_sequence_folders, is_sequence_folder
from mot_bench.errors import InputError

_MOST_NAMED = 12


def split_folders(root: Path) -> list[Path]:
    """Return the folders with sequences up to two levels below a folder that has none itself, in name order."""
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
    """Return the split that a root stands for: the only one with ground truth, or with the sequences that are named.

    Args:
        root: a folder; one with sequences of its own, or without any split, stands for itself.
        names: of result files, without ``.txt``; none where they are not known.

    Raises:
        InputError: several splits are possible, or none is; names the folders to give.
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
    """Return the splits that have ground truth for at least one of the names."""
    wanted = {_stem(name) for name in names}
    return [split for split in splits if wanted & {_stem(one.name) for one in _truths(split)}]


def _stem(name: str) -> str:
    return file_stems(name)[-1]


def _truths(folder: Path) -> list[Path]:
    """Return the sequence folders that have ground truth."""
    return [one for one in find_sequence_folders(folder) if (one / "gt" / "gt.txt").is_file()]
