"""Sample sheets: what the painter makes of a few photos it never trains on."""

import torch

from facepencil.config.model import ModelParams
from facepencil.data.face_set import FaceSet
from facepencil.images import Image
from facepencil.networks.painted import PaintingNet
from facepencil.networks.told import UNTOLD
from facepencil.sheets import sheet
from facepencil.strokes.pen import Pen
from facepencil.tensors import photo_pixels
from facepencil.training.validation import VIEWS, draw_views, told_views

ROWS = 8
TILE_PX = 128


class Sampler:
    """Paints the same sketches again and again as training goes on."""

    def __init__(
        self, faces: FaceSet, pen: Pen, device: torch.device, model: ModelParams = UNTOLD
    ) -> None:
        """Draw the first faces of `faces` in every view, once and for all.

        Raises:
            ValueError: there are no faces.
        """
        if not faces.ids:
            raise ValueError("no faces for the sample sheets: expected at least one")
        self._sketches = torch.from_numpy(draw_views(faces, ROWS, pen)).to(device)
        told = told_views(faces, ROWS, model)
        self._told = torch.stack(told, 1).flatten(0, 1).to(device) if told else None

    @torch.no_grad()
    def sheet(self, painter: PaintingNet) -> Image:
        """One row a face: the untouched sketch, then what is painted from it in every view.

        Returns:
            RGB (H, W, 3) uint8.
        """
        images = painter(self._sketches.flatten(0, 1)[:, None], self._told).image
        pixels = photo_pixels(images)
        painted = pixels.reshape(*self._sketches.shape[:2], *pixels.shape[1:])
        paper = ((1 - self._sketches[:, 0]) * 255).byte().cpu().numpy()
        tiles = [[sketch, *row] for sketch, row in zip(paper, painted, strict=True)]
        return sheet(tiles, ["sketch", *VIEWS], tile_px=TILE_PX)
