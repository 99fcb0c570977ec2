"""Bad input, as a user meets it: one clear line on stderr, exit code 2, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import mot_bench

GOOD_TRUTH = "".join(f"{frame},1,{10 + frame},10,20,40,1,1,1\n" for frame in range(1, 6))
GOOD_TRACKS = "".join(f"{frame},7,{10 + frame},10,20,40,0.9,-1,-1,-1\n" for frame in range(1, 6))
SUITE = """
name = "mine"
base = "sort"
dataset = "street-smoke"
[[runs]]
name = "sort"
tracker = "sort"
"""


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *fragments: str) -> None:
    assert done.returncode == 2, done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    for fragment in fragments:
        assert fragment in lines[0], lines[0]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    sequence = tmp_path / "gt" / "seq-01"
    (sequence / "gt").mkdir(parents=True)
    (sequence / "gt" / "gt.txt").write_text(GOOD_TRUTH)
    (sequence / "seqinfo.ini").write_text(
        "[Sequence]\nname=seq-01\nimDir=img1\nframeRate=25\nseqLength=5\nimWidth=160\nimHeight=120\nimExt=.jpg\n"
    )
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "seq-01.txt").write_text(GOOD_TRACKS)
    return tmp_path


def score(case: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return mot_bench(
        "score", case / "results", "--ground-truth", case / "gt", "--out", case / "out", *more
    )


LINE_2 = "2,7,12,10,20,40,0.9,-1,-1,-1\n"


@pytest.mark.parametrize(
    ("bad_line", "fragments"),
    [
        ("2,7,12,10\n", ("columns",)),
        ("2,7,12,ten,20,40,0.9,-1,-1,-1\n", ("ten",)),
        ("2,7,nan,10,20,40,0.9,-1,-1,-1\n", ("nan",)),
        ("2,7,12,inf,20,40,0.9,-1,-1,-1\n", ("inf",)),
        ("2,7,12,10,-20,40,0.9,-1,-1,-1\n", ("-20",)),
        ("0,7,12,10,20,40,0.9,-1,-1,-1\n", ("frame", "0")),
        ("9,7,12,10,20,40,0.9,-1,-1,-1\n", ("frame", "9")),
        ("1,7,12,10,20,40,0.9,-1,-1,-1\n", ("id 7", "frame 1")),
    ],
)
def test_a_malformed_line_is_named_by_file_and_line(
    case: Path, bad_line: str, fragments: tuple[str, ...]
) -> None:
    tracks = case / "results" / "seq-01.txt"
    tracks.write_text(GOOD_TRACKS.replace(LINE_2, bad_line))
    assert_one_clear_line(score(case), f"{tracks.name}:2", "expected", "found", *fragments)
    assert not (case / "out" / "results.json").exists()


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
@pytest.mark.parametrize("separator", [" ", ","])
def test_windows_line_ends_and_spaces_are_read(case: Path, ends: str, separator: str) -> None:
    text = GOOD_TRACKS.replace(",", separator).replace("\n", ends)
    (case / "results" / "seq-01.txt").write_bytes(text.encode())
    done = score(case)
    assert done.returncode == 0, done.stderr
    assert ",100.000," in (case / "out" / "leaderboard.csv").read_text()


def test_an_empty_result_file_is_no_tracks(case: Path) -> None:
    (case / "results" / "seq-01.txt").write_text("")
    done = score(case)
    assert done.returncode == 0, done.stderr
    assert ",0.000," in (case / "out" / "leaderboard.csv").read_text()


def test_an_empty_ground_truth_is_scored_with_a_warning(case: Path) -> None:
    (case / "gt" / "seq-01" / "gt" / "gt.txt").write_text("")
    done = score(case)
    assert done.returncode == 0
    assert "the ground truth has no boxes at all" in done.stdout


def test_a_missing_file_is_named(case: Path) -> None:
    (case / "results" / "seq-01.txt").unlink()
    assert_one_clear_line(score(case), "expected", "found")
    assert_one_clear_line(
        mot_bench("score", case / "nowhere", "--ground-truth", case / "gt", "--out", case / "out"),
        "nowhere",
    )


def test_a_missing_file_is_named_by_a_process_of_its_own(case: Path) -> None:
    (case / "results" / "seq-01.txt").unlink()
    command = ["score", case / "results", "--ground-truth", case / "gt", "--out", case / "out"]
    done = subprocess.run(
        [sys.executable, "-m", "mot_bench", *map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert_one_clear_line(done, "expected", "found")


def test_a_folder_instead_of_a_file_is_named(case: Path) -> None:
    (case / "results" / "seq-01.txt").unlink()
    (case / "results" / "seq-01.txt").mkdir()
    assert_one_clear_line(score(case), "expected", "found")


def test_an_unknown_key_of_a_suite_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SUITE + "trackr = 1\n")
    done = mot_bench("run", "--suite", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert_one_clear_line(done, "mine.toml", "trackr")


def test_an_unknown_parameter_is_named_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SUITE + "parameters = { max_aeg = 3 }\n")
    done = mot_bench("run", "--suite", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert_one_clear_line(done, "max_aeg", "max_age")


def test_a_cycle_of_suites_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "a"\nextends = "b.toml"\n')
    (tmp_path / "b.toml").write_text('name = "b"\nextends = "a.toml"\n')
    done = mot_bench("run", "--suite", tmp_path / "a.toml", "--out", tmp_path / "out")
    assert_one_clear_line(done, "a.toml", "b.toml")


def test_an_output_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = mot_bench(
        "run", "--suite", "smoke", "--only", "sort", "--out", tmp_path / "file" / "out"
    )
    assert_one_clear_line(done, "file")


def test_unknown_names_list_what_there_is(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "out"))
    assert_one_clear_line(
        mot_bench("run", "--suite", "no-such-suite", *out), "no-such-suite", "association"
    )
    assert_one_clear_line(
        mot_bench("run", "--suite", "smoke", "--dataset", "no-such-data", *out), "no-such-data"
    )
    assert_one_clear_line(
        mot_bench("run", "--suite", "smoke", "--only", "no-such-run", *out), "no-such-run", "sort"
    )


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("def broken(:\n", "SyntaxError in line 1"),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(4)\n", "SystemExit: 4"),
    ],
)
def test_a_tracker_file_that_cannot_be_imported_is_named(
    tmp_path: Path, source: str, finding: str
) -> None:
    (tmp_path / "mine.py").write_text(source)
    tracker = f"{tmp_path / 'mine.py'}:Mine"
    done = mot_bench("run", "--suite", "smoke", "--tracker", tracker, "--out", tmp_path / "out")
    assert_one_clear_line(done, "mine.py", "expected", finding)


CAMERA = "".join(f"{index} 1 0 0 0 1 0\n" for index in range(5))
BOTSORT = SUITE.replace('"sort"', '"botsort"')


def run_botsort(case: Path) -> subprocess.CompletedProcess[str]:
    (case / "mine.toml").write_text(BOTSORT)
    (case / "gt" / "seq-01" / "det").mkdir(exist_ok=True)
    (case / "gt" / "seq-01" / "det" / "det.txt").write_text(GOOD_TRACKS.replace(",7,", ",-1,"))
    where = ("--dataset", case / "gt", "--data-root", case, "--out", case / "out")
    return mot_bench("run", "--suite", case / "mine.toml", *where)


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        (CAMERA.replace("1 1 0", "1 nan 0"), ("seq-01.txt:2", "finite")),
        (CAMERA.replace("1 1 0 0", "1 1 0"), ("seq-01.txt:2", "7 columns")),
        ("", ("seq-01.txt", "an empty file")),
    ],
)
def test_malformed_camera_motion_is_refused(
    case: Path, text: str, fragments: tuple[str, ...]
) -> None:
    (case / "any" / "camera_motion").mkdir(parents=True)
    (case / "any" / "camera_motion" / "seq-01.txt").write_text(text)
    assert_one_clear_line(run_botsort(case), *fragments)


def test_a_folder_instead_of_camera_motion_is_named(case: Path) -> None:
    (case / "any" / "camera_motion" / "seq-01.txt").mkdir(parents=True)
    assert_one_clear_line(run_botsort(case), "seq-01.txt", "a folder")


def test_a_run_without_camera_motion_is_skipped_and_says_what_helps(case: Path) -> None:
    done = run_botsort(case)
    assert done.returncode == 0, done.stderr
    assert "camera_motion=optical-flow" in (case / "out" / "leaderboard.csv").read_text()


def test_a_folder_instead_of_embeddings_is_named(case: Path) -> None:
    (case / "gt" / "seq-01" / "embeddings.npz").mkdir()
    assert_one_clear_line(run_botsort(case), "embeddings.npz", "a folder")


def test_an_empty_list_of_seeds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("seeds = []\n" + SUITE)
    done = mot_bench("run", "--suite", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert_one_clear_line(
        done, "mine.toml:1: expected a list with something in it for seeds, found an empty one"
    )


def test_a_suite_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + SUITE.encode())
    assert mot_bench("list", "suites", tmp_path / "mine.toml").returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the configuration file lies elsewhere")
def test_an_unknown_key_of_the_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "mot-bench").mkdir()
    (tmp_path / "mot-bench" / "config.toml").write_text('data_rot = "/data"\n')
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "MOT_BENCH_DATA": ""}
    assert_one_clear_line(mot_bench("list", "datasets", **environment), "config.toml", "data_rot")


def test_lists_fit_the_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mot_bench", "list", "trackers", "bytetrack"],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "80"},
        check=False,
    )
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
