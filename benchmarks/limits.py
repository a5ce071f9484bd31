"""A figure against what it must keep."""

from __future__ import annotations


def tell(
    name: str, value: float, unit: str, *, limit: float | None = None, least: bool = False
) -> None:
    """Print a figure, and where there is a limit whether it is kept.

    Args:
        name: What was measured.
        value: The figure.
        unit: Of the figure and of its limit.
        limit: The most it may be; ``None`` for what only serves to compare.
        least: Whether the limit is the least that it may be.
    """
    line = f"  {name:52} {value:8.{1 if abs(value) < 100 else 0}f} {unit}"
    if limit is not None:
        kept = value >= limit if least else value <= limit
        line += f"   {'at least' if least else 'at most'} {limit:g}: {'kept' if kept else 'MISSED'}"
    print(line)
