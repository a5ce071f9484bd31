"""``python -m core sample``: draw a labelled gallery of flowers."""

from __future__ import annotations

from pathlib import Path

import click

from core.cli.options import json_option, overwrite_option
from core.cli.output import print_result, terminal_progress
from core.config import expand_user
from core.datasets import draw_gallery
from core.types import Progress, Stage


@click.command()
@click.argument("directory", metavar="DIR", type=expand_user, help="Where the images go.")
@click.option("--count", type=int, metavar="N", default=300, help="How many to draw.")
@click.option("--seed", type=int, metavar="N", default=0, help="Another seed draws other flowers.")
@overwrite_option
@json_option
def sample(directory: Path, *, count: int, seed: int, overwrite: bool, as_json: bool) -> None:
    """Draw a labelled gallery of flowers."""
    with terminal_progress() as progress:
        drawn = draw_gallery(
            directory,
            count=count,
            seed=seed,
            overwrite=overwrite,
            progress=lambda done, total: progress(Progress(Stage.DRAWING, done, total)),
        )
    print_result(
        {"directory": str(directory), "images": drawn},
        [f"{drawn} flowers drawn in {directory}"],
        as_json=as_json,
    )
