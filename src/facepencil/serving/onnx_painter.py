"""Painting with ONNX Runtime: faces within 1e-3 of torch's, in about half of its time."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facepencil.networks.painter import load_painter
from facepencil.serving.onnx_network import onnx_bytes
from facepencil.serving.served_models import ServedModel

_THREADS = 4
"""Most threads of a face; its maps are small."""
_LOG = logging.getLogger(__name__)


class OnnxPainter:
    """A network in ONNX, as `onnx_bytes` gives it."""

    def __init__(self, network: bytes) -> None:
        """Load it, for as many threads as there are cores, up to a few."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(os.cpu_count() or 1, _THREADS)
        # Threads that spin while others compute take many times as long.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )

    def __call__(
        self, sketches: NDArray[np.float32], told: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """Faces (N, 3, S, S) in [-1, 1] of sketches (N, 1, S, S); `told` is (N, T) or None."""
        given = {"sketch": sketches} if told is None else {"sketch": sketches, "told": told}
        return np.concatenate([self._face(given, slice(n, n + 1)) for n in range(len(sketches))])

    def _face(self, given: dict[str, NDArray[np.float32]], one: slice) -> NDArray[np.float32]:
        (face,) = self._session.run(None, {name: values[one] for name, values in given.items()})
        return np.asarray(face)


class Quickening:
    """Has models paint by ONNX Runtime, each as soon as its network is exported; until then torch.

    Exporting takes seconds and is done in a process of its own, one model after the other.
    """

    def __init__(self, models: Iterable[ServedModel]) -> None:
        """Begin to export."""
        self._models = list(models)
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="export", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until all are exported, or the time is over."""
        self._thread.join(seconds)

    def close(self) -> None:
        """Export no more."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()
        self._thread.join()

    def _work(self) -> None:
        for model in self._models:
            network, said = self._exported(model.path)
            if self._closed:
                return
            if network:
                model.runtime = OnnxPainter(network)
            else:
                _LOG.warning("%s: painted by torch: %s", model.path, said[-500:])

    def _exported(self, model: Path) -> tuple[bytes, str]:
        """The network in ONNX, none where that fails, and what the process said."""
        command = [sys.executable, "-m", __name__, str(model)]
        with self._lock:
            if self._closed:
                return b"", ""
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdout=pipe, stderr=pipe)
        network, said = self._process.communicate()
        return network if self._process.returncode == 0 else b"", said.decode()


def main() -> None:
    """Write the network of the painter that is named, in ONNX, to stdout."""
    os.nice(10)  # whoever draws meanwhile comes first
    sys.stdout.buffer.write(onnx_bytes(load_painter(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
