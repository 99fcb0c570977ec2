"""What identifies the pictures of a sequence."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mot_bench.datasets.dataset import Sequence
from mot_bench.datasets.picture_files import natural_key
from mot_bench.engine.versions import stage_version
from mot_bench.simulation import StreetSequence


def pictures_digest(sequence: Sequence) -> str:
    """Hex SHA-256 of what decides a sequence's pictures.

    Of files their names in natural order, sizes and times of change, since the pictures themselves
    are too large to hash, and the code that reads them; of a generated sequence the scene, the seed
    and the code that draws it.
    """
    hasher = hashlib.sha256(f"{sequence.first_frame} {sequence.length}\n".encode())
    if isinstance(sequence, StreetSequence):
        hasher.update(f"{sequence.scene} {sequence.seed} {stage_version('drawing')}".encode())
        return hasher.hexdigest()
    hasher.update(f"{stage_version('reading')}\n".encode())
    folder = sequence.folder
    files = [] if folder is None else [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (natural_key(str(path)), path)):
        status = path.stat()
        told = f"{path.relative_to(folder or Path())} {status.st_size} {status.st_mtime_ns}\n"
        hasher.update(told.encode(errors="surrogateescape"))  # a name need not be UTF-8
    return hasher.hexdigest()
