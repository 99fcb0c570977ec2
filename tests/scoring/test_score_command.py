"""Anybody's result files: one file, folders, zips; each fault is one clear line."""

from __future__ import annotations

import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence
from typer.testing import CliRunner

from mot_bench.cli import app
from mot_bench.datasets.catalogue import open_dataset
from mot_bench.errors import InputError, MotBenchError
from mot_bench.scoring.third_party import score_results

TRACKS = "1,7,10,10,20,40,1,-1,-1,-1\n2,7,12,10,20,40,1,-1,-1,-1\n2,8,50,10,20,40,1,-1,-1,-1\n4,7,16,10,20,40,1\n"
TRACKS = TRACKS.replace("40,1\n", "40,1,-1,-1,-1\n")


@pytest.fixture
def truth(tmp_path: Path, make_sequence: MakeSequence) -> Path:
    for name in ("S-01", "S-02"):
        make_sequence(tmp_path / "truth" / name)
    return tmp_path / "truth"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_folder_zip_and_layouts_score_the_same(tmp_path: Path, truth: Path) -> None:
    files = {"S-01.txt": TRACKS, "S-02.txt": TRACKS}
    places = [
        write(tmp_path / "flat", files),
        write(tmp_path / "trackeval", {f"mine/data/{name}": text for name, text in files.items()}),
        write(
            tmp_path / "own",
            {f"runs/mine/seed-3/tracks/{name}": text for name, text in files.items()},
        ),
        zipped(tmp_path / "mine.zip", {f"deep/er/{name}": text for name, text in files.items()}),
    ]
    results = [score_results(place, str(truth)) for place in places]
    assert [(one.runs[0].run, one.runs[0].seed) for one in results] == [
        ("flat", 0),
        ("mine", 0),
        ("mine", 3),
        ("deep/er", 0),
    ]
    assert all(one.runs[0].combined == results[0].runs[0].combined for one in results)
    combined = results[0].runs[0].combined
    assert combined is not None
    assert combined.metrics["HOTA"] == 1.0
    assert results[0].scorer.name == "trackeval"


def test_single_file_against_single_file(tmp_path: Path, truth: Path) -> None:
    mine = write(tmp_path, {"anything.txt": TRACKS}) / "anything.txt"
    result = score_results(mine, str(truth / "S-01" / "gt" / "gt.txt"), name="mine")
    assert result.runs[0].run == "mine"
    assert set(result.runs[0].sequences) == {"S-01"}
    bare = write(tmp_path / "bare", {"X.txt": (truth / "S-01" / "gt" / "gt.txt").read_text()})
    again = score_results(mine, str(bare / "X.txt"))
    assert again.runs[0].combined == result.runs[0].combined
    assert again.dataset.sequences[0].length == 4


def test_several_trackers_one_at_fault(tmp_path: Path, truth: Path) -> None:
    good = {f"good/S-0{n}.txt": TRACKS for n in (1, 2)}
    folder = write(
        tmp_path / "all", {**good, "bad/S-01.txt": TRACKS, "bad/S-02.txt": "1,1,0,0,5\n"}
    )
    rows = {row.run: row for row in score_results(folder, str(truth)).runs}
    assert (rows["good"].status, rows["bad"].status) == ("ok", "failed")
    assert "S-02.txt:1" in rows["bad"].error


def test_missing_sequence_and_stray_files(tmp_path: Path, truth: Path) -> None:
    folder = write(tmp_path / "mine", {"S-01.txt": TRACKS, "notes.txt": "hello"})
    with pytest.raises(InputError, match=r"mine.*none for S-02"):
        score_results(folder, str(truth))
    notes: list[str] = []
    result = score_results(folder, str(truth), allow_missing=True, tell=notes.append)
    assert result.runs[0].sequences["S-02"].metrics["CLR_TP"] == 0
    assert len(notes) == 1
    assert "notes.txt" in notes[0]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no .txt file"),
        ({"other.txt": TRACKS}, "found other"),
        ({"S-01.txt": TRACKS, "S-02.txt": "1,1,0,0,nan,5,1\n"}, "S-02.txt:1"),
        ({"S-01.txt": TRACKS, "S-02.txt": "5,1,0,0,5,5,1\n"}, "beyond the sequence"),
        ({"S-01.txt": TRACKS, "S-02.txt": "1,1,0,0,5,5,1,3,-1,-1\n"}, "class 3 in row 1"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_each_fault_is_one_line(
    tmp_path: Path, truth: Path, files: dict[str, str], message: str, kind: str
) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    place = write(place, files) if kind == "folder" else zipped(tmp_path / "mine.zip", files)
    with pytest.raises(MotBenchError, match=message) as caught:
        score_results(place, str(truth))
    assert "\n" not in str(caught.value)


def test_zip_that_is_none_or_leads_out(tmp_path: Path, truth: Path) -> None:
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(InputError, match="expected a zip"):
        score_results(damaged, str(truth))
    with pytest.raises(InputError, match="leads out"):
        score_results(zipped(tmp_path / "slip.zip", {"../S-01.txt": TRACKS}), str(truth))
    with pytest.raises(InputError, match="no such file"):
        score_results(tmp_path / "absent", str(truth))


def test_benchmark_must_be_known(tmp_path: Path, truth: Path) -> None:
    folder = write(tmp_path / "mine", {"S-01.txt": TRACKS, "S-02.txt": TRACKS})
    with pytest.raises(MotBenchError, match="--benchmark"):
        score_results(folder, str(truth), benchmark="MOT99")
    assert (
        score_results(folder, str(truth), benchmark="MOT20").scorer.settings["benchmark"] == "MOT20"
    )


def test_result_files_are_kept_as_a_run_has_them(tmp_path: Path, truth: Path) -> None:
    files = {"S-01.txt": TRACKS, "S-02.txt": TRACKS}
    place = zipped(tmp_path / "mine.zip", {f"deep/er/{name}": text for name, text in files.items()})
    score_results(place, str(truth), keep=tmp_path / "out")
    kept = sorted((tmp_path / "out").rglob("*.txt"))
    assert [file.relative_to(tmp_path / "out" / "runs").as_posix() for file in kept] == [
        "deep/er/seed-0/tracks/S-01.txt",
        "deep/er/seed-0/tracks/S-02.txt",
    ]
    assert {file.read_text() for file in kept} == {TRACKS}


@pytest.mark.parametrize("name", ["../elsewhere", "a/../../b", "/elsewhere"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, truth: Path, name: str) -> None:
    place = write(tmp_path / "mine", {"S-01.txt": TRACKS, "S-02.txt": TRACKS})
    with pytest.raises(MotBenchError, match="expected a name that can be a folder's"):
        score_results(place, str(truth), name=name, keep=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_name_of_a_mot17_sequence_gives_its_score(tmp_path: Path, data_root: Path) -> None:
    rng = np.random.default_rng(0)
    suffixes = {"plain": ("",), "sdp": ("-SDP",), "all": ("-DPM", "-FRCNN", "-SDP")}
    for sequence in open_dataset("mot17-half-val", data_root).sequences:
        truth = sequence.ground_truth
        assert truth is not None
        kept = (truth.classes == 1) & (rng.random(len(truth.frames)) < 0.8)
        ids = truth.ids[kept] + 1000 * (truth.frames[kept] // 100)
        table = np.column_stack(
            [truth.frames[kept], ids, truth.boxes_ltwh[kept] + 3, np.ones(len(ids))]
        )
        text = "".join(
            ",".join(f"{value:g}" for value in row) + ",-1,-1,-1\n" for row in table.tolist()
        )
        for folder, ends in suffixes.items():
            base = sequence.name.removesuffix("-DPM")
            write(tmp_path / folder, {f"{base}{end}.txt": text for end in ends})
    found = {}
    for folder in suffixes:
        result = score_results(tmp_path / folder, "mot17-half-val", data_root=data_root)
        assert len(result.dataset.sequences) == (21 if folder == "all" else 7)
        combined = result.runs[0].combined
        assert combined is not None
        found[folder] = combined.metrics
    assert found["sdp"] == found["plain"]
    for name in ("HOTA", "AssA", "DetA", "MOTA", "IDF1"):
        assert found["all"][name] == pytest.approx(found["plain"][name], abs=1e-12)
    assert found["all"]["IDSW"] == 3 * found["plain"]["IDSW"] > 0


def test_the_command_that_score_names_explains_its_errors(tmp_path: Path, truth: Path) -> None:
    write(tmp_path / "mine", {"S-01.txt": TRACKS, "S-02.txt": TRACKS})
    done = CliRunner().invoke(
        app,
        [
            "score",
            str(tmp_path / "mine"),
            "--ground-truth",
            str(truth),
            "--out",
            str(tmp_path / "o u t"),
        ],
    )
    assert done.exit_code == 0
    named = shlex.split(done.output.partition("errors by cause: mot-bench ")[2])
    assert CliRunner().invoke(app, named).exit_code == 0
