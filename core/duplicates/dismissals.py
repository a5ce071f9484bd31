"""Images that a person said are not duplicates of each other, by their content."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..feature_store import library_file, library_files
from .json_files import read_json, write_json

FORMAT = "lookalike-dismissals"
VERSION = 1

Dismissals = tuple[frozenset[str], ...]


def read_dismissals(features: Path, library: Path) -> Dismissals:
    """The sets of ids that were dismissed in a library, also under a name that it had before.

    A damaged file raises an error.
    """
    contents = (
        read_json(path, FORMAT, VERSION)
        for path in library_files(features, library, "dismissed.json")
    )
    sets = {frozenset(ids): None for content in contents if content for ids in content["sets"]}
    return tuple(sets)


def dismiss(features: Path, library: Path, ids: Iterable[str]) -> None:
    """Remember that images are not duplicates of each other, in one rename."""
    known = read_dismissals(features, library)
    sets = sorted(sorted(one) for one in {*known, frozenset(ids)})
    content = {"library": str(library), "sets": sets}
    write_json(library_file(features, library, "dismissed.json"), FORMAT, VERSION, content)
