"""Explains the matches of one query."""

from collections.abc import Callable

from PIL import Image

from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE, load_indexed
from ..model import FeatureExtractor, check_positions
from ..types import Array, ImageRecord
from .explanation import Explanation, explanation_of
from .overlay import heat_maps


class Explainer:
    """Explains matches of one query, an RGB picture, which the network sees once.

    ``extractor`` gives the extractor of the index for each match, because an extractor that is kept
    would keep its network in the memory. ``shift`` is what the feedback adds to the fitted query,
    ``(d,)`` float32; see ``explanation_of``.

    Raises:
        ConfigurationError: The descriptor of the index has no positions.
    """

    def __init__(
        self,
        snapshot: IndexSnapshot,
        extractor: Callable[[], FeatureExtractor],
        query: Image.Image,
        shift: Array | None = None,
    ) -> None:
        check_positions(snapshot.space.descriptor)
        self._snapshot = snapshot
        self._extractor = extractor
        self._query = query
        self._shift = shift
        # With the first match the network sees both at once, which is faster.
        self._maps: Array | None = None

    def explain(self, match: ImageRecord) -> Explanation:
        """Where the similarity of the query and a match comes from.

        Raises:
            ImageError: The file of the match is missing or has changed.
        """
        return self._explained(match)[0]

    def picture(self, match: ImageRecord) -> bytes:
        """The query and a match side by side, each under its heat map, as a JPEG; see ``explain``.

        Raises:
            ImageError: The file of the match is missing or has changed.
        """
        explanation, pixels = self._explained(match)
        return heat_maps(self._query, pixels, explanation)

    def _explained(self, match: ImageRecord) -> tuple[Explanation, Image.Image]:
        path = self._snapshot.library / match.path
        pixels = load_indexed(path, match.id, enough=ENOUGH_SIDE).pixels
        unseen = [self._query] if self._maps is None else []
        *query, other = self._extractor().outputs([*unseen, pixels])
        if query:
            (self._maps,) = query
        assert self._maps is not None
        space, fit = self._snapshot.space, self._snapshot.fit
        return explanation_of(space.descriptor, fit, self._maps, other, self._shift), pixels
