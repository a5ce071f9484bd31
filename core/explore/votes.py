"""Votes of the nearest pictures, weighted by how close they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Array


def votes(values: NDArray[Any], weights: Array) -> Array:
    """The share of the weights that have the same value as each, ``(m, k)`` float32, 0 to 1.

    Args:
        values: ``(m, k)``.
        weights: ``(m, k)`` float32, not negative; the shares of a row without any are 0.
    """
    shares = np.stack(
        [np.where(values == one[:, None], weights, 0).sum(axis=1) for one in values.T], axis=1
    )
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    found: Array = (shares / total).astype(np.float32)
    return found
