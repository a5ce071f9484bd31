"""The fitted features of one representation."""

from collections.abc import Mapping
from functools import cached_property

from ..datasets import teaching
from ..feature_store import IndexSnapshot, Neighbours, find_neighbours
from ..model import FOLDERS, learn_fit
from ..types import NEIGHBOURHOOD, Array
from .answers import Look
from .held_out import evaluate_held_out
from .hubness import Hubness
from .labelled import Evaluation, Steps, evaluate
from .representation import Representation, representation_of
from .teacher import Teacher
from .truth import GroundTruth


class FittedFeatures:
    """The features of a gallery by one descriptor, fitted, which rankings share.

    Args:
        representation: Whose; any of those that share the features.
        snapshot: The index, which has the rows of its own representation.
        features: By descriptor, ``(n, d)`` float32 unit rows, as extracted.
        taught: The labels that the fit ``folders`` learns from.
        teacher: Another gallery that teaches the fit.
    """

    def __init__(
        self,
        representation: Representation,
        snapshot: IndexSnapshot,
        features: Mapping[str, Array],
        taught: GroundTruth,
        teacher: Teacher | None,
    ) -> None:
        self.representation = representation
        self._taught = taught
        self._features = features.get(representation.descriptor)
        self._stored: Neighbours | None = None
        if representation.shares_features(representation_of(snapshot)):
            self.matrix, self.process = snapshot.matrix, snapshot.fit.apply
            self._stored = snapshot.neighbours
        else:
            rows = features[representation.descriptor]
            if teacher and representation.fit_from is not None:
                fit = teacher.fit(representation.descriptor, representation.fit)
            else:
                fit = learn_fit(rows, representation.fit, teaching(taught.labels))
            self.matrix, self.process = fit.apply(rows), fit.apply

    @cached_property
    def _neighbours(self) -> Neighbours:
        return self._stored or find_neighbours(self.matrix)

    @cached_property
    def hubness(self) -> Hubness:
        """By distance."""
        return Hubness.of(self._neighbours)

    def neighbours_for(self, ranking: str) -> Neighbours | None:
        """What a ``Scorer`` needs for a ranking."""
        return self._neighbours if ranking == NEIGHBOURHOOD else None

    def evaluate(
        self,
        truth: GroundTruth,
        ranking: str,
        sample: int | None,
        progress: Steps,
        look: Look | None,
    ) -> Evaluation:
        """Measures by labels, on held-out queries where the fit is learnt from labels."""
        fit = self.representation.fit
        if fit.kind != FOLDERS or self.representation.fit_from is not None:
            return evaluate(
                self.matrix,
                truth,
                neighbours=self.neighbours_for(ranking),
                sample=sample,
                progress=progress,
                look=look,
            )
        assert self._features is not None
        return evaluate_held_out(
            self._features,
            truth,
            fit,
            labels=self._taught.labels,
            ranking=ranking,
            sample=sample,
            progress=progress,
            look=look,
        )
