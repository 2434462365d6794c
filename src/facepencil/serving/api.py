"""The routes of the drawing server."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from facepencil.serving.bodies import (
    REFUSALS,
    Health,
    ModelEntry,
    NearestBody,
    NearestReply,
    PaintBody,
    PaintReply,
    SketchReply,
)
from facepencil.serving.nearest import NearestSketches
from facepencil.serving.page_files import PageFiles
from facepencil.serving.painting import Painting
from facepencil.serving.picture_strokes import PictureStrokes, advice_on
from facepencil.serving.request_metrics import RequestMetrics
from facepencil.serving.stroke_chains import chains_of_strokes, strokes_of_chains

_PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/png", "image/jpeg", "image/webp", "image/svg+xml")
        },
    }
}


def drawing_routes(
    painting: Painting, pictures: PictureStrokes, nearest: NearestSketches
) -> APIRouter:
    """What the page asks, and may be asked without it."""
    router = APIRouter(prefix="/api", responses=REFUSALS)

    @router.get("/models")
    def models() -> list[ModelEntry]:
        """The models that paint, the one that paints unless another is named first."""
        return painting.entries()

    @router.post("/paint", response_model_exclude_unset=True)
    def paint(body: PaintBody) -> PaintReply:
        """Paint the face of a drawing."""
        return painting(body)

    @router.post("/nearest")
    def find_nearest(body: NearestBody) -> NearestReply:
        """Find the training sketches nearest to what is drawn so far."""
        return NearestReply(sketches=nearest(strokes_of_chains(body.strokes), body.count))

    @router.post("/sketch", openapi_extra=_PICTURE)
    async def sketch(
        request: Request, kind: Literal["drawing", "photo"] = "drawing"
    ) -> SketchReply:
        """Turn a picture of a drawing, or a photo of a face, into strokes; nothing is stored."""
        traced = pictures.of_photo if kind == "photo" else pictures.of_drawing
        strokes = await run_in_threadpool(traced, await request.body())
        return SketchReply(strokes=chains_of_strokes(strokes), advice=advice_on(strokes))

    return router


def other_routes(painting: Painting, metrics: RequestMetrics, page: PageFiles) -> APIRouter:
    """Health, metrics, and the page."""
    router = APIRouter()

    @router.get("/health", responses={503: REFUSALS[503]})
    def health() -> Health:
        """Say that the server can paint."""
        if not painting.batcher.works():
            raise HTTPException(503, "the painter's thread has ended")
        return Health()

    @router.get("/metrics", response_class=Response)
    def show_metrics() -> Response:
        """Counts and times of requests, for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    @router.get("/{name:path}", include_in_schema=False)
    def show_page(name: str) -> Response:
        found = page(name)
        if found is None:
            raise HTTPException(404, "no such file of the page")
        return found

    return router
