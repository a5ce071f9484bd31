"""The description of a kind of flower: its parts, its colours, how it grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Range = tuple[float, float]
Tint = tuple[str, str, str, str]
"""Hexadecimal colours of a part: base, body, tip or rim, and marks."""
Palette = tuple[Tint, ...]
"""The tints of one variety; parts refer to them by index."""
Habit = Literal["solo", "spike", "raceme", "dome", "branch"]
Backdrop = Literal["wall", "studio", "sky", "garden", "meadow", "bed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Petal:
    """Shape and texture of a petal or a leaf; lengths are shares of its own length."""

    width: float  # at the widest point
    base: float = 0.7  # narrowing towards the base: 0.3 hardly, 1 like a wedge, 2 to a stalk
    tip: float = 0.5  # its end: 0.3 broad, 0.5 round, 1 pointed, 1.5 drawn out
    notch: float = 0.0  # depth of the notch at the tip
    teeth: int = 0  # number of teeth at the tip
    fringe: float = 0.12  # depth of the teeth
    ruffle: float = 0.0  # how crinkled the rim is, 0 to 0.3
    bend: float = 0.03  # how far single petals lean sideways
    veins: float = 0.10  # strength of the fine lines from base to tip
    crease: float = 0.08  # darkness of the middle line
    cup: float = 0.16  # how much the sides turn away from the light
    roll: float = 0.05  # how much brighter one side is than the other
    gloss: float = 0.06  # strength of a highlight
    depth: float = 0.25  # shade at the base
    fade: float = 0.55  # where the colour of the tip begins, 0 to 1
    edging: float = 0.3  # how much of the tip's colour runs along the sides
    blotch: float = 0.0  # how far a mark reaches from the base
    stain: float = 0.95  # opacity of that mark
    stripe: float = 0.0  # strength of a mark along the middle
    spots: float = 0.0  # strength of freckles
    pinnate: float = 0.0  # number of side veins; leaves have some


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamen:
    """A filament with an anther of a width and a length, all as shares of the whole length."""

    thickness: float = 0.05
    anther: Range = (0.16, 0.16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whorl:
    """Petals or stamens around the axis of a bloom; lengths are in radii of the bloom.

    A ``Range`` is the value of the first, outermost part and that of the last.
    """

    part: Petal | Stamen
    count: tuple[int, int] = (5, 5)  # minimum and maximum
    length: Range = (1.0, 1.0)  # of the parts
    rise: Range = (12.0, 12.0)  # degrees from lying flat (0) to pointing along the axis (90)
    radius: Range = (0.0, 0.0)  # distance of the bases from the axis
    lift: Range = (0.0, 0.0)  # height of the bases along the axis
    tint: int = 0  # index into the palette
    turn: float = 0.0  # rotation, in steps from part to part
    spiral: bool = False  # whether the parts follow the golden angle instead of a circle
    at: tuple[float, ...] = ()  # fixed directions, 0 right and 90 down, of a bloom with a face
    untidy: float = 1.0  # how irregular directions and lengths are
    deepen: float = 0.0  # how much darker the last part is than the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """The middle of a bloom."""

    radius: float  # in radii of the bloom
    lift: float = 0.05  # height along the axis
    tint: int = 1  # index into the palette
    seeds: int = 0  # number of florets, 0 for a smooth disc
    pollen: float = 0.0  # share of florets dusted with the mark's colour
    rays: int = 0  # number of lines from the centre
    rough: float = 0.3  # how uneven the outline is
    dome: float = 1.0  # how much it bulges
    hollow: float = 0.0  # how dark the inside is
    swirl: float = 0.0  # number of turns of a spiral, for buds


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of flower."""

    parts: tuple[Whorl | Disc, ...]  # the bloom, from back to front
    palettes: tuple[Palette, ...]  # varieties; one is drawn for each picture, the first more often
    homes: tuple[Backdrop, ...]  # backgrounds that it is mostly drawn on
    habit: Habit = "solo"  # how blooms stand on the plant
    tilt: Range = (0.0, 40.0)  # degrees: 0 to the viewer, 90 to the sky, -90 to the ground
    heads: tuple[int, int] = (1, 5)  # minimum and maximum number of plants in a picture
    size: float = 1.0  # of a plant, relative to other kinds
    florets: tuple[int, int] = (1, 1)  # minimum and maximum of blooms of a plant; "solo" has one
    floret: float = 1.0  # radius of one bloom, in radii of the plant
    leaf: Petal = Petal(width=0.42, base=0.8, tip=0.95, crease=0.3, pinnate=7, bend=0.12)
    leaves: tuple[int, int] = (1, 3)  # minimum and maximum number on each stem
    leaf_length: Range = (0.7, 1.1)  # in radii of the plant
    leaf_span: Range = (0.3, 0.85)  # position on the stem, from the bloom (0) to the ground (1)
    leaf_angle: Range = (20.0, 65.0)  # degrees from the stem
    loose: float = 1.0  # how irregularly the florets stand, 0 to 1
    upright: bool = False  # whether the bloom has a face, which is never drawn upside down
    stem: str = "5d8a3a"  # hexadecimal colour

    @property
    def seen_from_above(self) -> bool:
        """Whether its blooms are visible from above."""
        return self.habit in ("solo", "dome") and self.tilt[0] < 60
