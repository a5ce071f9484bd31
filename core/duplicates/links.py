"""What a search for duplicates found, by the content of the files, saved in the features folder."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..documents import file_version
from ..feature_store import library_file, library_files
from .contents import Contents
from .json_files import read_json, write_json
from .relation import Relation

FORMAT = "lookalike-duplicates"
VERSION, _OLDER = 2, 1

Pair = tuple[str, str]


@dataclass(frozen=True)
class Links:
    """What is known of the files of a library by their ids; a pair has the smaller id first.

    Pictures that are gone need no other links: what is said here of the rest still holds.

    Attributes:
        relations: Of pairs of different content that show the same picture, at least in part.
        moment: Pairs that are alike, and taken within seconds.
        examined: Ids of images of which all pairs were compared, among themselves.
        contents: Of the images in pairs and of those with identical copies.
        differences: By the ids of a copy and of the picture to keep, in this order: empty where
            the picture to keep shows all of the copy, else what differs, for a person.
    """

    relations: Mapping[Pair, Relation] = field(default_factory=dict)
    moment: frozenset[Pair] = frozenset()
    examined: frozenset[str] = frozenset()
    contents: Mapping[str, Contents] = field(default_factory=dict)
    differences: Mapping[Pair, str] = field(default_factory=dict)

    @property
    def same(self) -> Iterator[Pair]:
        """The pairs that show the same picture."""
        return (pair for pair, how in self.relations.items() if how is not Relation.OVERLAP)

    @property
    def overlapping(self) -> Iterator[Pair]:
        """The pairs that share a part, and each shows more."""
        return (pair for pair, how in self.relations.items() if how is Relation.OVERLAP)


def read_links(features: Path, library: Path) -> Links | None:
    """What was found in a library when it was last searched; ``None`` before.

    Of a library that was renamed it is what was found under the old name. What an older version of
    this program found counts as nothing.
    """
    path = _path(features, library)
    return read_json(path, FORMAT, _OLDER, VERSION, parse=_links) if path else None


def _path(features: Path, library: Path) -> Path | None:
    """The file of a library, else that of the only library that is gone."""
    own = library_file(features, library, "links.json")
    if own.exists():
        return own
    # Which of several libraries that are gone it was is not known.
    lost = library_files(features, library, "links.json")
    return lost[0] if len(lost) == 1 else None


def _links(content: dict[str, Any]) -> Links | None:
    if content["version"] == _OLDER:
        return None
    return Links(
        {(one, other): Relation(name) for one, other, name in content["relations"]},
        frozenset((one, other) for one, other in content["moment"]),
        frozenset(content["examined"]),
        {name: Contents(**one) for name, one in content["contents"].items()},
        {(copy, kept): str(words) for copy, kept, words in content["differences"]},
    )


def write_links(features: Path, library: Path, links: Links) -> None:
    """Save what was found in a library, in one rename."""
    content = {
        "library": str(library),
        "relations": sorted((*pair, name) for pair, name in links.relations.items()),
        "moment": sorted(links.moment),
        "examined": sorted(links.examined),
        "contents": {name: dataclasses.asdict(one) for name, one in sorted(links.contents.items())},
        "differences": sorted((*pair, words) for pair, words in links.differences.items()),
    }
    write_json(library_file(features, library, "links.json"), FORMAT, VERSION, content)


def links_state(features: Path, library: Path) -> tuple[object, ...]:
    """A value that changes when links or dismissals of a library are saved."""
    paths = (_path(features, library), *library_files(features, library, "dismissed.json"))
    return tuple((path, file_version(path)) for path in paths if path)
