"""Recognise files of other formats, so that messages can say how to convert them."""

from __future__ import annotations

from mot_bench.datasets.text_lines import lines_of

_BEGIN = 4096
_COLUMNS = {
    "tracks": "FRAME,ID,LEFT,TOP,WIDTH,HEIGHT,SCORE,-1,-1,-1",
    "detections": "FRAME,-1,LEFT,TOP,WIDTH,HEIGHT,SCORE",
    "ground truth": "FRAME,ID,LEFT,TOP,WIDTH,HEIGHT,1,CLASS,VISIBILITY",
}


def foreign_format(text: bytes, what: str) -> str | None:
    """Return the format of a file that is not MOT text and how to convert it; None if unknown.

    Args:
        text: the content of the file.
        what: the expected content: ``tracks``, ``detections`` or ``ground truth``.
    """
    kind = _kind(text[:_BEGIN])
    if kind is None:
        return None
    return f"{kind}; write one line {_COLUMNS[what]} for each box, in pixels, without a header"


def _kind(begin: bytes) -> str | None:
    stripped = begin.lstrip()
    if stripped.startswith((b"{", b"[")):
        return "JSON (perhaps boxes in COCO's format)"
    if stripped.startswith(b"<"):
        return "XML"
    if b"\0" in begin:
        return "a binary file"
    rows = [cells for _, cells in lines_of(begin)]
    if not rows:
        return None
    if len(rows[0]) > 1 and all(_is_word(cell) for cell in rows[0][:2]):
        return f"a header ({', '.join(rows[0])[:60]})"
    return "YOLO labels (class, centre and size in fractions)" if _is_yolo(rows[0]) else None


def _is_word(cell: str) -> bool:
    return cell.lower() not in ("nan", "inf") and cell[:1].isalpha()


def _is_yolo(cells: list[str]) -> bool:
    """Return whether a row is CLASS X Y WIDTH HEIGHT in fractions, perhaps with a score."""
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        return False
    fractions = values[1:5]
    return (
        5 <= len(values) <= 7
        and values[0] >= 0
        and all(0 <= value <= 1 for value in fractions)
        and any(value != int(value) for value in fractions)
    )
