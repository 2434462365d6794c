"""Runs in MLflow: events go to a spool on disk, and a thread sends them when it can.

Whatever happens to the server, the caller is neither stopped nor slowed: what could not be sent
stays in the spool and goes with the next run, or with `facepencil track send`. Where
`FACEPENCIL_TRACKING=later` says that another process sends, short runs leave it all to that one:
each of a hundred would spend seconds on loading MLflow.
"""

import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from facepencil.tracking.environment import machine_load, run_tags
from facepencil.tracking.server import Server, is_training
from facepencil.tracking.spool import LATER, new_box

_SEND_S = 10.0  # between two sendings; also between two looks at CPU and memory
_SHORT_S = 30.0  # a run that is over sooner is told of by the parent
_RETRY_S = 60.0  # between two sendings to a server that does not answer
_LEAVE_S = 120.0  # how long the end of a run waits for what is left to be sent
_VALUE_CHARS = 500  # longest parameter that every version of the server takes


class Tracker:
    """One run: a context manager whose methods return at once and do not raise."""

    def __init__(self, spool: Path, header: Mapping[str, Any]) -> None:
        """Use `start` or `attach`."""
        self._spool = spool
        self._step = 0
        self._complained = False
        self._watched = is_training(header)
        self._parent_sends = LATER.items() <= os.environ.items()
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
        every = {**tags, **run_tags()}
        tracker = cls(spool, {"experiment": experiment, "name": run_name, "tags": every, **key})
        tracker._record("tags", values=every)
        tracker._record("params", values=flatten(params))
        return tracker

    @classmethod
    def attach(cls, model_sha256: str, spool: Path) -> Self:
        """The run tagged `model_sha256`, to add to; without one, a new run with that tag."""
        tags = {"model_sha256": model_sha256, **run_tags()}
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

    def model(self, weights: Path, code: Path, example_px: int) -> None:
        """The trained model, for MLflow's registry: see `models.log_model`."""
        try:
            kept = {"file": self._box.keep(weights), "code": self._box.keep(code)}
            self._box.append("model", example_px=example_px, **kept)
        except OSError as error:
            self._complain(f"lost: {error}")

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
        """Send or leave the rest; what a deaf server does not take in two minutes stays as well."""
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
        server: Server | None = None
        machine_load(self._process)  # loads are means since the last look
        pause, last = self._first_pause(), False
        while not last:
            last = self._closing.wait(pause)
            if self._watched and (pause or last):
                self._record("metrics", step=self._step, values=machine_load(self._process))
            if last and self._parent_sends and server is None:
                return
            try:
                server = server or Server()
                server.take_all(self._spool)
                server.take(self._box)
                if last:
                    self._box.discard()
                pause = _SEND_S
            except Exception as error:  # of whatever kind: training goes on
                server = None
                pause = min(_RETRY_S, max(_SEND_S, 2 * pause))
                self._complain(self._kept(error))

    def _first_pause(self) -> float:
        """Seconds before the first sending; without end where a run has nothing to show before."""
        if not self._parent_sends:
            return 0
        return _SHORT_S if self._watched else threading.TIMEOUT_MAX

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


def _status(kind: type[BaseException] | None) -> str:
    """How MLflow calls it when a run ends with an exception of that kind, or with none."""
    if kind is None:
        return "FINISHED"
    return "FAILED" if issubclass(kind, Exception) else "KILLED"
