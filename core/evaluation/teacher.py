"""Another gallery, whose features teach a fit."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..datasets import teaching
from ..model import Fit, FitChoice, learn_fit
from ..types import Array
from .truth import GroundTruth


@dataclass(frozen=True, eq=False, slots=True)
class Teacher:
    """What a gallery of other pictures teaches, as papers learn their whitening.

    Attributes:
        gallery: Its name.
        choice: Its own fit.
        features: By descriptor, ``(n, d)`` float32 unit rows, as extracted.
        truth: The labels of the rows, for the fit ``folders``.
    """

    gallery: str
    choice: FitChoice
    features: Mapping[str, Array]
    truth: GroundTruth

    def fit(self, descriptor: str, choice: FitChoice) -> Fit:
        """Learn a fit from the features of a descriptor; see ``learn_fit``."""
        return learn_fit(self.features[descriptor], choice, teaching(self.truth.labels))
