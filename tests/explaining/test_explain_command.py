"""mot-bench explain from end to end: folders of run and of score, what is computed again, and bad input."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from conftest import MakeSequence
from rich.console import Console
from typer.testing import CliRunner, Result

from mot_bench.cli import app
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.engine.schedule import KILLED_TWICE
from mot_bench.engine.stage import StageFailed
from mot_bench.engine.store import Store
from mot_bench.errors import InputError
from mot_bench.explaining.context import ExplainingContext
from mot_bench.explaining.events import EVENTS, events_path, format_events, load_events
from mot_bench.explaining.pool import ExplainAll, explain_pieces
from mot_bench.explaining.records import EXPLANATION, ExplanationRecord
from mot_bench.results.bundle import load_bundle
from mot_bench.results.folder import ResultsFolder
from mot_bench.results.merging import merge
from mot_bench.running.runner import Options, run_suite
from mot_bench.stages.explain import Explain
from mot_bench.suites.schema import RunSpec, Suite

pytest.importorskip("trackeval")

RUNS = [
    RunSpec(name="bytetrack", tracker="bytetrack"),
    RunSpec(name="same", tracker="bytetrack", title="a switch that does nothing"),
    RunSpec(name="sort", tracker="sort"),
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small suite, run and explained."""
    out = tmp_path_factory.mktemp("finished")
    suite = Suite(name="mine", base="bytetrack", dataset="street-smoke", runs=RUNS)
    options = Options(out, store=out / "store")
    run_suite(suite, open_dataset("street-smoke", None), options, Console(quiet=True))
    return out


@pytest.fixture
def out(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to write into, with a store of its own."""
    monkeypatch.setenv("MOT_BENCH_STORE", str(tmp_path / "out" / "store"))
    return Path(shutil.copytree(finished, tmp_path / "out"))


def explain(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["explain", *map(str, arguments)], env={"COLUMNS": "140"})
    assert result.exit_code == code, result.output
    return result


def explained(folder: Path) -> ExplanationRecord:
    found = ResultsFolder(folder).explanation_record()
    assert found is not None
    return found


def test_a_run_is_explained_with_its_suite(finished: Path) -> None:
    result = ResultsFolder(finished).result
    record = explained(finished)
    assert [(run.run, run.inert) for run in record.runs] == [
        ("bytetrack", False),
        ("same", True),
        ("sort", False),
    ]
    for run, row in zip(record.runs, result.runs, strict=True):
        assert row.combined is not None
        metrics = row.combined.metrics
        number = {kind.kind: kind.count for kind in run.kinds}
        assert number["false negative"] + number["loose box"] == metrics["CLR_FN"]
        assert number["false positive"] + number["loose box"] == metrics["CLR_FP"]
        assert (number["identity switch"], number["fragmentation"]) == (
            metrics["IDSW"],
            metrics["Frag"],
        )
        assert sum(cause.count for cause in run.causes) == sum(number.values())
        everything = next(limit for limit in run.limits if limit.name == "everything")
        assert {
            name: metrics[name] + gain for name, gain in everything.gains.items()
        } == pytest.approx({"HOTA": 1.0, "IDF1": 1.0, "MOTA": 1.0}, abs=1e-9)
        assert run.detections_known
        assert run.visibility_given
        assert {part.by for part in run.slices} == {"size", "visibility", "density"}
        assert sum(part.boxes for part in run.slices if part.by == "size") == metrics["GT_Dets"]
        assert all(part.ap is not None for part in run.slices)


def test_events_lie_beside_the_tracks(finished: Path) -> None:
    result = ResultsFolder(finished).result
    table = load_events(events_path(finished, "sort", 0))
    scores = next(row for row in result.runs if row.run == "sort").sequences
    for name, score in scores.items():
        assert len(table.of(name).of_kind("identity switch")) == score.metrics["IDSW"]
    assert format_events(table) == events_path(finished, "sort", 0).read_text()


def test_the_bundle_has_it(finished: Path) -> None:
    explanation = load_bundle(ResultsFolder(finished)).explanation
    assert explanation is not None
    found = explanation.of("sort", 0)
    assert found is not None
    assert [cause.gains["HOTA"] for cause in found.ranked] == sorted(
        (cause.gains["HOTA"] for cause in found.causes), reverse=True
    )
    assert all(cause.meaning for cause in (*found.causes, *found.kinds))
    split = next(one for one in explanation.splits if one.run == "sort")
    parts = split.detection + split.association + split.localisation
    assert parts == pytest.approx(split.difference, abs=1e-9)
    hota = {
        row.run: row.combined.metrics["HOTA"]
        for row in ResultsFolder(finished).result.runs
        if row.combined
    }
    assert split.difference == pytest.approx(hota["sort"] - hota["bytetrack"], abs=1e-9)


def test_nothing_is_computed_twice_and_what_is_missing_is(out: Path) -> None:
    before = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    stamps = {path: path.stat().st_mtime_ns for path in (out / "store" / "explain").rglob("*.json")}
    explain("sort", "--out", out)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert {path: (out / path).read_bytes() for path in before} == before
    gone = sorted((out / "store" / "explain").iterdir())[0]
    shutil.rmtree(gone)
    (out / EXPLANATION).unlink()
    events_path(out, "sort", 0).unlink()
    explain("sort", "--out", out)
    assert (gone / EVENTS).is_file()
    assert {path: (out / path).read_bytes() for path in before} == before


def test_several_processes_give_the_same_bytes(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mot_bench.explaining.pool._FEW_FRAMES", 0)
    before = (out / EXPLANATION).read_bytes(), events_path(out, "sort", 0).read_bytes()
    for stage in ("explain", "judge"):
        shutil.rmtree(out / "store" / stage)
    explain("sort", "--out", out, "--jobs", "2")
    assert ((out / EXPLANATION).read_bytes(), events_path(out, "sort", 0).read_bytes()) == before


def test_one_run_in_words(out: Path) -> None:
    text = explain("sort", "--out", out).output
    assert "sort, seed 0: HOTA" in text
    assert "Errors by cause" in text
    assert "What costs most:" in text
    assert "every identity switch" in text
    assert "perfect identities" in text
    assert "75 to 100 % visible" in text
    assert f"events: {events_path(out, 'sort', 0)}" in text.replace("\n", "")
    assert "changes nothing" not in text
    assert "changes nothing" in explain("same", "--out", out).output


def test_one_run_says_how_sure_its_difference_to_the_base_is(out: Path) -> None:
    def words(*arguments: str | Path) -> str:
        return " ".join(explain(*arguments).output.split())

    text = words("sort", "--out", out)
    assert "exact for these 3 sequences and seed 0" in text
    _, _, said = words("sort", "--against", "bytetrack", "--out", out).partition(
        "HOTA of sort against bytetrack, "
    )
    said = said.partition(" IDF1 of")[0]
    assert "points" in said
    assert f"HOTA of sort against bytetrack (the base run), {said}" in text
    assert "(the base run)" not in words("bytetrack", "--out", out)


def test_a_difference_in_words(out: Path) -> None:
    text = explain("sort", "--against", "bytetrack", "--out", out).output
    assert "HOTA of sort less HOTA of bytetrack" in text
    for part in ("detection", "association", "localisation", "together"):
        assert part in text
    assert "points of HOTA" in text.replace("\n", " ")
    assert "this one differs most" in text
    text = explain("same", "--against", "bytetrack", "--out", out).output
    assert "equal, byte for byte" in text.replace("\n", " ")
    assert "same and bytetrack have the same HOTA." in text.replace("\n", " ")


def test_runs_of_two_folders(out: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    suite = Suite(
        name="mine",
        base="fresh",
        dataset="street-smoke",
        runs=[RunSpec(name="fresh", tracker="ocsort")],
    )
    run_suite(suite, open_dataset("street-smoke", None), Options(other), Console(quiet=True))
    text = explain("fresh", "--against", "sort", "--out", out, "--out", other).output
    assert "HOTA of fresh less HOTA of sort" in text
    copy = shutil.copytree(out, tmp_path / "copy")
    text = explain("sort", "--against", "sort", "--out", out, "--out", copy).output
    assert "sort (first folder) and sort (second folder) have the same HOTA." in text.replace(
        "\n", " "
    )


def test_results_that_changed_are_not_explained_by_what_was_found_before(out: Path) -> None:
    path = out / "results.json"
    content = json.loads(path.read_text())
    content["runs"] = content["runs"][:1]
    path.write_text(json.dumps(content))
    assert load_bundle(ResultsFolder(out)).explanation is None
    explain("bytetrack", "--out", out)
    explanation = load_bundle(ResultsFolder(out)).explanation
    assert explanation is not None
    assert len(explanation.runs) == 1


def test_detections_that_are_gone_leave_causes_that_do_without(out: Path) -> None:
    for stage in ("explain", "judge"):
        shutil.rmtree(out / "store" / stage)
    path = out / "suite.json"
    path.write_text(path.read_text().replace('"detections":"auto"', '"detections":"gone"').replace(
        '"detections": "auto"', '"detections": "gone"'))  # fmt: skip
    text = explain("sort", "--out", out).output
    assert "Detections are not known" in text
    found = explained(out).runs[0]
    assert not found.detections_known
    assert all(part.ap is None for part in found.slices)
    assert not any(cause.cause.startswith(("detected", "not detected")) for cause in found.causes)


def test_scored_files_are_explained(tmp_path: Path, make_sequence: MakeSequence) -> None:
    truth = make_sequence(tmp_path / "truth" / "S-01").parent
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "S-01.txt").write_text("1,7,10,10,20,40,1,-1,-1,-1\n2,8,12,10,20,40,1,-1,-1,-1\n")
    out = tmp_path / "scored"
    command = ["score", str(mine), "--ground-truth", str(truth), "--out", str(out)]
    assert CliRunner().invoke(app, command).exit_code == 0
    text = explain("mine", "--out", out).output
    assert "identity switch" in text
    found = load_events(events_path(out, "mine", 0))
    assert [(event.frame, event.kind, event.truth_id) for event in found] == [
        (2, "false negative", 2),
        (2, "identity switch", 1),
        (4, "false negative", 1),
    ]
    explanation = load_bundle(ResultsFolder(out)).explanation
    assert explanation is not None
    assert explanation.splits == ()


def test_a_sequence_without_a_track_file_has_everybody_missed(
    tmp_path: Path, make_sequence: MakeSequence
) -> None:
    truth = make_sequence(tmp_path / "truth" / "S-01").parent
    make_sequence(truth / "S-02")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "S-01.txt").write_text("1,7,10,10,20,40,1,-1,-1,-1\n")
    out = tmp_path / "scored"
    command = [
        "score",
        str(mine),
        "--ground-truth",
        str(truth),
        "--out",
        str(out),
        "--allow-missing",
    ]
    assert CliRunner().invoke(app, command).exit_code == 0
    explain("mine", "--out", out)
    found = load_events(events_path(out, "mine", 0)).of("S-02")
    assert {(event.kind, event.cause) for event in found} == {("false negative", "small")}
    assert len(found) == 4


def test_folders_that_become_one_keep_what_was_found(out: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    suite = Suite(name="mine", base="sort", dataset="street-smoke", runs=[RUNS[2], RUNS[0]])
    run_suite(suite, open_dataset("street-smoke", None), Options(other), Console(quiet=True))
    merge([out, other], tmp_path / "both")
    explanation = load_bundle(ResultsFolder(tmp_path / "both")).explanation
    assert explanation is not None
    assert [run.run for run in explanation.runs] == [
        "out/bytetrack",
        "same",
        "out/sort",
        "other/sort",
        "other/bytetrack",
    ]
    # The base of the first folder is that of all: what equals it is inert now, wherever it is from.
    assert [run.run for run in explanation.runs if run.inert] == ["same", "other/bytetrack"]
    assert {split.base for split in explanation.splits} == {"out/bytetrack"}
    (other / EXPLANATION).unlink()
    merge([out, other], tmp_path / "one")
    explanation = load_bundle(ResultsFolder(tmp_path / "one")).explanation
    assert explanation is not None
    assert len(explanation.runs) == 3


def test_bad_input_is_one_clear_line(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(message: str, *arguments: str | Path) -> None:
        output = explain(*arguments, code=2).output
        assert message in output.replace("\n", " "), output
        assert "Traceback" not in output

    fails("run nobody: expected one of bytetrack, same, sort", "nobody", "--out", out)
    fails("run nobody: expected one of", "sort", "--against", "nobody", "--out", out)
    fails(
        "--against sort: expected another run, or a second folder",
        "sort",
        "--against",
        "sort",
        "--out",
        out,
    )
    fails("--seed 3: expected one of 0, the seeds of sort", "sort", "--seed", "3", "--out", out)
    fails("found no file", "sort", "--out", tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path)
    fails("--out: expected a results folder, or one under results/; found none", "sort")
    fails(
        "expected the ground truth of",
        "sort",
        "--out",
        out,
        "--dataset",
        "street-smoke@frames:1-20",
    )
    tracks = next((out / "runs" / "sort" / "seed-0" / "tracks").iterdir())
    content = tracks.read_bytes()
    shutil.rmtree(out / "store" / "explain")
    tracks.write_bytes(content + b"\n")
    fails(
        "expected the tracks that were scored (results.json has their digest), found others",
        "sort",
        "--out",
        out,
    )
    tracks.unlink()
    fails(
        "run sort: expected what was tracked, found no track file runs/sort/seed-0/tracks/",
        "sort",
        "--out",
        out,
    )
    explain("bytetrack", "--out", out)
    (out / "suite.json").write_text("{}")
    fails("suite.json: expected suite.json as mot-bench run writes it", "bytetrack", "--out", out)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no JSON"),
        ('{"schema_version": 9}', "expected schema version 1, found 9"),
        ('{"of": "x", "runs": [], "splits": [], "more": 1}', "more"),
        ('{"of": "x", "runs": [{"run": "a"}], "splits": []}', "seed"),
    ],
)
def test_a_malformed_explanation_is_named(out: Path, content: str, message: str) -> None:
    (out / EXPLANATION).write_text(content)
    with pytest.raises(InputError, match=message):
        load_bundle(ResultsFolder(out))


HEADER = "sequence,frame,kind,cause,truth_id,track_id,other_id,since_frame,iou\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("frame,kind\n", "expected the header sequence,frame"),
        (HEADER + "A,1,loose box,other,1,2\n", "events.csv:2: expected 9 columns, found 6"),
        (HEADER + "A,1,mishap,other,1,2,,,0.5\n", "expected a kind among"),
        (HEADER + "A,x,loose box,other,1,2,,,0.5\n", "expected a whole frame number, found 'x'"),
        (
            HEADER + "A,1,loose box,other,1.5,2,,,0.5\n",
            "expected a whole number or nothing as truth_id",
        ),
        (HEADER + "A,1,loose box,other,1,2,,,high\n", "expected a number or nothing as iou"),
    ],
)
def test_malformed_events_are_named(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / EVENTS
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_events(path)
    assert message in str(caught.value)


def test_no_events_are_a_table_too(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text(HEADER)
    table = load_events(tmp_path / EVENTS)
    assert (len(table), list(table), format_events(table)) == (0, [], HEADER)


def die_of_sort(self: ExplainAll, context: ExplainingContext) -> list[Explain]:
    """Explain; fail as a schedule does after a worker was killed twice, if a run is ``sort``."""
    if any(piece.run_name == "sort" for piece in self.pieces):
        raise StageFailed(KILLED_TWICE)
    return explain_all(self, context)


explain_all = ExplainAll.do


def test_a_run_whose_worker_dies_twice_is_not_explained_and_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.setenv("MOT_BENCH_STORE", str(out / "store"))
    runs = [RUNS[0], RunSpec(name="sort", tracker="sort", detections="oracle")]
    suite = Suite(name="mine", base="bytetrack", dataset="street-smoke", runs=runs)
    run_suite(suite, open_dataset("street-smoke", None), Options(out), Console(quiet=True))
    shutil.rmtree(out / "store" / "explain")
    monkeypatch.setattr(ExplainAll, "do", die_of_sort)
    done = explain("bytetrack", "--out", out)
    assert "sort, seed 0, is not explained" in done.stderr
    assert [run.run for run in explained(out).runs] == ["bytetrack"]
    refused = explain("sort", "--out", out, code=2)
    assert "killed twice" in refused.stderr
    monkeypatch.setattr(ExplainAll, "do", explain_all)
    explain("sort", "--out", out)


def test_pieces_without_their_detections_are_explained_without(tmp_path: Path) -> None:
    dataset = open_dataset("street-smoke", None)
    empty = hashlib.sha256(b"").hexdigest()
    pieces = [
        Explain("one", 0, one.name, tmp_path / "tracks.txt", empty, "0" * 64)
        for one in dataset.sequences
    ]
    done: list[Explain] = []
    lost = explain_pieces(pieces, dataset, Store(tmp_path), {}, 1, done.extend)
    assert lost == {}
    assert [piece.detections_digest for piece in done] == [""] * len(pieces)
