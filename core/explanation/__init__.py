"""Why an image matches a query: where in both pictures the similarity comes from."""

from .explaining import Explainer
from .overlay import HEAT_COLOURS, heat_levels, heat_overlay

__all__ = ["HEAT_COLOURS", "Explainer", "heat_levels", "heat_overlay"]
