"""What ``search`` saves of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
from PIL import Image

from core.cli.options import together
from core.cli.output import print_error, write_file
from core.config import expand_user
from core.engine import ImageSearchEngine
from core.errors import ImageError
from core.explanation import Explainer
from core.feature_store import IndexSnapshot
from core.media import copies, make_collage, make_contact_sheet, matches_table, thumbnail_cache
from core.types import SearchResult

save_options = together(
    click.option("--csv", metavar="FILE", type=expand_user, help="Save the matches as a table."),
    click.option(
        "--sheet",
        metavar="FILE",
        type=expand_user,
        help="Save a contact sheet of the matches, a JPEG.",
    ),
    click.option(
        "--zip",
        metavar="FILE",
        type=expand_user,
        help="Save copies of the matching images in an archive.",
    ),
    click.option(
        "--explain",
        metavar="DIR",
        type=expand_user,
        help="Save a picture for each match that shows where the similarity comes from.",
    ),
)


def save_answer(
    engine: ImageSearchEngine,
    snapshot: IndexSnapshot,
    queries: Sequence[str],
    images: Sequence[Image.Image],
    result: SearchResult,
    *,
    csv: Path | None,
    sheet: Path | None,
    zip: Path | None,
    explain: Path | None,
) -> None:
    """Save what the options ask for.

    Args:
        engine: Searched.
        snapshot: Was searched.
        queries: Names of the queries.
        images: Their pictures.
        result: The answer.
        csv: File of the table; ``None`` for none.
        sheet: File of the contact sheet.
        zip: File of the archive of copies.
        explain: Folder of the pictures that explain the matches with the first query.
    """
    if csv:
        write_file("--csv", csv, [matches_table(result.matches)])
    if sheet:
        name = Path(queries[0]).name if len(queries) == 1 else f"{len(queries)} pictures"
        cache = thumbnail_cache(engine.settings.features)
        picture = make_contact_sheet(make_collage(images), name, result.matches, snapshot, cache)
        write_file("--sheet", sheet, [picture])
    if zip:
        records = [match.record for match in result.matches]
        write_file("--zip", zip, copies(records, snapshot.library))
    if explain:
        _explain(explain, Explainer(engine, snapshot, images[0]), result)


def _explain(folder: Path, explainer: Explainer, result: SearchResult) -> None:
    # Where there can be none, the first file says so.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    for match in result.matches:
        name = f"{match.rank:03}-{Path(match.image).stem}.jpg"
        try:
            picture = explainer.picture(match.record)
        except ImageError as error:
            print_error(f"{match.image} cannot be explained: {error}.")
            continue
        write_file("--explain", folder / name, [picture])
