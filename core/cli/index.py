"""``python -m core index``: extract the features of a folder of images."""

from __future__ import annotations

from dataclasses import asdict

import click

from core.cli.options import (
    FIT,
    GALLERY,
    LIBRARY,
    SERVER,
    SPACE,
    WORKERS,
    engine_options,
    json_option,
)
from core.cli.output import print_result, terminal_progress
from core.engine import ImageSearchEngine
from core.types import IndexReport


@click.command()
@engine_options(*LIBRARY, *GALLERY, *SPACE, *FIT, *SERVER, *WORKERS)
@click.option(
    "--labels",
    metavar="L",
    show_default="as the gallery was made, else folders",
    help="Labels that the fit folders learns from, as for evaluate.",
)
@click.option("--rebuild", is_flag=True, help="Extract every image anew.")
@json_option
def index(engine: ImageSearchEngine, *, labels: str | None, rebuild: bool, as_json: bool) -> None:
    """Extract the features of a folder of images."""
    with terminal_progress() as progress:
        report = engine.index(
            engine.settings.library, labels=labels, rebuild=rebuild, progress=progress
        )
    skipped = [f"skipped {item.image}: {item.reason}" for item in report.skipped]
    print_result(asdict(report), [*skipped, summary(report)], as_json=as_json)


def summary(report: IndexReport) -> str:
    """What an indexing run did, in one line."""
    return (
        f"{report.images} images in {report.library}: {report.extracted} extracted, "
        f"{report.unchanged} unchanged, {report.moved} moved, {report.removed} removed, "
        f"{len(report.skipped)} skipped, in {report.seconds:.1f} s "
        f"({report.images_per_second:.1f} images/s); {report.space}"
    )
