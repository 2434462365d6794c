"""The drawing server as a process: what it serves, where it listens, how it ends."""

import ipaddress
import socket
from asyncio import TimerHandle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from facepencil.networks.finder_file import load_finder
from facepencil.serving.app import build_app
from facepencil.serving.exemplars import Exemplars, read_exemplars
from facepencil.serving.face_certainty import FaceCertainty
from facepencil.serving.nearest import NearestSketches
from facepencil.serving.painting import Painting
from facepencil.serving.picture_strokes import WEIGHT_FILES, PictureStrokes
from facepencil.serving.preparing import Preparation
from facepencil.serving.served_models import load_models

_HEAD_S = 10
"""Seconds in which the head of a request must arrive."""
CONNECTIONS = 512
"""Most that are open at once; further ones are closed as they come."""
_LAST_S = 30
"""Seconds for what is in hand when the server is told to end."""
_LOCAL = ("127.0.0.1", "localhost", "[")
"""Hosts of a browser on this machine; Starlette sees no more of an IPv6 address than its [."""


@dataclass(frozen=True)
class Sources:
    """Files that the server works with.

    Attributes:
        models: painters, the one to paint with first; the package's own comes on top.
        finder: of parts, to place and refine drawings by, or None.
        exemplars: faces of training, to refine towards and to find sketches among, or None.
        weights: folder of pre-trained weights; it may lack them.
    """

    models: list[Path]
    finder: Path | None
    exemplars: Path | None
    weights: Path


def serve(sources: Sources, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in hand.

    Args:
        sources: what to serve.
        host: address to listen at.
        port: 0 takes any that is free.
        say: told where the server is and what it paints with.

    Raises:
        OSError: the address cannot be listened at.
        FileNotFoundError: no such model.
        ValueError: a file is not what it should be; the message names it.
    """
    with _listening(host, port) as listener:
        known = read_exemplars(sources.exemplars) if sources.exemplars else None
        painting = _painting(sources, known)
        nearest = NearestSketches(known.strokes if known else [])
        hosts = (*_LOCAL, host) if _is_loopback(host) else ("*",)
        app = build_app(painting, PictureStrokes(sources.weights), nearest, hosts)
        painting.begin_exports()
        try:
            _announce(painting, host, listener.getsockname()[1], say)
            uvicorn.Server(_config(app)).run([listener])
        finally:
            painting.close()


def _painting(sources: Sources, known: Exemplars | None) -> Painting:
    finder = load_finder(sources.finder) if sources.finder else None
    yunet = sources.weights / WEIGHT_FILES[0]
    certainty = FaceCertainty(yunet) if yunet.is_file() else None
    return Painting(load_models(sources.models), Preparation(finder, known), certainty)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise OSError(f"cannot listen at {host}, port {port}: {error.strerror}") from error
    # Connections inherit it. asyncio sets it on sockets that name their protocol, which this one
    # does not; without it the body of an answer waits 40 ms for its head to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _announce(painting: Painting, host: str, port: int, say: Callable[[str], None]) -> None:
    first = painting.entries()[0]
    shown = f"[{host}]" if ":" in host else host
    say(f"Model: {first.name}, from {first.source} ({first.size_px} px, {first.sha256[:12]})")
    if not _is_loopback(host):
        say(
            f"Whoever reaches {host} can draw and make this machine compute: there is no password "
            "and no encryption. Leave out --host to serve this machine alone."
        )
    say(f"Draw:  http://{shown}:{port} (Ctrl-C ends it)")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # Starlette types messages more loosely
        http=TimedProtocol,
        ws="none",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_LAST_S,
    )


class TimedProtocol(H11Protocol):
    """Closes a connection beyond the most, or on which no head of a request arrives in time."""

    _late: TimerHandle | None = None

    def connection_made(self, transport: object) -> None:  # type: ignore[override]
        """Wait for a head from the first moment."""
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > CONNECTIONS:
            self.transport.close()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a head that is not whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget()
        elif self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(_HEAD_S, self.transport.close)

    def _forget(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None
