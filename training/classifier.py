"""The classifier that the network is trained with; it is not kept."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.network import DIMENSION

# Of cosines before the softmax, at the start; it is learnt.
SCALE = 20.0
_IMPOSSIBLE = -1e4


class CosineClassifier(nn.Module):
    """One softmax over the classes of all data sets, those of other data sets masked.

    Its logits are cosines between descriptor and class: what the search compares by (normalised
    softmax; Zhai, Wu 2019, section 3).

    Args:
        classes: The number of classes of each data set.
    """

    def __init__(self, classes: Sequence[int]) -> None:
        super().__init__()
        ends = torch.tensor(classes).cumsum(0)
        self.register_buffer("ends", ends)
        self.register_buffer("starts", ends - torch.tensor(classes))
        self.directions = nn.Parameter(torch.randn(sum(classes), DIMENSION))
        self.scale = nn.Parameter(torch.tensor(SCALE).log())

    def forward(self, descriptors: Tensor, sources: Tensor) -> Tensor:
        """Compute logits.

        Args:
            descriptors: ``(n, 512)``.
            sources: ``(n,)``, the number of the data set of each.

        Returns:
            ``(n, classes of all data sets)``.
        """
        cosines = functional.normalize(descriptors) @ functional.normalize(self.directions).T
        column = torch.arange(len(self.directions), device=cosines.device)
        own = (column >= self.starts[sources, None]) & (column < self.ends[sources, None])
        return (cosines * self.scale.exp()).masked_fill(~own, _IMPOSSIBLE)

    def targets(self, sources: Tensor, labels: Tensor) -> Tensor:
        """The column of each label."""
        return self.starts[sources] + labels

    @torch.no_grad()
    def imprint(self, descriptors: Tensor, sources: Tensor, labels: Tensor) -> None:
        """Start from the mean descriptor of each class (Qi, Brown, Lowe 2018), less that of all.

        Args:
            descriptors: ``(n, 512)``, with examples of every class.
            sources: ``(n,)``, the number of the data set of each.
            labels: ``(n,)``, the number of its class within that.
        """
        sums = torch.zeros_like(self.directions)
        sums.index_add_(0, self.targets(sources, labels), functional.normalize(descriptors))
        means = functional.normalize(sums)
        self.directions.copy_(functional.normalize(means - means.mean(0)))
