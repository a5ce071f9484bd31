"""Matches as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from core.types import Match

COLUMNS = ("rank", "image", "distance", "closer_than", "width", "height", "bytes", "taken_at")
# Spreadsheets evaluate cells that begin like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def matches_table(matches: Sequence[Match]) -> bytes:
    """CSV with a header of ``COLUMNS`` and a line for each match.

    The encoding is UTF-8; bytes of a path that are not UTF-8 are kept.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for match in matches:
        image, close = match.record, match.closeness
        lines.writerow(
            (
                match.rank,
                escape_formula(match.image),
                f"{match.distance:.6f}",
                f"{close.share:.5f}" if close else "",
                image.width,
                image.height,
                image.size,
                image.taken_at or "",
            )
        )
    return text.getvalue().encode("utf-8", "surrogateescape")


def escape_formula(path: str) -> str:
    """The path with ``./`` in front, the same file, if a spreadsheet would evaluate it."""
    return f"./{path}" if path.startswith(_FORMULA) else path
