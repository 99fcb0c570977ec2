"""Compute TrackEval's Identity metrics without a dense matrix of identities and tracks.

The largest number of matches does not depend on the method. Here it is found separately for each
group of identities and tracks that overlap by half. Every field is equal to that of TrackEval
1.3.0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from trackeval.metrics import Identity

from mot_bench.scoring.best_matching import matching_pairs

Data = dict[str, Any]


class SparseIdentity(Identity):  # type: ignore[misc]
    """TrackEval's Identity metrics without a dense matrix of identities and tracks."""

    def eval_sequence(self, data: Data) -> Data:
        """Return all fields of one sequence."""
        if not data["num_tracker_dets"] or not data["num_gt_dets"]:
            return dict(super().eval_sequence(data))
        width = data["num_tracker_ids"]
        cells = [np.empty(0, np.int64)]
        for people, tracks, similarity in zip(
            data["gt_ids"], data["tracker_ids"], data["similarity_scores"], strict=True
        ):
            rows, columns = np.nonzero(similarity >= self.threshold)
            cells.append(people[rows].astype(np.int64) * width + tracks[columns])
        pairs, counts = np.unique(np.concatenate(cells), return_counts=True)
        matched = int(counts[matching_pairs(pairs // width, pairs % width, counts)].sum())
        fields: Data = {
            **dict.fromkeys(self.fields, 0),
            "IDTP": np.int64(matched),
            "IDFN": np.int64(data["num_gt_dets"] - matched),
            "IDFP": np.int64(data["num_tracker_dets"] - matched),
        }
        return dict(self._compute_final_fields(fields))
