"""An answer as one page to print: the query and the matches in small."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.errors import ImageError
from core.feature_store import IndexSnapshot
from core.media.disk_cache import DiskCache
from core.media.lettering import fitting, font
from core.media.thumbnails import thumbnail
from core.types import Match

MOST = 500
_CELL = 220
_GAP = 20
_MARGIN = 48
_LINE = 20
_QUERY = 260
_TEXT_SIZE = 15
_TITLE_SIZE = 26
_PAPER, _INK, _FAINT, _EMPTY = "#ffffff", "#1d1a18", "#6a625c", "#ece7e2"
_QUALITY = 88


def contact_sheet(
    query: Image.Image,
    query_name: str,
    matches: Sequence[Match],
    snapshot: IndexSnapshot,
    cache: DiskCache,
) -> bytes:
    """A page with the query on top and below it each match with rank, distance and name.

    Args:
        query: RGB, any size.
        query_name: What to call it.
        matches: Nearest first; those after the first ``MOST`` are left out.
        snapshot: The index that was searched.
        cache: Has the thumbnails.

    Returns:
        A JPEG file. Images that are gone have an empty place.
    """
    matches = matches[:MOST]
    columns = _columns(len(matches))
    rows = math.ceil(len(matches) / columns)
    width = 2 * _MARGIN + columns * (_CELL + _GAP) - _GAP
    top = _MARGIN + _QUERY + 2 * _GAP
    row_height = _CELL + 2 * _LINE + _GAP
    page = Image.new("RGB", (width, top + rows * row_height + _MARGIN - _GAP), _PAPER)
    draw = ImageDraw.Draw(page)
    text, title = font(_TEXT_SIZE), font(_TITLE_SIZE)

    _place(page, query, (_MARGIN, _MARGIN, _QUERY, _QUERY))
    left, room = _MARGIN + _QUERY + 2 * _GAP, width - 2 * _MARGIN - _QUERY - 2 * _GAP
    draw.text((left, _MARGIN), fitting(query_name, title, room), _INK, title)
    summary = f"{len(matches)} closest of {len(snapshot.images):,} images"
    draw.text((left, _MARGIN + 2 * _LINE), fitting(summary, text, room), _FAINT, text)

    for number, match in enumerate(matches):
        x = _MARGIN + number % columns * (_CELL + _GAP)
        y = top + number // columns * row_height
        _place(page, _small(match, snapshot, cache), (x, y, _CELL, _CELL))
        below = y + _CELL + 4
        draw.text((x, below), f"{match.rank}", _INK, text)
        distance = f"{match.distance:.4f}"
        draw.text((x + _CELL - text.getlength(distance), below), distance, _FAINT, text)
        name = fitting(match.image.rpartition("/")[2], text, _CELL)
        draw.text((x, below + _LINE), name, _INK, text)

    file = io.BytesIO()
    page.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _columns(count: int) -> int:
    """As many that the page is about as wide as high, and five at least for the head."""
    return max(5, round(math.sqrt(count)))


def _small(match: Match, snapshot: IndexSnapshot, cache: DiskCache) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(thumbnail(snapshot, match.record.id, cache))) as small:
            return small.convert("RGB")
    except (ImageError, OSError):
        return None


def _place(page: Image.Image, image: Image.Image | None, box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    if image is None:
        ImageDraw.Draw(page).rectangle((x, y, x + width - 1, y + height - 1), _EMPTY)
        return
    share = min(width / image.width, height / image.height)
    size = (max(round(image.width * share), 1), max(round(image.height * share), 1))
    corner = (x + (width - size[0]) // 2, y + (height - size[1]) // 2)
    page.paste(image.resize(size, Image.Resampling.LANCZOS), corner)
