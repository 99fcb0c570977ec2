"""Make the site's pictures of report, viewer and gallery again: ``python docs/make_pictures.py RESULTS``.

RESULTS is a folder of ``make fairness`` in which ``mot-bench viewer RESULTS --runs fairmot,no-reid
--sequences street-levels-mid-crossing,street-levels-hard-group`` was run. Needs Chromium and the
extra ``test``.
"""

from __future__ import annotations

import argparse
import io
import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

PICTURES = Path(__file__).parent / "pages" / "pictures"
MOST_BYTES = 100_000
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


@dataclass(frozen=True)
class Shot:
    """A picture of a page.

    Attributes:
        page: file in the results folder, with what follows ``#``.
        height: of the window in pixels.
        clicks: of buttons, by their text, before the picture is taken.
    """

    page: str
    height: int
    clicks: tuple[str, ...] = ()


SHOTS = {
    "report": Shot("report.html", 1180),
    "viewer": Shot("viewer.html#frame=60", 980, ("Next error",)),
    "gallery": Shot("gallery.html", 900),
}


def make_pictures(results: Path) -> None:
    """Write one WebP a shot.

    Raises:
        RuntimeError: a picture is larger than what may be committed.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1240, "height": 800}, color_scheme="light")
        for name, shot in SHOTS.items():
            content = _webp(_taken(page, results, shot))
            if len(content) > MOST_BYTES:
                raise RuntimeError(
                    f"{name}: expected at most {MOST_BYTES} bytes, found {len(content)}"
                )
            (PICTURES / f"{name}.webp").write_bytes(content)
            print(f"{name}.webp: {len(content)} bytes")
        browser.close()


def _taken(page: Page, results: Path, shot: Shot) -> bytes:
    file, _, fragment = shot.page.partition("#")
    page.set_viewport_size({"width": 1240, "height": shot.height})
    page.goto((results / file).resolve().as_uri() + (f"#{fragment}" if fragment else ""))
    for text in shot.clicks:
        page.get_by_role("button", name=text).first.click()
    page.wait_for_timeout(1500)
    return page.screenshot()


def _webp(png: bytes) -> bytes:
    """The picture as WebP: as good as fits into ``MOST_BYTES``, exact where that is small enough."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    content = b""
    for quality in (None, 80, 70, 60, 50):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", lossless=quality is None, quality=quality or 100, method=6)
        content = buffer.getvalue()
        if len(content) <= MOST_BYTES:
            break
    return content


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "results", type=Path, help="a results folder with report.html, viewer.html and gallery.html"
    )
    make_pictures(parser.parse_args().results)
