"""The tables of docs/quality.md: what to choose, all descriptors, and changed copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from core.config import Settings
from core.engine import ImageSearchEngine
from core.evaluation import Comparison, Evaluation, Representation, SelfCheck
from core.model import DEFAULT_DESCRIPTOR, FitChoice

QUERIES = 1_500
CHANGED = 100

M = TypeVar("M")
Row = tuple[str, str, str]
"""Descriptor, fit and ranking."""


def measure_quality(galleries: Sequence[Path]) -> None:
    """Print the tables in Markdown, with a column for each gallery.

    Args:
        galleries: Features folders, each with a finished index.
    """
    found = {}
    for folder in galleries:
        engine = ImageSearchEngine(Settings(features=folder))
        comparison = engine.quality.compare(sample=QUERIES, self_check_images=CHANGED)
        snapshot = comparison.snapshot
        found[f"{snapshot.library.name} ({len(snapshot.images):,})"] = comparison
    _print_choices(found)
    names = " | ".join(found)
    print(f"\n| descriptor | fit | ranking | {names} |\n{'| --- ' * (3 + len(found))}|")
    for row in _rows(found.values()):
        cells = [
            _measures(_named(comparison.evaluations).get(row)) for comparison in found.values()
        ]
        print(f"| `{row[0]}` | {row[1]} | {row[2]} | {' | '.join(cells)} |")
    for name, comparison in found.items():
        checks = _named(comparison.self_checks)
        rows = [row for row in _rows([comparison]) if row[0] == DEFAULT_DESCRIPTOR]
        changes = list(checks[rows[0]].recalls)
        print(
            f"\n{name}: {checks[rows[0]].images} changed copies, "
            "share whose source is the closest\n"
        )
        print(f"| fit | ranking | {' | '.join(changes)} | mean |\n{'| --- ' * (3 + len(changes))}|")
        for row in rows:
            print(f"| {row[1]} | {row[2]} | {' | '.join(_recalls(checks[row]))} |")


def _print_choices(found: Mapping[str, Comparison]) -> None:
    """What a reader needs to choose a fit and an order: mAP, and the copies that are found."""
    print(f"\n| fit | ranking | {' | '.join(found)} |\n{'| --- ' * (2 + len(found))}|")
    for row in _rows(found.values()):
        if row[0] != DEFAULT_DESCRIPTOR:
            continue
        cells = []
        for comparison in found.values():
            evaluation, check = (
                _named(comparison.evaluations)[row],
                _named(comparison.self_checks)[row],
            )
            cells.append(f"{evaluation.measures['mAP'].mean:.3f}, {check.recall_at_1:.2f}")
        print(f"| {row[1]} | {row[2]} | {' | '.join(cells)} |")


def _rows(comparisons: Iterable[Comparison]) -> list[Row]:
    """What was measured of any gallery, in the order of the table."""
    return sorted({row for comparison in comparisons for row in _named(comparison.evaluations)})


def _named(measured: Mapping[Representation, M]) -> dict[Row, M]:
    """By what a row of the table says: the size of a learnt fit depends on the gallery."""
    return {(key.descriptor, _fit_name(key.fit), key.ranking): one for key, one in measured.items()}


def _fit_name(fit: FitChoice) -> str:
    return str(fit) if fit.kind == "whiten" else fit.kind


def _measures(evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return "–"
    shown = (("mAP", 3), ("precision@1", 2), ("precision@30", 3))
    return " / ".join(f"{evaluation.measures[name].mean:.{digits}f}" for name, digits in shown)


def _recalls(check: SelfCheck) -> list[str]:
    recalls = [one["recall@1"].mean for one in check.recalls.values()]
    return [f"{one:.2f}" for one in [*recalls, check.recall_at_1]]
