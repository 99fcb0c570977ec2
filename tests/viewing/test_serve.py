"""mot-bench serve: over real sockets, as a browser and as somebody who means harm would ask."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mot_bench.cli import app
from mot_bench.errors import MotBenchError
from mot_bench.viewing.server import FolderServer

SECRET = b"nobody outside shall read this"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with a secret beside it, and links within and out of it."""
    folder = tmp_path / "results"
    (folder / "viewer" / "data").mkdir(parents=True)
    (folder / "runs" / "<b>a & b").mkdir(parents=True)
    (folder / "report.html").write_text("<p>Grüße</p>", encoding="utf-8")
    (folder / "viewer" / "page.js").write_text("1;")
    (folder / "tracks.mp4").write_bytes(bytes(range(256)) * 1000)
    (folder / "empty.txt").write_text("")
    (folder / ".lock").write_text("x")
    (folder / "runs" / "<b>a & b" / "events.csv").write_text("a,b\n")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (tmp_path / "results-other").mkdir()
    (tmp_path / "results-other" / "secret.txt").write_bytes(SECRET)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "outside").symlink_to(tmp_path)
    (folder / "in.txt").symlink_to(folder / "report.html")
    (folder / "hidden.txt").symlink_to(folder / ".lock")
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[FolderServer]:
    with served(folder) as server:
        yield server


@contextlib.contextmanager
def served(folder: Path) -> Iterator[FolderServer]:
    with FolderServer(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(
    server: FolderServer,
    target: str,
    *,
    host: str | None = "",
    method: str = "GET",
    headers: tuple[str, ...] = (),
) -> tuple[int, dict[str, str], bytes]:
    """Send a request byte for byte as it is said; status, headers and content."""
    name = f"127.0.0.1:{server.server_port}" if host == "" else host
    lines = [
        f"{method} {target} HTTP/1.1",
        *([f"Host: {name}"] if name is not None else []),
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as connection:
        connection.sendall(("\r\n".join([*lines, "Connection: close", "", ""])).encode())
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    return (
        int(first.split()[1]),
        {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)},
        content,
    )


def test_files_come_with_their_types(server: FolderServer) -> None:
    status, headers, content = ask(server, "/report.html")
    assert (status, content.decode()) == (200, "<p>Grüße</p>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert ask(server, "/viewer/page.js?x#y")[1]["content-type"] == "text/javascript; charset=utf-8"
    assert ask(server, "/tracks.mp4")[1]["content-type"] == "video/mp4"
    assert ask(server, "/empty.txt")[::2] == (200, b"")
    status, headers, content = ask(server, "/report.html", method="HEAD")
    assert (status, content, headers["content-length"]) == (200, b"", "14")


def test_the_address_itself_leads_to_the_report(server: FolderServer, folder: Path) -> None:
    assert ask(server, "/")[1]["location"] == "/report.html"
    (folder / "report.html").unlink()
    status, _, content = ask(server, "/")
    assert status == 200
    assert b"tracks.mp4" in content
    assert b".lock" not in content
    assert b"out.txt" not in content
    assert b"outside" not in content


def test_folders_are_listed_and_names_escaped(server: FolderServer) -> None:
    assert ask(server, "/runs")[1]["location"] == "/runs/"
    content = ask(server, "/runs/")[2].decode()
    assert "&lt;b&gt;a &amp; b/" in content
    assert "<b>" not in content
    link = re.search(r'href="\./([^"]*a%20[^"]*)"', content)
    assert link is not None
    assert b"events.csv" in ask(server, f"/runs/{link[1]}")[2]
    assert ask(server, f"/runs/{link[1]}events.csv")[2] == b"a,b\n"


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt",
        "/viewer/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/viewer/%2e%2e/%2e%2e/secret.txt",
        "/../results-other/secret.txt",
        "/out.txt",
        "/outside/secret.txt",
        "/outside/",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%2Fetc%2Fpasswd",
        "/report.html%00.txt",
        "/%ff",
        "/.lock",
        "/hidden.txt",
        "/loop",
        "/pipe",
        "/./report.html",
        "/viewer//page.js",
        "/report.html/",
        "/none.txt",
        "etc/passwd",
        "http://127.0.0.1/secret.txt",
        "*",
    ],
)
def test_nothing_else_is_served(server: FolderServer, target: str) -> None:
    status, _, content = ask(server, target)
    assert status in (400, 404)
    assert SECRET not in content
    assert b"root:" not in content


def test_a_link_that_stays_within_is_served(server: FolderServer) -> None:
    assert ask(server, "/in.txt")[0] == 200


@pytest.mark.parametrize(
    "host", [None, "evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1.evil.example:PORT"]
)
def test_another_host_is_refused(server: FolderServer, host: str | None) -> None:
    status, _, content = ask(
        server, "/report.html", host=host and host.replace("PORT", str(server.server_port))
    )
    assert status == 403
    assert "Grüße".encode() not in content


def test_localhost_is_this_machine_and_two_hosts_are_none(server: FolderServer) -> None:
    assert ask(server, "/report.html", host=f"LOCALHOST:{server.server_port}")[0] == 200
    again = (f"Host: 127.0.0.1:{server.server_port}",)
    assert (
        ask(server, "/report.html", host=f"localhost:{server.server_port}", headers=again)[0] == 403
    )


def test_nothing_can_be_written(server: FolderServer, folder: Path) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert ask(server, "/report.html", method=method)[0] == 501
    assert (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("asked", "status", "part", "content"),
    [
        ("bytes=0-3", 206, "bytes 0-3/256000", b"\x00\x01\x02\x03"),
        ("bytes=255998-", 206, "bytes 255998-255999/256000", b"\xfe\xff"),
        ("bytes=-2", 206, "bytes 255998-255999/256000", b"\xfe\xff"),
        ("bytes=255999-999999999", 206, "bytes 255999-255999/256000", b"\xff"),
        ("bytes=256000-", 416, "bytes */256000", b""),
        ("bytes=-0", 416, "bytes */256000", b""),
    ],
)
def test_ranges_of_bytes(
    server: FolderServer, asked: str, status: int, part: str, content: bytes
) -> None:
    found, headers, body = ask(server, "/tracks.mp4", headers=(f"Range: {asked}",))
    assert (found, headers["content-range"], body) == (status, part, content)
    assert headers["content-length"] == str(len(content))


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b", "bytes=٣-٤"]
)
def test_a_range_that_is_none_gets_the_whole(server: FolderServer, asked: str) -> None:
    status, _, content = ask(server, "/tracks.mp4", headers=(f"Range: {asked}",))
    assert (status, len(content)) == (200, 256000)


def test_what_the_browser_has_is_not_sent_again(server: FolderServer, folder: Path) -> None:
    mark = ask(server, "/tracks.mp4")[1]["etag"]
    status, _, content = ask(server, "/tracks.mp4", headers=(f"If-None-Match: {mark}",))
    assert (status, content) == (304, b"")
    (folder / "tracks.mp4").write_bytes(b"another one")
    assert ask(server, "/tracks.mp4", headers=(f"If-None-Match: {mark}",))[0] == 200
    assert ask(server, "/tracks.mp4", headers=("Range: bytes=0-3", f"If-Range: {mark}"))[::2] == (
        200,
        b"another one",
    )


def test_it_listens_on_this_machine_alone(server: FolderServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/"


def test_a_port_in_use_and_a_folder_that_is_none_are_one_line(
    server: FolderServer, folder: Path
) -> None:
    result = CliRunner().invoke(app, ["serve", str(folder), "--port", str(server.server_port)])
    assert result.exit_code == 2
    assert result.stderr.strip().count("\n") == 0
    assert f"--port {server.server_port}: expected a free port" in result.stderr
    for path in (folder / "none", folder / "report.html"):
        result = CliRunner().invoke(app, ["serve", str(path)])
        assert result.exit_code == 2
        assert "expected a folder to serve" in result.stderr
    with pytest.raises(MotBenchError, match="expected 0 to 65535"):
        FolderServer(folder, 70000)


def test_ctrl_c_ends_it(folder: Path) -> None:
    command = [sys.executable, "-m", "mot_bench", "serve", str(folder), "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert re.search(r"http://127\.0\.0\.1:\d+/", line)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
        assert process.stdout.read().strip() == "ended"
        assert process.stderr.read() == ""


def speak(server: FolderServer, *pieces: bytes, patience: float = 5) -> bytes:
    """Send bytes one after the other and take everything that comes back until the server ends it."""
    answer = b""
    with socket.create_connection(
        ("127.0.0.1", server.server_port), timeout=patience
    ) as connection:
        for piece in pieces:
            connection.sendall(piece)
        try:
            while piece := connection.recv(1 << 16):
                answer += piece
        except ConnectionResetError:
            pass
    return answer


def head(server: FolderServer, target: str, *headers: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{server.server_port}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def test_file_names_that_are_not_utf8_are_listed_and_served(
    server: FolderServer, folder: Path
) -> None:
    (folder / os.fsdecode(b"caf\xe9 <i>.txt")).write_text("served")
    (folder / "runs" / os.fsdecode(b"\xff")).mkdir()
    status, _, content = ask(server, "/runs/")
    assert (status, b'href="./%FF/"' in content) == (200, True)
    assert ask(server, "/runs/%FF")[1]["location"] == "/runs/%FF/"
    assert ask(server, "/caf%E9%20%3Ci%3E.txt")[2] == b"served"


@pytest.mark.parametrize("count", [len("GET /secret"), 0])
def test_a_body_is_not_the_next_request(server: FolderServer, count: int) -> None:
    inner = head(server, "/viewer/page.js", "X: " + "x" * count)
    first = head(server, "/empty.txt", f"Content-Length: {len(inner)}")
    answer = speak(server, first + inner, head(server, "/in.txt", "Connection: close"))
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"1;" not in answer.partition(b"\r\n\r\n")[2].partition(b"HTTP/1.1")[0]
    assert b"Gr" in answer.rpartition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(("headers", "status"), [
    (("Transfer-Encoding: chunked",), b"400"),
    (("Content-Length: 3", "Content-Length: 4"), b"400"),
    (("Content-Length: -3",), b"400"),
    (("Content-Length: +3",), b"400"),
    (("Content-Length : 3",), b"400"),
    (("no header at all", "Content-Length: 3"), b"400"),
    (("Content-Length: 99999999999",), b"413"),
    (("Content-Length: " + "9" * 5000,), b"400"),
    (("X: " + "x" * 70_000,), b"431"),
    (("X: x",) * 200, b"431"),
])  # fmt: skip
def test_a_body_whose_end_is_not_clear_ends_the_connection(
    server: FolderServer, headers: tuple[str, ...], status: bytes
) -> None:
    answer = speak(server, head(server, "/empty.txt", *headers) + head(server, "/viewer/page.js"))
    assert answer.split(b" ", 2)[1:2] == [status]
    assert answer.count(b"HTTP/1.1 ") == 1


def test_no_more_threads_than_so_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FolderServer, "most_connections", 3)
    with served(folder) as server:
        place = ("127.0.0.1", server.server_port)
        held = [socket.create_connection(place, timeout=5) for _ in range(3)]
        until(lambda: len(server.connections) == 3)
        assert speak(server).startswith(b"HTTP/1.1 503")
        for connection in held:
            connection.close()
        until(lambda: len(server.connections) == 0)
        assert ask(server, "/empty.txt")[0] == 200


@pytest.mark.parametrize("slow", ["silent", "byte by byte", "body", "reader"])
def test_a_slow_client_holds_nothing_for_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    monkeypatch.setattr(FolderServer, "request_s", 0.5)
    monkeypatch.setattr(FolderServer, "answer_s", 0.5)
    with (folder / "tracks.mp4").open("wb") as file:
        file.truncate(1 << 26)
    with (
        served(folder) as server,
        socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as connection,
    ):
        if slow == "body":
            connection.sendall(head(server, "/empty.txt", "Content-Length: 10"))
        if slow == "reader":
            connection.sendall(head(server, "/tracks.mp4"))

        def is_over() -> bool:
            if slow == "byte by byte":
                with contextlib.suppress(OSError):
                    connection.sendall(b"G")
            return len(server.connections) == 0

        until(lambda: len(server.connections) == 1)
        until(is_over)


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
