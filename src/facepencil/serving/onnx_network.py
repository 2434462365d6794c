"""A painter as an ONNX file, for runtimes other than torch."""

import copy
import hashlib
import logging
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from onnxscript import ir
from torch import Tensor, nn

from facepencil.networks.blocks import InstanceNorm
from facepencil.networks.painted import PaintingNet
from facepencil.networks.painter import Painter, load_painter
from facepencil.networks.told import numbers_told


def onnx_bytes(painter: Painter, *, halved: bool = False) -> bytes:
    """The network of a painter, in ONNX, for one drawing at a time.

    Inputs are `sketch` (1, 1, S, S) in [0, 1] and, for a model that is told something, `told`
    (1, T) as by `networks.told.tell`; the output is `face` (1, 3, S, S) in [-1, 1]. `halved`
    keeps weights as float16, which are computed with as float32.
    """
    size, told = painter.model.size, numbers_told(painter.model)
    given = [torch.zeros(1, 1, size, size), *([torch.zeros(1, told)] if told else [])]
    names = ["sketch", "told"][: len(given)]
    # It is noisy about what it tries, and says by an exception what fails.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    faces = _Faces(painter.net).eval()
    program = torch.onnx.export(
        faces, tuple(given), input_names=names, output_names=["face"], verbose=False
    )
    model = cast(Any, program).model
    if halved:
        _halve(model.graph)
    return bytes(ir.to_proto(model).SerializeToString())


class _Faces(nn.Module):
    """A net that gives faces alone, with norms that ONNX has an operator for."""

    def __init__(self, net: PaintingNet) -> None:
        super().__init__()
        self.net = copy.deepcopy(net)
        _replace_norms(self.net)

    def forward(self, sketch: Tensor, told: Tensor | None = None) -> Tensor:
        image: Tensor = self.net(sketch, told).image
        return image


class _PlainNorm(nn.Module):
    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.instance_norm(x, eps=self.eps)


def _replace_norms(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, InstanceNorm):
            setattr(module, name, _PlainNorm(child.eps))
        else:
            _replace_norms(child)


def _halve(graph: ir.Graph) -> None:
    """Keep weights as float16, each followed by a cast, which runtimes do once."""
    casts = []
    for name, value in list(graph.initializers.items()):
        if value.dtype != ir.DataType.FLOAT or value.const_value is None:
            continue
        weights = value.const_value.numpy().astype(np.float16)
        half = ir.val(f"{name}.half", const_value=ir.tensor(weights))
        cast_node = ir.node("Cast", [half], {"to": ir.DataType.FLOAT})
        value.replace_all_uses_with(cast_node.outputs[0])
        del graph.initializers[name]
        graph.register_initializer(half)
        casts.append(cast_node)
    graph.insert_before(graph[0], casts)


def main() -> None:
    """Write the network of a painter to stdout: `python -m facepencil.serving.onnx_network`.

    Its arguments are the painter's file, and the sha256 that the file must have.
    """
    path, sha256 = Path(sys.argv[1]), sys.argv[2]
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise SystemExit("the file has changed since it was read")
    sys.stdout.buffer.write(onnx_bytes(load_painter(path)))


if __name__ == "__main__":
    main()
