"""The sources of training pictures, as specified on the command line or in a suite."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mot_bench.errors import MotBenchError

ODGT_PREFIX = "odgt:"
MIN_VISIBILITY = 0.2
MIN_KNOWN_VISIBILITY = 0.45


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    min_visibility: float = Field(
        MIN_VISIBILITY,
        ge=0,
        le=1,
        description=(
            "People with a lower visibility are left out. FairMOT learns them all; but the middle "
            "of such a box shows another person, whose appearance would be learned under the "
            "wrong identity, or nothing, so that the network learns to invent people. A fifth "
            "leaves a head or two legs."
        ),
    )


class DatasetSource(_Source):
    """A dataset, of which only pedestrians (class 1, not marked as ignored) are learned."""

    min_known_visibility: float = Field(
        MIN_KNOWN_VISIBILITY,
        ge=0,
        le=1,
        description=(
            "People with a lower visibility are learned without identity, because the middle of "
            "their box may show another person. FairMOT learns the identities of all."
        ),
    )

    dataset: str = Field(min_length=1, description="Name or folder, as ``open_dataset`` takes it.")
    split: str | None = Field(
        None, description="See mot_bench.datasets.splits; None: the split that the name implies."
    )
    seed: int = Field(0, ge=0, description="The seed of generated datasets.")
    stride: int = Field(1, ge=1, description="Use every Nth frame, starting with the first.")

    @property
    def title(self) -> str:
        """The source as written on a command line."""
        return self.dataset if self.split is None else f"{self.dataset}@{self.split}"


class OdgtSource(_Source):
    """CrowdHuman's annotation file with its pictures: whole-body boxes.

    Masks and ignored boxes are left out.
    """

    odgt: Path = Field(description="The annotation file, with one JSON object per line.")
    images: Path | None = Field(
        None,
        description="Folder with ID.jpg; None: Images or images beside the file, else its folder.",
    )
    identities: Literal["each-box", "none"] = Field(
        "each-box",
        description=(
            "each-box: each box is a separate person, as in FairMOT's single-image training; "
            "none: identities are unknown."
        ),
    )

    @property
    def title(self) -> str:
        """The source as written on a command line, without folders."""
        return f"{ODGT_PREFIX}{self.odgt.name}"


SourceSpec = DatasetSource | OdgtSource


def parse_source(text: str) -> SourceSpec:
    """Return a source from ``NAME_OR_FOLDER[@SPLIT]`` or ``odgt:FILE[@IMAGES]``.

    >>> parse_source("mot17-half-train@frames:1-50").title
    'mot17-half-train@frames:1-50'
    >>> parse_source("odgt:crowd/train.odgt@crowd/Images").images
    PosixPath('crowd/Images')

    Raises:
        MotBenchError: the text names no source.
    """
    odgt = text.startswith(ODGT_PREFIX)
    rest = text.removeprefix(ODGT_PREFIX)
    place, mark, detail = (rest, "", "") if Path(rest).exists() else rest.rpartition("@")
    if not mark:
        place, detail = rest, ""
    if not place or (mark and not detail):
        form = f"{ODGT_PREFIX}FILE[@IMAGES]" if odgt else "NAME_OR_FOLDER[@SPLIT]"
        raise MotBenchError(f"training data: expected {form}, found {text!r}")
    if odgt:
        return OdgtSource(odgt=Path(place), images=Path(detail) if detail else None)
    return DatasetSource(dataset=place, split=detail or None)
