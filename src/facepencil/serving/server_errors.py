"""An answer where the server itself failed."""

import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("facepencil.serving")


class Answered:
    """ASGI middleware: answers 500 where what it wraps raised, and logs why.

    Starlette would answer so outside of all middleware, without the safe headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does; what was raised within an answer is raised on."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            _LOG.exception("%s %s failed", scope["method"], scope["path"])
            answer = JSONResponse({"detail": "the server failed; its log says why"}, 500)
            await answer(scope, receive, send)
