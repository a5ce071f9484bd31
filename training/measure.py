"""How well pictures find others of their label, measured on the network as it is trained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.network import VGG16, generalised_mean
from training.pictures import Pictures

POOLINGS = {
    "avg": lambda maps: maps.mean((2, 3)),
    "gem": generalised_mean,
    "max": lambda maps: maps.amax((2, 3)),
}


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
    labels = torch.from_numpy(pictures.labels)
    return {
        name: _mean_average_precision(functional.normalize(pool(maps)), labels)
        for name, pool in POOLINGS.items()
    }


def _mean_average_precision(descriptors: Tensor, labels: Tensor) -> float:
    similarities = descriptors @ descriptors.T
    order = similarities.fill_diagonal_(-2).argsort(1, descending=True)[:, :-1]
    relevant = (labels[order] == labels[:, None]).float()
    precisions = relevant.cumsum(1) / torch.arange(1, relevant.shape[1] + 1)
    return float(((precisions * relevant).sum(1) / relevant.sum(1)).mean())
