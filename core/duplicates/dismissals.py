"""Images that a person said are not duplicates of each other, by their content."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..feature_store import library_file, library_files
from .json_files import read_json, write_json

FORMAT = "lookalike-dismissals"
VERSION = 1

Dismissals = tuple[frozenset[str], ...]


def read_dismissals(features: Path, library: Path) -> Dismissals:
    """The sets of ids that were dismissed in a library, also under a name that it had before."""
    sets: dict[frozenset[str], None] = {}
    for path in library_files(features, library, "dismissed.json"):
        sets |= dict.fromkeys(read_json(path, FORMAT, VERSION, parse=_sets) or ())
    return tuple(sets)


def _sets(content: dict[str, Any]) -> Dismissals:
    return tuple(frozenset(ids) for ids in content["sets"])


def dismiss(features: Path, library: Path, ids: Iterable[str]) -> None:
    """Remember that images are not duplicates of each other, in one rename."""
    known = read_dismissals(features, library)
    sets = sorted(sorted(one) for one in {*known, frozenset(ids)})
    content = {"library": str(library), "sets": sets}
    write_json(library_file(features, library, "dismissed.json"), FORMAT, VERSION, content)
