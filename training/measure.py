"""How well pictures find others of their label, measured on the network as it is trained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from core.evaluation import average_precision
from core.model import descriptor_named
from core.types import Array
from training.network import VGG16
from training.pictures import Pictures

# The descriptors of the product over the network's last layer.
POOLINGS = ("avg", "gem", "max")


def whole(pictures: Pictures, numbers: np.ndarray, size: int, batch: int = 32) -> Iterator[Tensor]:
    """Whole pictures squashed to a square, as the product sees them.

    Yields:
        ``(n, 3, size, size)`` uint8.
    """
    for part in np.array_split(numbers, -(-len(numbers) // batch)):
        squashed = [np.asarray(pictures.open(int(n)).resize((size, size))) for n in part]
        yield torch.from_numpy(np.stack(squashed)).permute(0, 3, 1, 2)


@torch.no_grad()
def mean_average_precisions(
    network: VGG16, pictures: Pictures, *, size: int = 224
) -> dict[str, float]:
    """Mean average precision of each pooling, every picture asked for against all others.

    Args:
        network: Is used on the processor, in bfloat16.
        pictures: Labelled.
        size: Side in pixels.

    Returns:
        By pooling, 0 to 1.
    """
    network.eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        every = np.arange(len(pictures.items))
        maps = torch.cat([network(pixels).float() for pixels in whole(pictures, every, size)])
    outputs = maps.permute(0, 2, 3, 1).numpy()
    return {
        name: _mean_average_precision(descriptor_named(name).describe(outputs), pictures.labels)
        for name in POOLINGS
    }


def _mean_average_precision(descriptors: Array, labels: np.ndarray) -> float:
    similarities = descriptors @ descriptors.T
    np.fill_diagonal(similarities, -2)
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :-1]
    return float(np.mean(average_precision(labels[order] == labels[:, None])))
