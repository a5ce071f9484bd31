"""Which images ``search`` compares."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from ..engine import ImageSearchEngine
from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from ..search import FORMATS, ORIENTATIONS, Filters
from .options import together


def _day(_: click.Context, option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ConfigurationError(
            f"Expected a day such as 2024-12-31 for {option.opts[0]}. Received: {value!r}"
        ) from None


filter_options = together(
    click.option(
        "--folder",
        "folders",
        metavar="DIR",
        multiple=True,
        help="Only in this folder of the library, or below it; may be repeated.",
    ),
    click.option(
        "--taken-from", metavar="DATE", callback=_day, help="Not before this day, YYYY-MM-DD."
    ),
    click.option(
        "--taken-to", metavar="DATE", callback=_day, help="Not after this day, YYYY-MM-DD."
    ),
    click.option(
        "--orientation",
        "orientations",
        metavar="O",
        multiple=True,
        help=f"Only {', '.join(ORIENTATIONS)}; may be repeated.",
    ),
    click.option(
        "--format",
        "formats",
        metavar="F",
        type=str.upper,
        multiple=True,
        help=f"Only {', '.join(FORMATS)}; may be repeated.",
    ),
    click.option(
        "--min-side",
        metavar="PIXELS",
        type=int,
        default=0,
        help="The shorter side has at least this many.",
    ),
    click.option(
        "--group",
        "groups",
        metavar="NAME",
        multiple=True,
        help="Only in this group of the command groups; may be repeated.",
    ),
)


def filters_of(
    engine: ImageSearchEngine, snapshot: IndexSnapshot, *, groups: Sequence[str], **given: Any
) -> Filters:
    """The filters of an index; ``given`` are the values of the options but ``--group``."""
    return Filters(**given, among=engine.maps.ids(snapshot, groups) if groups else frozenset())
