"""``python -m core search``: find the images closest to one, or to several."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import click
from PIL import Image

from core.cli.options import GALLERY, SERVER, SPACE, engine_options, json_option
from core.cli.output import print_error, print_result, write_file
from core.cli.part import check_part, match_line
from core.config import DEFAULT_MATCHES, expand_user
from core.datasets import remember as add_labels
from core.datasets import remembered_labels
from core.detail import find_part
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, ImageError
from core.explanation import Explainer
from core.explore import gallery_map, group_ids
from core.feature_store import IndexSnapshot
from core.images import ENOUGH_SIDE, load_image
from core.media import copies, make_collage, make_contact_sheet, matches_table, thumbnail_cache
from core.search import ALL, ALL_WRONG, COMBINATIONS, FORMATS, ORIENTATIONS, Feedback, Filters
from core.types import RANKINGS, SearchResult

STANDARD_INPUT = "-"
MARKS = ("--more", "--less")


class _SeveralMarks(click.Command):
    """A command whose ``--more`` and ``--less`` take several values each, which click's do not."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, one_mark_each(args))


def one_mark_each(arguments: Sequence[str]) -> list[str]:
    """The same arguments with ``--more A B`` written as ``--more A --more B``."""
    spread: list[str] = []
    option = ""
    for place, argument in enumerate(arguments):
        if argument == "--":
            return [*spread, *arguments[place:]]
        if argument.startswith("-") and argument != STANDARD_INPUT:
            option = argument if argument in MARKS else ""
        elif option and arguments[place - 1] != option:
            spread.append(option)
        spread.append(argument)
    return spread


def _day(_: click.Context, option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ConfigurationError(
            f"Expected a day such as 2024-12-31 for {option.opts[0]}. Received: {value!r}"
        ) from None


@click.command(cls=_SeveralMarks)
@click.argument(
    "queries",
    metavar="QUERY...",
    nargs=-1,
    required=True,
    help="An image file, or - for standard input; of several, all are asked with at once.",
)
@click.option("-k", type=int, metavar="K", default=DEFAULT_MATCHES, help="How many to find.")
@click.option(
    "--combine",
    metavar="C",
    default=ALL,
    help=f"Near all of several queries, or near any of them: {', '.join(COMBINATIONS)}.",
)
@click.option(
    "--more",
    metavar="IMAGE...",
    multiple=True,
    help="More like these images of the gallery, each by its path in an answer; may be repeated.",
)
@click.option(
    "--less",
    metavar="IMAGE...",
    multiple=True,
    help="Less like these, and none of them; may be repeated.",
)
@click.option(
    "--remember",
    metavar="NAME",
    help="Keep the images after --more as NAME and those after --less as other ones, as labels "
    "that the fit folders can learn from.",
)
@click.option(
    "--ranking",
    metavar="R",
    show_default="as the gallery was made, else distance",
    help=f"Order of the matches: {', '.join(RANKINGS)}; the distances are the real ones.",
)
@click.option(
    "--max-distance", metavar="D", type=float, help="No match is farther than this, 0 to 2."
)
@click.option(
    "--folder",
    "folders",
    metavar="DIR",
    multiple=True,
    help="Only in this folder of the library, or below it; may be repeated.",
)
@click.option(
    "--taken-from", metavar="DATE", callback=_day, help="Not before this day, YYYY-MM-DD."
)
@click.option("--taken-to", metavar="DATE", callback=_day, help="Not after this day, YYYY-MM-DD.")
@click.option(
    "--orientation",
    "orientations",
    metavar="O",
    multiple=True,
    help=f"Only {', '.join(ORIENTATIONS)}; may be repeated.",
)
@click.option(
    "--format",
    "formats",
    metavar="F",
    type=str.upper,
    multiple=True,
    help=f"Only {', '.join(FORMATS)}; may be repeated.",
)
@click.option(
    "--min-side",
    metavar="PIXELS",
    type=int,
    default=0,
    help="The shorter side has at least this many.",
)
@click.option(
    "--group",
    "groups",
    metavar="NAME",
    multiple=True,
    help="Only in this group of the command groups; may be repeated.",
)
@click.option(
    "--exact", is_flag=True, help="Compare with every image, also where the index is approximate."
)
@click.option(
    "--part",
    is_flag=True,
    help="Find the query as a part of other images, also where it is small; needs index --detail.",
)
@click.option("--csv", metavar="FILE", type=expand_user, help="Save the matches as a table.")
@click.option(
    "--sheet", metavar="FILE", type=expand_user, help="Save a contact sheet of the matches, a JPEG."
)
@click.option(
    "--zip",
    metavar="FILE",
    type=expand_user,
    help="Save copies of the matching images in an archive.",
)
@click.option(
    "--explain",
    metavar="DIR",
    type=expand_user,
    help="Save a picture for each match that shows where the similarity comes from.",
)
@engine_options(*GALLERY, *SPACE, *SERVER)
@json_option
def search(
    engine: ImageSearchEngine,
    *,
    queries: tuple[str, ...],
    k: int,
    combine: str,
    more: tuple[str, ...],
    less: tuple[str, ...],
    remember: str | None,
    max_distance: float | None,
    ranking: str | None,
    groups: tuple[str, ...],
    exact: bool,
    part: bool,
    csv: Path | None,
    sheet: Path | None,
    zip: Path | None,
    explain: Path | None,
    as_json: bool,
    **filtered: Any,
) -> None:
    """Find the images closest to one, or to several.

    Only the images that pass the filters are compared, so that K of them are found.
    """
    snapshot = engine.require_snapshot()
    filters = Filters(**filtered, among=_of_groups(groups, snapshot))
    feedback = _feedback(more, less, snapshot)
    if remember is not None:
        file = remembered_labels(engine.settings.features, engine.gallery_name() or "")
        add_labels(file, remember, more, less)
        print_error(f"Remembered in {file}. Learn from it: index --fit folders --labels {file}")
    if queries.count(STANDARD_INPUT) > 1:
        raise ConfigurationError(
            "Expected standard input as one of the queries at most. "
            f"Received: {STANDARD_INPUT} more than once"
        )
    if explain and len(queries) > 1:
        raise ConfigurationError(
            f"Expected one query with --explain. Received: {len(queries)}. Ask with one at a time."
        )
    images = [_open(query) for query in queries]
    if part:
        check_part(queries, feedback, ranking)
        result = find_part(
            engine, images[0], k, snapshot=snapshot, filters=filters, max_distance=max_distance
        )
    else:
        result = engine.search(
            images,
            k,
            combine=combine,
            feedback=feedback,
            filters=filters,
            max_distance=max_distance,
            ranking=ranking,
            exact=exact,
            snapshot=snapshot,
        )
    for note in (_note(result, filters, snapshot), result.warning):
        if note:
            print_error(note)
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
    several = {"queries": queries} if len(queries) > 1 else {}
    print_result(
        {
            "query": queries[0],
            **several,
            "seconds": round(result.seconds, 4),
            "matches": [
                {
                    "rank": match.rank,
                    "image": match.image,
                    "distance": match.distance,
                    "closer_than": match.closeness and match.closeness.share,
                    **({"box": [round(edge, 4) for edge in match.box]} if match.box else {}),
                }
                for match in result.matches
            ],
        },
        [match_line(match) for match in result.matches],
        as_json=as_json,
    )


def _open(query: str) -> Image.Image:
    source = sys.stdin.buffer.read() if query == STANDARD_INPUT else Path(query)
    try:
        return load_image(source, enough=ENOUGH_SIDE).pixels
    except ImageError as error:
        raise ImageError(
            f"The query cannot be used: expected an image file. Received: {query} "
            f"({error}). Choose another picture."
        ) from error


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


def _feedback(more: Sequence[str], less: Sequence[str], snapshot: IndexSnapshot) -> Feedback:
    """Marks by id, from marks by path."""
    right, wrong = (tuple(_id_of(image, snapshot) for image in images) for images in (more, less))
    for marked, image_id in zip(less, wrong, strict=True):
        if image_id in right:
            raise ConfigurationError(
                "Expected each image after --more or after --less. "
                f"Received: {marked!r} as both. Leave one out."
            )
    return Feedback(right, wrong)


def _of_groups(names: Sequence[str], snapshot: IndexSnapshot) -> frozenset[str]:
    """The ids of the images of groups; empty for none."""
    if not names:
        return frozenset()
    found = gallery_map(snapshot)
    if found is None:
        raise ConfigurationError(
            "Expected a map of the gallery, which has the groups. Received: none. Draw it with "
            "`python -m core groups`."
        )
    return frozenset().union(*(group_ids(snapshot, found, name) for name in names))


def _id_of(image: str, snapshot: IndexSnapshot) -> str:
    row = snapshot.images.row_of_path(image)
    if row is None:
        raise ConfigurationError(
            "Expected the path of an image in the gallery, such as "
            f"{snapshot.images[0].path!r}. Received: {image!r}. Take it from an answer."
        )
    return snapshot.images[row].id


def _note(result: SearchResult, filters: Filters, snapshot: IndexSnapshot) -> str | None:
    """Why there is no match, or none that is really similar."""
    if not result.searched:
        passing = len(filters.passing(snapshot.images))
        return ALL_WRONG if passing else filters.advice(snapshot.images)
    if not result.matches:
        return f"None of {result.searched:,} images is that close: raise --max-distance."
    if result.nothing_similar:
        return f"Nothing is really similar. {result.nothing_similar}"
    return None
