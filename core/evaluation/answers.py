"""The rankings of the queries of an evaluation, as they are measured."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Array, Rows
from .measures import Rankings
from .truth import GroundTruth


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """The rankings of ``q`` queries over ``n`` images.

    Attributes:
        truth: Paths and labels of the rows.
        queries: ``(q,)`` row numbers of the queries.
        gallery: ``(n,)`` row numbers of the images that were asked.
        order: ``(q, n)`` their numbers in ``gallery``, the best first; what is left out comes last.
        relevant: ``(q, n)``, whether each is relevant, in this order.
        scores: ``(q, n)`` float32, in the order of ``gallery``.
        lengths: ``(q,)``: how many images are not left out.
    """

    truth: GroundTruth
    queries: Rows
    gallery: Rows
    order: Rows
    relevant: Rankings
    scores: Array
    lengths: NDArray[np.intp]

    def first_wrong(self) -> Rows:
        """Row of the first image that is not relevant, and its place from 0; -1 if all are.

        Returns:
            ``(q, 2)``.
        """
        places = np.argmin(self.relevant, axis=1)
        rows = self.gallery[self.order[np.arange(len(places)), places]]
        wrong = np.stack([rows, places], axis=1)
        # What is left out is at the end.
        wrong[places >= self.lengths] = -1
        return wrong


Look = Callable[[Answers], None]
"""Called with the answers to some queries at a time, each query once."""
