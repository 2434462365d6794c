"""As much of ONNX's file format as a plain network of convolutions needs, without its package.

Numbers of fields are those of `onnx.proto` (Open Neural Network Exchange, opset 13).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32] | NDArray[np.int64]]
Named = tuple[str, Sequence[int]]
"""Name and shape of a tensor."""
Attribute = str | int | Sequence[int]
_FLOAT, _INT64 = 1, 7


def node(kind: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> bytes:
    """A NodeProto: operator `kind` from named tensors to one named tensor."""
    names = b"".join(_field(1, name) for name in inputs)
    told = b"".join(_field(5, _attribute(key, value)) for key, value in attributes.items())
    return names + _field(2, output) + _field(4, kind) + told


def model(nodes: Sequence[bytes], weights: Weights, source: Named, output: Named) -> bytes:
    """The bytes of a file (ModelProto).

    Args:
        nodes: from `node`, in the order in which they run.
        weights: constant tensors by name.
        source: name and shape of the input.
        output: name and shape of the output.
    """
    graph = b"".join(
        [
            *(_field(1, one) for one in nodes),
            _field(2, "graph"),
            *(_field(5, _tensor(name, values)) for name, values in weights.items()),
            _field(11, _value(*source)),
            _field(12, _value(*output)),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))


def _attribute(name: str, value: Attribute) -> bytes:
    """An AttributeProto: its field and type by the kind of value."""
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, 3)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    return _field(1, name) + b"".join(_field(8, one) for one in value) + _field(20, 7)


def _tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    sides = b"".join(_field(1, side) for side in values.shape)
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    return sides + _field(2, kind) + _field(8, name) + _field(9, values.tobytes())


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_field(1, _field(1, side)) for side in shape)
    kind = _field(1, _FLOAT) + _field(2, sides)
    return _field(1, name) + _field(2, _field(1, kind))


def _field(number: int, value: int | str | bytes) -> bytes:
    """A field of a protocol buffer: its number, then a varint, or length and bytes."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first, the top bit set on all but the last."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
