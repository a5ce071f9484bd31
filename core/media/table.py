"""An answer as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import zip_longest

from core.feature_store import IndexSnapshot
from core.types import Match

COLUMNS = ("rank", "image", "distance", "closer_than", "width", "height", "bytes", "taken_at")
# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(matches: Sequence[Match], snapshot: IndexSnapshot) -> bytes:
    """The matches as CSV with a header of ``COLUMNS``, one a line.

    A path that a spreadsheet would take for a formula gets ``./`` in front: it still names the
    same file.

    Args:
        matches: Of a search of the snapshot.
        snapshot: The index that was searched.

    Returns:
        UTF-8; bytes of a path that are no UTF-8 are kept.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    close = snapshot.distances.closeness([match.distance for match in matches])
    for match, one in zip_longest(matches, close):
        image = snapshot.images[snapshot.row_of[match.image]]
        lines.writerow(
            (
                match.rank,
                for_spreadsheets(match.image),
                f"{match.distance:.6f}",
                f"{one.share:.5f}" if one else "",
                image.width,
                image.height,
                image.size,
                image.taken_at or "",
            )
        )
    return text.getvalue().encode("utf-8", "surrogateescape")


def for_spreadsheets(path: str) -> str:
    """A path that no spreadsheet takes for a formula; it still names the same file."""
    return f"./{path}" if path.startswith(_FORMULA) else path
