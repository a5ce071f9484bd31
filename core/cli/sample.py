"""``python -m core sample``: copy a labelled gallery of drawn flowers."""

from pathlib import Path

import click

from ..config import expand_user
from ..datasets import SAMPLE_COUNT, copy_sample
from .options import json_option, overwrite_option
from .output import print_error, print_result, terminal_progress


@click.command()
@click.argument("directory", metavar="DIR", type=expand_user, help="Where the images go.")
@click.option("--count", type=int, metavar="N", default=SAMPLE_COUNT, help="How many, up to 240.")
@click.option("--seed", type=int, hidden=True)
@overwrite_option
@json_option
def sample(
    directory: Path, *, count: int, seed: int | None, overwrite: bool, as_json: bool
) -> None:
    """Copy a labelled gallery of drawn flowers."""
    if seed is not None:
        print_error("--seed has no effect any more: the flowers are copied, not drawn.")
    with terminal_progress() as progress:
        copied = copy_sample(directory, count=count, overwrite=overwrite, progress=progress)
    print_result(
        {"directory": str(directory), "images": copied},
        [f"{copied} flowers copied to {directory}"],
        as_json=as_json,
    )
