"""C: tells aligned sketches S_syn from deformed ones S_dfm; its features guide the attention."""

import torch
from torch import Tensor, nn

from facepencil.networks.blocks import InstanceNorm, initialise, layer_outputs


class DeformationClassifier(nn.Module):
    """Fully convolutional; three stride-2 layers of 1, 2 and 4 times `channels` (paper: 48)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = [channels, 2 * channels, 4 * channels]
        first = nn.Sequential(nn.Conv2d(1, channels, 3, 2, 1), nn.LeakyReLU(0.2, inplace=True))
        self.stages = nn.ModuleList(
            [first, _stage(widths[0], widths[1]), _stage(widths[1], widths[2])]
        )
        self.head = nn.Conv2d(widths[2], 2, 3, padding=1)
        initialise(self)
        self.to(memory_format=torch.channels_last)

    @property
    def widths(self) -> list[int]:
        """Channels of the three feature maps."""
        return [int(m.out_channels) for m in self.stages.modules() if isinstance(m, nn.Conv2d)]

    def features(self, sketch: Tensor) -> list[Tensor]:
        """C_1, C_2, C_3 at 1/2, 1/4 and 1/8 of the size of `sketch` (N, 1, S, S) in [0, 1]."""
        return layer_outputs(self.stages, sketch)

    def forward(self, sketch: Tensor) -> Tensor:
        """Logits (N, 2) of aligned and deformed; `sketch` (N, 1, S, S) in [0, 1]."""
        logits: Tensor = self.head(self.features(sketch)[-1])
        return logits.mean((2, 3))


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
    return nn.Sequential(conv, InstanceNorm(), nn.LeakyReLU(0.2))
