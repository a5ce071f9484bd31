"""The options of a search."""

import math
from dataclasses import dataclass, field

import numpy as np

from ..config import DEFAULT_MATCHES
from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from ..types import DISTANCE, RANKINGS
from .exact import ALL, COMBINATIONS
from .feedback import Feedback
from .filters import Filters

DEFAULT_RANKING = DISTANCE


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """What is searched for, besides the queries; invalid options: ``ConfigurationError``.

    Attributes:
        k: Number of matches, at least 1; fewer if fewer images qualify.
        combine: The distance of an image is that to the farthest query (``"all"``) or to the
            nearest one (``"any"``).
        feedback: Moves the queries, see ``rocchio``. Images marked as wrong and files with the same
            content are not found; images marked as right are ranked like all others.
        filters: Only images that pass are found.
        max_distance: Images farther than this are not found, 0 to 2; ``None`` for no limit.
        ranking: Order of the matches, one of ``RANKINGS``, with the real distances in either;
            ``None`` takes that of the gallery, else the default.
        exact: Whether to compare with every image on this machine, also where the index is
            approximate or on a server.
        part: Whether the one query is a thing that is looked for in the images; see ``find_part``.
        hide_copies: Whether of each picture only the closest file is found.
    """

    k: int = DEFAULT_MATCHES
    combine: str = ALL
    feedback: Feedback = field(default_factory=Feedback)
    filters: Filters = field(default_factory=Filters)
    max_distance: float | None = None
    ranking: str | None = None
    exact: bool = False
    part: bool = False
    hide_copies: bool = False

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ConfigurationError(f"Expected at least 1 match to look for. Received: k={self.k}")
        if self.combine not in COMBINATIONS:
            raise ConfigurationError(
                f"Expected several queries to be combined by {' or '.join(COMBINATIONS)}. "
                f"Received: combine={self.combine!r}"
            )
        # The comparison is also false for NaN.
        if not self.farthest >= 0:
            raise ConfigurationError(
                f"Expected a distance limit from 0 to 2. Received: max_distance={self.max_distance}"
            )
        if self.ranking not in (None, *RANKINGS):
            raise ConfigurationError(
                f"Expected a ranking by {' or '.join(RANKINGS)}. Received: ranking={self.ranking!r}"
            )

    @property
    def farthest(self) -> float:
        """The largest distance of a match, as float32 holds it; infinite for no limit."""
        return math.inf if self.max_distance is None else float(np.float32(self.max_distance))


def ranking_of(snapshot: IndexSnapshot, ranking: str | None = None) -> str:
    """The ranking asked for, else that of the gallery, else the default; one of ``RANKINGS``."""
    return ranking or snapshot.chosen.ranking or DEFAULT_RANKING
