"""Files of finders: the weights of a `PartFinder`, and where the parts of a face lie."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from facepencil.networks.part_finder import PartFinder
from facepencil.store import write_bytes

FINDER_KEY = "finder"
"""The one key of the file's metadata; safetensors writes several in no fixed order."""


class Finder(NamedTuple):
    """A network that finds the parts of a drawn face.

    Attributes:
        net: labels the pixels of a drawing.
        layout: mean centre of each part in sketches, by the part's name, canvas px.
    """

    net: PartFinder
    layout: Mapping[str, tuple[float, float]]


def save_finder(path: Path, finder: Finder) -> None:
    """Write weights, sizes and layout, whole or not at all; equal ones give equal bytes."""
    net = finder.net
    known = {"channels": net.channels, "parts": net.parts, "layout": finder.layout}
    weights = {name: one.detach().cpu().contiguous() for name, one in net.state_dict().items()}
    write_bytes(path, save(weights, {FINDER_KEY: json.dumps(known, sort_keys=True)}))


def load_finder(path: Path) -> Finder:
    """What `save_finder` wrote, on the CPU.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is no finder; the message names it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such finder of parts")
    try:
        with safe_open(path, "pt") as file:
            known = json.loads((file.metadata() or {})[FINDER_KEY])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        net = PartFinder(known["channels"], known["parts"])
        net.load_state_dict(weights)
        layout = {name: (float(x), float(y)) for name, (x, y) in known["layout"].items()}
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: expected a finder saved by FacePencil: {error}") from error
    return Finder(net.eval().requires_grad_(False), layout)
