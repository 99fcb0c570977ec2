"""viewer.html in a real browser: playing, stepping, jumping, filtering, following, links, loading as needed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlparse

import pytest
from accessibility import violations
from rich.console import Console
from viewer_samples import HARMFUL, open_folder, write_folder

from mot_bench.viewing.server import FolderServer
from mot_bench.viewing.write import ViewerOptions, write_viewer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = write_folder(tmp_path_factory.mktemp("viewer"))
    write_viewer(open_folder(out), ViewerOptions(), Console(quiet=True))
    return (out / "viewer.html").as_uri()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not complain; `page.asked` are the files that it asked for."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    yield page
    page.close()
    assert faults == []


def frame(page: Page) -> int:
    return int(page.locator("#frame").input_value())


def ready(page: Page, words: str = "3 tracks") -> None:
    """Wait until the first panel has boxes."""
    page.wait_for_function("words => document.getElementById('counts-0').textContent.includes(words)", arg=words)


def errors_ready(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('#errors-body tr').length > 4")


def test_stepping_by_keys_and_buttons(page: Page, viewer: str) -> None:
    page.goto(viewer)
    ready(page)
    assert frame(page) == 1
    page.keyboard.press("ArrowRight")
    assert frame(page) == 2
    page.keyboard.press("Shift+ArrowRight")
    assert frame(page) == 12
    page.keyboard.press("ArrowLeft")
    assert frame(page) == 11
    page.get_by_role("button", name="One frame on").click()
    assert frame(page) == 12
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert frame(page) == 260
    page.keyboard.press("Home")
    assert frame(page) == 1
    page.locator("#frame").fill("77")
    page.locator("#frame").press("Enter")
    assert frame(page) == 77
    ready(page)
    slider = page.get_by_role("slider", name="Frame")
    assert slider.get_attribute("aria-valuetext") == "frame 77 of 260"
    assert "Frame 77, A · base: 3 people · 3 tracks" in (page.locator("#canvas-0").get_attribute("aria-label") or "")


def test_playing_goes_on_by_itself_and_stops_at_the_end(page: Page, viewer: str) -> None:
    page.goto(viewer + "#frame=200")
    ready(page)
    page.locator("#speed").select_option("4")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.getElementById('frame').value > 210")
    assert page.locator("#play").inner_text() == "Pause"
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Play"
    stopped = frame(page)
    page.wait_for_timeout(150)
    assert frame(page) == stopped
    page.keyboard.press("Space")
    page.wait_for_function("document.getElementById('play').textContent === 'Play'")
    assert frame(page) == 260


def test_jumping_to_errors_of_a_kind(page: Page, viewer: str) -> None:
    page.goto(viewer)
    errors_ready(page)
    visited = []
    for _ in range(6):
        page.keyboard.press("n")
        visited.append((frame(page), page.locator("#note").inner_text().split(",")[0].split(" (")[0]))
    assert visited == [
        (40, "identity switch"),
        (42, "identity switch"),
        (90, "false negative"),
        (90, "fragmentation"),
        (120, "false positive"),
        (200, "identity switch"),
    ]
    page.keyboard.press("n")
    assert frame(page) == 200
    assert "No error of the chosen kinds after frame 200" in page.locator("#note").inner_text()
    page.keyboard.press("p")
    assert frame(page) == 120
    assert page.locator("#note").inner_text() == "false positive (background), frames 120 to 122: track 7"
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Digit4")
    assert frame(page) == 1
    page.keyboard.press("Digit4")
    page.keyboard.press("Digit4")
    page.keyboard.press("Digit4")
    assert frame(page) == 200
    assert (
        page.locator("#note").inner_text()
        == "identity switch (at a crossing), frame 200: person 3, track 3 before, 11 now"
    )
    page.keyboard.press("Shift+Digit2")
    assert frame(page) == 120
    page.locator("#kinds button", has_text="identity switch").click()
    page.get_by_role("button", name="Next error").click()
    assert frame(page) == 120


def test_filters_by_kind_cause_and_run(page: Page, viewer: str) -> None:
    page.goto(viewer)
    errors_ready(page)
    shown = page.locator("#errors-body tr")
    chip = page.locator("#kinds button", has_text="identity switch")
    assert shown.count() == 6
    assert chip.locator("b").inner_text() == "3"
    assert page.locator("#kinds button", has_text="false positive").locator("b").inner_text() == "3"
    page.locator("#cause").select_option("after occlusion")
    assert shown.count() == 2
    page.get_by_label("only where the other run has none").check()
    assert shown.count() == 0
    page.locator("#cause").select_option("")
    assert [row.split()[0] for row in shown.all_inner_texts()] == ["90", "90", "120", "200"]
    page.get_by_label("only where the other run has none").uncheck()
    page.locator("#error-side").select_option("1")
    assert [row.split()[0] for row in shown.all_inner_texts()] == ["42", "90", "90"]
    assert chip.locator("b").inner_text() == "1"
    chip.click()
    assert chip.get_attribute("aria-pressed") == "false"
    assert shown.count() == 2
    chip.click(modifiers=["Shift"])
    assert [row.split()[0] for row in shown.all_inner_texts()] == ["42"]


def test_a_row_of_the_table_leads_to_its_frame(page: Page, viewer: str) -> None:
    page.goto(viewer)
    errors_ready(page)
    page.locator("#errors-body tr").nth(4).click()
    assert frame(page) == 120
    assert page.locator('#errors-body tr[aria-current="true"]').inner_text().startswith("120")
    page.get_by_role("button", name="Show the identity switch at frame 200").focus()
    page.keyboard.press("Enter")
    assert frame(page) == 200
    assert page.evaluate("document.activeElement.textContent") == "200"


def test_a_link_leads_to_frame_and_error(page: Page, viewer: str, browser: Browser) -> None:
    page.goto(viewer)
    errors_ready(page)
    page.locator("#sequence").select_option("walk")
    page.locator("#errors-body tr").nth(1).click()
    page.locator("#layout").select_option("over")
    page.locator("#follow").select_option("truth:2")
    page.get_by_role("button", name="Copy link").click()
    address = page.evaluate("location.href")
    assert "alert(1)" not in address.replace("%3Cscript%3Ealert%281%29%3C%2Fscript%3E", "")
    other = browser.new_page()
    other.goto(address)
    errors_ready(other)
    other.wait_for_function("document.querySelector('#errors-body tr[aria-current]')")
    assert frame(other) == 42
    assert other.locator("#run-b").input_value() == HARMFUL
    assert other.locator("#layout").input_value() == "over"
    assert other.locator("#follow").input_value() == "truth:2"
    assert "track 2 before, 5 now · person 2 is 100 % visible" in other.locator("#note").inner_text()
    other.evaluate("location.hash = '#frame=7&a=base&b=none&sequence=walk'")
    other.wait_for_function("document.getElementById('frame').value === '7'")
    assert other.locator("figure:visible").count() == 1
    assert other.locator("#follow").input_value() == ""
    other.close()


@pytest.mark.parametrize(
    "address", ["#frame=99999", "#frame=x&error=y&follow=z", "#sequence=none&a=none&b=gone", "#%E0"]
)
def test_an_address_that_fits_nothing_does_no_harm(page: Page, viewer: str, address: str) -> None:
    page.goto(viewer + address)
    page.wait_for_function("document.getElementById('frames').textContent === 'of 260'")
    assert 1 <= frame(page) <= 260


def test_another_sequence_and_another_run_have_errors_of_their_own(page: Page, viewer: str) -> None:
    page.goto(viewer + "#sequence=walk&frame=40")
    errors_ready(page)
    marked = "canvas => canvas.boxes.filter((box) => box.errors.length).map((box) => box.id)"
    assert page.locator("#canvas-0").evaluate(marked) == [9]
    page.locator("#run-a").select_option(HARMFUL)
    page.locator("#run-b").select_option("")
    page.wait_for_function("document.querySelectorAll('#errors-body tr').length === 3")
    assert page.locator("#canvas-0").evaluate(marked) == []
    page.locator("#run-a").select_option("base")
    page.locator("#sequence").select_option("zigzag")
    page.locator("#frame").fill("40")
    page.locator("#frame").press("Enter")
    ready(page)
    assert page.locator("#canvas-0").evaluate(marked) == []
    assert page.locator("#errors-shown").inner_text() == "none"


def test_following_somebody(page: Page, viewer: str) -> None:
    page.goto(viewer + "#sequence=walk&frame=60")
    ready(page)
    whole = page.locator("#zoom").inner_text()
    page.locator("#follow").select_option("a:9")
    page.wait_for_function("whole => document.getElementById('zoom').textContent !== whole", arg=whole)
    page.wait_for_url(re.compile("follow=a%3A9"))
    page.wait_for_function("document.getElementById('note').textContent === 'track 9 has a score of 90 %'")
    page.locator("#frame").fill("20")
    page.locator("#frame").press("Enter")
    page.wait_for_function("document.getElementById('note').textContent.includes('not in this frame')")
    page.locator("#frame").blur()
    page.keyboard.press("Escape")
    page.wait_for_function("whole => document.getElementById('zoom').textContent === whole", arg=whole)
    assert page.locator("#follow").input_value() == ""
    page.keyboard.press("n")
    page.keyboard.press("f")
    page.wait_for_function("document.getElementById('follow').value === 'truth:2'")
    box = page.locator("#canvas-0").bounding_box()
    assert box is not None
    page.keyboard.press("Escape")
    page.wait_for_function("document.getElementById('follow').value === ''")
    page.mouse.click(box["x"] + 5, box["y"] + box["height"] - 5)
    page.keyboard.press("ArrowRight")
    assert page.locator("#follow").input_value() == ""


def test_a_click_on_a_box_follows_it(page: Page, viewer: str) -> None:
    page.goto(viewer + "#sequence=walk&frame=1")
    ready(page)
    place = page.locator("#canvas-1").evaluate(
        """canvas => {
            const box = canvas.boxes.find((one) => one.id === 3);
            const { left, top, width } = canvas.getBoundingClientRect();
            const scale = width / 320;
            return [left + (box.x + box.width / 2) * scale, top + (box.y + box.height / 2) * scale];
        }"""
    )
    page.mouse.click(*place)
    page.wait_for_function("document.getElementById('follow').value === 'b:3'")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_themes_and_widths(browser: Browser, viewer: str, theme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(viewer)
    errors_ready(page)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == (theme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    narrow = page.locator("#canvas-1").evaluate("canvas => canvas.getBoundingClientRect().left") < 100
    assert narrow == (width == 390)
    page.close()


def test_every_control_has_a_name_and_nothing_harmful_is_run(page: Page, viewer: str) -> None:
    page.goto(viewer)
    errors_ready(page)
    for control in page.locator("button:visible, select:visible, input:visible").all():
        name = control.evaluate(
            "one => one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent"
        )
        assert name
    assert page.locator("#name-1").inner_text() == f"B · {HARMFUL}"
    assert page.locator("img").count() == 0
    assert '<img src=x onerror="alert(2)">' in page.locator("#cause").inner_text()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_crisp_where_the_screen_has_more_pixels(browser: Browser, viewer: str) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 600}, device_scale_factor=2)
    page.goto(viewer)
    ready(page)
    assert page.locator("#canvas-0").evaluate("one => one.width / one.clientWidth") == pytest.approx(2, abs=0.01)
    page.close()


def test_without_pictures_boxes_are_on_an_empty_stage(page: Page, tmp_path: Path) -> None:
    out = write_folder(tmp_path, pictures=False, sequences=("walk",), length=30, events=False)
    write_viewer(open_folder(out), ViewerOptions(width=960), Console(quiet=True))
    page.goto((out / "viewer.html").as_uri())
    ready(page)
    assert page.locator("#unexplained").inner_text().startswith("No errors are known of base and <script>")
    colours = page.locator("#canvas-0").evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colours > 10
    assert not (out / "viewer" / "pictures").exists()


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
    assert max(later) <= seen + 13
    assert len(asked) == len(set(asked))
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
    assert held[3:] == ["base/chunk-001.js", "base/chunk-002.js", "truth/chunk-002.js", "truth/chunk-001.js"]


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


def test_the_gallery_leads_into_the_viewer_and_both_are_served(page: Page, viewer: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    out = Path(unquote(urlparse(viewer).path)).parent
    with FolderServer(out, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            page.goto(server.address + "gallery.html")
            assert page.locator("section[data-run]:visible").count() == 1
            page.locator("#run").select_option(HARMFUL)
            assert page.locator("section[data-run]:visible h2").inner_text() == HARMFUL
            page.locator("section[data-run]:visible article a").first.click()
            sync_api.expect(page.locator("#counts-0")).to_contain_text("3 tracks")
            sync_api.expect(page.locator("#errors-body tr")).to_have_count(3)
            sync_api.expect(page.locator("#follow")).to_have_value("truth:2")
            assert frame(page) == 40
            assert page.locator("#run-a").input_value() == HARMFUL
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["viewer.html", "gallery.html"])
def test_axe_finds_nothing(page: Page, viewer: str, name: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(viewer.replace("viewer.html", name))
    if name == "viewer.html":
        ready(page)
        errors_ready(page)
    assert violations(page) == []
