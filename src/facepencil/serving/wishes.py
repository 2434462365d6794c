"""What a person wishes of a face beside the drawing: colours, and how freely to read the lines."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import ImageColor
from torch import Tensor

from facepencil.colours import PALETTE_PARTS, hex_colour, palette_of_hex
from facepencil.config.model import USUAL_LEVEL
from facepencil.images import Image
from facepencil.networks.painter import Painter
from facepencil.networks.told import tell

NATURAL: Mapping[str, Mapping[str, str]] = {
    "hair": {
        "black": "#1e1814",
        "brown": "#4b3426",
        "auburn": "#6d3a22",
        "red": "#a04f28",
        "blond": "#c8a46c",
        "blonde": "#c8a46c",
        "grey": "#8f8a86",
        "gray": "#8f8a86",
        "white": "#ddd9d4",
    },
    "skin": {
        "pale": "#eccbb9",
        "fair": "#deb099",
        "olive": "#c09270",
        "tan": "#b07d5c",
        "brown": "#8a5a40",
        "dark": "#54362a",
    },
}
"""What people call colours of hair and skin; for the rest, names are those of CSS."""
_HEX = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Wishes:
    """What is wished.

    Attributes:
        level: how wrong the lines may be, 0..1; 0 is traced from a photo.
        colours: by `PALETTE_PARTS`, each a name or #rrggbb; for what is left out the usual.
    """

    level: float = USUAL_LEVEL
    colours: Mapping[str, str] = field(default_factory=dict)


NO_WISHES = Wishes()


def wishes_of(level: float | None = None, **colours: str | None) -> Wishes:
    """Wishes of a level and colours, by `PALETTE_PARTS`, of which any may be left out or empty."""
    chosen = {part: said for part, said in colours.items() if said}
    return Wishes(USUAL_LEVEL if level is None else level, chosen)


def tell_wishes(painter: Painter, wishes: Wishes) -> Tensor | None:
    """What a painter is told of a drawing: (1, T), or None for one that is told nothing.

    Raises:
        ValueError: a level beyond 0..1, no such colour, or a wish that this painter is not told.
    """
    if not 0 <= wishes.level <= 1:
        raise ValueError(f"level {wishes.level:g}: expected a number from 0 to 1")
    if wishes.level != USUAL_LEVEL and not painter.model.level_told:
        raise ValueError("the model is not told the level: it was trained without model.level_told")
    if wishes.colours and painter.palette is None:
        told = ", ".join(wishes.colours)
        raise ValueError(f"the model is not told colours ({told}): trained without model.palette")
    palette = None if painter.palette is None else _palette(painter.palette, wishes.colours)
    return tell(painter.model, [wishes.level], palette)


def _palette(usual: Image, colours: Mapping[str, str]) -> Image:
    known = dict(zip(PALETTE_PARTS, map(hex_colour, usual), strict=True))
    chosen = {part: colour_of(part, said) for part, said in colours.items()}
    return np.array(palette_of_hex([{**known, **chosen}[part] for part in PALETTE_PARTS])[None])


def colour_of(part: str, said: str) -> str:
    """The colour #rrggbb that a person calls so, of one of `PALETTE_PARTS`.

    Raises:
        ValueError: no such colour; names some that there are.
    """
    natural, name = NATURAL.get(part, {}), said.strip().lower()
    if _HEX.fullmatch(name):
        return name
    if name in natural:
        return natural[name]
    if name in ImageColor.colormap:
        return "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(name)[:3])
    some = ", ".join([*natural] or ["white", "teal", "navy"])
    raise ValueError(f"{part}: no colour {said!r}; expected #rrggbb or a name such as {some}")
