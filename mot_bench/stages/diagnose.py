"""Measure a network apart from any tracker: detection AP, and ReID TPR at FAR 0.1."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from mot_bench.datasets.dataset import Sequence
from mot_bench.detections.formats import npz_detections
from mot_bench.diagnostics import detection_quality, labelled, reid_quality
from mot_bench.engine.stage import Made, Stage
from mot_bench.networks.applying import DETECTIONS, TRUTH, TRUTH_STRIDE
from mot_bench.stages.roles import EVALUATION

if TYPE_CHECKING:
    from mot_bench.networks.model_keys import Network
    from mot_bench.stages.context import Context

DIAGNOSIS = "diagnosis.json"
VISIBLE = 0.5

_Pairs = list[tuple[Sequence, bytes]]


@dataclass(frozen=True)
class Diagnose(Stage):
    """What a network is worth on the evaluation dataset: by group, and ``""`` for all sequences.

    Attributes:
        network: which.
        detector: of a ReID network, the one whose boxes it embeds; None for a detector.
    """

    name: ClassVar[str] = "diagnose"
    network: Network
    detector: Network | None

    @property
    def label(self) -> str:
        """The name of this job."""
        return f"diagnose {self.network.label}"

    def needs(self, context: Context) -> Iterable[Stage]:
        """Return what the network made of every sequence."""
        return [self._applied(each.name) for each in context.sequences(EVALUATION)]

    def _applied(self, sequence: str) -> Stage:
        from mot_bench.stages.detect import Detect
        from mot_bench.stages.embed import Embed

        if self.detector is None:
            return Detect(self.network, EVALUATION, sequence)
        return Embed(self.network, self.detector, EVALUATION, sequence)

    def inputs(self, context: Context) -> dict[str, object]:
        """Return what decides the figures."""
        entries = [[each.name, context.cache.key(each)] for each in self.needs(context)]
        return {"entries": entries, "groups": _groups(context)}

    def run(self, context: Context) -> Made:
        """Measure."""
        found = {name: self._measure(names, context) for name, names in _groups(context).items()}
        return Made({DIAGNOSIS: json.dumps(found).encode()})

    def _measure(self, names: list[str], context: Context) -> dict[str, float | None]:
        sequences = [each for each in context.sequences(EVALUATION) if each.name in names]
        values: dict[str, float] = {}
        spec = self.network.spec
        if spec.kind == "fairmot" and spec.specialist != "reid":
            values |= _detection_figures(self._files(sequences, DETECTIONS, context))
        truths = self._files(sequences, TRUTH, context)
        if truths and len(truths) == len(sequences):
            values |= _reid_figures(truths)
        return {name: None if math.isnan(value) else value for name, value in values.items()}

    def _files(self, sequences: list[Sequence], name: str, context: Context) -> _Pairs:
        """Return the sequences of which the network made a file, with the file's content."""
        contents = [context.cache.read(self._applied(each.name), name) for each in sequences]
        pairs = zip(sequences, contents, strict=True)
        return [(sequence, content) for sequence, content in pairs if content is not None]


def _detection_figures(files: _Pairs) -> dict[str, float]:
    pairs = [(sequence, npz_detections(DETECTIONS, content)) for sequence, content in files]
    found, visible = detection_quality(pairs), detection_quality(pairs, min_visibility=VISIBLE)
    return {
        "ap": found.standard.ap,
        "ap_paper": found.by_picture,
        "ap_visible": visible.standard.ap,
    }


def _reid_figures(files: _Pairs) -> dict[str, float]:
    embedded = labelled([(sequence, _at_stride(sequence, content)) for sequence, content in files])
    everybody = reid_quality(embedded, paper_step=1, min_visibility=0.0)
    visible = reid_quality(embedded, paper_step=1, min_visibility=VISIBLE)
    return {
        "tpr": visible.within.tpr,
        "tpr_all": everybody.within.tpr,
        "tpr_paper": everybody.paper.tpr,
        "rank1": visible.within.rank_1,
    }


def _at_stride(sequence: Sequence, content: bytes) -> npt.NDArray[np.float32]:
    """Return embeddings at the ground truth of every Nth frame and NaN elsewhere.

    A separate ReID network looks at these frames alone; all networks are measured on the same ones.
    """
    features: npt.NDArray[np.float32] = np.load(io.BytesIO(content), allow_pickle=False)
    truth = sequence.ground_truth
    assert truth is not None
    looked_at = (truth.frames - 1) % TRUTH_STRIDE == 0
    return np.where(looked_at[:, None], features, np.float32(np.nan))


def _groups(context: Context) -> dict[str, list[str]]:
    """Return the names of sequences by group, and ``""`` for all."""
    sequences = context.sequences(EVALUATION)
    groups: dict[str, list[str]] = {"": [sequence.name for sequence in sequences]}
    for sequence in sequences:
        if sequence.group:
            groups.setdefault(sequence.group, []).append(sequence.name)
    return groups
