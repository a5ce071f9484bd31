"""The commands together, and what the process exits with."""

import logging
import sys
from collections.abc import Sequence

import click

from ..config import Settings
from ..errors import LookalikeError
from ..program import COMMAND
from .doctor import doctor
from .duplicates import duplicates
from .evaluate import evaluate
from .export import export
from .flowers import flowers
from .groups import groups
from .index import index
from .info import info
from .output import print_error, printable
from .sample import sample
from .search import search
from .share import share
from .watch import watch

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; ``None`` takes it from the command line.

    Returns:
        The exit code: 0 done, 2 bad input, 3 no index or one of another feature space, 130 stopped
        by Ctrl-C.

    Raises:
        SystemExit: There is no such command or option, or a value is missing or of the wrong type;
            the code is 2.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("lookalike: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with commands.make_context(COMMAND, given) as context:
            commands.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        print_error(f"{error.format_message()} Add --help to see what is expected.")
        sys.exit(error.exit_code)
    except LookalikeError as error:
        print_error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        print_error("stopped; what was extracted is kept.")
        return INTERRUPTED
    return 0


class _Printable(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name there
        return printable(super().formatMessage(record))


class _InOrder(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    commands=[
        *(index, watch, search, duplicates, groups, info, export),
        *(sample, flowers, evaluate, doctor, share),
    ],
    no_args_is_help=False,
    context_settings={"show_default": True, "max_content_width": 100},
)
@click.pass_context
def commands(context: click.Context) -> None:
    """Find similar images on your own disk.

    Exits with 0 when done, with 2 on bad input, with 3 where there is no index or one of another
    feature space.
    """
    # A variable with a wrong value is named by its own name, before an option takes it.
    context.obj = Settings.from_environment()
