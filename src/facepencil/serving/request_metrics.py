"""Counts and times of requests, for Prometheus."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_ROUTES = {
    f"/{name}"
    for name in ("api/paint", "api/sketch", "api/nearest", "api/models", "health", "metrics")
}


class RequestMetrics:
    """What a server did since it started."""

    def __init__(self, waiting: Callable[[], int], exported: Callable[[], int]) -> None:
        """Begin to count.

        Args:
            waiting: drawings that wait to be painted.
            exported: models that ONNX Runtime paints.
        """
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "facepencil_requests", "Requests answered", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "facepencil_request_seconds",
            "From a request's first byte to its answer's last",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._watch("facepencil_queue_length", "Drawings waiting", waiting)
        self._watch("facepencil_exported_models", "Models that ONNX Runtime paints", exported)

    def _watch(self, name: str, meaning: str, count: Callable[[], int]) -> None:
        Gauge(name, meaning, registry=self._registry).set_function(count)

    def add(self, path: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        route = path if path in _ROUTES else "page"
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)


class Counted:
    """ASGI middleware: adds each request to the metrics."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, status = time.perf_counter(), 499  # as nginx counts clients that leave

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            status = 500  # Starlette answers so, outside of all middleware
            raise
        finally:
            self._metrics.add(scope["path"], status, time.perf_counter() - begun)
