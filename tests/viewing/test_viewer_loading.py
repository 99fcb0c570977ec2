"""viewer.html in a real browser: files are loaded as they are needed, and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from viewer_browser import errors_ready, frame, ready
from viewer_samples import open_folder, write_folder

from mot_bench.viewing.write import ViewerOptions, write_viewer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def test_a_thousand_frames_load_only_what_is_needed(page: Page, tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), length=1000, size=(64, 48))
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((out / "viewer.html").as_uri())
    errors_ready(page)
    page.wait_for_timeout(200)

    def chunks() -> list[str]:
        return [url for url in asked if "/chunk-" in url]

    def pictures() -> list[str]:
        return [url for url in asked if url.endswith(".jpg")]

    assert len(chunks()) == 3  # one of the ground truth, one of each run
    assert {url[-10:] for url in pictures()} == {f"{number:06d}.jpg" for number in range(1, 5)}
    page.locator("#frame").fill("640")
    page.locator("#frame").press("Enter")
    page.locator("#frame").blur()
    ready(page)
    page.wait_for_timeout(200)
    assert {url.rsplit("/", 1)[1] for url in chunks()} == {"chunk-000.js", "chunk-006.js"}
    assert len(pictures()) == 8
    page.locator("#speed").select_option("4")
    page.locator("#speed").blur()
    page.keyboard.press("Space")
    page.wait_for_function("document.getElementById('frame').value > 700")
    page.keyboard.press("Space")
    seen = frame(page)
    later = {int(url[-10:-4]) for url in pictures()} - {1, 2, 3, 4}
    assert min(later) == 640
    assert max(later) <= seen + 40, "a little ahead, however slow the machine"
    assert len(chunks()) == len(set(chunks()))
    # A picture that playing passes by before it has come may be asked for again, on a slow machine.
    assert len(pictures()) < 2 * len(set(pictures()))
    assert page.evaluate("document.querySelectorAll('script[src*=chunk]').length") == 0


def test_what_is_far_behind_is_forgotten(page: Page, viewer: str) -> None:
    page.goto(viewer)
    ready(page)
    held = page.evaluate(
        """async () => {
            const pictures = new motViewer.Pictures(() => {});
            pictures.open(JSON.parse(document.getElementById("index").textContent).sequences[0].pictures, 260);
            for (let frame = 1; frame <= 200; frame++) pictures.want(frame, 12);
            const store = new motViewer.Store(100, () => {});
            motViewer.Store.KEPT = 4;
            for (const layer of ["truth", "base"]) {
                for (let number = 0; number < 3; number++) store.chunk("walk", layer, number);
            }
            store.chunk("walk", "truth", 2);
            store.chunk("walk", "truth", 1);
            const frames = [...pictures.held.keys()];
            const chunks = [...store.chunks.keys()].map((path) => path.replace("viewer/data/walk/", ""));
            return [frames.length, Math.min(...frames), Math.max(...frames), ...chunks];
        }"""
    )
    assert held[:3] == [24, 189, 212]
    assert held[3:] == [
        "base/chunk-001.js",
        "base/chunk-002.js",
        "truth/chunk-002.js",
        "truth/chunk-001.js",
    ]


def test_a_file_that_is_missing_is_told(browser: Browser, tmp_path: Path) -> None:
    out = write_folder(tmp_path, sequences=("walk",), length=120)
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    next(out.glob("viewer/data/walk/base/chunk-001.js")).unlink()
    next(out.glob("viewer/pictures/walk/*/000101.jpg")).unlink()
    page = browser.new_page()
    page.goto((out / "viewer.html").as_uri() + "#frame=101")
    page.wait_for_function("!document.getElementById('lost').hidden")
    assert "chunk-001.js" in page.locator("#lost").inner_text()
    page.wait_for_function(
        "document.getElementById('canvas-0').getAttribute('aria-label').includes('picture cannot be')"
    )
    page.close()
