"""Matches, or other images, as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from ..types import ImageRecord, Match

IMAGE_COLUMNS = ("width", "height", "bytes", "taken_at")
COLUMNS = ("rank", "image", "distance", "closer_than", *IMAGE_COLUMNS)
# Spreadsheets evaluate cells that begin like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def matches_table(matches: Sequence[Match]) -> bytes:
    """CSV with a header of ``COLUMNS`` and a line for each match.

    The encoding is UTF-8; bytes of a path that are not UTF-8 are kept.
    """
    rows = (
        (
            match.rank,
            escape_formula(match.image),
            f"{match.distance:.6f}",
            f"{match.closeness.share:.5f}" if match.closeness else "",
            *_facts(match.record),
        )
        for match in matches
    )
    return _table(COLUMNS, rows)


def images_table(images: Sequence[ImageRecord]) -> bytes:
    """CSV with a line for each image, as ``matches_table`` without what only matches have."""
    rows = ((escape_formula(image.path), *_facts(image)) for image in images)
    return _table(("image", *IMAGE_COLUMNS), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(header)
    lines.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _facts(image: ImageRecord) -> tuple[int, int, int, str]:
    return image.width, image.height, image.size, image.taken_at or ""


def escape_formula(path: str) -> str:
    """The path with ``./`` in front, the same file, if a spreadsheet would evaluate it."""
    return f"./{path}" if path.startswith(_FORMULA) else path
