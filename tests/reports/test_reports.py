"""Tables: CSV and terminal."""

from __future__ import annotations

import csv
import io

import pandas as pd
from reports_samples import EVIL, make_result, make_run, make_timing
from rich.console import Console

from mot_bench.reporting.write_reports import terminal_table
from mot_bench.reports.labels import place_labels
from mot_bench.reports.tables import csv_text, leaderboard_frame, sequences_frame
from mot_bench.results.bundle import make_bundle


def csv_of(frame: pd.DataFrame) -> str:
    text = csv_text(frame)
    assert text is not None
    return text


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_leaderboard_begins_with_the_agreed_columns() -> None:
    text = csv_of(leaderboard_frame(make_bundle(make_result())))
    assert text.startswith("run,dataset,seed,status,HOTA,DetA,AssA,MOTA,IDF1,IDSW,")
    assert "\r" not in text
    assert text.endswith("\n")


def test_leaderboard_is_exact() -> None:
    rows = rows_of(csv_of(leaderboard_frame(make_bundle(make_result()))))
    assert [row["run"] for row in rows] == ["deepsort", "bytetrack", "sort", EVIL, "needy"]
    byte = rows[1]
    wanted = {
        "dataset": "tiny",
        "seed": "0",
        "status": "ok",
        "HOTA": "67.803",
        "DetA": "65.803",
        "IDSW": "170",
    }
    wanted |= {"CLR_FP": "1234", "FP_per_frame": "0.500", "error": ""}
    wanted |= {"original_HOTA": "67.8", "original_IDSW": "170", "original_source": "their, code"}
    wanted |= {
        "published_HOTA": "67.88",
        "published_MOTA": "",
        "published_note": '"kept" distractors',
    }
    wanted |= {"published_2_MOTA": "76.6", "published_2_source": "another paper"}
    assert wanted.items() <= byte.items()
    assert rows[3]["status"] == "failed"
    assert rows[3]["HOTA"] == rows[3]["original_HOTA"] == ""
    assert rows[3]["error"] == 'line 3: "x", not <b>y</b>'


def test_equal_rows_keep_the_order_of_the_suite() -> None:
    runs = [make_run(name, 0.5, seed=seed) for name in ("b", "a") for seed in (1, 0)]
    rows = rows_of(csv_of(leaderboard_frame(make_bundle(make_result(*runs)))))
    assert [(row["run"], row["seed"]) for row in rows] == [
        ("b", "1"),
        ("b", "0"),
        ("a", "1"),
        ("a", "0"),
    ]


def test_what_is_missing_is_empty_and_never_nan() -> None:
    run = make_run("odd", 0.5)
    assert run.combined is not None
    run.combined.metrics.update(MOTA=float("nan"))
    del run.combined.metrics["IDF1"]
    (row,) = rows_of(csv_of(leaderboard_frame(make_bundle(make_result(run)))))
    assert (row["MOTA"], row["IDF1"]) == ("", "")


def test_sequences_have_a_row_for_each_finished_run() -> None:
    rows = rows_of(csv_of(sequences_frame(make_bundle(make_result()))))
    assert [(row["run"], row["sequence"]) for row in rows[:3]] == [
        ("deepsort", "MOT17-02"),
        ("deepsort", "MOT17-04"),
        ("bytetrack", "MOT17-02"),
    ]
    assert len(rows) == 6
    assert rows[1]["HOTA"] == "72.428"
    assert rows[1]["frames"] == "300"


def test_tables_of_nothing_are_tables() -> None:
    bundle = make_bundle(make_result().model_copy(update={"runs": []}))
    assert (
        rows_of(csv_of(leaderboard_frame(bundle))) == rows_of(csv_of(sequences_frame(bundle))) == []
    )


def test_the_terminal_table_fits_100_columns() -> None:
    long = make_run("a-run-with-quite-a-long-name-of-its-own", 0.55)
    result = make_result(*make_result().runs, long)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(terminal_table(result, make_timing()))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 100
    assert "…" not in text
    for part in ("71.428", "67.88", "failed", "skipped", "no embeddings", EVIL, "<b>y</b>", "300"):
        assert part in text


def test_markup_in_a_name_stays_text() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(terminal_table(make_result(make_run("[bold]x[/]", 0.5)), None))
    assert "[bold]x[/]" in console.export_text()


def test_labels_never_overlap() -> None:
    import numpy as np
    from matplotlib.figure import Figure

    points = np.random.default_rng(3).normal([50, 50], 0.4, (16, 2))
    figure = Figure(figsize=(4.8, 4.2))
    axes = figure.subplots()
    axes.set(xlim=(48, 52), ylim=(48, 52))
    boxes = place_labels(figure, axes, points, [f"label number {number}" for number in range(16)])
    assert len(boxes) >= 8
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            assert (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )
