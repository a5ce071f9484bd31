"""``python -m core search``: find the images closest to one, or to several."""

import sys
from pathlib import Path
from typing import Any

import click

from ..config import DEFAULT_MATCHES
from ..engine import ImageSearchEngine
from ..errors import ConfigurationError, ImageError
from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE, QueryPicture, image_id, load_image, read_file
from ..search import ALL, ALL_WRONG, COMBINATIONS, Filters, SearchOptions
from ..types import RANKINGS, SearchResult
from .filters import filter_options, filters_of
from .marks import STANDARD_INPUT, SeveralMarks, feedback_of, mark_options
from .marks import remember as remember_marks
from .options import GALLERY, SERVER, SPACE, engine_options, json_option
from .output import print_error, print_result
from .part import check_part, match_line
from .saving import check_saving, save_answer, save_options


@click.command(cls=SeveralMarks)
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
@mark_options
@click.option(
    "--ranking",
    metavar="R",
    show_default="as the gallery was made, else distance",
    help=f"Order of the matches: {', '.join(RANKINGS)}; the distances are the real ones.",
)
@click.option(
    "--max-distance", metavar="D", type=float, help="No match is farther than this, 0 to 2."
)
@filter_options
@click.option(
    "--exact", is_flag=True, help="Compare with every image, also where the index is approximate."
)
@click.option(
    "--part",
    is_flag=True,
    help="Find the query as a part of other images, also where it is small; needs index --detail.",
)
@save_options
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
    exact: bool,
    part: bool,
    csv: Path | None,
    sheet: Path | None,
    zip: Path | None,
    explain: Path | None,
    overwrite: bool,
    as_json: bool,
    **filtered: Any,
) -> None:
    """Find the images closest to one, or to several.

    Only the images that pass the filters are compared, so that K of them are found.
    """
    saved: dict[str, Any] = {"csv": csv, "sheet": sheet, "zip": zip, "overwrite": overwrite}
    check_saving(**saved)
    snapshot = engine.require_snapshot()
    filters = filters_of(engine, snapshot, **filtered)
    feedback = feedback_of(more, less, snapshot)
    if remember is not None:
        remember_marks(engine, remember, more, less)
    if queries.count(STANDARD_INPUT) > 1:
        raise ConfigurationError(
            "Expected standard input as one of the queries at most. "
            f"Received: {STANDARD_INPUT} more than once"
        )
    if explain and len(queries) > 1:
        raise ConfigurationError(
            f"Expected one query with --explain. Received: {len(queries)}. Ask with one at a time."
        )
    options = SearchOptions(
        k=k,
        combine=combine,
        feedback=feedback,
        filters=filters,
        max_distance=max_distance,
        ranking=ranking,
        exact=exact,
        part=part,
    )
    if part:
        check_part(queries, feedback, ranking)
    pictures = [_open(query) for query in queries]
    result = engine.search(pictures, options, snapshot=snapshot)
    for note in (_note(result, filters, snapshot), result.warning):
        if note:
            print_error(note)
    images = [picture.pixels for picture in pictures]
    save_answer(
        engine, snapshot, queries, images, result, explain=explain, options=options, **saved
    )
    several = {"queries": queries} if len(queries) > 1 else {}
    print_result(
        {
            "query": queries[0],
            **several,
            "seconds": round(result.seconds, 4),
            "nothing_similar": result.nothing_similar,
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


def _open(query: str) -> QueryPicture:
    try:
        standard = query == STANDARD_INPUT
        content = sys.stdin.buffer.read() if standard else read_file(Path(query))
        return QueryPicture(load_image(content, enough=ENOUGH_SIDE).pixels, image_id(content))
    except ImageError as error:
        raise ImageError(
            f"The query cannot be used: expected an image file. Received: {query} "
            f"({error}). Choose another picture."
        ) from error


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
