"""``python -m core groups``: the groups of similar images, odd ones, and misfiled ones."""

from collections.abc import Iterator
from typing import Any

import click

from ..engine import ImageSearchEngine
from ..explore import GalleryMap
from ..feature_store import IndexSnapshot
from .options import GALLERY, engine_options, json_option
from .output import print_error, print_result, terminal_progress


@click.command()
@click.option(
    "--redraw", is_flag=True, help="Draw the map anew and find the groups on it, not only once."
)
@engine_options(*GALLERY)
@json_option
def groups(engine: ImageSearchEngine, *, redraw: bool, as_json: bool) -> None:
    """List groups of similar images, odd ones, and ones that seem to be in a wrong folder.

    The first time that draws a map of the gallery, which takes a minute for 10,000 images.
    """
    snapshot = engine.require_snapshot()
    found = None if redraw else engine.maps.of(snapshot)
    if found is None:
        with terminal_progress() as progress:
            found = engine.maps.draw(snapshot, progress=progress)
    if found.redraw_reason:
        print_error(f"{found.redraw_reason} Draw it anew with --redraw.")
    content = _content(engine, snapshot, found)
    print_result(content, list(_lines(content)), as_json=as_json)


def _content(
    engine: ImageSearchEngine, snapshot: IndexSnapshot, found: GalleryMap
) -> dict[str, Any]:
    paths = snapshot.images.paths
    wrong = engine.maps.misfiled(snapshot)
    return {
        "groups": [
            {
                "name": group.name,
                "size": group.size,
                "image": paths[snapshot.images.row_of_id(group.representative) or 0],
                "images": [paths[row] for row in found.members(group.number).tolist()],
            }
            for group in found.groups
        ],
        "odd": [paths[row] for row in engine.maps.odd_ones(snapshot, found).tolist()],
        "misfiled": [
            {
                "image": paths[one.row],
                "folder": _folder(paths[one.row]),
                "fits": one.fits,
                "score": round(one.score, 4),
            }
            for one in wrong
        ],
    }


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _lines(content: dict[str, Any]) -> Iterator[str]:
    yield f"{len(content['groups'])} groups"
    for group in content["groups"]:
        yield f"  {group['size']:6}  {group['name']}, such as {group['image']}"
    odd = f"{len(content['odd'])} odd images, in no group and far from all"
    yield odd if content["odd"] else "No odd images: each is in a group or near others"
    for image in content["odd"]:
        yield f"  {image}"
    yield f"{len(content['misfiled'])} images that seem to be in a wrong folder"
    for one in content["misfiled"]:
        yield f"  {one['image']} fits {one['fits'] or 'the top folder'}, score {one['score']:.2f}"
