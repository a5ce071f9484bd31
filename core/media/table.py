"""An answer as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from core.types import Match

COLUMNS = ("rank", "image", "distance", "closer_than", "width", "height", "bytes", "taken_at")
# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(matches: Sequence[Match]) -> bytes:
    """The matches as CSV with a header of ``COLUMNS``, one a line.

    A path that a spreadsheet would take for a formula gets ``./`` in front: it still names the
    same file.

    Args:
        matches: Nearest first.

    Returns:
        UTF-8; bytes of a path that are no UTF-8 are kept.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for match in matches:
        image, close = match.record, match.closeness
        lines.writerow(
            (
                match.rank,
                for_spreadsheets(match.image),
                f"{match.distance:.6f}",
                f"{close.share:.5f}" if close else "",
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
