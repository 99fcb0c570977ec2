"""mot-bench plot, and what figures need beyond results.json: timelines of tracks, similarities from the store."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from reports_samples import make_timing, make_trained, write_results
from typer.testing import CliRunner, Result
from viewer_samples import BASE, LENGTH, open_folder, write_folder

from mot_bench.cli import app
from mot_bench.engine.store import Store
from mot_bench.errors import InputError, MotBenchError
from mot_bench.records.figures import FIGURES as DATA_FILE
from mot_bench.records.results import ModelResult
from mot_bench.reporting.figure_data import write_figure_data
from mot_bench.reporting.similarities import similarities
from mot_bench.reporting.trajectories import main_timelines, timelines
from mot_bench.reports.figures import FIGURES
from mot_bench.reports.timeline import Presence, Span, Switch
from mot_bench.results.bundle import load_bundle
from mot_bench.results.folder import ResultsFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path, pictures=False, events=False, sequences=("walk",))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["plot", *arguments])


def one_line(result: Result) -> str:
    assert result.exit_code == 2
    lines = result.output.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_named_figures_are_written_in_each_format(tmp_path: Path) -> None:
    out = write_results(tmp_path / "out", timing=make_timing())
    result = run("curves", "stages", "--out", str(out), "--to", str(tmp_path / "figures"))
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert names == [
        f"{name}.{form}" for name in ("curves", "stages") for form in ("pdf", "png", "svg")
    ]
    starts = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<?xml"}
    assert all(
        path.read_bytes().startswith(starts[path.suffix])
        for path in (tmp_path / "figures").iterdir()
    )


def test_all_figures_that_there_is_anything_for(tmp_path: Path) -> None:
    out = write_results(tmp_path, make_trained(seeds=(0,)))
    result = run("--out", str(out), "--format", "svg")
    assert result.exit_code == 0, result.output
    names = {path.stem for path in (out / "figures").iterdir()}
    assert names == {"curves", "plane", "fairness", "sweep", "training", "groups"}
    notes = [line for line in result.output.splitlines() if line.startswith("note: ")]
    assert len(notes) == len(FIGURES) - len(names)
    assert any("figure speed: expected times" in note for note in notes)


def test_runs_and_metrics_can_be_chosen(tmp_path: Path) -> None:
    out = write_results(tmp_path)
    arguments = (
        "curves",
        "--out",
        str(out),
        "--format",
        "svg",
        "--runs",
        "sort",
        "--metric",
        "AssA",
    )
    assert run(*arguments).exit_code == 0
    chosen = (out / "figures" / "curves.svg").read_text()
    assert chosen.count('id="axes_') == 1
    assert run("curves", "--out", str(out), "--format", "svg").exit_code == 0
    assert (out / "figures" / "curves.svg").read_text().count('id="axes_') == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pie"], "figures: expected some of curves, plane, "),
        (["curves", "--format", "gif"], "--format: expected some of svg, png, pdf; found 'gif'"),
        (["curves", "--metric", "nice"], "found 'nice'"),
        (["curves", "--runs", "nobody"], "--runs: expected some of sort, "),
        (
            ["sweep"],
            "figure sweep: expected networks that differ in a loss weight alone, found none",
        ),
        (["similarity"], "expected"),
        (["timeline"], "expected"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_line(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    out = write_results(tmp_path)
    assert message in one_line(run(*arguments, "--out", str(out)))
    assert not (out / "figures").exists()


def test_no_results_are_one_clear_line(tmp_path: Path) -> None:
    assert "--out: expected a folder with results.json" in one_line(run("curves"))
    assert "results.json" in one_line(run("curves", "--out", str(tmp_path)))


def test_the_figures_can_be_listed() -> None:
    result = run("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(FIGURES)


def test_a_timeline_is_what_the_tracks_say(folder: Path) -> None:
    (one,) = timelines(open_folder(folder), [BASE], "walk")
    assert one.presences == tuple(Presence(person, 1, LENGTH) for person in (1, 2, 3))
    assert one.switches == (Switch(2, 40),)
    assert [span for span in one.spans if span.person == 2] == [
        Span(2, 2, 1, 39),
        Span(2, 9, 40, LENGTH),
    ]
    both = main_timelines(open_folder(folder))
    assert len(both) == 2
    assert both[0].run == BASE


def test_tracks_that_lose_somebody_leave_gaps(folder: Path) -> None:
    path = folder / "runs" / BASE / "seed-0" / "tracks" / "walk.txt"
    rows = [
        line for line in path.read_text().splitlines() if not line.startswith(("10,1,", "11,1,"))
    ]
    path.write_text("\n".join(rows) + "\n")
    (one,) = timelines(open_folder(folder), [BASE], None)
    assert [span for span in one.spans if span.person == 1] == [
        Span(1, 1, 1, 9),
        Span(1, 1, 12, LENGTH),
    ]
    path.write_text("")
    (nothing,) = timelines(open_folder(folder), [BASE], None)
    assert (nothing.spans, nothing.switches) == ((), ())
    assert len(nothing.presences) == 3


def test_timelines_name_what_is_not_there(folder: Path) -> None:
    opened = open_folder(folder)
    with pytest.raises(MotBenchError, match="--runs: expected some of base"):
        timelines(opened, ["nobody"], None)
    with pytest.raises(MotBenchError, match="--sequence: expected one of walk; found 'run'"):
        timelines(opened, [BASE], "run")
    (folder / "runs" / BASE / "seed-0" / "tracks" / "walk.txt").unlink()
    with pytest.raises(InputError, match=r"walk\.txt: expected the tracks of base"):
        timelines(opened, [BASE], "walk")
    assert main_timelines(opened) == ()


def test_a_timeline_is_drawn_from_the_command_line(folder: Path) -> None:
    result = run(
        "timeline", "--out", str(folder), "--runs", BASE, "--sequence", "walk", "--format", "png"
    )
    assert result.exit_code == 0, result.output
    assert (folder / "figures" / "timeline.png").stat().st_size > 1000


def with_embeddings(folder: Path, weights: str = "digest") -> ResultsFolder:
    """A network whose embeddings tell person 3 apart, and 1 and 2 not at all.

    In the store as a suite leaves them.
    """
    opened = open_folder(folder)
    (sequence,) = opened.dataset.sequences
    truth = sequence.ground_truth
    assert truth is not None
    features = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], np.float32)[truth.ids]
    buffer = io.BytesIO()
    np.save(buffer, features)
    store = Store(folder / "store")
    store.publish("train", "trained", {"weights.safetensors": b"w"}, {})
    store.publish(
        "detect",
        "k",
        {"truth.npy": buffer.getvalue()},
        {"network": "trained", "ground_truth": sequence.digest},
    )
    digest = json.loads((folder / "store/train/trained/entry.json").read_bytes())["digests"][
        "weights.safetensors"
    ]
    model = ModelResult(
        model="net", seed=0, weights_digest=digest if weights == "digest" else weights
    )
    result = opened.result.model_copy(update={"models": [model]})
    (folder / "results.json").write_text(result.model_dump_json())
    return open_folder(folder)


def test_similarities_are_counted_within_a_sequence_and_apart_in_time(folder: Path) -> None:
    (one,) = similarities(with_embeddings(folder))
    frames = np.arange(1, LENGTH + 1, 3)
    pairs = int((np.subtract.outer(frames, frames) >= 10).sum())
    assert sum(one.same) == 3 * pairs
    assert sum(one.different) == 6 * pairs
    assert one.same[-1] == 3 * pairs  # everybody is like themselves
    assert one.different[-1] == 2 * pairs  # and 1 and 2 are like each other
    assert one.tpr == 0.0  # no threshold below 1 keeps the false accepts at a tenth


def test_what_the_store_does_not_have_has_no_similarities(folder: Path) -> None:
    assert similarities(with_embeddings(folder, weights="others")) == ()
    message = one_line(run("similarity", "--out", str(folder)))
    assert "figure similarity: expected embeddings" in message


def test_reports_have_them_without_the_dataset(folder: Path) -> None:
    opened = with_embeddings(folder)
    write_figure_data(opened)
    first = (folder / DATA_FILE).read_bytes()
    write_figure_data(opened)
    assert (folder / DATA_FILE).read_bytes() == first
    bundle = load_bundle(ResultsFolder(folder))
    assert bundle.similarities == similarities(opened)
    assert bundle.timelines == main_timelines(opened)
    changed = opened.result.model_copy(update={"base": None})
    (folder / "results.json").write_text(changed.model_dump_json())
    stale = load_bundle(ResultsFolder(folder))
    assert (stale.similarities, stale.timelines) == ((), ())
    (folder / DATA_FILE).write_text('{"of": 1}')
    with pytest.raises(InputError, match=r"figures\.json: expected figures\.json as mot-bench run"):
        load_bundle(ResultsFolder(folder))
