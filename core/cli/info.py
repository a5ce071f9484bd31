"""``python -m core info``: describe the index."""

from dataclasses import asdict

import click

from ..engine import ImageSearchEngine
from .options import GALLERY, SERVER, engine_options, json_option
from .output import print_result


@click.command()
@engine_options(*GALLERY, *SERVER)
@json_option
def info(engine: ImageSearchEngine, *, as_json: bool) -> None:
    """Describe the index."""
    snapshot = engine.require_snapshot()
    found, remote = engine.info(), engine.indexes.describe(snapshot)
    details, hubness = engine.parts.info(snapshot), engine.quality.hubness(snapshot)
    print_result(
        asdict(found)
        | {
            "remote": remote and asdict(remote),
            "detail": asdict(details),
            "hubness": hubness and asdict(hubness),
        },
        [
            f"gallery     {found.gallery}",
            f"library     {found.library}",
            f"features    {found.features}",
            f"images      {found.images}, {len(found.skipped)} skipped",
            f"space       {found.space}",
            f"fit         {found.fit}",
            f"index       {found.index_line}",
            f"generation  {found.generation}, published {found.published_at}",
            f"details     {details}",
            *([f"hubness     {hubness}"] if hubness else []),
            *([f"server      {remote}"] if remote else []),
        ],
        as_json=as_json,
    )
