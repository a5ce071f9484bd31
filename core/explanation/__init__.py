"""Why an image matches a query: where in both pictures the similarity comes from."""

from core.explanation.explaining import Explainer
from core.explanation.explanation import Explanation
from core.explanation.overlay import HEAT_COLOURS, heat_overlay

__all__ = ["HEAT_COLOURS", "Explainer", "Explanation", "heat_overlay"]
