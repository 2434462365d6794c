"""Small networks in LiteRT's format, on one thread."""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


class LiteModel:
    """A network of one square RGB input and any number of outputs."""

    def __init__(self, path: Path) -> None:
        """Load the model.

        Raises:
            ValueError: `path` is no LiteRT model.
        """
        try:
            self._net = Interpreter(str(path), num_threads=1)
        except ValueError as error:
            raise ValueError(f"{path}: expected a LiteRT model: {error}") from error
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]
        self._outputs = [output["index"] for output in self._net.get_output_details()]
        self.window_px = int(self._input["shape"][1])

    def __call__(self, rgb: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The outputs for an RGB image (window_px, window_px, 3), seen as 0..1."""
        self._net.set_tensor(self._input["index"], rgb[None].astype(np.float32) / 255)
        self._net.invoke()
        return [self._net.get_tensor(index) for index in self._outputs]
