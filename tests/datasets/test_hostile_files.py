"""Hostile files through the command line: exit code 2, one line, no traceback."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from fuzzing.text_readers import SEQINFO, TRACKS, TRUTH
from reports_samples import write_results
from typer.testing import CliRunner

from mot_bench import cli

NESTED = b"[" * 200_000
DIGITS = b"9" * 5000
GARBAGE = bytes(range(256)) * 8
JSON = {
    "nested": NESTED,
    "digits": b'{"schema_version": ' + DIGITS + b"}",
    "surrogate": b'{"suite": "\\ud800"}',
    "infinite": b'{"runs": 1e999}',
    "bytes": GARBAGE,
    "empty": b"",
    "list": b"[]",
    "shape": b'{"runs": {"a": [1, {}]}}',
}
TOML = {
    "nested": b"a = " + b"[" * 20_000,
    "digits": b"seeds = [" + DIGITS + b"]",
    "dotted": b"a." * 5000 + b"a = 1",
    "unhashable": b'extends = "smoke"\ndrop = [["sort"], {a = 1}]',
    "like": b'base = "a"\n[models.a]\nlike = ["b"]\n',
    "bytes": GARBAGE,
    "runs": b"runs = 3",
}


def bomb() -> bytes:
    """A PNG whose header claims 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


PICTURES = {
    "bomb": bomb(),
    "empty": b"",
    "garbage": GARBAGE,
    "text": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


def refused(*arguments: str | Path) -> str:
    """Run a command that must end with code 2 and one line; return the line."""
    done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert done.exit_code == 2, (done.exception, done.output[-2000:])
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.output
    assert len(lines[0]) < 2500
    assert lines[0].isprintable()
    return lines[0]


def sequence(root: Path) -> Path:
    for name, content in (("gt/gt.txt", TRUTH), ("det/det.txt", TRACKS), ("seqinfo.ini", SEQINFO)):
        (root / "data" / "seq-01" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "data" / "seq-01" / name).write_bytes(content)
    return root / "data"


@pytest.mark.parametrize("content", JSON.values(), ids=JSON)
@pytest.mark.parametrize("command", ["report", "compare", "explain", "gate", "viewer", "video"])
def test_results_of_any_shape(tmp_path: Path, command: str, content: bytes) -> None:
    (tmp_path / "results.json").write_bytes(content)
    more = {"gate": ["--baseline", "none.json"], "video": ["--run", "a", "--sequence", "b"]}.get(
        command, []
    )
    arguments = ["a", "--out", str(tmp_path)] if command == "explain" else [str(tmp_path), *more]
    assert "results.json" in refused(command, *arguments)


@pytest.mark.parametrize("content", JSON.values(), ids=JSON)
def test_a_baseline_of_any_shape(tmp_path: Path, content: bytes) -> None:
    write_results(tmp_path / "out")
    (tmp_path / "baseline.json").write_bytes(content)
    assert "baseline.json" in refused(
        "gate", tmp_path / "out", "--baseline", tmp_path / "baseline.json"
    )


@pytest.mark.parametrize("content", [JSON[name] for name in ("nested", "digits", "bytes", "list")])
@pytest.mark.parametrize("name", ["timing.json", "explanation.json", "figures.json"])
def test_records_beside_results_of_any_shape(tmp_path: Path, name: str, content: bytes) -> None:
    write_results(tmp_path)
    (tmp_path / name).write_bytes(content)
    assert name in refused("report", tmp_path)


@pytest.mark.parametrize("content", TOML.values(), ids=TOML)
def test_a_suite_of_any_shape(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    assert "mine.toml" in refused(
        "run", "--suite", tmp_path / "mine.toml", "--out", tmp_path / "out"
    )


@pytest.mark.parametrize(
    "value",
    ["9" * 5000, "[" * 5000, "\x1b[31m\x00", "[[1]]"],
    ids=["digits", "nested", "odd", "list"],
)
def test_a_setting_of_any_shape(tmp_path: Path, value: str) -> None:
    refused("run", "--suite", "smoke", "--set", f"sort.max_age={value}", "--out", tmp_path / "out")


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_a_picture_that_is_none(tmp_path: Path, content: bytes) -> None:
    data = sequence(tmp_path)
    (data / "seq-01" / "img1").mkdir()
    (data / "seq-01" / "img1" / "000001.png").write_bytes(content)
    done = CliRunner().invoke(cli.app, ["data", "check", str(data)])
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code in (1, 2)
    assert "000001.png" in " ".join(done.output.split())


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors", "a.pt"])
@pytest.mark.parametrize(
    "content", [GARBAGE, b"", b"PK\x03\x04" + GARBAGE, struct.pack("<Q", 2**62) + b"{}"]
)
def test_weights_that_are_none(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert name in refused("models", "load", tmp_path / name, "--out", tmp_path / "out")


@pytest.mark.parametrize("content", [GARBAGE, b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\x00"])
def test_results_in_a_broken_zip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "results.zip").write_bytes(content)
    refused(
        "score",
        tmp_path / "results.zip",
        "--ground-truth",
        sequence(tmp_path),
        "--out",
        tmp_path / "out",
    )


@pytest.mark.parametrize(
    "content", [b'{"ID": ' + NESTED, b'{"ID": "' + b"a" * 9000 + b'"}', b'{"ID": 3}', GARBAGE]
)
def test_annotations_of_any_shape(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.odgt").write_bytes(content)
    refused(
        "train", "--data", f"odgt:{tmp_path}/a.odgt", "--preset", "tiny", "--out", tmp_path / "out"
    )
