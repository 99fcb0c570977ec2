"""A small web server for one folder and this machine alone: ``mot-bench serve``.

It answers on 127.0.0.1 and to requests that name this machine as their host (another name that
leads here would be a trick of a web page, DNS rebinding). Files are read only where they really lie
within the folder, links resolved; names that begin with a dot are not served. Ranges of bytes are
answered, which videos need to be searched in.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

from mot_bench.errors import InputError, MotBenchError
from mot_bench.viewing.connections import Connections
from mot_bench.viewing.responses import address_of, byte_range, folder_page, locate

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")
_FIRST = ("report.html", "viewer.html")  # what one sees at the address itself
_PIECE = 1 << 16
_MOST_BODY = 1 << 16  # bytes of a body that nobody asked for, read away
_TEXT = "; charset=utf-8"
_TYPES = {
    ".html": "text/html" + _TEXT,
    ".css": "text/css" + _TEXT,
    ".js": "text/javascript" + _TEXT,
    ".json": "application/json",
    ".csv": "text/csv" + _TEXT,
    ".txt": "text/plain" + _TEXT,
    ".md": "text/plain" + _TEXT,
    ".tex": "text/plain" + _TEXT,
    ".toml": "text/plain" + _TEXT,
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".pdf": "application/pdf",
    ".mp4": "video/mp4",
}
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'self'",
}


class FolderServer(ThreadingHTTPServer):
    """Serves a folder on 127.0.0.1; ``serve_forever`` until ``shutdown``."""

    daemon_threads = True
    most_connections = 64
    request_s = 15.0  # until a request is there, and until the next one
    answer_s = 30.0  # until a piece of 64 KiB is taken

    def __init__(self, folder: Path, port: int) -> None:
        """A server that listens at once; port 0 takes any that is free.

        Raises:
            InputError: there is no such folder.
            MotBenchError: the port is in use, or not allowed.
        """
        if not folder.is_dir():
            raise InputError(
                folder, "a folder to serve", "a file" if folder.exists() else "nothing"
            )
        self.folder = folder.resolve()
        self.connections = Connections(self.most_connections)
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise MotBenchError(_refused(port, error)) from error
        except OverflowError as error:
            raise MotBenchError(f"--port: expected 0 to 65535, found {port}") from error

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self.server_port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, unless there are too many already."""
        if self.connections.let_in(request, self.request_s):
            super().process_request(request, client_address)
            return
        with contextlib.suppress(OSError):
            request.settimeout(0)
            request.sendall(_TOO_MANY)
        self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self.connections.forget(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End connections that stand still; called again and again while the server runs."""
        self.connections.end_overdue()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is no fault; anything else is told as usual."""
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _refused(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"--port {port}: expected a free port of {HOST}, found one in use (--port 0 takes any that is free)"
    return (
        f"--port {port}: expected a port that can be listened at, found: {error.strerror or error}"
    )


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: FolderServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "mot-bench", ""

    def handle_one_request(self) -> None:
        """Read a request and answer it, in bounded time."""
        self.server.connections.allow(self.connection, self.server.request_s)
        super().handle_one_request()

    def do_GET(self) -> None:
        """A file, or a list of a folder."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """The same without its content."""
        self._answer(body=False)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is logged: the page is what one looks at."""

    def end_headers(self) -> None:
        """What every answer says."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def _answer(self, *, body: bool) -> None:
        fault = self._fault_of_body()
        if fault is not None:
            self.send_error(fault)
            return
        self.server.connections.allow(self.connection, self.server.answer_s)
        if not self._is_for_us():
            self.send_error(HTTPStatus.FORBIDDEN, f"Open {self.server.address} instead")
            return
        found = locate(self.server.folder, self.path)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif found.is_dir():
            self._folder(found, body)
        else:
            self._file(found, body)

    def _fault_of_body(self) -> HTTPStatus | None:
        """Read away the body of a request, so that it is not taken for the next one.

        The fault if that is not sure.

        Where a body ends must not be a matter of opinion: two lengths, chunks, or lines that are no
        headers are faults.
        """
        lengths = self.headers.get_all("Content-Length") or ["0"]
        unclear = self.headers.defects or any(name != name.strip() for name in self.headers)
        if unclear or "Transfer-Encoding" in self.headers or len(lengths) > 1:
            return HTTPStatus.BAD_REQUEST
        if not re.fullmatch(r"[0-9]{1,15}", lengths[0].strip()):
            return HTTPStatus.BAD_REQUEST
        if int(lengths[0]) > _MOST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        self.rfile.read(int(lengths[0]))
        return None

    def _is_for_us(self) -> bool:
        """Whether the request names this machine as its host, by a name that no web page can have made."""
        hosts = self.headers.get_all("Host") or []
        port = self.server.server_port
        allowed = {f"{name}:{port}" for name in _NAMES} | (set(_NAMES) if port == 80 else set())
        return len(hosts) == 1 and hosts[0].strip().lower() in allowed

    def _folder(self, folder: Path, body: bool) -> None:
        path = self.path.partition("#")[0].partition("?")[0]
        within = folder.relative_to(self.server.folder)
        first = next((name for name in _FIRST if (folder / name).is_file()), None)
        if not path.endswith("/"):
            self._redirect(f"/{address_of(within)}/")
            return
        if not within.parts and first is not None:
            self._redirect(f"/{first}")
            return
        try:
            content = folder_page(folder, self.server.folder).encode()
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _TYPES[".html"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _redirect(self, to: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _file(self, path: Path, body: bool) -> None:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with os.fdopen(handle, "rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                self._content(path, file, body)
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

    def _content(self, path: Path, file: BinaryIO, body: bool) -> None:
        about = os.fstat(file.fileno())
        mark = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
        headers = {
            "ETag": mark,
            "Last-Modified": formatdate(about.st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        if mark in [one.strip() for one in self.headers.get("If-None-Match", "").split(",")]:
            self._head(HTTPStatus.NOT_MODIFIED, headers)
            return
        asked = self.headers.get("Range", "")
        if self.headers.get("If-Range", mark) not in (mark, headers["Last-Modified"]):
            asked = ""
        try:
            part = byte_range(asked, about.st_size)
        except ValueError:
            headers |= {"Content-Range": f"bytes */{about.st_size}", "Content-Length": "0"}
            self._head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
            return
        first, last = part or (0, about.st_size - 1)
        headers |= {
            "Content-Type": _TYPES.get(path.suffix.lower(), "application/octet-stream"),
            "Content-Length": str(last - first + 1),
        }
        if part:
            headers["Content-Range"] = f"bytes {first}-{last}/{about.st_size}"
        self._head(HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers)
        if body:
            self._send(file, first, last - first + 1)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, file: BinaryIO, first: int, left: int) -> None:
        file.seek(first)
        while left > 0:
            self.server.connections.allow(self.connection, self.server.answer_s)
            piece = file.read(min(_PIECE, left))
            if not piece:  # the file became shorter: what was promised cannot be kept
                self.close_connection = True
                return
            self.wfile.write(piece)
            left -= len(piece)
