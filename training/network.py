"""The convolutional part of VGG16 with batch normalisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

# Channels of the convolutions of each block (Simonyan, Zisserman 2015, table 1, column D).
BLOCKS = ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)
LAYERS = tuple(
    f"block{block}_conv{convolution}"
    for block, channels in enumerate(BLOCKS, start=1)
    for convolution in range(1, len(channels) + 1)
)
LAST_OF_BLOCK = frozenset(
    f"block{block}_conv{len(channels)}" for block, channels in enumerate(BLOCKS, start=1)
)
DIMENSION = 512
EPSILON = 1e-5
# What Keras's preprocess_input of VGG16 subtracts, blue first.
MEAN_BGR = (103.939, 116.779, 123.68)
POOLING_POWER = 3.0

Arrays = Mapping[str, NDArray[np.floating]]


class VGG16(nn.Module):
    """13 convolutions, each followed by batch normalisation and ReLU; five times a 2x2 maximum.

    Its input is that of Keras's VGG16 after ``preprocess_input``: blue, green, red from 0 to 255
    with the mean of ImageNet subtracted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleDict()
        self.normalisations = nn.ModuleDict()
        widths = [3, *(width for channels in BLOCKS for width in channels)]
        for layer, (before, after) in zip(LAYERS, pairwise(widths), strict=True):
            convolution = nn.Conv2d(before, after, 3, padding=1, bias=False)
            nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
            self.convolutions[layer] = convolution
            self.normalisations[layer] = nn.BatchNorm2d(after, eps=EPSILON)
        self.register_buffer("mean", torch.tensor(MEAN_BGR).reshape(1, 3, 1, 1), persistent=False)
        self._frozen: frozenset[str] = frozenset()

    def freeze(self, blocks: int) -> None:
        """Keep the first blocks as they are; their share of the backward pass is saved.

        Args:
            blocks: How many, 0 to 5.
        """
        self._frozen = frozenset(layer for layer in LAYERS if int(layer[5]) <= blocks)
        for layer in LAYERS:
            for part in (self.convolutions[layer], self.normalisations[layer]):
                part.requires_grad_(layer not in self._frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> VGG16:
        """Switch between training and use; frozen layers stay in use."""
        super().train(mode)
        for layer in self._frozen:
            self.normalisations[layer].eval()
        return self

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute the output of ``block5_pool``.

        Args:
            pixels: ``(n, 3, height, width)``, red, green, blue, 0 to 255.

        Returns:
            ``(n, 512, height // 32, width // 32)``, not negative.
        """
        x = pixels.flip(1).float() - self.mean
        x = x.contiguous(memory_format=torch.channels_last)
        for layer in LAYERS:
            x = functional.relu(
                self.normalisations[layer](self.convolutions[layer](x)), inplace=True
            )
            if layer in LAST_OF_BLOCK:
                x = functional.max_pool2d(x, 2)
        return x

    def take(self, arrays: Arrays) -> None:
        """Read kernels and statistics in the form of ``arrays``, or the folded form of ``fold``.

        Folded, a layer has a bias and no statistics: its normalisation then changes nothing, and
        ``renormalise`` must be called before training goes on.

        Raises:
            KeyError: One is missing.
        """
        if f"{LAYERS[0]}/bias" in arrays:
            arrays = _unfolded(arrays)
        with torch.no_grad():
            for layer in LAYERS:
                kernel = torch.from_numpy(np.asarray(arrays[f"{layer}/kernel"], np.float32))
                self.convolutions[layer].weight.copy_(kernel.permute(3, 2, 0, 1))
                for name, target in _statistics(self.normalisations[layer]).items():
                    value = np.asarray(arrays[f"{layer}/bn_{name}"], np.float32)
                    target.copy_(torch.from_numpy(value))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Kernels as Keras has them, and what normalises each convolution.

        Returns:
            By layer: ``…/kernel`` ``(3, 3, in, out)``; ``…/bn_gamma``, ``…/bn_beta``,
            ``…/bn_mean``, ``…/bn_variance`` ``(out,)``; all float32.
        """
        arrays = {}
        for layer in LAYERS:
            kernel = self.convolutions[layer].weight.detach().permute(2, 3, 1, 0)
            arrays[f"{layer}/kernel"] = kernel.float().cpu().contiguous().numpy()
            for name, tensor in _statistics(self.normalisations[layer]).items():
                arrays[f"{layer}/bn_{name}"] = tensor.detach().float().cpu().numpy().copy()
        return arrays


def fold(arrays: Arrays) -> dict[str, NDArray[np.float32]]:
    """Put the normalisation into kernels and biases.

    Args:
        arrays: In the form of ``VGG16.arrays``.

    Returns:
        By layer: ``…/kernel`` ``(3, 3, in, out)`` and ``…/bias`` ``(out,)``, float32, with which
        Keras's VGG16 computes the same.
    """
    folded = {}
    for layer in LAYERS:
        gamma, beta, mean, variance = (
            np.asarray(arrays[f"{layer}/bn_{name}"], np.float64)
            for name in ("gamma", "beta", "mean", "variance")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        kernel = np.asarray(arrays[f"{layer}/kernel"], np.float64) * scale
        folded[f"{layer}/kernel"] = kernel.astype(np.float32)
        folded[f"{layer}/bias"] = (beta - mean * scale).astype(np.float32)
    return folded


def _unfolded(arrays: Arrays) -> dict[str, NDArray[np.floating]]:
    whole = {}
    for layer in LAYERS:
        bias = arrays[f"{layer}/bias"]
        whole[f"{layer}/kernel"] = arrays[f"{layer}/kernel"]
        whole[f"{layer}/bn_gamma"] = np.ones_like(bias)
        whole[f"{layer}/bn_beta"] = bias
        whole[f"{layer}/bn_mean"] = np.zeros_like(bias)
        whole[f"{layer}/bn_variance"] = np.full_like(bias, 1 - EPSILON)
    return whole


@torch.no_grad()
def renormalise(network: VGG16, pixels: Tensor) -> None:
    """Give every layer the statistics of these pictures without changing what it computes.

    After it, training with the statistics of batches starts from the same function.

    Args:
        network: Is changed in place.
        pixels: ``(n, 3, height, width)``, red, green, blue, 0 to 255.
    """
    hooks = []
    for layer in LAYERS:

        def adapt(normalisation: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
            x = inputs[0].float()
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
            scale = normalisation.weight / (normalisation.running_var + EPSILON).sqrt()
            normalisation.bias += (mean - normalisation.running_mean) * scale
            normalisation.weight.copy_(scale * (variance + EPSILON).sqrt())
            normalisation.running_mean.copy_(mean)
            normalisation.running_var.copy_(variance)

        hooks.append(network.normalisations[layer].register_forward_pre_hook(adapt))
    network.eval()
    network(pixels)
    for hook in hooks:
        hook.remove()


@torch.no_grad()
def refresh_statistics(network: VGG16, batches: Iterable[Tensor]) -> None:
    """Take the mean and variance of every layer anew, as they are at another size of picture.

    Args:
        network: Is changed in place; frozen layers too.
        batches: Each ``(n, 3, height, width)``; their statistics are averaged.
    """
    network.freeze(0)
    network.train()
    for normalisation in network.normalisations.values():
        normalisation.reset_running_stats()
        normalisation.momentum = None  # the plain average of all batches
    for pixels in batches:
        network(pixels)
    for normalisation in network.normalisations.values():
        normalisation.momentum = 0.1
    network.eval()


def _statistics(normalisation: nn.Module) -> dict[str, Tensor]:
    return {
        "gamma": normalisation.weight,
        "beta": normalisation.bias,
        "mean": normalisation.running_mean,
        "variance": normalisation.running_var,
    }


def generalised_mean(maps: Tensor, power: float = POOLING_POWER) -> Tensor:
    """GeM pooling (Radenovic, Tolias, Chum 2019, section 3.2).

    Args:
        maps: ``(n, channels, height, width)``, not negative.
        power: 1 is the mean; the maximum is approached as it grows.

    Returns:
        ``(n, channels)`` float32.
    """
    return maps.float().clamp(min=1e-6).pow(power).mean(dim=(2, 3)).pow(1 / power)
