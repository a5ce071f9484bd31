"""Give a name to a group."""

from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from .gallery_map import GalleryMap, group_ids
from .given_names import GivenName, names_file, read_names, write_names
from .naming import owners

MOST_CHARACTERS = 100
# Ids are hashes, so that the first ones are as good as drawn at random.
_MOST_IMAGES = 200


def rename_group(snapshot: IndexSnapshot, found: GalleryMap, number: int, name: str) -> None:
    """Give a name to a group of the map of an index; an empty one restores the common name.

    Raises:
        ConfigurationError: The name is too long, or that of another group.
        FeatureStoreError: The names cannot be read or written.
    """
    name = " ".join(name.split())
    if len(name) > MOST_CHARACTERS:
        raise ConfigurationError(
            f"Expected a name of at most {MOST_CHARACTERS} characters. Received: {len(name)}"
        )
    if name in {group.name for group in found.groups if group.number != number}:
        raise ConfigurationError(
            f"Expected a name that no other group has. Received: {name!r}. Choose another one."
        )
    file = names_file(snapshot)
    if file is None:
        raise ConfigurationError("Expected an index of the features folder. Received: another one")
    given = read_names(file)
    members = [found.members(group.number) for group in found.groups]
    former = owners(members, snapshot.images, given).get(number)
    kept = [one for one in given if one is not former]
    if name:
        ids = sorted(group_ids(snapshot, found, found.groups[number].name))
        kept.append(GivenName(name, tuple(ids[:_MOST_IMAGES])))
    write_names(file, kept)
