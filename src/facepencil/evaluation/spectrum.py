"""How much structure of each size faces have: power by spatial frequency and direction."""

from functools import cache

import torch
from torch import Tensor, nn

from facepencil.evaluation.bootstrap import Counts, Resampled

RINGS = 8
DIRECTIONS = ("all", "horizontal", "vertical", "diagonal")
"""Of the change: stripes that stand upright are `horizontal`."""

_GREY = (0.299, 0.587, 0.114)


class PowerSpectrum(nn.Module):
    """Mean power of grey images, Hann-windowed, in eight rings and four directions."""

    def forward(self, images: Tensor) -> Tensor:
        """Power (N, 4 x 8) of images (N, 3, S, S), S at least 16, the rings of a direction in turn.

        Rings are 1/16 cycle a pixel wide, from 0 (the mean left out) to 1/2, a period of 2 px; the
        last one has the corners beyond. A direction other than `all` holds the frequencies within
        one step of the discrete transform of its axis, or of either diagonal.
        """
        grey = torch.einsum("nchw,c->nhw", images.double(), images.new_tensor(_GREY).double())
        window = torch.hann_window(grey.shape[-1], dtype=torch.float64, device=grey.device)
        windowed = (grey - grey.mean(dim=(1, 2), keepdim=True)) * window * window[:, None]
        power = torch.fft.fft2(windowed).abs().square()
        bands = _bands(grey.shape[-1]).to(grey.device)
        means: Tensor = power.flatten(1) @ bands.flatten(1).T
        return means


@cache
def _bands(size: int) -> Tensor:
    """Weights (4 x 8, S, S) of the frequencies in each mean."""
    steps = torch.fft.fftfreq(size, 1 / size, dtype=torch.float64)
    y, x = steps[:, None], steps
    ring = (torch.hypot(x, y) / size * 2 * RINGS).ceil().clamp(max=RINGS) - 1
    near = torch.stack(
        [
            torch.ones(size, size),
            (y.abs() <= 1).expand(size, size),
            (x.abs() <= 1).expand(size, size),
            (x.abs() - y.abs()).abs() <= 1,
        ]
    )
    bands = (near[:, None] * (ring == torch.arange(RINGS)[:, None, None])).double()
    return (bands / bands.sum(dim=(2, 3), keepdim=True)).flatten(0, 1)


def spectrum_curve(real: Tensor, painted: Tensor) -> Tensor:
    """Power of painted faces over that of photos, dB: (4, 8), by `DIRECTIONS` and ring.

    Args:
        real: (N, 32) powers of photos, of `PowerSpectrum`.
        painted: (N, 32) of the painted faces.
    """
    ratio = painted.mean(dim=0) / real.mean(dim=0)
    return (10 * ratio.log10()).reshape(len(DIRECTIONS), RINGS)


def spectrum_deviation(real: Tensor, painted: Tensor, counts: Counts) -> Resampled:
    """Largest absolute deviation of `spectrum_curve` from 0, dB; `counts` as of `frechet`."""
    weights = torch.from_numpy(counts).double()
    drawn = 10 * ((weights @ painted.double()) / (weights @ real.double())).log10()
    value = spectrum_curve(real, painted).abs().max().item()
    return Resampled(value, drawn.abs().amax(dim=1).numpy())
