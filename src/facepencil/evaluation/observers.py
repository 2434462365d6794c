"""What metrics look at faces through: modules of images (N, 3, S, S) in [-1, 1]."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facepencil.config.crop import CropShape
from facepencil.config.sketch import SketchParams
from facepencil.evaluation.spectrum import PowerSpectrum
from facepencil.faces.align import Matrix, scale_of, similarity, template
from facepencil.faces.detect import Detector
from facepencil.pretrained.efficientnet import load_efficientnet
from facepencil.pretrained.face_identity import (
    CHIP_POINTS,
    CHIP_PX,
    FaceIdentity,
    load_face_identity,
)
from facepencil.pretrained.face_mesh import FaceMesh
from facepencil.pretrained.lpips import load_lpips
from facepencil.sketch.extract import TRUSTED, Crop, Sketcher, SketchWeights
from facepencil.tensors import photo_pixels

ALEXNET = "alexnet_lpips.ckpt"
EFFICIENTNET = "efficientnet_lite0.pth"
IDENTITY = "face_identity.bin"
INCEPTION = "inception_fid.pth"
REDRAWN = "redrawn lines"
PRESENCE = "presence"
SPECTRUM = "spectrum"
"""Names of the observers; a network has that of its weights in the registry."""

DETECTED = 0.8
"""Score of YuNet from which a face is present; the mesh needs `TRUSTED`."""


class Identity(nn.Module):
    """Descriptors (N, 128) of aligned crops."""

    def __init__(self, network: FaceIdentity, face_fraction: float) -> None:
        """Look through `network` at crops of a `face_fraction` (see `faces.align.template`)."""
        super().__init__()
        self._network, self._face_fraction = network, face_fraction

    def forward(self, images: Tensor) -> Tensor:
        """Descriptors of images in [-1, 1]."""
        found: Tensor = self._network(chips(images, self._face_fraction))
        return found


def chips(images: Tensor, face_fraction: float) -> Tensor:
    """What dlib would cut out of aligned crops: (N, 3, S, S) to (N, 3, 150, 150).

    The crop is resized so that the face has the size of dlib's, then cut to half a pixel; where
    it ends before the chip does, its edge is repeated.
    """
    side = round(images.shape[-1] * scale_of(_to_chip(images.shape[-1], face_fraction)))
    resized = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    columns, rows = (
        (torch.arange(CHIP_PX, device=images.device) + round(first)).clamp(0, side - 1)
        for first in -_to_chip(side, face_fraction)[:, 2]
    )
    return resized[:, :, rows[:, None], columns]


def _to_chip(size: int, face_fraction: float) -> Matrix:
    return similarity(template(size, face_fraction), CHIP_POINTS)


class FacePresence(nn.Module):
    """Whether there is a face: 1 where both detector and face mesh say so, else 0."""

    def __init__(self, detector: Detector, mesh: FaceMesh) -> None:
        """Look with a detector that scores from `DETECTED` and a face mesh."""
        super().__init__()
        self._detector, self._mesh = detector, mesh

    def forward(self, images: Tensor) -> Tensor:
        """Presence (N, 1) in images in [-1, 1]."""
        found = [
            bool(self._detector.detect(face)) and self._mesh(face).presence > TRUSTED
            for face in photo_pixels(images)
        ]
        return torch.tensor(found).double()[:, None]


class SketchAgain(nn.Module):
    """The lines of faces, drawn as the sketches of their photos were."""

    def __init__(self, params: SketchParams, weights: SketchWeights) -> None:
        """Load the networks; `hybrid` takes the place of `mask`, as painted faces have no labels.

        Raises:
            ValueError: a file does not hold the weights expected.
            RuntimeError: `params.numerics` is `portable`, and this process cannot be.
        """
        super().__init__()
        method = "hybrid" if params.method == "mask" else params.method
        self._sketcher = Sketcher(params.model_copy(update={"method": method}), weights)
        self._size = params.size

    def forward(self, images: Tensor) -> Tensor:
        """Lines (N, `sketch.size`, `sketch.size`), bool, of images in [-1, 1]."""
        crops = [Crop("", face, None) for face in photo_pixels(images)]
        lines = [sketch.lines for sketch in self._sketcher(crops)] if crops else []
        return torch.from_numpy(np.array(lines, bool).reshape(-1, self._size, self._size))


def load_networks(
    files: Callable[[str], Path],
    inception_sha256: str | None,
    crop: CropShape,
    sketch: SketchParams,
) -> dict[str, nn.Module]:
    """What the metrics look through, for inference, on the CPU.

    Args:
        files: where weights lie, by the registry's name.
        inception_sha256: hash of Inception's weights, which are read only where it is given.
        crop: of the photos.
        sketch: how the photos were sketched.

    Raises:
        ValueError: a file holds other weights, or has another hash.
        FileNotFoundError: one is missing.
        RuntimeError: `sketch.numerics` is `portable`, and this process cannot be.
    """
    sketching = SketchWeights(*map(files, ("hed.h5", "face_mesh.tflite", "person_mask.tflite")))
    identity = load_face_identity(files(IDENTITY), files("face_identity.json"))
    detector = Detector(files("yunet.onnx"), DETECTED)
    networks: dict[str, nn.Module] = {
        ALEXNET: load_lpips(files(ALEXNET)),
        EFFICIENTNET: load_efficientnet(files(EFFICIENTNET)),
        IDENTITY: Identity(identity, crop.face_fraction),
        PRESENCE: FacePresence(detector, FaceMesh(sketching.mesh)),
        REDRAWN: SketchAgain(sketch, sketching),
        SPECTRUM: PowerSpectrum(),
    }
    if inception_sha256:
        # Torchvision takes seconds, and only this network needs it.
        from facepencil.pretrained.inception import load_inception

        networks[INCEPTION] = load_inception(files(INCEPTION), inception_sha256)
    return networks
