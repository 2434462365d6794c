"""Painting with ONNX Runtime: faces within 1e-3 of torch's, in about half of its time."""

import logging
import os
import queue
import subprocess
import sys
import threading

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor

from facepencil.serving.served_models import ServedModel
from facepencil.serving.wishes import NO_WISHES, tell_wishes

EXPORTER = "facepencil.serving.onnx_network"
"""The module whose process exports."""
_THREADS = 4
"""Most threads of a face; its maps are small."""
_NICE = 10
"""Priority of exporting: whoever draws meanwhile comes first."""
_EQUAL = 1e-3
"""Largest difference of two faces in [-1, 1] that count as the same."""
_LOG = logging.getLogger(__name__)


class OnnxPainter:
    """A network in ONNX, as `onnx_bytes` gives it."""

    def __init__(self, network: bytes) -> None:
        """Load it, for as many threads as there are cores to use, up to a few."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(len(os.sched_getaffinity(0)), _THREADS)
        # Threads that spin while others compute take many times as long.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, sketches: NDArray[np.float32], told: Tensor | None) -> Tensor:
        """As `ServedModel.by_torch`."""
        given = {"sketch": sketches[:, None]}
        if told is not None:
            given["told"] = told.numpy()
        faces = [self._face(given, slice(n, n + 1)) for n in range(len(sketches))]
        return torch.from_numpy(np.concatenate(faces))

    def _face(self, given: dict[str, NDArray[np.float32]], one: slice) -> NDArray[np.float32]:
        (face,) = self._session.run(None, {name: values[one] for name, values in given.items()})
        return np.asarray(face)


class Exports:
    """Has models paint by ONNX Runtime, each as soon as its network is exported; until then torch.

    Exporting takes seconds and is done in a process of its own, one model after the other.
    """

    def __init__(self) -> None:
        """Begin to wait for models."""
        self._asked: set[str] = set()
        self._models: queue.SimpleQueue[ServedModel | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="export", daemon=True)
        self._thread.start()

    def want(self, model: ServedModel) -> None:
        """Export a model that somebody paints with; the first time that it is asked for."""
        with self._lock:
            if model.entry.name not in self._asked:
                self._asked.add(model.entry.name)
                self._models.put(model)

    def close(self) -> None:
        """Export no more."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()
        self._models.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (model := self._models.get()) and not self._closed:
            try:
                model.quick = checked(model, OnnxPainter(self._exported(model)))
            except Exception as error:  # of whatever kind: torch goes on painting
                if not self._closed:
                    _LOG.warning("%s: painted by torch: %s", model.path, error)

    def _exported(self, model: ServedModel) -> bytes:
        """The network in ONNX.

        Raises:
            RuntimeError: it was not exported; the message is the process's last words.
        """
        command = [sys.executable, "-m", EXPORTER, str(model.path), model.entry.sha256]
        pipe = subprocess.PIPE
        with self._lock:
            if self._closed:
                raise RuntimeError("the server ends")
            # A group of its own: Ctrl-C at a terminal is for the server alone.
            self._process = subprocess.Popen(command, stdout=pipe, stderr=pipe, process_group=0)
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICE)
        network, said = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(said.decode(errors="replace")[-500:])
        return network


def checked(model: ServedModel, painter: OnnxPainter) -> OnnxPainter:
    """The painter, if it paints a drawing as the model does.

    Raises:
        ValueError: it does not.
    """
    sketch = np.zeros((1, model.entry.size_px, model.entry.size_px), np.float32)
    sketch[:, ::7] = 1
    told = tell_wishes(model.painter, NO_WISHES)
    difference = float((painter(sketch, told) - model.by_torch(sketch, told)).abs().max())
    if not difference <= _EQUAL:
        raise ValueError(f"its faces differ from torch's by {difference:.2g}")
    return painter
