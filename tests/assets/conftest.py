"""A real HTTP server on loopback that serves files well or badly."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from facepencil.assets.http import Patience


@dataclass
class Answer:
    """How one request is answered; the defaults are those of a good server.

    Attributes:
        stalled: until it is set, the connection stays open after the last byte sent.
    """

    status: int = 200
    cut_at: int | None = None
    stalled: threading.Event | None = None
    announce: int = 0
    ranges: bool = True
    content_type: str = "application/octet-stream"


@dataclass
class Loopback:
    """Files by path, answers to come by path (then good ones), and the requests that came."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"


class _Handler(BaseHTTPRequestHandler):
    loopback: Loopback

    def do_GET(self) -> None:
        path = self.path.lstrip("/").partition("?")[0]
        span = self.headers["Range"]
        self.loopback.requests.append((path, span))
        coming = self.loopback.answers[path]
        answer = coming.pop(0) if coming else Answer()
        whole = self.loopback.files.get(path)
        if whole is None or answer.status != 200:
            return self.send_error(404 if whole is None else answer.status)
        start = int(span[6:-1]) if span and answer.ranges else 0
        if span and start >= len(whole):
            return self.send_error(416)
        self._send(path, whole, start, answer, partial=bool(span and answer.ranges))

    def _send(self, path: str, whole: bytes, start: int, answer: Answer, partial: bool) -> None:
        body = whole[start:]
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(body) + answer.announce))
        self.send_header("Content-Type", answer.content_type)
        if path in self.loopback.etags:
            self.send_header("ETag", self.loopback.etags[path])
        self.end_headers()
        self.wfile.write(body[: answer.cut_at])
        self.wfile.flush()
        if answer.stalled:
            answer.stalled.wait()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    loopback = Loopback(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"loopback": loopback})
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield loopback
    server.shutdown()
    server.server_close()


@pytest.fixture
def patience() -> Patience:
    return Patience(attempts=3, backoff_s=0.01, connect_s=1, read_s=0.3)


@pytest.fixture
def answer() -> type[Answer]:
    return Answer
