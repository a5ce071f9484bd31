"""The compared representations: in which order they are shown, and their names."""

from ...evaluation import Comparison, Representation
from ...model import FOLDERS

# As many as can be taken in at a glance.
SHOWN = 12


def best_first(found: Comparison) -> list[Representation]:
    """All that were measured: the highest mean average precision first, without labels recall@1."""

    def value(one: Representation) -> float:
        if found.evaluations:
            return found.evaluations[one].measures["mAP"].mean
        return found.self_checks[one].recall_at_1

    return sorted(found.evaluations or found.self_checks, key=value, reverse=True)


def leading(found: Comparison, current: Representation) -> list[Representation]:
    """The best ones and the one in use, best first."""
    ranked = best_first(found)
    return [one for place, one in enumerate(ranked) if place < SHOWN or one == current]


def held_out(one: Representation) -> bool:
    """Whether labels are asked for that were held out of what was learnt from labels."""
    return one.fit.kind == FOLDERS


def short_name(one: Representation, current: Representation) -> str:
    """A name with the signs that ``signs`` explains."""
    return f"{'→ ' if one == current else ''}{one}{' *' if held_out(one) else ''}"


def signs(shown: list[Representation]) -> str:
    """Markdown that explains what ``short_name`` adds to names."""
    learnt = " · \\* learnt from labels, and asked with pictures that were held out of it"
    return "→ in use" + (learnt if any(map(held_out, shown)) else "")
