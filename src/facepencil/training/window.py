"""Where VGG16 looks: at a square of the image, in a new place at every step."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from facepencil.exact import on_cpu


class Window:
    """A square of `side` px in images, or the whole image where that is no larger.

    Its place is kept on the device where that is a GPU, and moved by numbers alone: steps that were
    recorded with one place are replayed with another.
    """

    def __init__(self, side: int, device: torch.device) -> None:
        self._side = side
        self._corner = (0, 0)
        self._place = torch.zeros(2, device=device)

    def move(self, size: int) -> None:
        """To a place in images of `size` px that torch's generator draws; none if all is seen."""
        if self._side >= size:
            return
        top, left = torch.randint(size - self._side + 1, (2,)).tolist()
        self._corner = top, left
        if not on_cpu(self._place):
            for place, value in zip(self._place, self._corner, strict=True):
                place.fill_(value)

    def cut(self, images: Tensor) -> Tensor:
        """What is seen of images (N, C, S, S): (N, C, side, side), or all of them."""
        size = images.shape[-1]
        if self._side >= size:
            return images
        if on_cpu(images):
            top, left = self._corner
            return images[..., top : top + self._side, left : left + self._side]
        # Rows and columns are chosen by products with 1 and 0, which are exact, backwards too.
        rows, columns = (self._chosen(place, size).to(images.dtype) for place in self._place)
        with _unrounded(images.device.type):
            return rows @ images @ columns.mT

    def _chosen(self, place: Tensor, size: int) -> Tensor:
        """(side, size): 1 where a pixel of the window is one of the image."""
        seen = torch.arange(self._side, device=place.device)[:, None] + place
        return seen == torch.arange(size, device=place.device)


def _unrounded(device: str) -> AbstractContextManager[None]:
    """Products in the type of the images, which autocast would round to 16 bits."""
    known = torch.amp.is_autocast_available(device)
    return torch.autocast(device, enabled=False) if known else nullcontext()
