"""Where training pictures come from, as a command line or a suite says it."""

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
            "People of whom a smaller part is visible are left out. FairMOT learns them all; but at the middle of "
            "such a box somebody else is seen, whose look would be learned under the wrong name, and where nothing "
            "is seen the network learns to invent people. A fifth leaves a head or two legs."
        ),
    )


class DatasetSource(_Source):
    """A dataset: only its pedestrians (class 1, not zero-marked) are learned."""

    min_known_visibility: float = Field(
        MIN_KNOWN_VISIBILITY,
        ge=0,
        le=1,
        description=(
            "People of whom a smaller part is visible are learned as somebody, not as who they are: at the middle of "
            "their box another person may be seen. FairMOT learns them all as who they are."
        ),
    )

    dataset: str = Field(min_length=1, description="Name or folder, as ``open_dataset`` takes it.")
    split: str | None = Field(
        None, description="See mot_bench.datasets.splits; None: the one the name stands for."
    )
    seed: int = Field(0, ge=0, description="Of generated datasets.")
    stride: int = Field(1, ge=1, description="Every so many frames one picture, from the first.")

    @property
    def title(self) -> str:
        """As on a command line."""
        return self.dataset if self.split is None else f"{self.dataset}@{self.split}"


class OdgtSource(_Source):
    """CrowdHuman's annotation file with its pictures: whole-body boxes.

    Masks and ignored boxes are left out.
    """

    odgt: Path = Field(description="One JSON object a line.")
    images: Path | None = Field(
        None,
        description="Folder with ID.jpg; None: Images or images beside the file, else the file's own folder.",
    )
    identities: Literal["each-box", "none"] = Field(
        "each-box",
        description="each-box: everybody is a person of their own (FairMOT's single-image training); none: unknown.",
    )

    @property
    def title(self) -> str:
        """As on a command line, without folders."""
        return f"{ODGT_PREFIX}{self.odgt.name}"


SourceSpec = DatasetSource | OdgtSource


def parse_source(text: str) -> SourceSpec:
    """A source from ``NAME_OR_FOLDER[@SPLIT]`` or ``odgt:FILE[@IMAGES]``.

    >>> parse_source("mot17-half-train@frames:1-50").title
    'mot17-half-train@frames:1-50'
    >>> parse_source("odgt:crowd/train.odgt@crowd/Images").images
    PosixPath('crowd/Images')

    Raises:
        MotBenchError: nothing is named.
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
