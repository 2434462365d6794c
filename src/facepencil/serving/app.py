"""The drawing server as an ASGI application."""

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import TimeoutError as NotPainted
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Lifespan

from facepencil.serving.api import drawing_routes, other_routes
from facepencil.serving.limits import LimitedApi, Limits
from facepencil.serving.nearest import NearestSketches
from facepencil.serving.page_files import PageFiles
from facepencil.serving.painting import Painting
from facepencil.serving.picture_strokes import PictureStrokes
from facepencil.serving.refused import Refused
from facepencil.serving.request_metrics import Counted, RequestMetrics
from facepencil.serving.safe_headers import SafeHeaders
from facepencil.serving.server_errors import Answered


def build_app(
    painting: Painting,
    pictures: PictureStrokes,
    nearest: NearestSketches,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    page: Path | None = None,
) -> FastAPI:
    """The application.

    Args:
        painting: drawings to faces; ends with the application.
        pictures: pictures to drawings; ends with the application.
        nearest: drawings to sketches.
        hosts: names under which it answers, so that no other site's name leads a browser here.
        limits: of requests.
        page: folder of the page, if not that of the package.
    """
    metrics = RequestMetrics(painting.batcher.waiting, painting.exported)
    app = _bare(partial(_lifespan, painting, pictures))
    app.include_router(drawing_routes(painting, pictures, nearest))
    app.include_router(other_routes(painting, metrics, PageFiles(page) if page else PageFiles()))
    # The last one added is the first to see a request.
    app.add_middleware(LimitedApi, limits=limits)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*hosts])
    app.add_middleware(Answered)
    app.add_middleware(SafeHeaders)
    app.add_middleware(Counted, metrics=metrics)
    return app


def _bare(lifespan: Lifespan[FastAPI]) -> FastAPI:
    """An application without routes, which says in one sentence why it refuses a request."""
    # The pages of FastAPI's own documentation load from other hosts.
    app = FastAPI(
        title="FacePencil",
        version=version("facepencil"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_exception_handler(RequestValidationError, _refuse_body)
    app.add_exception_handler(Refused, _refuse_wish)
    app.add_exception_handler(NotPainted, _too_late)
    return app


@asynccontextmanager
async def _lifespan(
    painting: Painting, pictures: PictureStrokes, app: FastAPI
) -> AsyncIterator[None]:
    yield
    painting.close()
    pictures.close()


async def _refuse_body(request: Request, error: Exception) -> JSONResponse:
    """Say where the first mistake is; what was sent is not sent back: it may not be text."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _refusal(400, f"expected JSON: {first['ctx']['error']} at {first['loc'][-1]}")
    place = ".".join(str(one) for one in first["loc"] if one != "body") or "body"
    return _refusal(422, f"{place}: {first['msg'].removeprefix('Value error, ')}")


async def _refuse_wish(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return _refusal(error.status, str(error))


async def _too_late(request: Request, error: Exception) -> JSONResponse:
    return _refusal(503, "too many drawings wait to be painted; try again")


def _refusal(status: int, why: str) -> JSONResponse:
    headers = {"Retry-After": "1"} if status == 503 else None
    text = why.encode("ascii", "backslashreplace").decode()
    return JSONResponse({"detail": text}, status, headers)
