"""What the tests of the viewer in Chromium share: its folder, and waiting until it is ready."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from viewer_samples import open_folder, write_folder

from mot_bench.viewing.write import ViewerOptions, write_viewer

if TYPE_CHECKING:
    from playwright.sync_api import Page


def whole_viewer(root: Path) -> str:
    """The address of a viewer of two sequences and two runs."""
    out = write_folder(root)
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    return (out / "viewer.html").as_uri()


def frame(page: Page) -> int:
    return int(page.locator("#frame").input_value())


def ready(page: Page, words: str = "3 tracks") -> None:
    """Wait until the first panel has boxes."""
    page.wait_for_function(
        "words => document.getElementById('counts-0').textContent.includes(words)", arg=words
    )


def errors_ready(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('#errors-body tr').length > 4")
