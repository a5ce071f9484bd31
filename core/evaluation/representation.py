"""Representations: what a gallery is searched by."""

from dataclasses import dataclass, replace
from typing import Self

from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from ..model import FitChoice
from ..search import ranking_of
from ..types import DISTANCE, RANKINGS


@dataclass(frozen=True, slots=True)
class Representation:
    """A descriptor, the fit of its features, and the ranking of the matches.

    Attributes:
        fit_from: The gallery that taught the fit; ``None`` for the one that is searched.

    Raises:
        ConfigurationError: There is no such ranking.
    """

    descriptor: str
    fit: FitChoice
    ranking: str = DISTANCE
    fit_from: str | None = None

    def __post_init__(self) -> None:
        if self.ranking not in RANKINGS:
            raise ConfigurationError(
                f"Expected a ranking by {' or '.join(RANKINGS)}. Received: ranking={self.ranking!r}"
            )

    def __str__(self) -> str:
        name = f"{self.descriptor}, {self.fit}"
        if self.fit_from is not None:
            name += f" learnt from {self.fit_from}"
        return name if self.ranking == DISTANCE else f"{name}, {self.ranking}"

    def shares_features(self, other: Self) -> bool:
        """Whether both have the same fitted features; their rankings may differ."""
        return replace(self, ranking=other.ranking) == other


def representation_of(snapshot: IndexSnapshot, ranking: str | None = None) -> Representation:
    """The representation that an index is searched with, in its own ranking or in another."""
    choice = snapshot.fit.choice
    return Representation(snapshot.space.descriptor, choice, ranking_of(snapshot, ranking))
