"""Representations of one gallery beside each other, and which of them is recommended."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..feature_store import IndexSnapshot
from ..model import FOLDERS
from .hubness import Hubness
from .labelled import Evaluation
from .randomisation import Difference, differences
from .representation import Representation, representation_of
from .self_check import SelfCheck
from .truth import GroundTruth

# Largest loss of mean recall@1 in the self-check of what is recommended.
MOST_LOST = 0.02


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A representation, and how much higher its mean average precision is than the current one's.

    ``difference`` is ``None`` where the two were not both measured by labels.
    """

    representation: Representation
    difference: Difference | None


@dataclass(frozen=True)
class Comparison:
    """Measures of several representations of a gallery, that of its index first.

    Attributes:
        evaluations: Measures by labels; empty without labels. What is learnt from labels is asked
            with images that were held out of the learning.
        self_checks: Measures without labels; empty if they were not requested.
        hubness: Of the fitted features, by distance, also where another ranking is measured.
        learnt_from: Source of the labels that the fit ``folders`` is learnt from.
        unlabelled: Why there are no ``evaluations``, else ``None``.
    """

    snapshot: IndexSnapshot
    truth: GroundTruth
    learnt_from: str
    evaluations: Mapping[Representation, Evaluation]
    self_checks: Mapping[Representation, SelfCheck]
    hubness: Mapping[Representation, Hubness]
    unlabelled: str | None = None

    @property
    def representations(self) -> tuple[Representation, ...]:
        """All that were measured, that of the index first."""
        return tuple(self.hubness)

    def by_name(self) -> tuple[dict[str, Evaluation], dict[str, SelfCheck]]:
        """Evaluations and self-checks by the name of the representation."""
        return (
            {str(one): evaluation for one, evaluation in self.evaluations.items()},
            {str(one): check for one, check in self.self_checks.items()},
        )

    def evaluation_of(self, snapshot: IndexSnapshot) -> Evaluation | None:
        """Evaluation of the representation of an index; ``None`` if it was not measured."""
        return self.evaluations.get(representation_of(snapshot))

    def differences_to(self, base: Representation) -> Mapping[Representation, Difference]:
        """How much better the others are by labels; empty where the base was not measured."""
        if base not in self.evaluations:
            return {}
        if base not in self._differences:
            self._differences[base] = differences(self.evaluations, base)
        return self._differences[base]

    @cached_property
    def _differences(self) -> dict[Representation, Mapping[Representation, Difference]]:
        return {}

    def recommendation(self, current: Representation) -> Recommendation | None:
        """What to search with instead; ``None`` where nothing is surely better.

        By labels it has the highest mean average precision of those that are surely better than the
        current one and lose at most ``MOST_LOST`` of its recall@1 in the self-check. What is learnt
        from labels is surely better than what is not. Without labels it has the highest recall@1.
        """
        if current not in self._recommendations:
            self._recommendations[current] = self._better_than(current)
        return self._recommendations[current]

    @cached_property
    def _recommendations(self) -> dict[Representation, Recommendation | None]:
        return {}

    def _better_than(self, current: Representation) -> Recommendation | None:
        if not self.evaluations:
            best = max(self.self_checks, key=lambda one: self.self_checks[one].recall_at_1)
            return None if best == current else Recommendation(best, None)
        for one in sorted(self.evaluations, key=self._mean_average_precision, reverse=True):
            if one == current:
                return None
            if self._keeps_copies(one, current) and self._is_sure(one, current):
                return Recommendation(one, self.differences_to(current).get(one))
        return None

    def _mean_average_precision(self, one: Representation) -> float:
        return self.evaluations[one].measures["mAP"].mean

    def _keeps_copies(self, one: Representation, current: Representation) -> bool:
        after, before = self.self_checks.get(one), self.self_checks.get(current)
        return not after or not before or before.recall_at_1 - after.recall_at_1 <= MOST_LOST

    def _is_sure(self, one: Representation, current: Representation) -> bool:
        """Whether it is no chance that one is better than the current one."""
        after, before = self.evaluations[one], self.evaluations.get(current)
        if one.fit.kind != FOLDERS:
            return before is None or self.differences_to(current)[one].gain.low > 0
        free = [other for other in self.evaluations if other.fit.kind != FOLDERS]
        best = self.evaluations[max(free, key=self._mean_average_precision)] if free else None
        return all(after.surely_better_than(other) for other in (before, best) if other)
