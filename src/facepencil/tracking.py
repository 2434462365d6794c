"""Runs in MLflow: events go to a spool on disk, and a thread sends them when it can.

Whatever happens to the server, the caller is neither stopped nor slowed: what could not be sent
stays in the spool and goes with the next run, or with `facepencil track send`. Sending twice is
harmless: events carry the time they happened, and MLflow takes an equal metric, parameter, tag
or data set once.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

import psutil
from filelock import FileLock
from PIL import Image, UnidentifiedImageError

from facepencil.spool import Box, Event, new_box, waiting
from facepencil.surroundings import circumstances, vitals

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "facepencil"
"""Where a run goes that is not part of a training, such as that of a model from elsewhere."""

_SEND_S = 10.0  # between two sendings; also between two looks at CPU and memory
_RETRY_S = 60.0  # between two sendings to a server that does not answer
_LEAVE_S = 120.0  # how long the end of a run waits for what is left to be sent
_VALUE_CHARS = 500  # longest parameter that every version of the server takes
_DIGEST_CHARS = 12  # of a data set's digest in lists; MLflow takes up to 36
_REFUSED = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}  # about the event: it stays refused
_LOCAL = "sqlite:///mlflow.db"

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
}


class Tracker:
    """One run: a context manager whose methods return at once and do not raise."""

    def __init__(self, spool: Path, header: Mapping[str, Any]) -> None:
        """Use `start` or `attach`."""
        self._spool = spool
        self._step = 0
        self._complained = False
        self._watched = _is_training(header)
        self._box = new_box(spool)
        self._process = psutil.Process()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_sending, name="tracking", daemon=True)
        self._record("run", **header)

    @classmethod
    def start(
        cls,
        experiment: str,
        run_name: str,
        params: Mapping[str, object],
        tags: Mapping[str, str],
        spool: Path,
    ) -> Self:
        """The run of a training; one of equal `tags["fingerprint"]` is continued.

        Args:
            experiment: groups runs in MLflow; made when missing.
            run_name: such as `ours/0`.
            params: every setting; nested mappings become dotted names.
            tags: must have `fingerprint`; commit, dirty flag, engine and rule are added.
            spool: folder of events not sent yet, shared by all runs of the repository.

        Raises:
            KeyError: `tags` has no `fingerprint`.
        """
        key = {"tag": "fingerprint", "value": tags["fingerprint"]}
        every = {**tags, **circumstances()}
        tracker = cls(spool, {"experiment": experiment, "name": run_name, "tags": every, **key})
        tracker._record("tags", values=every)
        tracker._record("params", values=flatten(params))
        return tracker

    @classmethod
    def attach(cls, model_sha256: str, spool: Path) -> Self:
        """The run tagged `model_sha256`, to add to; without one, a new run with that tag."""
        tags = {"model_sha256": model_sha256, **circumstances()}
        key = {"tag": "model_sha256", "value": model_sha256}
        name = f"model {model_sha256[:8]}"
        return cls(spool, {"experiment": None, "name": name, "tags": tags, **key})

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Numbers by name, after `step` photos seen."""
        self._step = step
        numbers = {name: float(value) for name, value in values.items()}
        self._record("metrics", step=step, values=numbers)

    def image(self, path: Path, name: str) -> None:
        """An image file, shown by MLflow as one of a series `name` over photos seen."""
        self._record_file("image", path, name=name, step=self._step)

    def artifact(self, path: Path, folder: str = "") -> None:
        """A file as it is now, under its own name in `folder` of the run."""
        self._record_file("artifact", path, folder=folder)

    def dataset(self, name: str, digest: str, source: str) -> None:
        """The data the run used: `digest` is a hash of its content, `source` a path or address."""
        self._record("dataset", name=name, digest=digest, source=source)

    def tag(self, key: str, value: str) -> None:
        """A tag of the run; a later value replaces an earlier one."""
        self._record("tags", values={key: value})

    def __enter__(self) -> Self:
        """Begin to send."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send the rest; what a deaf server does not take within two minutes stays in the spool."""
        if self._watched:
            self._record("end", status=_status(kind))
        self._closing.set()
        self._thread.join(_LEAVE_S)
        if self._thread.is_alive():
            self._complain(self._kept("not sent in time"))
        self._box.release()

    def _record(self, kind: str, **fields: object) -> None:
        try:
            self._box.append(kind, **fields)
        except OSError as error:
            self._complain(f"lost: {error}")

    def _record_file(self, kind: str, path: Path, **fields: object) -> None:
        try:
            self._box.append(kind, file=self._box.keep(path), **fields)
        except OSError as error:
            self._complain(f"lost: {error}")

    def _keep_sending(self) -> None:
        server: _Server | None = None
        vitals(self._process)  # loads are means since the last look
        pause, last = 0.0, False
        while not last:
            last = self._closing.wait(pause)
            if self._watched and (pause or last):
                self._record("metrics", step=self._step, values=vitals(self._process))
            try:
                server = server or _Server()
                server.take_all(self._spool)
                server.take(self._box)
                if last:
                    self._box.discard()
                pause = _SEND_S
            except Exception as error:  # of whatever kind: training goes on
                server = None
                pause = min(_RETRY_S, max(_SEND_S, 2 * pause))
                self._complain(self._kept(error))

    def _kept(self, why: object) -> str:
        return f"kept in {self._spool} for `facepencil track send`: {why}"

    def _complain(self, text: str) -> None:
        if not self._complained:
            self._complained = True
            print(f"tracking: {text}", file=sys.stderr, flush=True)


def flatten(params: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Dotted names and texts of nested settings; long texts are cut to what MLflow takes."""
    flat: dict[str, str] = {}
    for key, value in params.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            flat[name] = text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 1] + "…"
    return flat


def send(spool: Path) -> int:
    """Send what waits in a spool, oldest first; returns the number of events sent.

    What living processes still write to is left to them. A run whose process died is marked so.

    Raises:
        Exception: no server, or one that fails; nothing is lost, call again.
    """
    return _Server().take_all(spool)


class _Server:
    """The MLflow server or database that `MLFLOW_TRACKING_URI` names."""

    def __init__(self) -> None:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        # Two to twelve seconds, which only the thread that sends should spend.
        import mlflow

        for chatty in ("alembic", "mlflow.store.db.utils"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._mlflow, self._entities = mlflow, mlflow.entities
        self._client = _connected(mlflow, os.environ.get("MLFLOW_TRACKING_URI") or _LOCAL)
        self._runs: dict[Path, str] = {}
        self._seen: dict[str, dict[str, int]] = {}
        self._handlers: dict[str, Callable[[str, Box, Sequence[Event]], None]] = {
            "metrics": self._put_metrics,
            "params": self._put_params,
            "tags": self._put_tags,
            "image": self._put_images,
            "artifact": self._put_artifacts,
            "dataset": self._put_datasets,
            "end": self._put_end,
        }

    def take_all(self, spool: Path) -> int:
        """Take what dead processes left; see `send`."""
        count = 0
        for box in waiting(spool):
            if box.claim():
                try:
                    count += self.take(box)
                    self._bury(box)
                    box.discard()
                finally:
                    box.release()
        return count

    def take(self, box: Box) -> int:
        """Take the events of a box that were not taken yet; returns their number."""
        (header, begin), *_ = box.events(0)
        run = self._runs.get(box.folder) or self._run_of(header)
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

    def _run_of(self, header: Event) -> str:
        query = f"tags.{header['tag']} = '{header['value']}'"
        places = self._experiments(header["experiment"])
        found = self._client.search_runs(places, query, max_results=1)
        if not found:
            return self._new_run(header)
        run = str(found[0].info.run_id)
        if _is_training(header):
            self._client.update_run(run, status="RUNNING")
            self._seen[run] = {name: self._last_step(run, name) for name in found[0].data.metrics}
        return run

    def _new_run(self, header: Event) -> str:
        (place,) = self._experiments(header["experiment"] or EXPERIMENT)
        when, tags, name = header["time"], header["tags"], header["name"]
        made = self._client.create_run(place, start_time=when, tags=tags, run_name=name)
        run = str(made.info.run_id)
        if not _is_training(header):
            self._client.set_terminated(run, end_time=when)
        return run

    def _experiments(self, name: str | None) -> list[str]:
        """The id of the experiment of that name, made when missing; without a name, of all."""
        if name is None:
            return [every.experiment_id for every in self._client.search_experiments()]
        found = self._client.get_experiment_by_name(name)
        return [found.experiment_id if found else self._client.create_experiment(name)]

    def _last_step(self, run: str, name: str) -> int:
        return max(point.step for point in self._client.get_metric_history(run, name))

    def _bury(self, box: Box) -> None:
        """Mark the run of a process that died before it could say how it ended."""
        header, *events = [event for event, _ in box.events(0)]
        if _is_training(header) and all(event["kind"] != "end" for event in events):
            run, when = self._runs[box.folder], [header, *events][-1]["time"]
            self._client.set_terminated(run, "KILLED", end_time=when)

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
        end = events[-1]
        self._client.set_terminated(run, end["status"], end_time=end["time"])


def _status(kind: type[BaseException] | None) -> str:
    """How MLflow calls it when a run ends with an exception of that kind, or with none."""
    if kind is None:
        return "FINISHED"
    return "FAILED" if issubclass(kind, Exception) else "KILLED"


def _is_training(header: Mapping[str, Any]) -> bool:
    return bool(header["tag"] == "fingerprint")


def _connected(mlflow: ModuleType, uri: str) -> "MlflowClient":
    """A client that answered once; the first use of a database file makes its tables.

    Several first users at once would break the file for good, so they queue.
    """
    file = uri.removeprefix("sqlite:///")
    with FileLock(f"{file}.lock") if file != uri else nullcontext():
        client: MlflowClient = mlflow.MlflowClient(uri)
        client.search_experiments(max_results=1)
    return client
