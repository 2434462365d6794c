"""Exponential moving average of weights."""

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

_Tensors = tuple[Tensor, ...] | list[Tensor]


def averaged(network: nn.Module, decay: float) -> AveragedModel:
    """The moving average of `network`; usually paints better than the last weights.

    Call `update_parameters(network)` on it after every step; `module` is the averaged network.

    Args:
        network: the one to follow; the average starts as a copy of it.
        decay: share of the old average kept in a step. It is lower in the first steps, which would
            otherwise leave the random initial weights in the average of a short training.
    """

    def update(average: _Tensors, current: _Tensors, steps: Tensor | int) -> None:
        made = int(steps)
        rate = min(decay, (1 + made) / (10 + made))
        follow = get_ema_multi_avg_fn(rate)  # type: ignore[no-untyped-call]
        follow(average, current, steps)

    average = AveragedModel(network, multi_avg_fn=update)
    # The first update only copies: with it done, the count of updates is the count of steps.
    average.update_parameters(network)
    return average.eval().requires_grad_(False)
