"""The sample gallery: flowers drawn from parameters, to try Lookalike without a photograph."""

from core.sample.gallery import draw_gallery
from core.sample.kinds import KINDS
from core.sample.scenes import draw_flower

__all__ = ["KINDS", "draw_flower", "draw_gallery"]
