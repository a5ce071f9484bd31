"""What ``search`` saves of an answer."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
from PIL import Image

from ..config import expand_user
from ..engine import ImageSearchEngine
from ..errors import ImageError
from ..explanation import Explainer
from ..feature_store import IndexSnapshot
from ..media import copies, make_collage, make_contact_sheet, matches_table, thumbnail_cache
from ..search import SearchOptions
from ..types import Match, SearchResult
from .options import overwrite_option, together
from .output import check_output, print_error, write_file

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
        help="Save a picture for each match that shows what speaks for it, and against it.",
    ),
    overwrite_option,
)


def check_saving(
    *, csv: Path | None, sheet: Path | None, zip: Path | None, overwrite: bool
) -> None:
    """Raise ``ConfigurationError`` where a file is in the way, before the work."""
    for option, path in (("--csv", csv), ("--sheet", sheet), ("--zip", zip)):
        if path:
            check_output(option, path, overwrite=overwrite)


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
    options: SearchOptions,
    overwrite: bool,
) -> None:
    """Save what is asked for of the answer to ``images``, with the names ``queries``."""
    write = partial(write_file, overwrite=overwrite)
    if explain:
        for match in result.matches:
            check_output("--explain", _explaining_file(explain, match), overwrite=overwrite)
    if csv:
        write("--csv", csv, [matches_table(result.matches)])
    if sheet:
        name = Path(queries[0]).name if len(queries) == 1 else f"{len(queries)} pictures"
        cache = thumbnail_cache(engine.settings.features)
        picture = make_contact_sheet(make_collage(images), name, result.matches, snapshot, cache)
        write("--sheet", sheet, [picture])
    if zip:
        records = [match.record for match in result.matches]
        write("--zip", zip, copies(records, snapshot.library))
    if explain:
        _explain(explain, engine.explainer(snapshot, images[0], options), result, write)


def _explain(
    folder: Path, explainer: Explainer, result: SearchResult, write: Callable[..., None]
) -> None:
    # Where there can be none, the first file says so.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    for match in result.matches:
        try:
            picture = explainer.picture(match.record)
        except ImageError as error:
            print_error(f"{match.image} cannot be explained: {error}.")
            continue
        write("--explain", _explaining_file(folder, match), [picture])


def _explaining_file(folder: Path, match: Match) -> Path:
    return folder / f"{match.rank:03}-{Path(match.image).stem}.jpg"
