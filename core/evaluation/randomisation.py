"""Whether the difference between two settings, asked with the same queries, may be chance."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .intervals import Estimate, estimates
from .labelled import Evaluation
from .measures import Values

FLIPS = 10_000
# So many flips at a time, for memory.
_AT_ONCE = 500
# Sums of the same numbers in another order differ by rounding.
_ROUNDING = 1e-9

Setting = TypeVar("Setting", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher the mean average precision of one setting is than that of another.

    Attributes:
        gain: -1 to 1, with its interval; see ``Evaluation.gain_over``.
        p: See ``randomisation_test``.
    """

    gain: Estimate
    p: float


def differences(
    evaluations: Mapping[Setting, Evaluation], base: Setting
) -> dict[Setting, Difference]:
    """The difference of each of the other settings to one of them, over the same queries."""
    others = [setting for setting in evaluations if setting != base]
    if not others:
        return {}
    average = np.array([evaluations[one].average_precisions for one in (base, *others)])
    pairs = (average[1:] - average[0]).T
    found = zip(estimates(pairs), randomisation_test(pairs).tolist(), strict=True)
    return {one: Difference(*pair) for one, pair in zip(others, found, strict=True)}


def randomisation_test(pairs: Values, *, seed: int = 0) -> NDArray[np.float64]:
    """Two-sided p of Fisher's randomisation test (Smucker, Allan, Carterette 2007, section 3).

    If two settings were the same, each difference could as well have the other sign. p is the share
    of the choices of signs whose mean is at least as far from 0 as that of the differences. With
    up to 13 queries all choices are made, else ``FLIPS`` random ones, and the given one is counted
    among them: p is never 0.

    Args:
        pairs: ``(q, m)``: the differences of ``q`` queries in ``m`` comparisons.
        seed: Of the random signs, the same for all comparisons.

    Returns:
        ``(m,)``, 0 to 1.
    """
    queries = len(pairs)
    exact = 2**queries <= FLIPS
    total = 2**queries if exact else FLIPS
    rng = np.random.default_rng(seed)
    observed = np.abs(pairs.sum(axis=0))
    least = observed - _ROUNDING * np.maximum(np.abs(pairs).sum(axis=0), _ROUNDING)
    extreme = np.zeros(pairs.shape[1], np.int64)
    for start in range(0, total, _AT_ONCE):
        count = min(_AT_ONCE, total - start)
        if exact:
            numbers = np.arange(start, start + count)
            kept = (numbers[:, None] >> np.arange(queries) & 1).astype(np.float64)
        else:
            drawn = rng.integers(256, size=(count, -(-queries // 8)), dtype=np.uint8)
            kept = np.unpackbits(drawn, axis=1, count=queries).astype(np.float64)
        sums = 2 * (kept @ pairs) - pairs.sum(axis=0)
        extreme += np.count_nonzero(np.abs(sums) >= least, axis=0)
    itself = 0 if exact else 1
    found: NDArray[np.float64] = (extreme + itself) / (total + itself)
    return found
