"""Features and distances as bars, in SVG."""

from collections.abc import Sequence
from html import escape

from ..types import Array

_TEXT = 13
_BAR = "#d6336c"
_PAPER, _INK = "#ffffff", "#1d1a18"
# Of a feature.
_HEIGHT = 210
_TOP, _BOTTOM = 40, 24
_LETTER = 8
# Of parts of a distance.
_ROW, _NAME, _VALUE, _THICK = 26, 96, 64, 14
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'aria-label="{title}" font-family="system-ui, sans-serif" font-size="{size}" '
    'fill="currentColor">{content}</svg>'
)


def feature_bars(feature: Array, title: str, *, width: int = 1040, labelled: int = 8) -> str:
    """SVG of the numbers of a feature ``(d,)`` float32, each a bar.

    The title is for those who do not see it. The largest numbers have their place above them; those
    too close to a larger one have none.
    """
    most, least = float(max(feature.max(), 0)), float(min(feature.min(), 0))
    scale = (_HEIGHT - _TOP - _BOTTOM) / ((most - least) or 1)
    zero, step = _TOP + most * scale, width / len(feature)
    bars = "".join(
        f'<rect x="{place * step:.2f}" y="{zero - max(value, 0) * scale:.1f}" '
        f'width="{max(step * 0.8, 0.6):.2f}" height="{abs(value) * scale:.1f}"/>'
        for place, value in enumerate(feature.tolist())
    )
    parts = [
        f'<g fill="{_BAR}">{bars}</g>',
        f'<path d="M0 {zero:.1f}H{width}" stroke="currentColor" stroke-opacity=".4"/>',
    ]
    taken: list[float] = []
    for place in (-feature).argsort(kind="stable")[:labelled].tolist():
        x = min(max((place + 0.5) * step, 2 * _LETTER), width - 2 * _LETTER)
        if all(abs(x - other) > 4 * _LETTER for other in taken):
            taken.append(x)
            y = zero - float(feature[place]) * scale - 6
            parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{place}</text>')
    last = len(feature) - 1
    parts += [
        f'<text x="0" y="{_HEIGHT - 6}">0</text>',
        f'<text x="{width}" y="{_HEIGHT - 6}" text-anchor="end">{last}</text>',
    ]
    return _drawing(width, _HEIGHT, title, parts)


def part_bars(
    parts: Array, names: Sequence[str], title: str, *, width: int = 520, count: int = 8
) -> str:
    """SVG of the largest parts ``(d,)`` float32 of a sum, one below the other, with a title."""
    largest = (-parts).argsort(kind="stable")[:count].tolist()
    space = width - _NAME - _VALUE
    most = float(parts[largest[0]]) or 1.0
    rows = []
    for place, number in enumerate(largest):
        middle = place * _ROW + _ROW / 2
        length = max(float(parts[number]) / most, 0) * space
        rows.append(
            f'<text x="0" y="{middle + 4:.0f}">{escape(names[number])}</text>'
            f'<rect x="{_NAME}" y="{middle - _THICK / 2:.0f}" width="{length:.1f}" '
            f'height="{_THICK}" rx="3" fill="{_BAR}"/>'
            f'<text x="{_NAME + length + 8:.1f}" y="{middle + 4:.0f}">{parts[number]:.4f}</text>'
        )
    return _drawing(width, len(rows) * _ROW, title, rows)


def as_file(svg: str) -> bytes:
    """The file of a drawing: its ink and its ground are its own, not those of a page."""
    ground = f'<rect width="100%" height="100%" fill="{_PAPER}"/>'
    head, opened, content = svg.partition(">")
    return f'{head} color="{_INK}"{opened}{ground}{content}'.encode()


def _drawing(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    return _SVG.format(
        width=width, height=height, size=_TEXT, title=escape(title), content="".join(parts)
    )
