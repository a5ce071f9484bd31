"""What ``evaluate`` says of the measures: a JSON object, or lines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ..evaluation import Comparison, Difference, Estimate, Representation, measures_json


def comparison_json(found: Comparison, *, all_of_them: bool) -> dict[str, Any]:
    """The measures of the first representation; those of all by name if that is asked for."""
    ones = list(found.hubness)
    content = _measures_json(found, ones[0])
    if all_of_them:
        content["descriptors"] = {str(one): _measures_json(found, one) for one in ones}
        content["recommended"] = _recommendation_json(found)
    content["space"] = asdict(found.snapshot.space)
    return content


def comparison_lines(found: Comparison, *, all_of_them: bool) -> Iterator[str]:
    """The measures of all representations, and which of them is recommended."""
    for one in found.hubness:
        yield from _measures_lines(found, one)
    if all_of_them:
        yield _recommendation_line(found)


def _measures_json(found: Comparison, one: Representation) -> dict[str, Any]:
    content = measures_json(found.evaluations.get(one), found.self_checks.get(one))
    content["hubness"] = asdict(found.hubness[one])
    if difference := found.differences_to(_base(found)).get(one):
        content["difference"] = _difference_json(difference)
    return content


def _recommendation_json(found: Comparison) -> dict[str, Any] | None:
    recommended = found.recommendation(_base(found))
    if not recommended:
        return None
    difference = recommended.difference
    return {
        "name": str(recommended.representation),
        "difference": difference and _difference_json(difference),
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {"mAP": asdict(difference.gain), "p": difference.p}


def _measures_lines(found: Comparison, one: Representation) -> Iterator[str]:
    yield f"{one}; {found.snapshot.space.weights_label}"
    if evaluation := found.evaluations.get(one):
        yield f"  {evaluation.queries} queries in {evaluation.classes} classes"
        if evaluation.copies_told:
            yield f"  {evaluation.copies_told}"
        for measure, estimate in evaluation.measures.items():
            yield f"  {measure:14} {_estimate(estimate)}"
        points = " ".join(f"{precision:.3f}" for precision in evaluation.curve)
        yield f"  precision at recall 0, 0.1, … 1: {points}"
    base = _base(found)
    if difference := found.differences_to(base).get(one):
        yield f"  mAP beside {base}: {_difference(difference)}"
    if check := found.self_checks.get(one):
        yield f"  {check.images} changed images looked for their source"
        for transformation, recalls in check.recalls.items():
            values = ", ".join(f"{recall} {_estimate(one)}" for recall, one in recalls.items())
            yield f"  {transformation:26} {values}"
    yield f"  hubness        {found.hubness[one]}"


def _recommendation_line(found: Comparison) -> str:
    base = _base(found)
    recommended = found.recommendation(base)
    if not recommended:
        return f"None of them is surely better than {base}."
    line = f"Better for these pictures than {base}: {recommended.representation}."
    if recommended.difference:
        line += f" mAP {_difference(recommended.difference)}."
    return line


def _base(found: Comparison) -> Representation:
    return next(iter(found.hubness))


def _difference(difference: Difference) -> str:
    return f"{_estimate(difference.gain, '+')}, p {difference.p:.4f}"


def _estimate(estimate: Estimate, sign: str = "") -> str:
    low, high = f"{estimate.low:{sign}.3f}", f"{estimate.high:{sign}.3f}"
    return f"{estimate.mean:{sign}.3f} ({low} to {high})"
