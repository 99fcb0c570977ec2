"""Pictures of coloured rectangles, who are people to networks that learn in seconds."""

from __future__ import annotations

import numpy as np

from mot_bench.models.samples import Sample


class Rectangles:
    """Training data: ``count`` pictures of 64x96 with up to three people in them, of ``identities`` in all."""

    def __init__(self, count: int = 12, identities: int = 5) -> None:
        self._count, self._identities = count, identities

    @property
    def identities(self) -> int:
        return self._identities

    def __len__(self) -> int:
        return self._count

    def load(self, index: int) -> Sample:
        rng = np.random.default_rng([index, 7])
        picture = np.full((64, 96, 3), 110, np.uint8)
        people = rng.choice(self._identities, min(3, self._identities), replace=False)
        boxes = []
        for slot, person in enumerate(people.tolist()):
            x, y = 4 + 30 * slot + int(rng.integers(8)), int(rng.integers(4, 20))
            colour = np.random.default_rng([person, 1]).integers(0, 255, 3)
            picture[y : y + 36, x : x + 16] = colour
            boxes.append([x, y, x + 16, y + 36])
        return Sample(picture, np.array(boxes, np.float32), people.astype(np.int64))
