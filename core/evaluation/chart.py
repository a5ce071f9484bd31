"""Chart of the measures of several descriptors."""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

from ..media import Font, load_font, shorten
from .intervals import Estimate

_WIDTH = 960
_MARGIN = 40
_NAME_WIDTH = 180
_LINE = 26
_GAP = 18
_DOT = 5
_TEXT_SIZE, _HEAD_SIZE, _TITLE_SIZE = 15, 16, 24
_PAPER, _INK, _FAINT, _GRID, _DOT_INK = "#ffffff", "#1d1a18", "#6a625c", "#e4ded8", "#a33b1f"
_TICKS = (0, 0.25, 0.5, 0.75, 1)


def measures_chart(title: str, measures: Mapping[str, Mapping[str, Estimate]]) -> bytes:
    """PNG file of estimates by descriptor and by measure, with their confidence intervals."""
    names = dict.fromkeys(name for estimates in measures.values() for name in estimates)
    groups = {
        name: {
            descriptor: estimates[name]
            for descriptor, estimates in measures.items()
            if name in estimates
        }
        for name in names
    }
    lines = sum(len(group) + 1 for group in groups.values())
    top = _MARGIN + _TITLE_SIZE + _GAP
    height = top + lines * _LINE + len(groups) * _GAP + _LINE + _MARGIN
    page = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(page)
    text, head, large = load_font(_TEXT_SIZE), load_font(_HEAD_SIZE), load_font(_TITLE_SIZE)
    draw.text((_MARGIN, _MARGIN), shorten(title, large, _WIDTH - 2 * _MARGIN), _INK, large)
    _scale(draw, top, height - _MARGIN - _LINE, text)
    y = top
    for name, group in groups.items():
        draw.text((_MARGIN, y), name, _INK, head)
        y += _LINE
        for descriptor, estimate in group.items():
            _line(draw, y, descriptor, estimate, text)
            y += _LINE
        y += _GAP
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


def _x(value: float) -> float:
    start, end = _MARGIN + _NAME_WIDTH, _WIDTH - _MARGIN - _NAME_WIDTH
    return start + value * (end - start)


def _scale(draw: ImageDraw.ImageDraw, top: int, bottom: int, text: Font) -> None:
    for tick in _TICKS:
        draw.line((_x(tick), top, _x(tick), bottom), _GRID)
        draw.text(
            (_x(tick) - text.getlength(f"{tick:g}") / 2, bottom + 4), f"{tick:g}", _FAINT, text
        )


def _line(
    draw: ImageDraw.ImageDraw, y: int, descriptor: str, estimate: Estimate, text: Font
) -> None:
    middle = y + _LINE // 2 - 3
    draw.text((_MARGIN, y), shorten(descriptor, text, _NAME_WIDTH - _GAP), _FAINT, text)
    draw.line((_x(estimate.low), middle, _x(estimate.high), middle), _DOT_INK, 2)
    x = _x(estimate.mean)
    draw.ellipse((x - _DOT, middle - _DOT, x + _DOT, middle + _DOT), _DOT_INK)
    words = f"{estimate.mean:.3f}  ({estimate.low:.3f} to {estimate.high:.3f})"
    draw.text((_x(1) + _GAP, y), words, _INK, text)
