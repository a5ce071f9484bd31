"""Matches, or other images, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ..types import ImageRecord, Match

IMAGE_COLUMNS = ("width", "height", "bytes", "taken_at")
COLUMNS = ("rank", "image", "distance", "closer_than", *IMAGE_COLUMNS)
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
                *_facts(image),
            )
        )
    return text.getvalue().encode("utf-8", "surrogateescape")


def images_table(images: Sequence[ImageRecord]) -> bytes:
    """CSV with a line for each image, as ``matches_table`` without what only matches have."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("image", *IMAGE_COLUMNS))
    lines.writerows((escape_formula(image.path), *_facts(image)) for image in images)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _facts(image: ImageRecord) -> tuple[int, int, int, str]:
    return image.width, image.height, image.size, image.taken_at or ""


def escape_formula(path: str) -> str:
    """The path with ``./`` in front, the same file, if a spreadsheet would evaluate it."""
    return f"./{path}" if path.startswith(_FORMULA) else path
