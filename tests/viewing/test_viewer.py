"""viewer.html in a real browser: playing, stepping, jumping, filtering, following."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from viewer_browser import errors_ready, frame, ready
from viewer_samples import HARMFUL

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


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
    assert "Frame 77, A · base: 3 people · 3 tracks" in (
        page.locator("#canvas-0").get_attribute("aria-label") or ""
    )


def test_playing_goes_on_by_itself_and_stops_at_the_end(page: Page, viewer: str) -> None:
    page.goto(viewer + "#frame=100")
    ready(page)
    page.locator("#speed").select_option("4")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.getElementById('frame').value > 110")
    assert page.locator("#play").inner_text() == "Pause"
    page.keyboard.press("Space")
    page.wait_for_function("document.getElementById('play').textContent === 'Play'")
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
        visited.append(
            (frame(page), page.locator("#note").inner_text().split(",")[0].split(" (")[0])
        )
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
    assert (
        page.locator("#note").inner_text()
        == "false positive (background), frames 120 to 122: track 7"
    )
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
    page.wait_for_function(
        "whole => document.getElementById('zoom').textContent !== whole", arg=whole
    )
    page.wait_for_url(re.compile("follow=a%3A9"))
    page.wait_for_function(
        "document.getElementById('note').textContent === 'track 9 has a score of 90 %'"
    )
    page.locator("#frame").fill("20")
    page.locator("#frame").press("Enter")
    page.wait_for_function(
        "document.getElementById('note').textContent.includes('not in this frame')"
    )
    page.locator("#frame").blur()
    page.keyboard.press("Escape")
    page.wait_for_function(
        "whole => document.getElementById('zoom').textContent === whole", arg=whole
    )
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
