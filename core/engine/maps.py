"""The maps of the galleries, with their groups."""

from collections.abc import Iterable

from ..errors import ConfigurationError
from ..explore import (
    GalleryMap,
    Misfiled,
    draw_map,
    gallery_map,
    group_ids,
    misfiled,
    odd_ones,
    rename_group,
)
from ..feature_store import IndexSnapshot
from ..program import COMMAND
from ..types import ProgressCallback, Rows


class Maps:
    """``engine.maps``: where the pictures of an index are on a map, and which are together."""

    def draw(
        self, snapshot: IndexSnapshot, *, progress: ProgressCallback = lambda _: None
    ) -> GalleryMap:
        """Draw the map of an index and its groups, and save them; see ``draw_map``."""
        return draw_map(snapshot, progress)

    def of(self, snapshot: IndexSnapshot) -> GalleryMap | None:
        """The map of an index; ``None`` where none was drawn yet."""
        return gallery_map(snapshot)

    def ids(self, snapshot: IndexSnapshot, names: Iterable[str]) -> frozenset[str]:
        """The ids of the images in groups, by their names.

        Raises:
            ConfigurationError: There is no map, or no such group.
        """
        found = self.of(snapshot)
        if found is None:
            raise ConfigurationError(
                "Expected a map of the gallery, which has the groups. Received: none. Draw it with "
                f"`{COMMAND} groups`."
            )
        return frozenset().union(*(group_ids(snapshot, found, name) for name in names))

    def rename_group(
        self, snapshot: IndexSnapshot, found: GalleryMap, number: int, name: str
    ) -> None:
        """Give a name to a group; an empty one restores the common name; see ``rename_group``."""
        rename_group(snapshot, found, number, name)

    def odd_ones(self, snapshot: IndexSnapshot, found: GalleryMap) -> Rows:
        """The rows of the images in no group and far from all, the farthest first."""
        return odd_ones(snapshot, found)

    def misfiled(self, snapshot: IndexSnapshot) -> tuple[Misfiled, ...]:
        """The images that seem to be in a wrong folder; see ``misfiled``."""
        return misfiled(snapshot)
