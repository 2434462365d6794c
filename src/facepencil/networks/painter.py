"""Model files: the weights of a painter, and the params needed to build its network."""

import json
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from facepencil.colours import hex_colour, palette_of_hex
from facepencil.config.model import BEFORE_KEYS, ModelParams
from facepencil.images import Image
from facepencil.networks.classifier import DeformationClassifier
from facepencil.networks.generator import build_main
from facepencil.networks.painted import PaintingNet
from facepencil.store import write_bytes

MODEL_KEY = "model"
_PALETTE_KEY = "palette"
_CLASSIFIER_WEIGHT = "pooling.classifier.stages.0.0.weight"


def save_painter(path: Path, net: PaintingNet, model: ModelParams, extra: dict[str, str]) -> None:
    """Write `net`, pooling and classifier included, whole or not at all.

    Equal weights give equal bytes. `extra` is kept in the file's metadata, where the params are
    under "model".
    """
    metadata = {**extra, MODEL_KEY: model.model_dump_json()}
    tensors = {name: one.detach().cpu().contiguous() for name, one in net.state_dict().items()}
    write_bytes(path, _sorted_header(save(tensors, metadata)))


def palette_entry(usual: Image | None) -> dict[str, str]:
    """What `save_painter` keeps of the palette (3, 3) that a painter is told if nobody chooses."""
    return {} if usual is None else {_PALETTE_KEY: json.dumps([hex_colour(one) for one in usual])}


class Painter(NamedTuple):
    """A network that paints, and the params it was built from."""

    net: PaintingNet
    model: ModelParams
    palette: Image | None = None
    """(3, 3) uint8, what it is told of colours if nobody chooses; see `colours`."""


def load_painter(path: Path) -> Painter:
    """What `save_painter` wrote, on the CPU, ready to paint; see `PaintingNet.forward`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is not a painter; the message names it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such model")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            known = json.dumps(BEFORE_KEYS | json.loads(metadata[MODEL_KEY]))
            model = ModelParams.model_validate_json(known)
            usual = palette_of_hex(json.loads(metadata[_PALETTE_KEY])) if model.palette else None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        net = build_main(model, _classifier(tensors))
        net.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: expected a painter saved by FacePencil: {error}") from error
    return Painter(net.eval().requires_grad_(False), model, usual)


def _classifier(tensors: dict[str, Tensor]) -> DeformationClassifier | None:
    weight = tensors.get(_CLASSIFIER_WEIGHT)
    return None if weight is None else DeformationClassifier(len(weight))


def _sorted_header(data: bytes) -> bytes:
    # The format is a length, a JSON header and the tensors; the header's metadata comes in an
    # order that differs between processes.
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8:start]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[start:]
