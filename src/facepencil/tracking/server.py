"""What takes the events of a spool: an MLflow server, or its database in a file.

Sending twice is harmless: events carry the time they happened, and MLflow takes an equal metric,
parameter, tag or data set once.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock
from PIL import Image, UnidentifiedImageError

from facepencil.tracking.models import log_model
from facepencil.tracking.spool import Box, Event, waiting

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "facepencil"
"""Where the runs of this project go."""
KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Tag of an experiment that opens on its runs, not on a page about agents."""

_SPENT = "spent_ms"  # tag of a run: milliseconds of each process that trained it, by box
_DIGEST_CHARS = 12  # of a data set's digest in lists; MLflow takes up to 36
_REFUSED = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}  # about the event: it stays refused
_LOCAL = "sqlite:///mlflow.db"

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
}


def send(spool: Path) -> int:
    """Send what waits in a spool, oldest first; returns the number of events sent.

    What living processes still write to is left to them. A run whose process died is marked so.

    Raises:
        Exception: no server, or one that fails; nothing is lost, call again.
    """
    return Server().take_all(spool)


class Server:
    """The MLflow server or database that `MLFLOW_TRACKING_URI` names."""

    def __init__(self) -> None:
        self._client = connect()
        import mlflow

        self._mlflow, self._entities = mlflow, mlflow.entities
        self._runs: dict[Path, str] = {}
        self._seen: dict[str, dict[str, int]] = {}
        self._handlers: dict[str, Callable[[str, Box, Sequence[Event]], None]] = {
            "metrics": self._put_metrics,
            "params": self._put_params,
            "tags": self._put_tags,
            "image": self._put_images,
            "artifact": self._put_artifacts,
            "model": self._put_model,
            "dataset": self._put_datasets,
            "end": self._put_end,
        }

    def take_all(self, spool: Path) -> int:
        """Take what dead processes left; see `send`."""
        return sum(self._take_left(box) for box in waiting(spool) if box.claim())

    def _take_left(self, box: Box) -> int:
        count = 0
        try:
            if box.begins_with("run"):
                count = self.take(box)
                self._mark_killed(box)
            else:
                print(f"tracking: {box.folder}: no beginning, left out", file=sys.stderr)
            box.discard()
        finally:
            box.release()
        return count

    def take(self, box: Box) -> int:
        """Take the events of a box that were not taken yet; returns their number."""
        (header, begin), *_ = box.events(0)
        run = self._runs.get(box.folder) or self._run_of(header, box)
        self._runs[box.folder] = run
        taker, offset = box.sent
        count = 0
        fresh = box.events(offset if taker == run else begin)
        for kind, group in groupby(fresh, key=lambda pair: str(pair[0]["kind"])):
            events, offsets = zip(*group, strict=True)
            self._put(kind, run, box, events)
            box.mark(run, offsets[-1])
            count += len(events)
        return count

    def _run_of(self, header: Event, box: Box) -> str:
        query = f"tags.{header['tag']} = '{header['value']}'"
        places = self._experiments(header["experiment"])
        found = self._client.search_runs(places, query, max_results=1)
        if not found:
            return self._new_run(header)
        run = str(found[0].info.run_id)
        if is_training(header):
            if found[0].info.status == "FINISHED" and box.folder.name not in _spent(found[0]):
                self._client.set_tag(run, _SPENT, "{}")  # trained anew, from the first photo
            self._client.update_run(run, status="RUNNING")
            self._seen[run] = {name: self._last_step(run, name) for name in found[0].data.metrics}
        return run

    def _new_run(self, header: Event) -> str:
        (place,) = self._experiments(header["experiment"] or EXPERIMENT)
        when, tags, name = header["time"], header["tags"], header["name"]
        made = self._client.create_run(place, start_time=when, tags=tags, run_name=name)
        run = str(made.info.run_id)
        if not is_training(header):
            self._client.set_terminated(run, end_time=when)
        return run

    def _experiments(self, name: str | None) -> list[str]:
        """The id of the experiment of that name, made when missing; without a name, of all."""
        if name is None:
            return [every.experiment_id for every in self._client.search_experiments()]
        found = self._client.get_experiment_by_name(name)
        return [found.experiment_id if found else self._client.create_experiment(name, tags=KIND)]

    def _last_step(self, run: str, name: str) -> int:
        return max(point.step for point in self._client.get_metric_history(run, name))

    def _mark_killed(self, box: Box) -> None:
        """Mark the run of a process that died before it could say how it ended."""
        header, *events = [event for event, _ in box.events(0)]
        if is_training(header) and all(event["kind"] != "end" for event in events):
            self._finish(self._runs[box.folder], box, "KILLED", [header, *events][-1]["time"])

    def _finish(self, run: str, box: Box, status: str, when: int) -> None:
        """End a run; its duration in MLflow is what its processes spent, without what lay between.

        MLflow keeps a run's start for good, so the end is set where the duration comes out right.
        """
        found = self._client.get_run(run)
        (header, _), *_ = box.events(0)
        spent = {**_spent(found), box.folder.name: when - header["time"]}
        self._client.set_tag(run, _SPENT, json.dumps(spent))
        end = found.info.start_time + sum(spent.values())
        self._client.set_terminated(run, status, end_time=end)

    def _put(self, kind: str, run: str, box: Box, events: Sequence[Event]) -> None:
        try:
            self._handlers[kind](run, box, events)
        except (self._mlflow.MlflowException, UnidentifiedImageError) as error:
            if getattr(error, "error_code", "BAD_REQUEST") not in _REFUSED:
                raise
            print(f"tracking: MLflow refuses {kind}, left out: {error}", file=sys.stderr)

    def _put_metrics(self, run: str, box: Box, events: Sequence[Event]) -> None:
        """Metrics but for those that a resumed training says again: same weights, same numbers."""
        seen = self._seen.get(run, {})
        points = [
            self._entities.Metric(name, value, event["time"], event["step"])
            for event in events
            for name, value in event["values"].items()
            if name.startswith("system/") or event["step"] > seen.get(name, -1)
        ]
        for begin in range(0, len(points), 1000):
            self._client.log_batch(run, metrics=points[begin : begin + 1000])

    def _put_params(self, run: str, box: Box, events: Sequence[Event]) -> None:
        pairs = [pair for event in events for pair in event["values"].items()]
        params = [self._entities.Param(name, value) for name, value in pairs]
        for begin in range(0, len(params), 100):
            self._client.log_batch(run, params=params[begin : begin + 100])

    def _put_tags(self, run: str, box: Box, events: Sequence[Event]) -> None:
        for event in events:
            for key, value in event["values"].items():
                self._client.set_tag(run, key, value)

    def _put_images(self, run: str, box: Box, events: Sequence[Event]) -> None:
        for event in events:
            name, step = event["name"], event["step"]
            there = [file.path for file in self._client.list_artifacts(run, "images")]
            if not any(path.startswith(f"images/{name}+step+{step}+") for path in there):
                with Image.open(box.folder / event["file"]) as image:
                    self._client.log_image(
                        run, image, key=name, step=step, timestamp=event["time"], synchronous=True
                    )

    def _put_artifacts(self, run: str, box: Box, events: Sequence[Event]) -> None:
        for event in events:
            self._client.log_artifact(run, box.folder / event["file"], event["folder"] or None)

    def _put_model(self, run: str, box: Box, events: Sequence[Event]) -> None:
        for event in events:
            weights, code = (box.folder / event[name] for name in ("file", "code"))
            log_model(self._client, run, weights, code, event["example_px"])

    def _put_datasets(self, run: str, box: Box, events: Sequence[Event]) -> None:
        """Data sets; the digest is cut to what reads well in lists, and whole in the profile."""
        for event in events:
            data = self._entities.Dataset(
                name=event["name"],
                digest=event["digest"][:_DIGEST_CHARS],
                source_type="local",
                source=json.dumps({"uri": event["source"]}),
                profile=json.dumps({"digest": event["digest"]}),
            )
            use = self._entities.InputTag("mlflow.data.context", "training")
            self._client.log_inputs(run, [self._entities.DatasetInput(data, [use])])

    def _put_end(self, run: str, box: Box, events: Sequence[Event]) -> None:
        self._finish(run, box, events[-1]["status"], events[-1]["time"])


def _spent(run: "Run") -> dict[str, int]:
    spent: dict[str, int] = json.loads(run.data.tags.get(_SPENT, "{}"))
    return spent


def is_training(header: Mapping[str, Any]) -> bool:
    """Whether a box holds the events of a training, not those of somebody who adds to its run."""
    return bool(header["tag"] == "fingerprint")


def tracking_uri() -> str:
    """Address of the server, or `sqlite:///` and the database file."""
    return os.environ.get("MLFLOW_TRACKING_URI") or _LOCAL


def connect() -> "MlflowClient":
    """A client of `tracking_uri` that answered once. Raises as `open_client`."""
    return open_client(tracking_uri())


def open_client(uri: str) -> "MlflowClient":
    """A client that answered once; the first use of a database file makes its tables.

    Several first users at once would break the file for good, so they queue.

    Raises:
        Exception: of whatever kind: the server is away or fails.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Two to twelve seconds, which a training leaves to the thread that sends.
    import mlflow

    for chatty in ("alembic", "mlflow.pyfunc", "mlflow.store.db.utils"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    file = uri.removeprefix("sqlite:///")
    with FileLock(f"{file}.lock") if file != uri else nullcontext():
        client: MlflowClient = mlflow.MlflowClient(uri)
        client.search_experiments(max_results=1)
    return client
