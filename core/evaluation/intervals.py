"""Means over queries with confidence intervals."""

from dataclasses import dataclass

import numpy as np

from .measures import Values

CONFIDENCE = 0.95
_RESAMPLES = 1000
# In so many parts, for memory.
_PARTS = 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over queries and the ends of its 95 % confidence interval.

    0 to 1, for the N-S score 0 to 4.
    """

    mean: float
    low: float
    high: float


def estimates(values: Values, *, seed: int = 0) -> list[Estimate]:
    """Mean and interval of each of ``m`` measures of ``q`` queries, at least one: ``(q, m)``.

    The ends are percentiles of a bootstrap over the queries (Efron, Tibshirani 1993, section 13.3;
    for measures of retrieval Sakai 2006). The same seed draws the same queries for each ``q``.
    """
    rng = np.random.default_rng(seed)
    means = np.empty((_RESAMPLES, values.shape[1]))
    for some in np.split(means, _PARTS):
        # Counting the draws of each row is cheaper than copying the drawn rows.
        counts = [
            np.bincount(rng.integers(len(values), size=len(values)), minlength=len(values))
            for _ in some
        ]
        some[:] = np.array(counts, np.float64) @ values / len(values)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (outside, 1 - outside), axis=0)
    found = zip(values.mean(axis=0), low, high, strict=True)
    return [Estimate(*map(float, numbers)) for numbers in found]
