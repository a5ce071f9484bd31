"""How sure a mean over queries is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.measures import Values

CONFIDENCE = 0.95
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over queries.

    Attributes:
        mean: 0 to 1; of a difference, -1 to 1.
        low: Lower end of its 95 % confidence interval.
        high: Upper end.
    """

    mean: float
    low: float
    high: float


def estimates(values: Values, *, seed: int = 0) -> list[Estimate]:
    """The mean of each column with its confidence interval.

    By the percentiles of a bootstrap over the queries (Efron, Tibshirani 1993, section 13.3; for
    measures of retrieval Sakai 2006). The same seed draws the same queries of each table of this
    length, so descriptors are compared on equal terms.

    Args:
        values: ``(q, m)``: ``m`` measures of ``q`` queries, at least one.
        seed: Of the resampling.

    Returns:
        ``m`` estimates.
    """
    chance = np.random.default_rng(seed)
    means = np.empty((_RESAMPLES, values.shape[1]))
    for mean in means:
        drawn = chance.integers(len(values), size=len(values))
        # How often each was drawn; cheaper than to copy the rows that were.
        mean[:] = np.bincount(drawn, minlength=len(values)) @ values / len(values)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (outside, 1 - outside), axis=0)
    found = zip(values.mean(axis=0), low, high, strict=True)
    return [Estimate(*map(float, numbers)) for numbers in found]
