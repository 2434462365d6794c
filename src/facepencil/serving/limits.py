"""What a client may ask for: how much, how often, how slowly, and how many at once."""

import asyncio
import json
import time
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facepencil.serving.refused import Refused


@dataclass(frozen=True)
class Limits:
    """Of requests to /api.

    Attributes:
        body: bytes of a JSON body.
        picture: bytes of a picture.
        bodies: bytes of all bodies in memory together.
        body_s: seconds for a whole body to arrive.
        at_once: requests being answered.
        rate: requests a second from one address, on average.
        burst: requests from one address at once, before the rate counts.
    """

    body: int = 4_000_000
    picture: int = 20_000_000
    bodies: int = 200_000_000
    body_s: float = 10
    at_once: int = 32
    rate: float = 200
    burst: int = 400


class LimitedApi:
    """ASGI middleware: takes a request's whole body before it costs anything else."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._rates = _Rates(limits)
        self._at_work = 0
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to /api within the limits, and any other as it is."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            return await self._app(scope, receive, send)
        body = bytearray()
        try:
            if await self._taken(scope, receive, send, body):
                await self._answered(scope, _replayed(body, receive), send)
        finally:
            self._held -= len(body)

    async def _taken(self, scope: Scope, receive: Receive, send: Send, body: bytearray) -> bool:
        """Whether the request's whole body came, into `body`; why not is answered."""
        try:
            self._rates.take(scope["client"][0] if scope["client"] else "")
            self._check_at_work()
            await self._take(scope, receive, body)
            self._check_at_work()
        except Refused as refused:
            await _refuse(refused, send)
            return False
        except _Gone:
            return False
        return True

    def _check_at_work(self) -> None:
        """Before a body is taken, and again after it: that takes as long as the client likes."""
        if self._at_work >= self._limits.at_once:
            raise Refused(f"{self._at_work} requests are being answered; try again", 503)

    async def _take(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        most = self._limits.picture if scope["path"] == "/api/sketch" else self._limits.body
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > most:
            raise Refused(f"expected a body of at most {most} bytes, got {told}", 413)
        try:
            async with asyncio.timeout(self._limits.body_s):
                await self._take_parts(receive, body, most)
        except TimeoutError as error:
            wanted = f"expected the whole body within {self._limits.body_s:g} s"
            raise Refused(wanted, 408) from error

    async def _take_parts(self, receive: Receive, body: bytearray, most: int) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            part = message.get("body", b"")
            if len(body) + len(part) > most:
                raise Refused(f"expected a body of at most {most} bytes", 413)
            if self._held + len(part) > self._limits.bodies:
                raise Refused("too much is being sent at once; try again", 503)
            body += part
            self._held += len(part)
            more = message.get("more_body", False)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request until its answer begins: a client may take as long as it likes."""
        waits = True
        self._at_work += 1

        async def sent(message: Message) -> None:
            nonlocal waits
            self._at_work -= waits
            waits = False
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            self._at_work -= waits


class _Gone(Exception):
    """The client left."""


def _replayed(body: bytearray, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return again


async def _refuse(refused: Refused, send: Send) -> None:
    body = json.dumps({"detail": str(refused)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if refused.status in (429, 503):
        headers.append((b"retry-after", b"1"))
    if refused.status in (408, 413):
        headers.append((b"connection", b"close"))  # the rest of the body is not read
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Rates:
    """A bucket of tokens for each address, refilled at the rate."""

    _MOST = 10_000
    """Addresses remembered."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._full_at: dict[str, float] = {}

    def take(self, address: str) -> None:
        """Take a token.

        Raises:
            Refused: there is none left.
        """
        now = time.monotonic()
        full_at = max(self._full_at.pop(address, now), now) + 1 / self._limits.rate
        if (full_at - now) * self._limits.rate > self._limits.burst:
            self._full_at[address] = full_at - 1 / self._limits.rate
            rate = f"{self._limits.rate:g} requests a second"
            raise Refused(f"expected at most {rate} from one address", 429)
        self._full_at[address] = full_at
        if len(self._full_at) > self._MOST:
            del self._full_at[next(iter(self._full_at))]
