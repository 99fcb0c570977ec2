"""Why a run lost: its errors by cause, what each cost, and what a difference in HOTA is made of, as reports show them.

The harness finds them (``mot_bench.explaining``); everything here is in fractions and counts, as in
``schema``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LimitName = Literal["identities", "boxes", "everything"]
Kind = Literal["false negative", "false positive", "loose box", "identity switch", "fragmentation"]
KINDS: tuple[Kind, ...] = (
    "false negative",
    "false positive",
    "loose box",
    "identity switch",
    "fragmentation",
)
GAINS = ("HOTA", "IDF1", "MOTA")

KIND_MEANINGS: Mapping[Kind, str] = {
    "false negative": "a person in a frame whom no track covers, not even loosely",
    "false positive": "a box of a track on nobody, or on somebody who has another track",
    "loose box": "a box on a person without another track, but with an overlap (IoU) of 0.1 to 0.5 only; "
    "TrackEval counts it as a false negative and a false positive",
    "identity switch": "a person whose track is another one than before",
    "fragmentation": "a person who is tracked again after an interruption",
}
REPAIRS: Mapping[Kind, str] = {
    "false negative": "the person's true box is added, under the identity of the last match, else of the next one, "
    "else a new one",
    "false positive": "the box is removed",
    "loose box": "the box is replaced by the person's true box; its identity stays",
    "identity switch": "the person keeps the identity of before the switch, until the next switch that is not "
    "repaired; where another box has that identity in those frames, the person gets a new one before and after",
    "fragmentation": "the person's true boxes are put into the interruption, under the identity of before it",
}
_UNDETECTED = "no detection of the person at all"
_DETECTED = "detected, as surely as what the run makes tracks of"
_UNSURE = "less sure than what the run makes tracks of"

# Causes in the order in which they are looked for: the first that fits is taken.
CAUSES: Mapping[Kind, Mapping[str, str]] = {
    "false negative": {
        "not detected: mostly hidden": f"{_UNDETECTED}; less than half of the person is visible",
        "not detected: small": f"{_UNDETECTED}; the box has less than 32 x 32 pixels",
        "not detected: at the picture's edge": f"{_UNDETECTED}; the box reaches the picture's edge",
        "not detected: in full view": f"{_UNDETECTED}, and none of the reasons above",
        "detected: too unsure": f"detected, but {_UNSURE}",
        "detected: never tracked": f"{_DETECTED}; the person is tracked nowhere in the sequence",
        "detected: track not yet begun": f"{_DETECTED}; the person is first tracked later",
        "detected: lost on the way": f"{_DETECTED}; the person is tracked before and later",
        "detected: track ended early": f"{_DETECTED}; the person is tracked before and never again",
        "mostly hidden": "less than half of the person is visible (detections are not known)",
        "small": "the box has less than 32 x 32 pixels (detections are not known)",
        "at the picture's edge": "the box reaches the picture's edge (detections are not known)",
        "never tracked": "the person is tracked nowhere in the sequence (detections are not known)",
        "track not yet begun": "the person is first tracked later (detections are not known)",
        "lost on the way": "the person is tracked before and later (detections are not known)",
        "track ended early": "the person is tracked before and never again (detections are not known)",
    },
    "false positive": {
        "duplicate": "a second box on a person: its overlap is 0.5 or more, or a closer loose box is there",
        "on somebody who does not count": "overlaps, by 0.5 or more, somebody whom the ground truth says to ignore",
        "predicted box": "no detection overlaps it by 0.5 or more: the tracker moved it on by itself",
        "beside a person": "overlaps a person who has another track by 0.1 to 0.5",
        "drifted off a person": "on background, of a track that is on a person in other frames",
        "background": "on background, of a track that is never on a person",
    },
    "loose box": {
        "better box was detected": f"the person was {_DETECTED}",
        "predicted box": "no detection overlaps it by 0.5 or more: the tracker moved it on by itself",
        "person mostly hidden": "less than half of the person is visible",
        "loose detection": "the detector's box is as loose",
        "other": "none of the reasons above (detections are not known)",
    },
    "identity switch": {
        "after leaving the picture": "in between there was no true box, or one with its centre outside the picture",
        "at a crossing": "the old track went on to another person, or the new one came from another person (within a "
        "second)",
        "after occlusion": "less than half of the person was visible in a frame from the last match to the switch",
        "after missed frames": "the person was in view, but without a track in between",
        "other": "from one frame to the next, in full view",
    },
    "fragmentation": {
        "person was away": "the person had no true box in between: nothing to repair",
        "occlusion": "less than half of the person was visible in a frame of the interruption",
        "not detected": f"in more than half of the interruption {_UNDETECTED}",
        "too unsure": f"in more than half of the interruption no detection, or one {_UNSURE}",
        "dropped": f"in at least half of the interruption the person was {_DETECTED}",
        "other": "none of the reasons above (detections are not known)",
    },
}


@dataclass(frozen=True)
class Cause:
    """A cause of errors and how often it occurred over all sequences.

    ``cause`` is a few words, such as ``after occlusion``; empty where all of a kind are meant.
    ``gains`` are HOTA, IDF1 and MOTA (fractions) that the run would gain if this cause alone were
    repaired.
    """

    kind: Kind
    cause: str
    count: int
    gains: Mapping[str, float] = field(default_factory=dict)

    @property
    def meaning(self) -> str:
        """What is counted, in a sentence without its end."""
        return CAUSES[self.kind].get(self.cause, "") if self.cause else KIND_MEANINGS[self.kind]


@dataclass(frozen=True)
class Limit:
    """What a run would gain with one property made perfect, whatever its errors are.

    ``name`` is ``identities`` (each tracked box has the identity of its person), ``boxes`` (each
    matched box is the true one) or ``everything`` (all of it: HOTA, IDF1 and MOTA are 1 then).
    ``gains`` as in ``Cause``.
    """

    name: LimitName
    gains: Mapping[str, float]


@dataclass(frozen=True)
class Slice:
    """Quality for a part of the ground truth, such as small people.

    Attributes:
        by: ``size``, ``visibility`` or ``density``.
        label: the part with its limits and unit.
        boxes: of the ground truth in it.
        ap: of the detections, None where they have no scores or there are none.
        recall, idf1: of the tracks.
    """

    by: Literal["size", "visibility", "density"]
    label: str
    boxes: int
    ap: float | None
    recall: float | None
    idf1: float | None


@dataclass(frozen=True)
class RunExplanation:
    """The errors of a run with one seed.

    Attributes:
        causes: those that occur, in the order of ``KINDS`` and ``CAUSES``.
        kinds: the same, all causes of a kind together; ``cause`` is empty.
        limits: what perfect identities and boxes would give.
        inert: its track files equal the base run's, byte for byte.
        detections_known: whether causes could look at the detections.
        visibility_given: False where visibility was estimated from the boxes of people who stand
            nearer.
    """

    run: str
    seed: int
    inert: bool = False
    detections_known: bool = True
    visibility_given: bool = True
    causes: tuple[Cause, ...] = ()
    kinds: tuple[Cause, ...] = ()
    limits: tuple[Limit, ...] = ()
    slices: tuple[Slice, ...] = ()

    @property
    def ranked(self) -> tuple[Cause, ...]:
        """Causes by gain in HOTA, largest first."""
        return tuple(
            sorted(self.causes, key=lambda cause: (-cause.gains.get("HOTA", 0.0), -cause.count))
        )


@dataclass(frozen=True)
class Split:
    """HOTA of ``run`` less HOTA of ``base``, and its Shapley parts, which add up to it (fractions)."""

    run: str
    base: str
    seed: int
    difference: float
    detection: float
    association: float
    localisation: float


@dataclass(frozen=True)
class Explanation:
    """What was found for the runs of a bundle; ``splits`` are against the suite's base run."""

    runs: tuple[RunExplanation, ...] = ()
    splits: tuple[Split, ...] = ()

    def of(self, run: str, seed: int) -> RunExplanation | None:
        """That of a run; None where there is none."""
        return next((one for one in self.runs if (one.run, one.seed) == (run, seed)), None)
