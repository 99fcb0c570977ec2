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
    below = sorted(entry for pattern in ("*", "*/*") for entry in root.glob(pattern) if entry.is_dir())
    folders = [entry for entry in below if not entry.name.startswith(".") and not is_sequence_folder(entry)]
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
    with_truth = [folder for folder in splits if any(_truths(folder))]
    stems = {file_stems(name)[-1] for name in names}
    named = [folder for folder in with_truth if {_stem(truth) for truth in _truths(folder)} & stems]
    possible = named or with_truth
    if len(possible) == 1:
        return possible[0]
    listed = ", ".join(map(str, (possible or with_truth or splits)[:_MOST_NAMED]))
    if possible:
        raise InputError(root, "the folder of one split", f"a root with several; give one of {listed}")
    raise InputError(root, "the folder of one split", f"a root without ground truth in {listed}")


def _stem(folder: Path) -> str:
    return file_stems(folder.name)[-1]


def _truths(folder: Path) -> list[Path]:
    """Return the sequence folders that have ground truth."""
    return [one for one in find_sequence_folders(folder) if (one / "gt" / "gt.txt").is_file()]
