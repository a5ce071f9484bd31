"""``python -m core duplicates``: find duplicates, move them to the trash, bring them back."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..config import expand_user
from ..duplicates import SAME, TIERS, DuplicateSet, folder_of, proposed
from ..engine import ImageSearchEngine, Outcome
from ..errors import ConfigurationError, LibraryError
from ..sizes import size_in_words
from ..trash import RemovalReport, UndoReport
from .options import GALLERY, engine_options, json_option
from .output import print_error, print_result, printable, terminal_progress


@click.command()
@engine_options(*GALLERY)
@click.option("--tier", type=click.Choice(TIERS), help="Only these sets.", show_default="all")
@click.option(
    "--keep-folder",
    metavar="F",
    help="Of each set, keep the image of this folder of the gallery.",
    show_default="the best image",
)
@click.option("--trash", is_flag=True, help="Move what is ticked to the trash.")
@click.option(
    "--move-to",
    metavar="DIR",
    type=expand_user,
    help="Move it into this folder instead, for a drive without a trash.",
)
@click.option(
    "--versions",
    is_flag=True,
    help="Move the versions as well: cropped, turned, recoloured ones, and files that hold more.",
)
@click.option("--yes", is_flag=True, help="Move without asking.")
@click.option("--undo", is_flag=True, help="Bring back what was moved last.")
@json_option
def duplicates(
    engine: ImageSearchEngine,
    *,
    tier: str | None,
    keep_folder: str | None,
    trash: bool,
    move_to: Path | None,
    versions: bool,
    yes: bool,
    undo: bool,
    as_json: bool,
) -> None:
    """Find pictures that are there more than once."""
    if undo:
        with terminal_progress() as progress:
            undone = engine.duplicates.undo(progress=progress)
        _print_undo(undone, as_json=as_json)
        return
    moving = trash or move_to is not None
    _check_options(tier, trash=trash, move_to=move_to, versions=versions)
    snapshot = engine.require_snapshot()
    folder = folder_of(snapshot, keep_folder) if keep_folder is not None else None
    with terminal_progress() as progress:
        engine.duplicates.find(keep_folder=folder, progress=progress)
    snapshot = engine.require_snapshot()
    found = engine.duplicates.sets(snapshot, keep_folder=folder) or ()
    tier = SAME if moving else tier
    sets = [one for one in found if tier in (None, one.tier)]
    print_result({"sets": [_content(one) for one in sets]}, _lines(sets), as_json=as_json)
    chosen = set(proposed(sets, versions=versions))
    if not (moving and chosen):
        return
    warnings = engine.duplicates.warnings(snapshot.library)
    if _confirmed(warnings, sets, chosen, move_to, yes=yes):
        with terminal_progress() as progress:
            outcome = engine.duplicates.remove(None, sets, chosen, into=move_to, progress=progress)
        _tell(outcome, move_to)


def _check_options(tier: str | None, *, trash: bool, move_to: Path | None, versions: bool) -> None:
    moving = trash or move_to is not None
    if trash and move_to is not None:
        raise ConfigurationError(
            f"Expected --trash or --move-to, not both. Received: --trash --move-to {move_to}. "
            "Nothing was moved."
        )
    if versions and not moving:
        raise ConfigurationError(
            "Expected --trash or --move-to DIR beside --versions. Received: --versions alone."
        )
    if moving and tier not in (None, SAME):
        raise ConfigurationError(
            "Expected --tier same to move images: those of the other tiers are different pictures. "
            f"Received: --tier {tier}. Choose among them on the Duplicates page."
        )


def _content(found: DuplicateSet) -> dict[str, Any]:
    images = [
        {"image": one.image, "keep": one.keep, "ticked": one.ticked, "why": one.why}
        for one in found.images
    ]
    return {"tier": found.tier, "images": images}


def _lines(sets: Sequence[DuplicateSet]) -> list[str]:
    lines = []
    for found in sets:
        lines.append(f"{found.tier}:")
        for image in found.images:
            mark = "keep" if image.keep else "move" if image.ticked else "    "
            lines.append(f"  {mark}  {image.image}  ({image.why})")
    return lines or ["No duplicates were found."]


def _confirmed(
    warnings: Sequence[str],
    sets: Sequence[DuplicateSet],
    chosen: set[str],
    folder: Path | None,
    *,
    yes: bool,
) -> bool:
    going = [one for found in sets for one in found.images if one.image in chosen]
    size = size_in_words(sum(one.record.size for one in going))
    versions = sum(one.version for one in going)
    changed = f", {versions:,} of them changed versions" if versions else ""
    what = f"{len(going):,} images ({size}{changed}) {_where(folder)}"
    for warning in warnings:
        print_error(warning)
    if yes:
        return True
    if sys.stdin.isatty():
        return click.confirm(f"Move {what}?", err=True)
    raise ConfigurationError(
        f"Expected --yes to move {what}. Received: no --yes. Nothing was moved."
    )


def _tell(outcome: Outcome[RemovalReport], folder: Path | None) -> None:
    """Say on standard error what was moved; an early end is an error."""
    report = outcome.report
    sidecars = f" and {len(report.sidecars):,} sidecars" if report.sidecars else ""
    click.echo(
        f"moved {len(report.moved):,} images{sidecars} ({size_in_words(report.bytes)}) "
        f"{_where(folder)}; --undo brings them back",
        err=True,
    )
    for note in report.notes:
        print_error(note)
    for item in report.refused:
        print_error(f"{item.image} stays: {item.reason}")
    if report.problem:
        hint = " Use --move-to DIR." if report.no_trash else ""
        raise LibraryError(report.problem + hint)
    if outcome.index_problem:
        raise LibraryError(outcome.index_problem)


def _where(folder: Path | None) -> str:
    return f"into {printable(str(folder))}" if folder else "to the trash"


def _print_undo(outcome: Outcome[UndoReport], *, as_json: bool) -> None:
    report = outcome.report
    missing = [{"image": item.image, "reason": item.reason} for item in report.missing]
    lines = [f"{item.image} is not back: {item.reason}" for item in report.missing]
    print_result(
        {"restored": list(report.restored), "missing": missing},
        [*lines, f"{len(report.restored):,} images are back"],
        as_json=as_json,
    )
    for note in report.notes:
        print_error(note)
    if problem := report.problem or outcome.index_problem:
        raise LibraryError(problem)
