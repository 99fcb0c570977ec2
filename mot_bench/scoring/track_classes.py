"""Keep those rows of a result file whose class was chosen."""

from __future__ import annotations

import numpy as np

from mot_bench.datasets.mot_text import TrackRows, format_tracks
from mot_bench.datasets.rules import HOW_TO_CHOOSE, OWN, Rules
from mot_bench.errors import InputError, listed
from mot_bench.scoring.profiles import PEDESTRIAN


def chosen_tracks(
    content: bytes, tracks: TrackRows, label: str, rules: Rules
) -> tuple[bytes, TrackRows, str]:
    """Return a result file without rows of classes that were not chosen, and a note about them.

    Args:
        content: the result file.
        tracks: its rows.
        label: the name of the file for messages.
        rules: the rules with the chosen classes.

    Raises:
        InputError: the file has other classes, but no classes were chosen.
    """
    if not len(tracks) or (tracks.classes.max() <= PEDESTRIAN and not rules.classes):
        return content, tracks, ""
    if not rules.classes and rules.benchmark != OWN:
        raise _unexpected_class(tracks, label, rules)
    chosen = np.ones(len(tracks), np.bool_)
    if rules.classes and (tracks.classes > 0).any():
        chosen = np.isin(tracks.classes, (-1, *rules.classes))
    kept = TrackRows(
        tracks.frames[chosen],
        tracks.ids[chosen],
        tracks.boxes_ltwh[chosen],
        tracks.scores[chosen],
        np.full(int(chosen.sum()), -1, np.int64),
    )
    note = ""
    if not chosen.all():
        others = listed(map(str, np.unique(tracks.classes[~chosen]).tolist()))
        removed = f"{len(chosen) - len(kept)} of {len(chosen)} rows"
        note = f"{removed} are of other classes ({others}): left out"
    return format_tracks(kept, None).encode(), kept, note


def _unexpected_class(tracks: TrackRows, label: str, rules: Rules) -> InputError:
    row = int(tracks.classes.argmax())
    number = tracks.classes[row]
    reason = f"by the rules of {rules.benchmark} ({HOW_TO_CHOOSE})"
    found = f"class {number} in row {row + 1}; --classes {number} scores this class"
    return InputError(label, f"class 1 (or -1) in column 8 {reason}", found)
