"""What a command writes: its result, its errors, its progress, its files."""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ..atomic import atomic_write
from ..errors import ConfigurationError
from ..types import Progress, ProgressCallback

# What reverses the order of the characters after it.
_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def print_result(content: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """Write the result to standard output, by ``as_json`` as one JSON object or as lines."""
    text = json.dumps(content) if as_json else "\n".join(map(printable, lines))
    # A file name may hold characters that the terminal's encoding lacks.
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding))


def print_error(message: str) -> None:
    """Write one line to standard error."""
    click.echo(f"lookalike: {printable(' '.join(message.splitlines()))}", err=True)


def printable(line: str) -> str:
    """A line without characters that a terminal obeys, which a name may hold.

    They are written as in Python: a backslash and a number.
    """
    return "".join(c.encode("unicode_escape").decode() if _controls(c) else c for c in line)


def _controls(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _DIRECTIONS
    )


def check_output(option: str, path: Path, *, overwrite: bool) -> None:
    """Raise ``ConfigurationError`` where a file is in the way; arguments as of ``write_file``."""
    # A link that leads nowhere is a file, too.
    if os.path.lexists(path) and not (overwrite and path.is_file()):
        raise _in_the_way(option, path)


def write_file(option: str, path: Path, pieces: Iterable[bytes], *, overwrite: bool) -> None:
    """Save a file; see ``output_file``."""
    with output_file(option, path, overwrite=overwrite) as write:
        write(pieces)


@contextmanager
def output_file(
    option: str, path: Path, *, overwrite: bool
) -> Iterator[Callable[[Iterable[bytes]], None]]:
    """Save what an option asks for, on a clean exit.

    Args:
        option: Its name, such as ``--csv``.
        path: What was given after it.
        overwrite: Whether a file there is replaced.

    Yields:
        A function that writes the next pieces of the content.

    Raises:
        ConfigurationError: The file is there and must not be replaced, or cannot be written.
    """
    check_output(option, path, overwrite=overwrite)
    # Not around the whole: what goes wrong between the pieces is no matter of the file.
    with ExitStack() as stack:
        with _told(option, path):
            file = stack.enter_context(atomic_write(path, overwrite=overwrite))

        def write(pieces: Iterable[bytes]) -> None:
            with _told(option, path):
                file.writelines(pieces)

        yield write
        with _told(option, path):
            stack.close()


@contextmanager
def _told(option: str, path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise _in_the_way(option, path) from error
    except OSError as error:
        raise ConfigurationError(
            f"Expected a file that can be written after {option}. Received: {path} "
            f"({error.strerror}). Name one in a folder that exists."
        ) from error


def _in_the_way(option: str, path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"Expected a new file after {option}. Received: {path}, which is there already. "
        "Name another one, or replace the file with --overwrite."
    )


@contextmanager
def terminal_progress() -> Iterator[ProgressCallback]:
    """A progress bar on standard error; none where that is a file or a pipe."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None, rate="")

        def show(progress: Progress) -> None:
            unit = "bytes" if progress.stage.in_bytes else ""
            rate = (
                f"{progress.images_per_second:.1f} images/s" if progress.images_per_second else unit
            )
            if progress.workers:
                rate += f", {progress.workers:,} worker{'' if progress.workers == 1 else 's'}"
            bar.update(
                task,
                description=str(progress.stage),
                completed=progress.done,
                total=progress.total or None,
                rate=rate,
            )

        yield show
