"""Names that the owner gave to groups; they stay with the pictures when a map is drawn anew."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..documents import read_document, write_document
from ..errors import FeatureStoreError
from ..feature_store import IndexSnapshot
from ..file_names import distinct_name

logger = logging.getLogger(__name__)

FORMAT = "lookalike-group-names"
VERSION = 1
# Of the features folder: what cannot be made again is there.
FOLDER = "labels"


@dataclass(frozen=True, slots=True)
class GivenName:
    """A name, and ids of pictures of the group that it was given to."""

    name: str
    images: tuple[str, ...]


def names_file(snapshot: IndexSnapshot) -> Path | None:
    """The file of the given names of a gallery, whether it is there or not.

    ``None`` for an index that is in no folder.
    """
    if snapshot.folder is None:
        return None
    name = distinct_name(snapshot.library.name, bytes(snapshot.library), 4)
    return snapshot.folder.parent / FOLDER / f"groups-{name}.json"


def read_names(file: Path | None) -> tuple[GivenName, ...]:
    """The given names in a file; none where it is missing.

    Raises:
        FeatureStoreError: It is damaged.
    """
    if file is None or not file.exists():
        return ()
    try:
        content = read_document(file, FORMAT, VERSION)
        return tuple(
            GivenName(str(one["name"]), tuple(map(str, one["images"]))) for one in content["names"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FeatureStoreError(
            f"The names of the groups cannot be read: expected {FORMAT} JSON of version {VERSION}. "
            f"Received: {file} ({error}). Move it away; the groups are named by their folders then."
        ) from error


def write_names(file: Path, names: Sequence[GivenName]) -> None:
    """Save given names in one rename.

    Raises:
        FeatureStoreError: The file cannot be written.
    """
    content = {"names": [{"name": one.name, "images": list(one.images)} for one in names]}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_document(file, FORMAT, VERSION, content)
    except OSError as error:
        raise FeatureStoreError(
            f"The name cannot be saved: expected a folder to write to. Received: {file} "
            f"({error.strerror or error}). Make it writable or free some space."
        ) from error
