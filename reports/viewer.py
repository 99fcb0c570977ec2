"""The viewer: a page that plays sequences with the boxes of two runs, and the typed index that it starts from.

``viewer.html`` holds the index alone. Beside it, in ``viewer/``, lie the page's scripts and style,
boxes and errors as script files (a page opened from disk may not fetch; see ``viewer_files``), and
pictures as JPEG files. All of it is loaded as it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from mot_bench.reports.explanation import KINDS

FOLDER = "viewer"
CHUNK_FRAMES = 100
# In the order in which the page loads them: each holds one idea and needs those before it.
SCRIPTS = (
    "store.js",
    "pictures.js",
    "colours.js",
    "errors.js",
    "view.js",
    "painter.js",
    "scene.js",
    "timeline.js",
    "table.js",
    "player.js",
    "link.js",
    "words.js",
    "page.js",
    "keys.js",
    "pointers.js",
    "controls.js",
)
STYLES = ("viewer.css",)


@dataclass(frozen=True)
class ViewerSequence:
    """A sequence as the viewer shows it.

    Attributes:
        name: as in the dataset.
        key: its folder under ``viewer/data``.
        length: frames.
        rate: frames per second.
        width, height: of the stage in pixels, which boxes are measured in.
        group: the part of the dataset that it belongs to; empty where there are none.
        pictures: folder of ``000001.jpg`` and so on, relative to the page; empty where there are
            none.
        truth: whether there is ground truth.
    """

    name: str
    key: str
    length: int
    rate: float
    width: int
    height: int
    group: str = ""
    pictures: str = ""
    truth: bool = True


@dataclass(frozen=True)
class ViewerRun:
    """A run with one seed as the viewer shows it.

    Attributes:
        run, seed: which one.
        label: how it is called in the page, unique.
        key: its folder under ``viewer/data/SEQUENCE``.
        sequences: keys of the sequences that it has tracks of.
        explained: whether its errors are known.
    """

    run: str
    seed: int
    label: str
    key: str
    sequences: tuple[str, ...]
    explained: bool = False


@dataclass(frozen=True)
class ViewerIndex:
    """What the page knows before it loads anything.

    ``first``: labels of the runs that are shown at first.
    """

    title: str
    dataset: str
    sequences: tuple[ViewerSequence, ...]
    runs: tuple[ViewerRun, ...]
    first: tuple[str, ...] = ()
    gallery: bool = False
    report: bool = True


def environment() -> Environment:
    """The templates of this package: everything that is put in is escaped."""
    return Environment(
        loader=PackageLoader("mot_bench.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def viewer_html(index: ViewerIndex) -> str:
    """The page, with nothing in it but the index."""
    template = environment().get_template("viewer.html.j2")
    groups: dict[str, list[ViewerSequence]] = {}
    for sequence in index.sequences:
        groups.setdefault(sequence.group, []).append(sequence)
    return template.render(
        index=index, groups=groups, data=_data(index), scripts=SCRIPTS, folder=FOLDER, kinds=KINDS
    )


def viewer_assets() -> dict[str, str]:
    """The page's scripts and style, by their path relative to the page."""
    folder = files("mot_bench.reports") / "templates"
    names = {name: f"viewer-{name}" for name in SCRIPTS} | dict.fromkeys(STYLES, "viewer.css")
    return {
        f"{FOLDER}/{name}": (folder / source).read_text(encoding="utf-8")
        for name, source in names.items()
    }


def _data(index: ViewerIndex) -> dict[str, object]:
    """The index as the scripts take it: runs say by position which sequences they have."""
    places = {sequence.key: place for place, sequence in enumerate(index.sequences)}
    return {
        "chunk": CHUNK_FRAMES,
        "kinds": list(KINDS),
        "first": list(index.first),
        "sequences": [
            {
                "name": one.name,
                "key": one.key,
                "length": one.length,
                "rate": one.rate,
                "width": one.width,
                "height": one.height,
                "pictures": one.pictures,
                "truth": one.truth,
            }
            for one in index.sequences
        ],
        "runs": [
            {
                "label": one.label,
                "key": one.key,
                "explained": one.explained,
                "sequences": [places[key] for key in one.sequences if key in places],
            }
            for one in index.runs
        ],
    }
