"""``python -m core flowers``: download photographs of flowers, sorted by kind."""

from pathlib import Path

import click

from ..config import Settings, expand_user
from ..datasets import PHOTOGRAPHS, fetch_flowers
from .options import json_option
from .output import print_result, terminal_progress


@click.command(help=f"Download {PHOTOGRAPHS:,} flower photographs, Oxford Flowers 102.")
@click.argument("directory", metavar="DIR", type=expand_user, help="Where the images go.")
@json_option
@click.pass_obj
def flowers(environment: Settings, directory: Path, *, as_json: bool) -> None:
    """Download Oxford Flowers 102 into folders by kind."""
    with terminal_progress() as progress:
        images = fetch_flowers(directory, base_url=environment.flowers_url, progress=progress)
    print_result(
        {"directory": str(directory), "images": images},
        [f"{images} flower photographs in {directory}"],
        as_json=as_json,
    )
