"""Images that a person said are not duplicates of each other, by their content."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.duplicates.json_files import read_json, write_json
from core.feature_store import library_file

FORMAT = "lookalike-dismissals-1"

Dismissals = tuple[frozenset[str], ...]


def read_dismissals(features: Path, library: Path) -> Dismissals:
    """The sets of ids that were dismissed in a library; a damaged file raises an error."""
    content = read_json(library_file(features, library, "dismissed.json"), FORMAT)
    return tuple(frozenset(ids) for ids in content["sets"]) if content else ()


def dismiss(features: Path, library: Path, ids: Iterable[str]) -> None:
    """Remember that images are not duplicates of each other, in one rename."""
    known = read_dismissals(features, library)
    sets = sorted(sorted(one) for one in {*known, frozenset(ids)})
    content = {"library": str(library), "sets": sets}
    write_json(library_file(features, library, "dismissed.json"), FORMAT, content)
