"""Measures of descriptors as CSV and as JSON."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ..media import escape_formula
from .intervals import Estimate
from .labelled import Evaluation
from .measures import MACRO, MEASURES
from .self_check import RECALLS, SelfCheck

_MEASURES = tuple(dict.fromkeys((*MEASURES, MACRO, *RECALLS)))
COLUMNS = (
    *("descriptor", "of", "name", "queries"),
    *(column for name in _MEASURES for column in (name, f"{name} low", f"{name} high")),
)
# Values of the column "of".
GALLERY, CLASS, TRANSFORMATION = "gallery", "class", "change"


def measures_table(
    evaluations: Mapping[str, Evaluation], self_checks: Mapping[str, SelfCheck]
) -> bytes:
    """CSV with a header of ``COLUMNS`` from results by descriptor; missing measures are empty.

    Each descriptor has a line for the gallery, for each class and for each transformation. ``low``
    and ``high`` are the ends of the 95 % confidence interval. The encoding is UTF-8; bytes of a
    label that are not UTF-8 are kept.
    """
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    lines.writeheader()
    for descriptor, evaluation in evaluations.items():
        lines.writerows({"descriptor": descriptor} | line for line in _label_lines(evaluation))
    for descriptor, check in self_checks.items():
        lines.writerows({"descriptor": descriptor} | line for line in _transformation_lines(check))
    return text.getvalue().encode("utf-8", "surrogateescape")


def measures_json(evaluation: Evaluation | None, check: SelfCheck | None) -> dict[str, Any]:
    """Measures as JSON values, without keys for missing results."""
    content: dict[str, Any] = {}
    if evaluation:
        content |= {
            "images": evaluation.images,
            "near_copies": evaluation.near_copies,
            "queries": evaluation.queries,
            "classes": evaluation.classes,
            **_means(evaluation.measures),
            "intervals": _intervals(evaluation.measures),
            "precision_recall": list(evaluation.curve),
            "per_class": [
                {"label": one.label, "images": one.images, "queries": one.queries, **one.measures}
                for one in evaluation.per_class
            ],
            "worst": [dataclasses.asdict(query) for query in evaluation.worst],
        }
    if check:
        content["self_check"] = {
            "images": check.images,
            "changes": {
                name: _means(recalls) | {"intervals": _intervals(recalls)}
                for name, recalls in check.recalls.items()
            },
            "skipped": [dataclasses.asdict(item) for item in check.skipped],
        }
    return content


def _label_lines(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    yield {"of": GALLERY, "queries": evaluation.queries} | _cells(evaluation.measures)
    for one in evaluation.per_class:
        means = {name: f"{mean:.6f}" for name, mean in one.measures.items()}
        name = escape_formula(one.label)
        yield {"of": CLASS, "name": name, "queries": one.queries} | means


def _transformation_lines(check: SelfCheck) -> Iterator[dict[str, Any]]:
    for name, recalls in check.recalls.items():
        yield {"of": TRANSFORMATION, "name": name, "queries": check.images} | _cells(recalls)


def _cells(measures: Mapping[str, Estimate]) -> dict[str, str]:
    cells = {}
    for name, estimate in measures.items():
        cells[name] = f"{estimate.mean:.6f}"
        cells[f"{name} low"] = f"{estimate.low:.6f}"
        cells[f"{name} high"] = f"{estimate.high:.6f}"
    return cells


def _means(measures: Mapping[str, Estimate]) -> dict[str, float]:
    return {name: estimate.mean for name, estimate in measures.items()}


def _intervals(measures: Mapping[str, Estimate]) -> dict[str, list[float]]:
    return {name: [estimate.low, estimate.high] for name, estimate in measures.items()}
