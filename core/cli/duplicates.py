"""``python -m core duplicates``: find duplicates, move them to the trash, bring them back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from core.cli.options import GALLERY, engine_options, json_option
from core.cli.output import print_error, print_result, terminal_progress
from core.config import expand_user
from core.duplicates import (
    SAME,
    TIERS,
    DuplicateSet,
    find_and_save,
    known_sets,
    proposed,
    remove_duplicates,
    undo_removal,
)
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, LibraryError
from core.trash import RemovalReport, UndoReport


@click.command()
@engine_options(*GALLERY)
@click.option("--tier", type=click.Choice(TIERS), help="Only these sets.", show_default="both")
@click.option(
    "--keep-folder",
    metavar="F",
    help="Of each set, keep the image of this folder of the library.",
    show_default="the best image",
)
@click.option("--trash", is_flag=True, help="Move all but the one to keep to the trash.")
@click.option(
    "--move-to",
    metavar="DIR",
    type=expand_user,
    help="Move them into this folder instead, for a drive without a trash.",
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
    yes: bool,
    undo: bool,
    as_json: bool,
) -> None:
    """Find pictures that are there more than once."""
    if undo:
        with terminal_progress() as progress:
            undone = undo_removal(engine, None, progress=progress)
        _print_undo(undone, as_json=as_json)
        return
    moving = trash or move_to is not None
    if moving and tier not in (None, SAME):
        raise ConfigurationError(
            "Expected --tier same to move images: those of the same moment are different pictures. "
            f"Received: --tier {tier}. Choose among them on the Duplicates page."
        )
    with terminal_progress() as progress:
        find_and_save(engine, progress=progress)
    snapshot = engine.require_snapshot()
    folder = keep_folder.strip("/") if keep_folder is not None else None
    found = known_sets(engine, snapshot, keep_folder=folder) or ()
    tier = SAME if moving else tier
    sets = [one for one in found if tier in (None, one.tier)]
    print_result({"sets": [_content(one) for one in sets]}, _lines(sets), as_json=as_json)
    if moving and sets and _confirmed(sets, move_to, yes=yes):
        with terminal_progress() as progress:
            report = remove_duplicates(
                engine, None, sets, set(proposed(sets)), into=move_to, progress=progress
            )
        _tell(report, move_to)


def _content(found: DuplicateSet) -> dict[str, Any]:
    images = [{"image": one.image, "keep": one.keep, "why": one.why} for one in found.images]
    return {"tier": found.tier, "images": images}


def _lines(sets: list[DuplicateSet]) -> list[str]:
    lines = []
    for one in sets:
        lines.append(f"{one.tier}:")
        for image in one.images:
            lines.append(f"  {'keep' if image.keep else '    '}  {image.image}  ({image.why})")
    return lines or ["No duplicates were found."]


def _confirmed(sets: list[DuplicateSet], folder: Path | None, *, yes: bool) -> bool:
    going = [one.record for found in sets for one in found.images if not one.keep]
    where = f"into {folder}" if folder else "to the trash"
    size = sum(image.size for image in going) / 1e6
    what = f"{len(going):,} images ({size:.1f} MB) {where}"
    if yes:
        return True
    if sys.stdin.isatty():
        return click.confirm(f"Move {what}?", err=True)
    raise ConfigurationError(
        f"Expected --yes to move {what}. Received: no --yes. Nothing was moved."
    )


def _tell(report: RemovalReport, folder: Path | None) -> None:
    """Say on standard error what was moved; an early end is an error."""
    where = f"into {folder}" if folder else "to the trash"
    click.echo(
        f"moved {len(report.moved):,} images ({report.bytes / 1e6:.1f} MB) {where}; "
        "--undo brings them back",
        err=True,
    )
    for item in report.refused:
        print_error(f"{item.image} stays: {item.reason}")
    if report.problem:
        hint = " Use --move-to DIR." if report.no_trash else ""
        raise LibraryError(report.problem + hint)


def _print_undo(report: UndoReport, *, as_json: bool) -> None:
    missing = [{"image": item.image, "reason": item.reason} for item in report.missing]
    lines = [f"{item.image} is not back: {item.reason}" for item in report.missing]
    print_result(
        {"restored": list(report.restored), "missing": missing},
        [*lines, f"{len(report.restored):,} images are back"],
        as_json=as_json,
    )
