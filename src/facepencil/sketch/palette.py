"""Colours of hair, skin and ground in the photo of a face."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facepencil.colours import Colours
from facepencil.images import Image
from facepencil.sketch.contour import BROWS, EYES, LIPS, MeshPoints, fill, hull
from facepencil.sketch.interior import distance_to
from facepencil.sketch.thin import Lines

PERSON_SHOWN = 0.5
"""Probability from which a pixel shows the person."""
SHY = 9 / 256
"""Distance from its outline within which a region's colour may be its neighbour's, as a share of
the side."""
LEAST_SHARE = 1 / 512
"""Share of the pixels that a region must have for its colour to count."""


def find_palette(rgb: Image, person: NDArray[np.float32], points: MeshPoints | None) -> Colours:
    """The median colour, in Lab, of each of hair, skin and ground.

    Hair is what of the person lies above the eyes and outside the face's mesh; skin is the mesh
    between eyes and mouth. Without a mesh the mask alone must do: hair is the top of the person,
    skin what is in the photo's middle. Where there is too little of any, a wider region is taken.

    Args:
        rgb: (S, S, 3), an aligned crop.
        person: (S, S) in 0..1; see `PersonMask`.
        points: (468, 2) mesh, px; None where it is unreliable.
    """
    lab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)
    shown = person > PERSON_SHOWN
    wanted = _wanted(shown, points)
    medians, guessed = [], []
    for part, wider in _wider(shown).items():
        regions = [wanted[part], *wider] if part in wanted else wider
        found = next((one for one in regions if one.mean() >= LEAST_SHARE), regions[-1])
        guessed += [] if found is wanted.get(part) else [part]
        medians.append(np.median(lab[found], axis=0))
    colours = cv2.cvtColor(np.rint(medians).astype(np.uint8)[None], cv2.COLOR_LAB2RGB)[0]
    return Colours(np.asarray(colours, np.uint8), tuple(guessed))


def _wanted(shown: Lines, points: MeshPoints | None) -> dict[str, Lines]:
    """Where each part should be seen; without a mesh that is known of the ground alone."""
    ground = {"ground": distance_to(shown) > SHY * len(shown)}
    return ground if points is None else ground | _by_mesh(shown, points)


def _by_mesh(shown: Lines, points: MeshPoints) -> dict[str, Lines]:
    size = len(shown)
    oval = fill([hull(points)], size)
    rows = np.arange(size)[:, None]
    eyes, lips, brows = (
        points[[i for one in chains for i in one]] for chains in (EYES, LIPS, BROWS)
    )
    parts = fill([hull(points[list(chain)]) for chain in (*EYES, *BROWS)], size)
    between = (rows > eyes[:, 1].mean()) & (rows < lips[:, 1].min())
    inside = distance_to(~oval) > SHY * size
    return {
        "hair": shown & (distance_to(oval) > SHY * size) & (rows < brows[:, 1].max()),
        "skin": inside & between & (distance_to(parts) > SHY * size / 2),
    }


def _wider(shown: Lines) -> dict[str, list[Lines]]:
    """By part in the order of a palette, where else to look; the last is never empty."""
    size = len(shown)
    rows, columns = np.indices(shown.shape) / size
    first = np.where(shown.any(0), shown.argmax(0), size) / size
    top = shown & (rows < first + 0.12) & (rows < 0.4)
    middle = (abs(columns - 0.5) < 0.15) & (rows > 0.45) & (rows < 0.65)
    border = np.minimum(np.minimum(rows, columns), 1 - columns) < SHY
    return {
        "hair": [top, (rows < 0.2) & (abs(columns - 0.5) < 0.3)],
        "skin": [middle & shown, middle],
        "ground": [~shown, border],
    }
