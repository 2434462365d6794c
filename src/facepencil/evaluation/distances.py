"""Scores of whole sets: Frechet distance, KID, inception score, with their bootstrap resamples."""

from collections.abc import Iterator

import torch
from torch import Tensor

from facepencil.evaluation.bootstrap import Counts, Resampled

BLOCK = 1000
"""Most photos that KID compares all pairs of."""

TOGETHER = 4096
"""So many photos' features are looked at together by the Frechet distance."""

_NEGLIGIBLE = 1e-7
"""Directions in which features spread less, as a share of the widest, are none."""


def frechet(real: Tensor, painted: Tensor, counts: Counts) -> Resampled:
    """Frechet distance of the Gaussians fitted to two sets (Heusel et al., 2017, equation 6).

    Biased upwards when there are few photos: compare values of equal N alone. Resamples are scored
    to the first order: the distance changes with the share of each photo by what `_influence`
    gives. To do so takes O(N D^2) once, where a Gaussian for each resample takes it every time.
    Memory holds double precision of `TOGETHER` photos at a time.

    Args:
        real: (N, D) features of the photos.
        painted: (N, D) features of the painted faces, of the same photos in the same order.
        counts: (times, N) draws of `bootstrap.resample`.

    Raises:
        ValueError: the sets differ in shape.
    """
    _check(real, painted)
    value, influence = _influence(real, painted)
    drawn = value + torch.from_numpy(counts).double() @ influence / len(real)
    return Resampled(value, drawn.numpy())


def kid(real: Tensor, painted: Tensor, counts: Counts) -> Resampled:
    """Kernel distance: squared MMD, cubic kernel (Binkowski et al., 2018, section 3.2).

    The unbiased form for paired samples, MMD_u of Gretton et al. (2012, lemma 6): no photo is
    compared with itself, its own painting or, in a draw, its own repetition. More than `BLOCK`
    photos are compared within blocks of at most so many, as Binkowski et al. do: O(N). Equal
    clouds average 0, so it may be negative. A draw of a single photo, as happens among very few,
    says nothing: it counts as the score itself. Arguments and errors as of `frechet`.
    """
    _check(real, painted)
    blocks = [_within(*block) for block in _blocks(real, painted, torch.from_numpy(counts))]
    total, pairs = (torch.stack(each).sum(dim=0) for each in zip(*blocks, strict=True))
    found = total / pairs
    value = found[0].item()
    return Resampled(value, found[1:].nan_to_num(nan=value).numpy())


def unpaired_kid(real: Tensor, painted: Tensor) -> float:
    """The same distance of sets (N, D) and (M, D) that have nothing to do with each other.

    The unbiased form, MMD_u of Gretton et al. (2012, lemma 6) for samples of two sizes, each of at
    least two.
    """
    real, painted = real.double(), painted.double()
    within = [_kernel(one, one).fill_diagonal_(0).sum() for one in (real, painted)]
    pairs = [len(one) * (len(one) - 1) for one in (real, painted)]
    cross = 2 * _kernel(real, painted).mean()
    return (within[0] / pairs[0] + within[1] / pairs[1] - cross).item()


def inception_score(_: Tensor, painted: Tensor, counts: Counts) -> Resampled:
    """Exponential of the mean divergence of a face's classes from all faces'.

    By Salimans et al. (2016), without splits: all faces at once.

    Args:
        _: of the photos; they play no part.
        painted: (N, K) logits of the painted faces.
        counts: (times, N) draws of `bootstrap.resample`.
    """
    classes = painted.double().log_softmax(dim=1)
    certain = (classes.exp() * classes).sum(dim=1)
    weights = torch.cat([torch.ones(1, len(painted)), torch.from_numpy(counts)]).double()
    weights /= len(painted)
    overall = weights @ classes.exp()
    scores = (weights @ certain - torch.xlogy(overall, overall).sum(dim=1)).exp()
    return Resampled(scores[0].item(), scores[1:].numpy())


def _check(real: Tensor, painted: Tensor) -> None:
    if real.shape != painted.shape or real.ndim != 2 or len(real) < 2:
        raise ValueError(
            "expected two sets (N, D) of one shape, N at least 2, "
            f"got {tuple(real.shape)} and {tuple(painted.shape)}"
        )


def _influence(real: Tensor, painted: Tensor) -> tuple[float, Tensor]:
    """The distance, and how it grows with the share of each photo: (N,), of mean 0.

    The influence is Kantorovich's potentials of the optimal transport between the Gaussians
    (Rippl, Munk and Sturm, 2016), at the photo and at its painting. With A = PSQ' and B = LMN' the
    centred clouds, over sqrt(N - 1), and S Q'N M = U C V', the transport in whitened coordinates
    is C between the axes U and V.
    """
    clouds = _Cloud(real), _Cloud(painted)
    apart = clouds[0].mean - clouds[1].mean
    (spread, axes), (other_spread, other_axes) = (cloud.axes() for cloud in clouds)
    turned = spread[:, None] * (axes @ other_axes.T) * other_spread
    u, cross, v = torch.linalg.svd(turned, full_matrices=False)
    whitened = axes.T / spread @ u, other_axes.T / other_spread @ v.T
    parts = []
    for ours, theirs in zip(*(cloud.centred() for cloud in clouds), strict=True):
        part = 2 * (ours - theirs) @ apart
        part += _potential(ours, whitened[0], cross)
        part += _potential(theirs, whitened[1], cross)
        parts.append(part)
    influence = torch.cat(parts)
    value = apart.square().sum() + spread.square().sum() + other_spread.square().sum()
    return float(value - 2 * cross.sum()), influence - influence.mean()


class _Cloud:
    """Points (N, D), of which `TOGETHER` are looked at together in double precision."""

    def __init__(self, points: Tensor) -> None:
        starts = range(0, len(points), TOGETHER)
        self._blocks = [points[first : first + TOGETHER] for first in starts]
        self._count = len(points)
        sums = [block.double().sum(dim=0) for block in self._blocks]
        self.mean: Tensor = torch.stack(sums).sum(dim=0) / self._count

    def centred(self) -> Iterator[Tensor]:
        """The points, a block at a time, around their mean."""
        for block in self._blocks:
            yield block.double() - self.mean

    def axes(self) -> tuple[Tensor, Tensor]:
        """Standard deviations (K,) of the points along their axes (K, D) of any spread."""
        root: Tensor | None = None
        for block in self.centred():
            rows = block if root is None else torch.cat([root, block])
            tall = len(rows) > rows.shape[1]
            root = torch.linalg.qr(rows, mode="r").R if tall else rows
        _, spread, axes = torch.linalg.svd(root / (self._count - 1) ** 0.5, full_matrices=False)
        kept = spread > _NEGLIGIBLE * spread[0]
        return spread[kept], axes[kept]


def _potential(centred: Tensor, whitened: Tensor, cross: Tensor) -> Tensor:
    return centred.square().sum(dim=1) - (centred @ whitened).square() @ cross


def _blocks(
    real: Tensor, painted: Tensor, counts: Tensor
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Blocks in double precision; before the draws goes each photo, once."""
    blocks = -(-len(real) // BLOCK)
    for first in range(blocks):
        ours, theirs = real[first::blocks].double(), painted[first::blocks].double()
        yield ours, theirs, torch.cat([torch.ones(1, len(ours)), counts[:, first::blocks]]).double()


def _within(real: Tensor, painted: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Sum (times,) over all pairs of two photos, drawn `weights` (times, N), and their number."""
    cross = _kernel(real, painted)
    pairs = _kernel(real, real) + _kernel(painted, painted) - cross - cross.T
    pairs.fill_diagonal_(0)
    number = weights.sum(dim=1).square() - weights.square().sum(dim=1)
    return ((weights @ pairs) * weights).sum(dim=1), number


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    return (first @ second.T / first.shape[1] + 1) ** 3
