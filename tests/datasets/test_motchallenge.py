"""The MOTChallenge layout and the catalogue: what is found, what is made up for, what is refused."""

from __future__ import annotations

import pickle
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeSequence
from PIL import Image

from mot_bench.datasets import catalogue
from mot_bench.datasets.catalogue import list_datasets, open_dataset
from mot_bench.datasets.data_root import resolve_data_root
from mot_bench.datasets.motchallenge import describe
from mot_bench.errors import InputError, MotBenchError
from mot_bench.files import user_configuration


def test_a_folder_of_sequences(make_sequence: MakeSequence, tmp_path: Path) -> None:
    for name in ("b", "a"):
        make_sequence(tmp_path / "set" / name)
    (tmp_path / "set" / "notes").mkdir()
    dataset = open_dataset(str(tmp_path / "set"), None)
    assert [sequence.name for sequence in dataset.sequences] == ["a", "b"]
    assert (dataset.name, dataset.benchmark, dataset.split, dataset.root) == (
        "set",
        "MOT17",
        "full",
        None,
    )
    sequence = dataset.sequences[0]
    assert (sequence.length, sequence.frame_rate, sequence.width, sequence.height) == (
        4,
        25.0,
        160,
        120,
    )
    assert sequence.ground_truth is not None
    assert sequence.ground_truth.frames.tolist() == [1, 2, 2, 4]
    assert sequence.load_frames is None
    assert pickle.loads(pickle.dumps(dataset)) == dataset


def test_one_sequence_folder(make_sequence: MakeSequence, tmp_path: Path) -> None:
    dataset = open_dataset(str(make_sequence(tmp_path / "one")), None, "half-val")
    assert (dataset.sequences[0].first_frame, dataset.sequences[0].length) == (4, 1)


def test_without_seqinfo_the_length_is_taken_from_what_there_is(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "s", length=None)
    found = describe(folder)
    assert (found.name, found.length, found.frame_rate, found.width) == ("s", 4, 30.0, None)
    assert "length 4 taken from gt/gt.txt" in found.notes
    (folder / "img1").mkdir()
    for number in range(1, 7):
        Image.new("RGB", (8, 8)).save(folder / "img1" / f"{number:06d}.png")
    assert describe(folder).length == 6


def test_a_sequence_without_anything_that_tells_its_length(tmp_path: Path) -> None:
    (tmp_path / "s" / "img1").mkdir(parents=True)
    with pytest.raises(InputError, match="a length"):
        describe(tmp_path / "s")


def test_seqinfo_rules_where_pictures_are_fewer(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "s", length=4)
    (folder / "img1").mkdir()
    for number in (1, 2, 4):
        Image.new("RGB", (160, 120), (number, 0, 0)).save(folder / "img1" / f"{number:06d}.png")
    sequence = open_dataset(str(folder), None).sequences[0]
    assert sequence.length == 4
    assert sequence.load_frames is not None
    frames = sequence.load_frames()
    assert frames.read(4)[0, 0, 0] == 4
    with pytest.raises(InputError, match="a picture of frame 3"):
        frames.read(3)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (
            "[Sequence]\nname=s\nseqLength=many\n",
            3,
            "a number of at least 1 for seqLength, found 'many'",
        ),
        ("[Sequence]\nname=s\nseqLength=4\nframeRate=-1\n", 4, "for frameRate"),
        ("[Sequence]\nseqLength=4.5\n", 2, "a whole number for seqLength"),
        ("[Other]\nname=s\n", None, "a section [Sequence]"),
        (
            "name=s\n",
            1,
            "an INI file that begins with [Sequence], found 'name=s' before any section",
        ),
        (
            "[Sequence]\nseqLength=4\nSEQLENGTH=5\n",
            3,
            "each key once, found seqlength a second time",
        ),
        ("[Sequence]\n[sequence]\n", None, "a section [Sequence]"),
        ("[Sequence]\nseqlength=5000000\n", 2, "at most 1000000 for seqLength"),
        ("[Sequence]\nimWidth=1e9\n", 2, "at most 100000 for imWidth"),
        ("[Sequence]\nimWidth=" + "9" * 5000, 2, "at most 100000 for imWidth"),
        ("[Sequence]\nframeRate=nan\n", 2, "for frameRate, found 'nan'"),
        ("[Sequence]\nframeRate=0\n", 2, "for frameRate, found '0'"),
        ("[Sequence]\nframeRate=1e99\n", 2, "for frameRate, found '1e99'"),
    ],
)
def test_bad_seqinfo(
    content: str, line: int | None, message: str, make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "s", length=None)
    (folder / "seqinfo.ini").write_text(content)
    with pytest.raises(InputError) as caught:
        describe(folder)
    assert message in str(caught.value)
    assert caught.value.line == line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "content",
    [
        "[Sequence]\nname=other\nframeRate=29.97\nseqLength=7\nimWidth=\n",
        "[SEQUENCE]\nName = other\nframerate : 29.97 ; as filmed\nSEQLENGTH = 7\n",
        "# a comment\r\n[sequence]\r\nNAME=other\r\nFRAMERATE=29.97 # as filmed\r\nseqlength=7\r\n",
    ],
)
def test_seqinfo_as_people_write_it(
    content: str, encoding: str, make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / "cam1", length=None)
    (folder / "seqinfo.ini").write_bytes(content.encode(encoding))
    found = describe(folder)
    assert (found.name, found.length, found.frame_rate, found.width) == ("cam1", 7, 29.97, None)
    assert found.notes == ("seqinfo.ini says name='other', the folder's name is used",)


def test_a_fault_in_ground_truth_is_named(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "s", truth="1,1,1,1,1,1,1,1,1\n5,1,1,1,1,1,1,1,1\n")
    with pytest.raises(InputError, match=r"gt.txt:2: expected a frame of 1 to 4, found frame 5"):
        open_dataset(str(folder), None)


@pytest.mark.parametrize(
    ("where", "benchmark"),
    [
        ("MOT20/train/MOT20-01", "MOT20"),
        ("x/MOT16-02", "MOT16"),
        ("dancetrack/val/dancetrack0004", "DanceTrack"),
    ],
)
def test_benchmark_by_name(
    where: str, benchmark: str, make_sequence: MakeSequence, tmp_path: Path
) -> None:
    folder = make_sequence(tmp_path / where)
    assert open_dataset(str(folder.parent), None).benchmark == benchmark


def test_benchmark_by_content_and_by_word(make_sequence: MakeSequence, tmp_path: Path) -> None:
    folder = make_sequence(tmp_path / "mine" / "s", truth="1,1,1,1,1,1,1,-3.5,2.5,0\n")
    assert open_dataset(str(folder.parent), None).benchmark == "MOT15"
    (folder.parent / "dataset.toml").write_text('benchmark = "SportsMOT"\n')
    with pytest.raises(InputError, match="class of 1 to 13"):
        open_dataset(str(folder.parent), None)
    (folder.parent / "dataset.toml").write_text('benchmark = "MOT99"\n')
    with pytest.raises(InputError, match="found 'MOT99'"):
        open_dataset(str(folder.parent), None)


def test_named_datasets_take_one_copy_of_mot17(make_sequence: MakeSequence, tmp_path: Path) -> None:
    train = tmp_path / "MOT17" / "train"
    for name in ("MOT17-02-DPM", "MOT17-02-SDP", "MOT17-04-DPM", "MOT17-04-FRCNN", "MOT17-05-SDP"):
        make_sequence(train / name)
    names = [s.name for s in open_dataset("mot17-train", tmp_path).sequences]
    assert names == ["MOT17-02-DPM", "MOT17-04-FRCNN", "MOT17-05-SDP"]
    assert len(open_dataset(str(train), None).sequences) == 5
    half = open_dataset("mot17-half-val", tmp_path)
    assert (half.name, half.split, half.sequences[0].first_frame) == (
        "mot17-half-val",
        "half-val",
        4,
    )
    with pytest.raises(MotBenchError, match="no split but its own"):
        open_dataset("mot17-half-val", tmp_path, "full")


def test_what_is_not_found_says_what_was_looked_for_and_where(tmp_path: Path) -> None:
    with pytest.raises(MotBenchError, match=r"expected a folder .*MOT20/train"):
        open_dataset("mot20-train", tmp_path)
    with pytest.raises(MotBenchError, match="expected a data root"):
        open_dataset("mot20-train", None)
    with pytest.raises(MotBenchError, match=r"mot17-half-val.*no folder .*nope"):
        open_dataset("nope", tmp_path)
    with pytest.raises(InputError, match="expected sequence folders"):
        open_dataset(str(tmp_path), None)


def test_copied_names_do_not_hide_a_sequence(make_sequence: MakeSequence, tmp_path: Path) -> None:
    for name in ("a", "b"):
        folder = make_sequence(tmp_path / "set" / name)
        (folder / "seqinfo.ini").write_text("[Sequence]\nname=same\nseqLength=4\n")
    assert [one.name for one in open_dataset(str(tmp_path / "set"), None).sequences] == ["a", "b"]


def test_data_root_option_then_variable_then_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("option", "variable", "file"):
        (tmp_path / name).mkdir()
    config = tmp_path / "config.toml"
    monkeypatch.setattr(user_configuration, "configuration_file", lambda: config)
    monkeypatch.delenv("MOT_BENCH_DATA", raising=False)
    assert resolve_data_root(None) is None
    config.write_text(f'data_root = "{tmp_path / "file"}"\n')
    assert resolve_data_root(None) == tmp_path / "file"
    monkeypatch.setenv("MOT_BENCH_DATA", str(tmp_path / "variable"))
    assert resolve_data_root(None) == tmp_path / "variable"
    assert resolve_data_root(tmp_path / "option") == tmp_path / "option"
    with pytest.raises(MotBenchError, match=r"^--data-root: expected a folder"):
        resolve_data_root(tmp_path / "nothing")
    monkeypatch.delenv("MOT_BENCH_DATA")
    config.write_text("data_root = 3\n")
    with pytest.raises(InputError, match="a path as text"):
        resolve_data_root(None)


def test_other_packages_datasets_join_by_entry_point(
    monkeypatch: pytest.MonkeyPatch, make_sequence: MakeSequence, tmp_path: Path
) -> None:
    make_sequence(tmp_path / "set" / "s")
    (tmp_path / "their_data.py").write_text(
        "from mot_bench.datasets.catalogue import open_dataset\n"
        "def theirs(data_root, seed):\n    return open_dataset(str(data_root / 'set'), data_root)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("theirs", "their_data:theirs", catalogue.ENTRY_POINT_GROUP)
    monkeypatch.setattr(
        catalogue, "entry_points", lambda group: [point] if group == point.group else []
    )
    assert "theirs" in {entry.name for entry in list_datasets()}
    assert open_dataset("theirs", tmp_path, "half-val").sequences[0].first_frame == 4


def test_every_dataset_has_a_name_and_a_place() -> None:
    entries = list_datasets()
    assert len({entry.name for entry in entries}) == len(entries)
    assert {"street", "street-smoke", "mot17-half-val"} <= {entry.name for entry in entries}
    assert all(entry.title and entry.looked_for for entry in entries)


def test_real_mot17_halves(data_root: Path) -> None:
    dataset = open_dataset("mot17-half-val", data_root)
    assert [s.length for s in dataset.sequences] == [299, 524, 418, 262, 326, 449, 374]
    truths = [s.ground_truth for s in dataset.sequences]
    assert (
        sum(int((t.considered & (t.classes == 1)).sum()) for t in truths if t is not None) == 53890
    )


def test_real_mot15_keeps_its_people(data_root: Path) -> None:
    dataset = open_dataset("mot15-train", data_root)
    truths = {s.name: s.ground_truth for s in dataset.sequences}
    pets = truths["PETS09-S2L1"]
    assert pets is not None
    assert np.unique(pets.ids[pets.considered & (pets.classes == 1)]).size == 19
