"""The tables of docs/quality.md: what to choose, all descriptors, and changed copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from core.config import Settings
from core.engine import ImageSearchEngine
from core.evaluation import Comparison, Evaluation, Representation, SelfCheck
from core.model import DEFAULT_DESCRIPTOR

QUERIES = 1_500
CHANGED = 100


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
    for one in _all(found.values()):
        cells = [_measures(comparison.evaluations.get(one)) for comparison in found.values()]
        print(f"| {_name(one)} | {' | '.join(cells)} |")
    for name, comparison in found.items():
        shown = [one for one in _all([comparison]) if one.descriptor == DEFAULT_DESCRIPTOR]
        checks = [comparison.self_checks[one] for one in shown]
        changes = list(checks[0].recalls)
        print(f"\n{name}: {checks[0].images} changed copies, share whose source is the closest\n")
        print(f"| fit | ranking | {' | '.join(changes)} | mean |\n{'| --- ' * (3 + len(changes))}|")
        for one, check in zip(shown, checks, strict=True):
            print(f"| {one.fit} | {one.ranking} | {' | '.join(_recalls(check))} |")


def _print_choices(found: Mapping[str, Comparison]) -> None:
    """What a reader needs to choose a fit and an order: mAP, and the copies that are found."""
    print(f"\n| fit | ranking | {' | '.join(found)} |\n{'| --- ' * (2 + len(found))}|")
    for one in _all(found.values()):
        if one.descriptor != DEFAULT_DESCRIPTOR:
            continue
        cells = []
        for comparison in found.values():
            mean = comparison.evaluations[one].measures["mAP"].mean
            cells.append(f"{mean:.3f}, {comparison.self_checks[one].recall_at_1:.2f}")
        print(f"| {one.fit} | {one.ranking} | {' | '.join(cells)} |")


def _all(comparisons: Iterable[Comparison]) -> list[Representation]:
    """What was measured of any gallery, by name."""
    every = {one for found in comparisons for one in found.evaluations}
    return sorted(every, key=lambda one: (one.descriptor, one.fit.kind, one.ranking))


def _name(one: Representation) -> str:
    return f"`{one.descriptor}` | {one.fit} | {one.ranking}"


def _measures(evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return "–"
    shown = (("mAP", 3), ("precision@1", 2), ("precision@30", 3))
    return " / ".join(f"{evaluation.measures[name].mean:.{digits}f}" for name, digits in shown)


def _recalls(check: SelfCheck) -> list[str]:
    recalls = [one["recall@1"].mean for one in check.recalls.values()]
    return [f"{one:.2f}" for one in [*recalls, check.recall_at_1]]
