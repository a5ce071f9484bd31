"""``python -m core index``: extract the features of a folder of images."""

from dataclasses import asdict

import click

from ..engine import ImageSearchEngine
from ..feature_store import IndexSnapshot
from ..types import IndexReport
from .options import FIT, GALLERY, LIBRARY, SERVER, SPACE, WORKERS, engine_options, json_option
from .output import print_error, print_result, terminal_progress

_FIT_CHANGE = (
    "Answers now learn from each image's neighbours, the new default: distances are other numbers "
    "than before; nothing was extracted anew for it. To take that back, run the same command with "
    "--fit {}."
)


@click.command()
@engine_options(*LIBRARY, *GALLERY, *SPACE, *FIT, *SERVER, *WORKERS)
@click.option(
    "--labels",
    metavar="L",
    show_default="as the gallery was made, else folders",
    help="Labels that the fit folders learns from, as for evaluate.",
)
@click.option("--rebuild", is_flag=True, help="Extract every image anew.")
@click.option(
    "--detail",
    is_flag=True,
    help="Also describe the parts of the images, for search --part; from then on every update "
    "does.",
)
@json_option
def index(
    engine: ImageSearchEngine, *, labels: str | None, rebuild: bool, detail: bool, as_json: bool
) -> None:
    """Extract the features of a folder of images."""
    with terminal_progress() as progress:
        report = engine.index(
            engine.settings.library, labels=labels, rebuild=rebuild, progress=progress
        )
        snapshot = engine.require_snapshot()
        if detail:
            _tell_cost(engine, snapshot, report)
        details = (
            engine.parts.update(snapshot, rebuild=rebuild, progress=progress)
            if detail
            else engine.parts.refresh(snapshot, progress=progress)
        )
    before = engine.info(runs=1).fit_before
    changed = [_FIT_CHANGE.format(before)] if before else []
    skipped = [f"skipped {item.image}: {item.reason}" for item in report.skipped]
    print_result(
        asdict(report) | ({"detail": asdict(details)} if details else {}),
        [*skipped, summary(report), *changed, *([str(details)] if details else [])],
        as_json=as_json,
    )


def _tell_cost(engine: ImageSearchEngine, snapshot: IndexSnapshot, report: IndexReport) -> None:
    cost = engine.parts.info(snapshot, report.images_per_second)
    if cost.missing:
        print_error(cost.cost)
    if cost.missing and engine.settings.workers:
        print_error(
            "This computer describes the parts by itself: the workers at "
            f"{engine.settings.workers} only extract features."
        )


def summary(report: IndexReport) -> str:
    """What an indexing run did, in one line."""
    return (
        f"{report.images} images in {report.library}: {report.extracted} extracted, "
        f"{report.unchanged} unchanged, {report.moved} moved, {report.removed} removed, "
        f"{len(report.skipped)} skipped, in {report.seconds:.1f} s "
        f"({report.images_per_second:.1f} images/s); {report.space}"
    )
