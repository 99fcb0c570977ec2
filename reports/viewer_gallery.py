"""The gallery of the costliest identity switches: strips of crops before, at and after, each a link into the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal
from urllib.parse import urlencode

from mot_bench.reports.viewer import FOLDER, environment

Role = Literal["person", "other person", "before", "now", "other"]
SCRIPT, STYLE = "gallery.js", "gallery.css"


@dataclass(frozen=True)
class Box:
    """A box in a cell, in pixels from its left top corner.

    Attributes:
        role: whose box it is; the page draws each role in a way of its own, so that the two
            switched identities never look alike.
        identity: the id in the ground truth or in the tracks.
    """

    left: float
    top: float
    width: float
    height: float
    role: Role
    identity: int


@dataclass(frozen=True)
class Cell:
    """One moment: its frame, what it shows, its size in pixels of the stage, its boxes, and its crop ("" without)."""

    frame: int
    caption: str
    width: int
    height: int
    boxes: tuple[Box, ...]
    picture: str = ""


@dataclass(frozen=True)
class Strip:
    """A switch: person and tracks, its cost in frames and seconds, what IDF1 lacks by it (a fraction), its cells."""

    sequence: str
    frame: int
    person: int
    before: int
    now: int
    cause: str
    cost: int
    seconds: float
    idf1: float
    cells: tuple[Cell, ...]

    def link(self, run: str, frame: int | None = None) -> str:
        """The viewer at this switch, or at another frame of its strip, the person followed."""
        fields = {
            "sequence": self.sequence,
            "a": run,
            "b": "none",
            "frame": self.frame if frame is None else frame,
            "error": f"a:identity switch:{self.frame}:{self.person}:{self.now}",
            "follow": f"truth:{self.person}",
        }
        return f"viewer.html#{urlencode(fields)}"


@dataclass(frozen=True)
class GalleryRun:
    """The worst switches of a run.

    ``switches`` counts all of them, ``cost`` is that of all, in frames.
    """

    label: str
    switches: int
    cost: int
    strips: tuple[Strip, ...]


@dataclass(frozen=True)
class Gallery:
    """What the page shows."""

    title: str
    dataset: str
    runs: tuple[GalleryRun, ...]
    report: bool = True


def gallery_html(gallery: Gallery) -> str:
    """The page; it is whole without its script, which shows one run at a time."""
    template = environment().get_template("viewer_gallery.html.j2")
    return template.render(gallery=gallery, folder=FOLDER, script=SCRIPT, style=STYLE)


def gallery_assets() -> dict[str, str]:
    """The page's script and style, by their path relative to the page."""
    folder = files("mot_bench.reports") / "templates"
    return {
        f"{FOLDER}/{name}": (folder / f"viewer-{name}").read_text(encoding="utf-8")
        for name in (SCRIPT, STYLE)
    }
