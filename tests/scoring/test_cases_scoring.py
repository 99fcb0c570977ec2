"""What counts in a score: inputs of public reports with their right values, and small ones of the same kinds."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from case_files import FRAMES, case, rows
from typer.testing import CliRunner

from mot_bench import cli
from mot_bench.errors import MotBenchError
from mot_bench.records.results import SuiteResult
from mot_bench.scoring.third_party import score_results

NEAR = 0.0005


def figures(result: SuiteResult, run: int = 0) -> tuple[float, ...]:
    """HOTA, MOTA and IDF1 in percent."""
    combined = result.runs[run].combined
    assert combined is not None
    return tuple(100 * combined.metrics[name] for name in ("HOTA", "MOTA", "IDF1"))


BASE = (71.698, 91.667, 76.596)


@pytest.mark.parametrize(
    ("results", "truth", "options", "right"),
    [
        ("01-gt-ten-columns/tr", "01-gt-ten-columns/MOT17-mine", {}, BASE),
        ("01-gt-ten-columns/tr17", "01-gt-ten-columns/train", {}, BASE),
        ("01-gt-ten-columns/tr", "01-gt-ten-columns/custom", {}, BASE),
        ("06-cvat-labels/tr", "06-cvat-labels/task", {}, (68.578, 91.667, 73.239)),
        (
            "06-cvat-labels/tr",
            "06-cvat-labels/task",
            {"classes": "person"},
            (68.578, 91.667, 73.239),
        ),
        ("06-cvat-labels/tr", "06-cvat-labels/task", {"classes": "2"}, (68.578, 91.667, 73.239)),
        ("10-classes/tr", "10-classes/gt2", {"classes": "19"}, BASE),
        ("10-classes/tr", "10-classes/gt2", {"benchmark": "own"}, BASE),
        ("10-classes/tr", "10-classes/gt2", {"classes": "all"}, BASE),
        ("10-classes/tr3", "10-classes/gt3", {"classes": "1,4"}, (88.720, 95.833, 97.872)),
        ("11-uavdt/tr", "11-uavdt/lay", {}, BASE),
        ("11-uavdt/tr", "11-uavdt/lay2", {"classes": "all"}, BASE),
    ],
)
def test_right_values_of_public_reports(
    results: str, truth: str, options: dict[str, Any], right: Sequence[float]
) -> None:
    assert figures(score_results(case(results), str(case(truth)), **options)) == pytest.approx(
        right, abs=NEAR
    )


def test_one_class_of_several_is_scored_alone() -> None:
    result = score_results(case("10-classes/tr3"), str(case("10-classes/gt3")), classes="1")
    counted = result.scorer.counted
    assert counted is not None
    assert (counted.classes, counted.identities) == (["1"], 2)
    combined = result.runs[0].combined
    assert combined is not None
    assert combined.metrics["GT_IDs"] == 2


@pytest.mark.parametrize(
    ("results", "truth", "message"),
    [
        (
            "07-gt-ignored-all/tr",
            "07-gt-ignored-all/gt",
            "none: 48 marked 0 in column 7; choose others with --benchmark",
        ),
        ("10-classes/tr", "10-classes/gt2", "--classes"),
        ("10-classes/tr3", "10-classes/gt3", "--classes"),
    ],
)
def test_where_nothing_can_count_the_error_says_how_to_choose(
    results: str, truth: str, message: str
) -> None:
    with pytest.raises(MotBenchError, match=message):
        score_results(case(results), str(case(truth)))


def test_a_rule_that_counts_few_boxes_is_stated_and_doubted() -> None:
    result = score_results(case("11-uavdt/tr"), str(case("11-uavdt/lay2")))
    counted = result.scorer.counted
    assert counted is not None
    assert counted.benchmark == "MOT17"
    assert "--classes all" in " ".join(counted.warnings)
    assert "below 0" in " ".join(result.runs[0].warnings)


def test_corners_in_the_place_of_sizes_are_named() -> None:
    result = score_results(case("16-negative-mota/tr_xyxy"), str(case("16-negative-mota/gt")))
    assert "right and bottom" in " ".join(result.runs[0].warnings)


def test_trackers_in_trackevals_folders_are_named_after_them() -> None:
    case("18-trackeval-folder")
    result = score_results(
        case("18-trackeval-folder/trackers"), str(case("18-trackeval-folder/gt"))
    )
    assert [row.run for row in result.runs] == ["ByteTrack", "Mine"]


# The same kinds, made here.


def write(path: Path, lines: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def scored(
    folder: Path, truth: Sequence[str], tracks: Sequence[str], name: str = "seq", **options: Any
) -> SuiteResult:
    write(folder / "truth" / name / "gt" / "gt.txt", truth)
    write(folder / "results" / f"{name}.txt", tracks)
    return score_results(folder / "results", str(folder / "truth"), **options)


TRACKS = rows("0.9,-1,-1,-1")


@pytest.mark.parametrize("class_number", ["1", "19", "-1", "0"])
def test_truth_of_one_class_counts_whatever_its_number(tmp_path: Path, class_number: str) -> None:
    assert figures(scored(tmp_path, rows(f"1,{class_number},1"), TRACKS))[0] == pytest.approx(100)


@pytest.mark.parametrize(("first", "other"), [("1", "19"), ("19", "1"), ("1", "-1"), ("-1", "3")])
def test_one_more_row_never_changes_the_rules(tmp_path: Path, first: str, other: str) -> None:
    truth = rows(f"1,{first},1") + rows(f"1,{other},1", identity=2)[:1]
    with pytest.raises(
        MotBenchError, match=r"gt\.txt:\d+: expected a class of 1 to 13 .*--benchmark and --classes"
    ):
        scored(tmp_path, truth, TRACKS)


def test_labels_choose_people_whatever_the_folder_is_called(tmp_path: Path) -> None:
    write(tmp_path / "truth" / "MOT17-02" / "gt" / "labels.txt", ["truck", "Pedestrian"])
    truth = rows("1,2,1") + rows("1,1,1", identity=2)
    result = scored(tmp_path, truth, TRACKS, name="MOT17-02")
    counted = result.scorer.counted
    assert counted is not None
    assert (counted.benchmark, counted.classes, counted.boxes) == (
        "own",
        ["2 (Pedestrian)"],
        FRAMES,
    )
    assert figures(result)[0] == pytest.approx(100)


def test_dataset_file_chooses_classes(tmp_path: Path) -> None:
    write(tmp_path / "truth" / "dataset.toml", ['benchmark = "own"', "classes = [7]"])
    result = scored(tmp_path, rows("1,7,1") + rows("1,3,1", identity=2), TRACKS)
    assert figures(result)[0] == pytest.approx(100)


def truth_warnings(result: SuiteResult) -> list[str]:
    assert result.scorer.counted is not None
    return result.scorer.counted.warnings


@pytest.mark.parametrize(
    ("numbers", "options", "doubt"),
    [
        (("0", "79"), {}, "holds 2 different numbers (0, 79)"),
        (("-1", "79"), {}, "--classes 79 scores only that class"),
        (("0", "79"), {"classes": "79"}, ""),
        (("0", "79"), {"classes": "all"}, ""),
        (("0", "79"), {"benchmark": "MOT15"}, ""),
        (("-1", "-1"), {}, ""),
        (("17.25", "-3.5"), {}, ""),
    ],
)
def test_classes_that_the_rules_pass_over_are_doubted(
    tmp_path: Path, numbers: tuple[str, str], options: dict[str, Any], doubt: str
) -> None:
    truth = [*rows(f"1,{numbers[0]},1"), *rows(f"1,{numbers[1]},1", identity=2)]
    warnings = truth_warnings(scored(tmp_path, truth, TRACKS, **options))
    assert len(warnings) == bool(doubt)
    assert doubt in " ".join(warnings)


@pytest.mark.parametrize("benchmark", [None, "MOT15", "MOT17"])
def test_marks_between_0_and_1_are_doubted(tmp_path: Path, benchmark: str | None) -> None:
    truth = [*rows("1,1,1"), *rows("0.9,1,1", identity=2), *rows("0,1,1", identity=3)]
    (doubt,) = truth_warnings(scored(tmp_path, truth, TRACKS, benchmark=benchmark))
    assert doubt.startswith("12 rows of the ground truth have a mark between 0 and 1 in column 7")
    checked = CliRunner().invoke(cli.app, ["data", "check", str(tmp_path / "truth")]).output
    assert f"Warning: {doubt}" in checked


def test_where_no_row_counts_the_error_names_marks_between_0_and_1(tmp_path: Path) -> None:
    with pytest.raises(
        MotBenchError, match=r"found none: 12 marked 0 in column 7; 12 rows .* write 1 for rows"
    ):
        scored(tmp_path, rows("0.9,1,1"), TRACKS)


def test_a_class_that_nobody_knows_is_refused_by_its_option(tmp_path: Path) -> None:
    with pytest.raises(MotBenchError, match="--classes: expected all, numbers of column 8"):
        scored(tmp_path, rows("1,1,1"), TRACKS, classes="unicorn")


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ([], "its file has no tracks"),
        (rows("0.9,-1,-1,-1", shift=500), "none of 12 boxes reaches an IoU of 0.5"),
        (
            [f"{f},1,{(108 + 8 * (f - 1)) / 500},0.25,0.1,0.4,1" for f in range(1, 13)],
            "none of 12 boxes reaches an IoU of 0.5",
        ),
    ],
)
def test_a_score_in_which_nothing_matches_is_doubted(
    tmp_path: Path, tracks: list[str], message: str
) -> None:
    assert message in " ".join(scored(tmp_path, rows("1,1,1"), tracks).runs[0].warnings)


def as_centres(line: str) -> str:
    frame, identity, left, top, width, height, rest = line.split(",", 6)
    x, y = float(left) + float(width) / 2, float(top) + float(height) / 2
    return f"{frame},{identity},{x},{y},{width},{height},{rest}"


def test_centres_in_the_place_of_corners_are_named(tmp_path: Path) -> None:
    result = scored(tmp_path, rows("1,1,1"), [as_centres(line) for line in TRACKS])
    assert "the box's centre" in " ".join(result.runs[0].warnings)


@pytest.mark.parametrize("suffixes", [("SDP",), ("DPM", "FRCNN", "SDP"), ("",)])
def test_results_of_any_copy_of_mot17_are_scored_on_its_truth(
    tmp_path: Path, suffixes: tuple[str, ...]
) -> None:
    write(tmp_path / "truth" / "MOT17-02-FRCNN" / "gt" / "gt.txt", rows("1,1,1"))
    names = [f"MOT17-02-{suffix}".rstrip("-") for suffix in suffixes]
    for name in names:
        write(tmp_path / "results" / f"{name}.txt", TRACKS)
    result = score_results(tmp_path / "results", str(tmp_path / "truth"))
    expected = names if suffixes != ("",) else ["MOT17-02-FRCNN"]
    assert [one.name for one in result.dataset.sequences] == expected
    assert figures(result)[0] == pytest.approx(100)
    assert result.runs[0].warnings == []


def test_files_that_are_passed_over_are_said_in_the_row(tmp_path: Path) -> None:
    write(tmp_path / "results" / "stray.txt", TRACKS)
    assert "stray.txt" in " ".join(scored(tmp_path, rows("1,1,1"), TRACKS).runs[0].warnings)


def test_results_in_a_folder_called_data_are_named_after_the_tracker(tmp_path: Path) -> None:
    write(tmp_path / "Mine" / "data" / "seq.txt", TRACKS)
    write(tmp_path / "truth" / "seq" / "gt" / "gt.txt", rows("1,1,1"))
    assert score_results(tmp_path / "Mine" / "data", str(tmp_path / "truth")).runs[0].run == "Mine"


@pytest.mark.parametrize(
    ("sequence", "file"),
    [
        ("Seq1", "seq1"),
        ("caf\u00e9", "cafe\u0301"),
        ("MOT17-02-FRCNN", "mot17-02-sdp"),
        ("MOT17-02-DPM", "MOT17-02"),
    ],
)
def test_a_result_file_of_a_name_alike_is_found(tmp_path: Path, sequence: str, file: str) -> None:
    write(tmp_path / "truth" / sequence / "gt" / "gt.txt", rows("1,1,1"))
    write(tmp_path / "results" / f"{file}.txt", TRACKS)
    assert figures(score_results(tmp_path / "results", str(tmp_path / "truth")))[
        0
    ] == pytest.approx(100)


def test_two_sequences_alike_keep_their_own_files(tmp_path: Path) -> None:
    for name in ("Seq", "seq"):
        write(tmp_path / "truth" / name / "gt" / "gt.txt", rows("1,1,1"))
    write(tmp_path / "results" / "seq.txt", TRACKS)
    with pytest.raises(MotBenchError, match=r"found none for Seq$"):
        score_results(tmp_path / "results", str(tmp_path / "truth"))


def test_a_zip_with_backslashes_is_read(tmp_path: Path) -> None:
    write(tmp_path / "truth" / "seq" / "gt" / "gt.txt", rows("1,1,1"))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("mine\\data\\seq.txt", "\n".join(TRACKS))
    assert score_results(tmp_path / "all.zip", str(tmp_path / "truth")).runs[0].run == "mine"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            "seq1.txt",
            r"expected result files seq\.txt, named after the sequences, found seq1\.txt \(did you mean",
        ),
        (
            "seq.csv",
            r"found no \.txt file \('seq\.csv', for one; write MOTChallenge text and call it SEQUENCE\.txt",
        ),
    ],
)
def test_files_of_other_names_come_with_the_way_out(
    tmp_path: Path, file: str, message: str
) -> None:
    write(tmp_path / "truth" / "seq" / "gt" / "gt.txt", rows("1,1,1"))
    write(tmp_path / "results" / file, TRACKS)
    with pytest.raises(MotBenchError, match=message):
        score_results(tmp_path / "results", str(tmp_path / "truth"))


@pytest.mark.parametrize(
    ("truth", "tracks", "message"),
    [
        (rows("1,2,1"), TRACKS, r"12 of other classes; .*\(--classes 2 scores this class\)"),
        (
            rows("1,2,1") + rows("1,3,1", identity=2),
            TRACKS,
            r"\(--classes 2,3 scores these classes\)",
        ),
        (
            rows("1,1,1"),
            rows("0.9,19,-1,-1"),
            "found class 19 in row 1; --classes 19 scores this class",
        ),
    ],
)
def test_classes_that_could_be_chosen_are_named(
    tmp_path: Path, truth: list[str], tracks: list[str], message: str
) -> None:
    with pytest.raises(MotBenchError, match=message):
        scored(tmp_path, truth, tracks)


def test_a_benchmark_in_other_letters_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(MotBenchError, match=r"found 'mot17' \(did you mean 'MOT17'\?\)"):
        scored(tmp_path, rows("1,1,1"), TRACKS, benchmark="mot17")
