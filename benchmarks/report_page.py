"""Measure how long the page of a report takes to open and to sort in Chromium.

    python benchmarks/report_page.py [REPORT.html ...]

Without arguments a made-up report of 200 runs by 100 sequences is measured. Needs Playwright and
Chromium; nothing here decides a test. Times are milliseconds, medians over repeats, after the
first.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mot_bench.records.results import (
    DatasetRecord,
    RunResult,
    Score,
    Scorer,
    SequenceRecord,
    SuiteResult,
)
from mot_bench.reports.page import page_html
from mot_bench.results.bundle import make_bundle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RUNS, SEQUENCES, REPEATS = 200, 100, 9
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)
CLICKS = """([table, repeats]) => {
  const times = [];
  for (let turn = 0; turn < repeats; turn++) {
    const buttons = [...document.querySelectorAll(`${table} thead tr:last-child th.number button`)];
    const button = buttons[turn % Math.min(4, buttons.length)];
    const start = performance.now();
    button.click();
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times;
}"""
OPENED = """() => {
  const [page] = performance.getEntriesByType("navigation");
  return [page.domContentLoadedEventEnd, page.loadEventEnd];
}"""


def made_up() -> SuiteResult:
    """Return a report of this many runs and sequences, with figures derived from their numbers."""

    def score(run: int, sequence: int) -> Score:
        value = 0.3 + ((run * 7919 + sequence * 104729) % 6007) / 10000
        names = ("HOTA", "DetA", "AssA", "MOTA", "IDF1", "DetRe", "DetPr", "AssRe", "AssPr", "LocA")
        metrics: dict[str, float | int] = {
            name: value - 0.01 * place for place, name in enumerate(names)
        }
        return Score(
            metrics={
                **metrics,
                "IDSW": run + sequence,
                "Frag": run,
                "CLR_FN": 3 * run,
                "CLR_FP": sequence,
            }
        )

    names = [f"SEQUENCE-{number:03d}" for number in range(SEQUENCES)]
    return SuiteResult(
        suite="many",
        base="run-000",
        dataset=DatasetRecord(
            name="many",
            benchmark="MOT17",
            split="full",
            sequences=[
                SequenceRecord(name=name, length=1000, frame_rate=25, digest="") for name in names
            ],
        ),
        scorer=Scorer(name="trackeval", version="1.3.0", settings={}),
        runs=[
            RunResult(
                run=f"run-{run:03d}",
                seed=0,
                status="ok",
                tracker="sort",
                combined=score(run, 0),
                sequences={name: score(run, place) for place, name in enumerate(names, 1)},
            )
            for run in range(RUNS)
        ],
    )


def measure(browser: Browser, report: Path) -> None:
    """Print the times of one report."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    ready, loaded = page.evaluate(OPENED)
    size = report.stat().st_size / 1e6
    print(
        f"{report.name}: {size:.2f} MB, usable after {ready:.0f} ms, loaded after {loaded:.0f} ms"
    )
    page.locator("#sequences").scroll_into_view_if_needed()
    page.locator("#sequence-table tbody tr").first.wait_for()
    for table in ("#leaderboard-table", "#sequence-table"):
        times = page.evaluate(CLICKS, [table, REPEATS + 1])[1:]
        rows = page.locator(f"{table} tbody tr").count()
        middle, least, most = statistics.median(times), min(times), max(times)
        print(f"  {table}, {rows} rows: sorted in {middle:.0f} ms ({least:.0f} to {most:.0f})")
    page.close()


def main() -> None:
    """Measure the named reports, or a generated one."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        reports = [Path(name).resolve() for name in sys.argv[1:]]
        if not reports:
            reports = [Path(folder) / "many.html"]
            reports[0].write_text(page_html(make_bundle(made_up())))
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS.split())
        for report in reports:
            measure(browser, report)
        browser.close()


if __name__ == "__main__":
    main()
