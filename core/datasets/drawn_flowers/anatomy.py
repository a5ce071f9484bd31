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
    """Shape and texture of a petal or a leaf; lengths are shares of its own length.

    Attributes:
        width: At the widest point.
        base: How it narrows towards the base: 0.3 hardly, 1 like a wedge, 2 to a stalk.
        tip: How it ends: 0.3 broad, 0.5 round, 1 pointed, 1.5 drawn out.
        notch: Depth of the notch at the tip.
        teeth: Number of teeth at the tip.
        fringe: Depth of the teeth.
        ruffle: How crinkled the rim is, 0 to 0.3.
        bend: How far single petals lean sideways.
        veins: Strength of the fine lines from base to tip.
        crease: Darkness of the middle line.
        cup: How much the sides turn away from the light.
        roll: How much brighter one side is than the other.
        gloss: Strength of a highlight.
        depth: Shade at the base.
        fade: Where the colour of the tip begins, 0 to 1.
        edging: How much of the tip's colour runs along the sides.
        blotch: How far a mark reaches from the base.
        stain: Opacity of that mark.
        stripe: Strength of a mark along the middle.
        spots: Strength of freckles.
        pinnate: Number of side veins; leaves have some.
    """

    width: float
    base: float = 0.7
    tip: float = 0.5
    notch: float = 0.0
    teeth: int = 0
    fringe: float = 0.12
    ruffle: float = 0.0
    bend: float = 0.03
    veins: float = 0.10
    crease: float = 0.08
    cup: float = 0.16
    roll: float = 0.05
    gloss: float = 0.06
    depth: float = 0.25
    fade: float = 0.55
    edging: float = 0.3
    blotch: float = 0.0
    stain: float = 0.95
    stripe: float = 0.0
    spots: float = 0.0
    pinnate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamen:
    """A filament with an anther of a width and a length, all as shares of the whole length."""

    thickness: float = 0.05
    anther: Range = (0.16, 0.16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whorl:
    """Petals or stamens around the axis of a bloom; lengths are in radii of the bloom.

    A ``Range`` is the value of the first, outermost part and that of the last.

    Attributes:
        part: The petal or stamen.
        count: Minimum and maximum number.
        length: Of the parts.
        rise: Degrees from lying flat (0) to pointing along the axis (90).
        radius: Distance of the bases from the axis.
        lift: Height of the bases along the axis.
        tint: Index into the palette.
        turn: Rotation, in steps from part to part.
        spiral: Whether the parts follow the golden angle instead of a circle.
        at: Fixed directions in degrees, 0 to the right and 90 down, for blooms with a face.
        untidy: How irregular directions and lengths are.
        deepen: How much darker the last part is than the first.
    """

    part: Petal | Stamen
    count: tuple[int, int] = (5, 5)
    length: Range = (1.0, 1.0)
    rise: Range = (12.0, 12.0)
    radius: Range = (0.0, 0.0)
    lift: Range = (0.0, 0.0)
    tint: int = 0
    turn: float = 0.0
    spiral: bool = False
    at: tuple[float, ...] = ()
    untidy: float = 1.0
    deepen: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """The middle of a bloom.

    Attributes:
        radius: In radii of the bloom.
        lift: Height along the axis.
        tint: Index into the palette.
        seeds: Number of florets, 0 for a smooth disc.
        pollen: Share of florets dusted with the mark's colour.
        rays: Number of lines from the centre.
        rough: How uneven its outline is.
        dome: How much it bulges.
        hollow: How dark the inside is.
        swirl: Number of turns of a spiral, for buds.
    """

    radius: float
    lift: float = 0.05
    tint: int = 1
    seeds: int = 0
    pollen: float = 0.0
    rays: int = 0
    rough: float = 0.3
    dome: float = 1.0
    hollow: float = 0.0
    swirl: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of flower.

    Attributes:
        parts: The bloom, from back to front.
        palettes: Varieties; one is chosen for each picture, the first more often.
        homes: Backgrounds that it is mostly drawn on.
        habit: How blooms stand on the plant.
        tilt: Degrees by which blooms turn from the viewer (0) to the sky (90) or the ground (-90).
        heads: Minimum and maximum number of plants in a picture.
        size: Of a plant, relative to other kinds.
        florets: Minimum and maximum number of blooms of a plant; ``solo`` has one.
        floret: Radius of one bloom, in radii of the plant.
        leaf: Shape and texture of its leaves.
        leaves: Minimum and maximum number on each stem.
        leaf_length: In radii of the plant.
        leaf_span: Position on the stem, from the bloom (0) to the ground (1).
        leaf_angle: Degrees from the stem.
        loose: How irregularly the florets stand, 0 to 1.
        upright: Whether the bloom has a face, which is never drawn upside down.
        stem: Hexadecimal colour.
    """

    parts: tuple[Whorl | Disc, ...]
    palettes: tuple[Palette, ...]
    homes: tuple[Backdrop, ...]
    habit: Habit = "solo"
    tilt: Range = (0.0, 40.0)
    heads: tuple[int, int] = (1, 5)
    size: float = 1.0
    florets: tuple[int, int] = (1, 1)
    floret: float = 1.0
    leaf: Petal = Petal(width=0.42, base=0.8, tip=0.95, crease=0.3, pinnate=7, bend=0.12)
    leaves: tuple[int, int] = (1, 3)
    leaf_length: Range = (0.7, 1.1)
    leaf_span: Range = (0.3, 0.85)
    leaf_angle: Range = (20.0, 65.0)
    loose: float = 1.0
    upright: bool = False
    stem: str = "5d8a3a"

    @property
    def seen_from_above(self) -> bool:
        """Whether its blooms are visible from above."""
        return self.habit in ("solo", "dome") and self.tilt[0] < 60
