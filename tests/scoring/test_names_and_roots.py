"""Names that nobody knows come with the nearest one; data are found again where they lay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import MakeSequence
from typer.testing import CliRunner, Result

from mot_bench.cli import app
from mot_bench.datasets.catalogue import find_folder, open_dataset
from mot_bench.errors import MotBenchError, check_names, nearest_path
from mot_bench.results.opening import open_results
from mot_bench.suites.loader import load_suite
from mot_bench.suites.overrides import override
from mot_bench.tracking.opening import judged


def _command(*arguments: object) -> Result:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda: check_names("--metric", ["hotta"], ["HOTA", "MOTA"]), "did you mean 'HOTA'?"),
        (lambda: open_dataset("mot17-halfval", None), "did you mean 'mot17-half-val'?"),
        (lambda: load_suite("asociation"), "did you mean 'association'?"),
        (lambda: judged("bytetracker", {}), "did you mean 'bytetrack'?"),
        (lambda: override(load_suite("smoke"), ["sort.max_agee=3"]), "did you mean 'max_age'?"),
        (lambda: override(load_suite("smoke"), ["sorrt.max_age=3"]), "did you mean 'sort'?"),
        (lambda: open_dataset("street", None, "half-vall"), "did you mean 'half-val'?"),
        (lambda: find_folder(Path("mot17-trian"), None), "did you mean 'mot17-train'?"),
    ],
)
def test_a_name_with_a_slip_comes_with_the_nearest_one(ask: object, meant: str) -> None:
    assert callable(ask)
    with pytest.raises(MotBenchError) as caught:
        ask()
    assert meant in str(caught.value)


def test_a_path_with_a_slip_comes_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "MOT17" / "train").mkdir(parents=True)
    assert nearest_path(tmp_path / "MOT71" / "train") == f" (did you mean {tmp_path / 'MOT17'}?)"
    assert nearest_path(tmp_path / "unlike") == ""


def test_the_data_check_takes_names_and_the_whole_root(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    make_sequence(tmp_path / "MOT17" / "train" / "MOT17-02-FRCNN")
    for arguments in (["mot17-train"], []):
        result = _command("data", "check", *arguments, "--data-root", tmp_path)
        assert result.exit_code == 0, result.output
        assert "MOT17-02-FRCNN: MOT17, 4 frames" in result.output
    assert (
        "(did you mean" in _command("data", "check", "mot17-trin", "--data-root", tmp_path).output
    )


def test_a_results_folder_remembers_the_data_root(
    make_sequence: MakeSequence, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    make_sequence(root / "MOT17" / "train" / "MOT17-02-FRCNN")
    (tmp_path / "tr").mkdir()
    (tmp_path / "tr" / "MOT17-02-FRCNN.txt").write_text("1,1,10,10,20,40,1\n2,1,12,10,20,40,1\n")
    out = tmp_path / "out"
    arguments = ("score", tmp_path / "tr", "--ground-truth", "mot17-train", "--out", out)
    result = _command(*arguments, "--data-root", root)
    assert result.exit_code == 0, result.output
    assert open_results(out).dataset.root == root
    shutil.move(root, tmp_path / "moved")
    with pytest.raises(MotBenchError, match="--data-root FOLDER"):
        open_results(out)
    assert open_results(out, tmp_path / "moved").dataset.root == tmp_path / "moved"
