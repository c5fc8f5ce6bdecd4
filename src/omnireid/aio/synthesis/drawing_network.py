"""Line drawings by the informative-drawings network, for those who have its weights."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from omnireid.aio.encoders.weights import read_tensors
from omnireid.errors import ModelError

_SHRINK = 4  # two convolutions of stride 2


class DrawingNetwork(nn.Module):
    """Colour pictures to line drawings: 4.3 M parameters, frozen.

    Chan, Durand, Isola, "Learning to generate line drawings that convey geometry and semantics",
    CVPR 2022 (MIT). The attributes' names are those of the published weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model0 = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(3, 64, 7), *_norm_relu(64))
        self.model1 = nn.Sequential(
            nn.Conv2d(64, 128, 3, stride=2, padding=1),
            *_norm_relu(128),
            nn.Conv2d(128, 256, 3, stride=2, padding=1),
            *_norm_relu(256),
        )
        self.model2 = nn.Sequential(*(_Residual(256) for _ in range(3)))
        self.model3 = nn.Sequential(
            nn.ConvTranspose2d(256, 128, 3, stride=2, padding=1, output_padding=1),
            *_norm_relu(128),
            nn.ConvTranspose2d(128, 64, 3, stride=2, padding=1, output_padding=1),
            *_norm_relu(64),
        )
        self.model4 = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(64, 1, 7), nn.Sigmoid())
        self.requires_grad_(False)
        self.train(False)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) float in [0, 1] to dark lines on white, same shape, channels equal."""
        height, width = pictures.shape[2:]
        # The way down and up again only returns sizes that divide by four.
        padded = functional.pad(
            pictures, (0, -width % _SHRINK, 0, -height % _SHRINK), mode="replicate"
        )
        lines: Tensor = self.model4(self.model3(self.model2(self.model1(self.model0(padded)))))
        return lines[:, :, :height, :width].expand(-1, 3, -1, -1).contiguous()


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            *_norm_relu(channels),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        refined: Tensor = x + self.conv_block(x)
        return refined


def load_drawing_network(path: str | Path) -> DrawingNetwork:
    """The informative-drawings network with the weights in `path` (`sk_model.pth`).

    Raises:
        ModelError: the file is missing, holds more than tensors, or is of another network.
    """
    network = DrawingNetwork()
    try:
        network.load_state_dict(read_tensors(Path(path)))
    except RuntimeError as error:
        raise ModelError(
            f"{path} could not be used",
            "its tensors are not those of the informative-drawings network",
            "fetch sk_model.pth from lllyasviel/Annotators",
        ) from error
    return network


def _norm_relu(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(channels), nn.ReLU()
