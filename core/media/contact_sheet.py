"""Contact sheet of a search result: one page with the query and small matches."""

import io
import math
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from ..errors import ImageError
from ..feature_store import IndexSnapshot
from ..types import Match
from .collage import place
from .disk_cache import DiskCache
from .lettering import load_font, shorten
from .thumbnails import thumbnail

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


def make_contact_sheet(
    query: Image.Image,
    query_name: str,
    matches: Sequence[Match],
    snapshot: IndexSnapshot,
    cache: DiskCache,
    shows: Callable[[str], bool] = lambda _: True,
) -> bytes:
    """JPEG file with the query, RGB of any size, and below it the first ``MOST`` matches.

    A missing image leaves an empty place, and so does one whose id ``shows`` refuses. The
    thumbnails come from the cache.
    """
    matches = matches[:MOST]
    # An about square page; at least five, for the title.
    columns = max(5, round(math.sqrt(len(matches))))
    rows = math.ceil(len(matches) / columns)
    width = 2 * _MARGIN + columns * (_CELL + _GAP) - _GAP
    top = _MARGIN + _QUERY + 2 * _GAP
    row_height = _CELL + 2 * _LINE + _GAP
    page = Image.new("RGB", (width, top + rows * row_height + _MARGIN - _GAP), _PAPER)
    draw = ImageDraw.Draw(page)
    text, title = load_font(_TEXT_SIZE), load_font(_TITLE_SIZE)

    place(page, query, (_MARGIN, _MARGIN, _QUERY, _QUERY))
    left, space = _MARGIN + _QUERY + 2 * _GAP, width - 2 * _MARGIN - _QUERY - 2 * _GAP
    draw.text((left, _MARGIN), shorten(query_name, title, space), _INK, title)
    summary = f"{len(matches)} closest of {len(snapshot.images):,} images"
    draw.text((left, _MARGIN + 2 * _LINE), shorten(summary, text, space), _FAINT, text)

    for number, match in enumerate(matches):
        x = _MARGIN + number % columns * (_CELL + _GAP)
        y = top + number // columns * row_height
        small = _small_image(match, snapshot, cache) if shows(match.record.id) else None
        if small:
            place(page, small, (x, y, _CELL, _CELL))
        else:
            draw.rectangle((x, y, x + _CELL - 1, y + _CELL - 1), _EMPTY)
        below = y + _CELL + 4
        draw.text((x, below), f"{match.rank}", _INK, text)
        distance = f"{match.distance:.4f}"
        draw.text((x + _CELL - text.getlength(distance), below), distance, _FAINT, text)
        name = shorten(match.image.rpartition("/")[2], text, _CELL)
        draw.text((x, below + _LINE), name, _INK, text)

    file = io.BytesIO()
    page.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _small_image(match: Match, snapshot: IndexSnapshot, cache: DiskCache) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(thumbnail(snapshot, match.record.id, cache))) as small:
            return small.convert("RGB")
    except (ImageError, OSError):
        return None
