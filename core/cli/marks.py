"""What ``search`` takes to be more or less like an answer: images of the gallery."""

from collections.abc import Sequence

import click

from ..engine import ImageSearchEngine
from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from ..search import Feedback
from .options import together
from .output import print_error

STANDARD_INPUT = "-"
MARKS = ("--more", "--less")

mark_options = together(
    click.option(
        "--more",
        metavar="IMAGE...",
        multiple=True,
        help="More like these images of the gallery, each by its path in an answer; may be "
        "repeated.",
    ),
    click.option(
        "--less",
        metavar="IMAGE...",
        multiple=True,
        help="Less like these, and none of them; may be repeated.",
    ),
    click.option(
        "--remember",
        metavar="NAME",
        help="Keep the images after --more as NAME and those after --less as other ones, as labels "
        "that the fit folders can learn from.",
    ),
)


class SeveralMarks(click.Command):
    """A command whose ``--more`` and ``--less`` take several values each, which click's do not."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:  # noqa: D102 - click's
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


def feedback_of(more: Sequence[str], less: Sequence[str], snapshot: IndexSnapshot) -> Feedback:
    """Marks by id, from marks by path.

    Raises:
        ConfigurationError: One of them is not in the gallery, or is marked as both.
    """
    right, wrong = (tuple(_id_of(image, snapshot) for image in images) for images in (more, less))
    for marked, image_id in zip(less, wrong, strict=True):
        if image_id in right:
            raise ConfigurationError(
                "Expected each image after --more or after --less. "
                f"Received: {marked!r} as both. Leave one out."
            )
    return Feedback(right, wrong)


def remember(
    engine: ImageSearchEngine, name: str, more: Sequence[str], less: Sequence[str]
) -> None:
    """Keep the marks as labels of the gallery, and say where."""
    file = engine.remember(name, more, less)
    print_error(f"Remembered in {file}. Learn from it: index --fit folders --labels {file}")


def _id_of(image: str, snapshot: IndexSnapshot) -> str:
    row = snapshot.images.row_of_path(image)
    if row is None:
        raise ConfigurationError(
            "Expected the path of an image in the gallery, such as "
            f"{snapshot.images[0].path!r}. Received: {image!r}. Take it from an answer."
        )
    return snapshot.images[row].id
