"""Vectors, the frames that blooms stand in, and the curves that stems follow."""

from __future__ import annotations

import math
from collections.abc import Sequence

Vector = tuple[float, float]
Space = tuple[float, float, float]
"""To the right, down, and towards the viewer."""
Frame = tuple[Space, Space, Space]
"""The axes of a bloom: its right, its lower side and where it faces."""

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def scaled(vector: Space, factor: float) -> Space:
    """The vector multiplied by a factor."""
    return vector[0] * factor, vector[1] * factor, vector[2] * factor


def unit(vector: Space) -> Space:
    """The vector scaled to length 1."""
    return scaled(vector, 1 / math.hypot(*vector))


def combine(axes: Frame, weights: Space) -> Space:
    """The vector that has these coordinates in a frame."""
    (a, b, c), (d, e, f), (g, h, i) = axes
    x, y, z = weights
    return a * x + d * y + g * z, b * x + e * y + h * z, c * x + f * y + i * z


def frame(towards: Space, roll: float = 0.0) -> Frame:
    """The axes of a bloom that faces a direction, rotated about it by ``roll`` radians."""
    facing = unit(towards)
    flat = math.hypot(facing[0], facing[2])
    right = (facing[2] / flat, 0.0, -facing[0] / flat) if flat > 1e-3 else (1.0, 0.0, 0.0)
    down = (
        facing[1] * right[2] - facing[2] * right[1],
        facing[2] * right[0] - facing[0] * right[2],
        facing[0] * right[1] - facing[1] * right[0],
    )
    cos, sin = math.cos(roll), math.sin(roll)
    level = right, down, facing
    return combine(level, (cos, sin, 0.0)), combine(level, (-sin, cos, 0.0)), facing


def tilted(degrees: float, lean: float = 0.0, roll: float = 0.0) -> Frame:
    """The frame of a bloom that faces the viewer (0), the sky (90) or the ground (-90 degrees)."""
    angle = math.radians(degrees)
    return frame((lean, -math.sin(angle), math.cos(angle)), roll)


def rotated(vector: Vector, angle: float) -> Vector:
    """The vector rotated by an angle in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    return vector[0] * cos - vector[1] * sin, vector[0] * sin + vector[1] * cos


def curve(a: Vector, b: Vector, c: Vector, d: Vector, steps: int = 28) -> list[Vector]:
    """Points on a cubic Bézier curve."""
    points = []
    for index in range(steps + 1):
        t = index / steps
        s = 1 - t
        e, f, g, h = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        x = e * a[0] + f * b[0] + g * c[0] + h * d[0]
        points.append((x, e * a[1] + f * b[1] + g * c[1] + h * d[1]))
    return points


def along(path: Sequence[Vector], share: float) -> tuple[Vector, Vector]:
    """The point at a share (0 to 1) of a path, and the unit tangent there."""
    place = max(0.0, min(len(path) - 1.001, share * (len(path) - 1)))
    index = int(place)
    (x0, y0), (x1, y1) = path[index], path[index + 1]
    part = place - index
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    at = x0 + (x1 - x0) * part, y0 + (y1 - y0) * part
    return at, ((x1 - x0) / length, (y1 - y0) / length)


def band(path: Sequence[Vector], reach: float) -> list[Vector]:
    """The outline of a stroke along a path, ``reach`` wide on each side."""
    left, right = [], []
    for index, (x, y) in enumerate(path):
        before, after = path[max(0, index - 1)], path[min(len(path) - 1, index + 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        scale = reach / (math.hypot(dx, dy) or 1.0)
        left.append((x - dy * scale, y + dx * scale))
        right.append((x + dy * scale, y - dx * scale))
    return left + right[::-1]
