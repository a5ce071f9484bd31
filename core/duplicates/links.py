"""What a search for duplicates found, by the content of the files, saved in the features folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.documents import file_version
from core.duplicates.contents import Contents
from core.duplicates.json_files import read_json, write_json
from core.errors import FeatureStoreError
from core.feature_store import library_file

FORMAT = "lookalike-duplicates-1"

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Links:
    """Pairs of ids of files with different content, each once, the smaller id first.

    Pictures that are gone need no other links: what is said here of the rest still holds.

    Attributes:
        same: Verified as the same picture.
        moment: Alike, and taken within seconds.
        examined: Ids of all images that were compared.
        conditions: By id, of the images in pairs and of those with identical copies.
    """

    same: Pairs = frozenset()
    moment: Pairs = frozenset()
    examined: frozenset[str] = frozenset()
    conditions: Mapping[str, Contents] = field(default_factory=dict)


def read_links(features: Path, library: Path) -> Links | None:
    """What was found in a library when it was last searched; ``None`` before.

    Raises:
        FeatureStoreError: The file is damaged.
    """
    path = library_file(features, library, "links.json")
    content = read_json(path, FORMAT)
    if content is None:
        return None
    try:
        return Links(
            frozenset((one, other) for one, other in content["same"]),
            frozenset((one, other) for one, other in content["moment"]),
            frozenset(content["examined"]),
            {name: Contents(**one) for name, one in content["conditions"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FeatureStoreError(
            f"The duplicates that were found cannot be read: expected {FORMAT}. Received: {path} "
            f"({error}). Move it away and find them again."
        ) from error


def write_links(features: Path, library: Path, links: Links) -> None:
    """Save what was found in a library, in one rename."""
    content = {
        "library": str(library),
        "same": sorted(links.same),
        "moment": sorted(links.moment),
        "examined": sorted(links.examined),
        "conditions": {
            name: dataclasses.asdict(one) for name, one in sorted(links.conditions.items())
        },
    }
    write_json(library_file(features, library, "links.json"), FORMAT, content)


def links_state(features: Path, library: Path) -> tuple[object, ...]:
    """A value that changes when links or dismissals of a library are saved."""
    files = ("links.json", "dismissed.json")
    return tuple(file_version(library_file(features, library, what)) for what in files)
