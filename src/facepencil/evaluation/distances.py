"""Frechet distance and KID between two sets of features, with their bootstrap resamples."""

import numpy as np
import torch
from torch import Tensor

from facepencil.evaluation.bootstrap import Counts, Resampled
from facepencil.progress import track


def frechet(real: Tensor, painted: Tensor, counts: Counts) -> Resampled:
    """Frechet distance of the Gaussians fitted to two sets (Heusel et al., 2017, equation 6).

    Biased upwards when there are few photos: compare values of equal N alone.

    Args:
        real: (N, D) features of the photos.
        painted: (N, D) features of the painted faces, of the same photos in the same order.
        counts: (times, N) draws of `bootstrap.resample`.

    Raises:
        ValueError: the sets differ in shape.
    """
    real, painted = _turned(*_pair(real, painted))
    value = _frechet(real, painted, torch.ones(len(real), dtype=torch.float64))
    weights = torch.from_numpy(counts).double()
    drawn = [
        _frechet(real, painted, row)
        for row in track(weights, "Frechet distance", len(weights), "resample")
    ]
    return Resampled(value, np.array(drawn))


def kid(real: Tensor, painted: Tensor, counts: Counts) -> Resampled:
    """Kernel distance: squared MMD, cubic kernel (Binkowski et al., 2018, section 3.2).

    The unbiased form for paired samples, MMD_u of Gretton et al. (2012, lemma 6): no photo is
    compared with itself, its own painting or, in a draw, its own repetition. Equal clouds average
    0, so it may be negative. A draw of a single photo, as happens among very few, says nothing: it
    counts as the score itself. Arguments and errors as of `frechet`.
    """
    real, painted = _pair(real, painted)
    cross = _kernel(real, painted)
    pairs = _kernel(real, real) + _kernel(painted, painted) - cross - cross.T
    pairs.fill_diagonal_(0)
    value = _weighted_mean(pairs, torch.ones(1, len(real), dtype=torch.float64)).item()
    drawn = _weighted_mean(pairs, torch.from_numpy(counts).double())
    return Resampled(value, drawn.nan_to_num(nan=value).numpy())


def _pair(real: Tensor, painted: Tensor) -> tuple[Tensor, Tensor]:
    if real.shape != painted.shape or real.ndim != 2 or len(real) < 2:
        raise ValueError(
            "expected two sets (N, D) of one shape, N at least 2, "
            f"got {tuple(real.shape)} and {tuple(painted.shape)}"
        )
    return real.double(), painted.double()


def _turned(real: Tensor, painted: Tensor) -> tuple[Tensor, Tensor]:
    """The same clouds in the 2N directions they span, where these are fewer than D: 3 x faster."""
    both = torch.cat([real, painted])
    if len(both) < both.shape[1]:
        both = torch.linalg.qr(both.T, mode="r").R.T
    return both[: len(real)], both[len(real) :]


def _frechet(real: Tensor, painted: Tensor, weights: Tensor) -> float:
    drawn = weights > 0
    (mean, root), (other, other_root) = (
        _gaussian(part[drawn], weights[drawn]) for part in (real, painted)
    )
    # tr sqrt(A'A B'B) is the sum of the singular values of AB': no D x D matrix is needed.
    cross = torch.linalg.svdvals(root @ other_root.T).sum()
    spread = root.square().sum() + other_root.square().sum() - 2 * cross
    return float((mean - other).square().sum() + spread)


def _gaussian(features: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean, and a matrix A of at most D rows such that A'A is the covariance."""
    total = weights.sum()
    mean = (weights @ features) / total
    root = (weights / (total - 1)).sqrt()[:, None] * (features - mean)
    return mean, torch.linalg.qr(root, mode="r").R if len(root) > root.shape[1] else root


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    return (first @ second.T / first.shape[1] + 1) ** 3


def _weighted_mean(pairs: Tensor, weights: Tensor) -> Tensor:
    """Mean (times,) of a matrix (N, N) over all pairs of two photos, drawn `weights` (times, N)."""
    total = weights.sum(dim=1) ** 2 - weights.square().sum(dim=1)
    return ((weights @ pairs) * weights).sum(dim=1) / total
