"""``python -m core export``: the features of a gallery, for other programs."""

from pathlib import Path

import click

from ..config import expand_user
from ..engine import ImageSearchEngine
from .options import GALLERY, engine_options, json_option
from .output import print_result, terminal_progress


@click.command()
@click.argument("directory", metavar="DIR", type=expand_user, help="Where the files go.")
@click.option("--projector", is_flag=True, help="Also write files for TensorBoard's projector.")
@click.option("--thumbnails", is_flag=True, help="Put a small JPEG of each image into the table.")
@engine_options(*GALLERY)
@json_option
def export(
    engine: ImageSearchEngine,
    directory: Path,
    *,
    projector: bool,
    thumbnails: bool,
    as_json: bool,
) -> None:
    """Write the features, a table of the images and the recipe of the features.

    The files of an earlier export in DIR are replaced; others never are.
    """
    with terminal_progress() as progress:
        written = engine.export(
            directory, projector=projector, thumbnails=thumbnails, progress=progress
        )
    files = [str(path) for path in written.files]
    print_result(
        {"directory": str(directory), "images": written.images, "files": files},
        [f"{written.images} images exported", *(f"  {path}" for path in files)],
        as_json=as_json,
    )
