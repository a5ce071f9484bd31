"""What is trained on, in which order, for how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stretch of training.

    Attributes:
        size: Side of the crops of photographs in pixels.
        tile_size: Side of the crops of sets of small tiles: scaled up as far, they would be blurred
            and no cheaper.
        crops: How many are seen.
        rate: The learning rate at its start.
        last_rate: The learning rate at its end; it changes linearly.
        frozen: How many blocks of the network stay as they are.
        area: Least and greatest share of a photograph that a crop covers.
        batch: Crops in a batch.
    """

    size: int
    tile_size: int
    crops: int
    rate: float
    last_rate: float
    frozen: int = 0
    area: tuple[float, float] = (0.2, 1.0)
    batch: int = 64


# Of a tile less than this would be a few pixels.
TILE_AREA = (0.35, 1.0)


# On from weights that have seen small pictures only: see training/README.md for what it took.
STARTER = (
    Stage(
        size=96, tile_size=96, crops=45_000, rate=0.025, last_rate=0.015, frozen=1, area=(0.15, 0.8)
    ),
    Stage(
        size=128,
        tile_size=80,
        crops=45_000,
        rate=0.015,
        last_rate=0.004,
        frozen=2,
        area=(0.12, 0.8),
    ),
    Stage(
        size=160, tile_size=96, crops=10_000, rate=0.004, last_rate=0.0, frozen=2, area=(0.2, 1.0)
    ),
)
SMOKE = tuple(
    Stage(size=size, tile_size=32, crops=64, rate=0.01, last_rate=0.005, frozen=frozen, batch=16)
    for size, frozen in ((32, 0), (48, 1), (64, 2))
)
