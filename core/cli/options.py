"""The options that several commands share."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from ..config import DEFAULT_FEATURES, Settings, expand_user, workers_address
from ..engine import ImageSearchEngine
from ..feature_store import LARGE
from ..model import DESCRIPTORS, FITS, PRECISIONS
from ..search import INDEXES

Command = Callable[..., None]
Decorator = Callable[[Command], Command]


class _Patterns(click.ParamType[str]):
    name = "pattern"

    def split_envvar_value(self, rv: str) -> list[str]:
        return [item.strip() for item in rv.split(",") if item.strip()]


def _setting(name: str, metavar: str, words: str, **attributes: Any) -> Decorator:
    variable = f"LOOKALIKE_{name.upper().replace('-', '_')}"
    return click.option(
        f"--{name}", metavar=metavar, envvar=variable, show_envvar=True, help=words, **attributes
    )


_OPTIONS: dict[str, Decorator] = {
    "library": click.argument(
        "library",
        type=expand_user,
        required=False,
        envvar="LOOKALIKE_LIBRARY",
        help="Folder of images, with its subfolders; by default LOOKALIKE_LIBRARY, else that of "
        "the gallery.",
    ),
    "include": _setting(
        "include",
        "PATTERN",
        "Only files that match, such as '*.jpg' or 'raw/*'; may be repeated. In the variable with "
        "commas between them.",
        type=_Patterns(),
        multiple=True,
    ),
    "exclude": _setting(
        "exclude",
        "PATTERN",
        "No files that match; may be repeated.",
        type=_Patterns(),
        multiple=True,
    ),
    "features": _setting(
        "features",
        "DIR",
        "Folder of the saved features.",
        type=expand_user,
        default=DEFAULT_FEATURES,
    ),
    "gallery": _setting(
        "gallery",
        "NAME",
        "Name of the gallery.",
        show_default="the one that was indexed last; of a new folder its own name",
    ),
    "weights": _setting(
        "weights",
        "W",
        "imagenet, random or a Keras weights file.",
        show_default="as the gallery was made, else imagenet",
    ),
    "descriptor": _setting(
        "descriptor",
        "D",
        f"{', '.join(DESCRIPTORS)}.",
        show_default="the best for the weights; a search takes that of the index",
    ),
    "size": _setting(
        "size",
        "PIXELS",
        "Of an image as VGG16 sees it, 96 to 448; up to 224 it is squashed to a square.",
        type=int,
        show_default="as the gallery was made, else 224",
    ),
    "precision": _setting(
        "precision", "P", f"{', '.join(PRECISIONS)}.", default=Settings.precision
    ),
    "index": _setting(
        "index",
        "I",
        f"{', '.join(INDEXES)}: how searches compare; auto is approximate from {LARGE:,} images "
        "on, where FAISS is installed.",
        default=Settings.index,
    ),
    "workers": _setting(
        "workers",
        "ADDRESS",
        "Dask scheduler whose workers extract, such as tcp://host:8786; see docs/scale.md.",
        type=workers_address,
        show_default="this process",
    ),
    "fit": _setting(
        "fit",
        "F",
        f"{', '.join(FITS)}: what the gallery teaches, see docs/quality.md.",
        show_default="as the gallery was made, else neighbours",
    ),
    "fit_size": _setting(
        "fit-size",
        "N",
        "Numbers of a feature that is learnt from neighbours, 16 to 512, whitened, 64 to 512, or "
        "learnt from folders, 1 to 512.",
        type=int,
        show_default="192 from 5,000 images on, 128 from 100,000, 256 for whiten",
    ),
    "index_url": _setting(
        "index-url",
        "URL",
        "Milvus server that searches, such as http://host:19530; see docs/scale.md.",
        show_default="this process",
    ),
}

# Names of fields of Settings.
LIBRARY = ("library", "include", "exclude")
GALLERY = ("features", "gallery")
SPACE = ("weights", "descriptor", "size", "precision")
FIT = ("fit", "fit_size", "index")
SERVER = ("index_url",)
WORKERS = ("workers",)


def together(*options: Decorator) -> Decorator:
    """A decorator that gives a command several options, in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace files that are there already."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def engine_options(*fields: str) -> Decorator:
    """A decorator that gives a command an engine, as its first argument, and the options for it.

    Args:
        fields: The fields of ``Settings`` that options decide; the environment decides the others.
    """

    def decorate(command: Command) -> Command:
        def run(environment: Settings, /, **values: Any) -> None:
            chosen = {field: values.pop(field) for field in fields}
            given = {field: value for field, value in chosen.items() if value not in (None, ())}
            command(ImageSearchEngine(replace(environment, **given)), **values)

        decorated: Command = functools.update_wrapper(click.pass_obj(run), command)
        return together(*(_OPTIONS[field] for field in fields))(decorated)

    return decorate
