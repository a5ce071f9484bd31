"""The precision–recall curve of rankings, at eleven points."""

import numpy as np

from .measures import Rankings, Values

RECALL_LEVELS = tuple(level / 10 for level in range(11))


def interpolated_precision(relevant: Rankings) -> Values:
    """Interpolated precision at ``RECALL_LEVELS``, ``(q, 11)`` (Manning et al. 2008, section 8.4).

    At a level of recall it is the highest precision at that recall or a higher one; 0 if no image
    is relevant.
    """
    curves = np.zeros((len(relevant), len(RECALL_LEVELS)))
    for curve, ranking in zip(curves, relevant, strict=True):
        places = np.flatnonzero(ranking)
        if len(places):
            precisions = np.arange(1, len(places) + 1) / (places + 1)
            highest = np.maximum.accumulate(precisions[::-1])[::-1]
            # Whole numbers: a tenth of the relevant images, rounded up, is not that of 0.1.
            needed = -(-np.arange(len(RECALL_LEVELS)) * len(places) // 10)
            curve[:] = highest[np.maximum(needed - 1, 0)]
    return curves
