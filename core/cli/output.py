"""What a command writes: its result, its errors, its progress, its files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from core.atomic import atomic_write
from core.errors import ConfigurationError
from core.types import Progress, ProgressCallback


def print_result(content: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """Write the result to standard output.

    Args:
        content: What ``--json`` prints as one object.
        lines: What is printed without it.
        as_json: Which of the two.
    """
    text = json.dumps(content) if as_json else "\n".join(lines)
    # A file name may hold characters that the terminal's encoding lacks.
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding))


def print_error(message: str) -> None:
    """Write one line to standard error."""
    click.echo(f"lookalike: {' '.join(message.splitlines())}", err=True)


def write_file(option: str, path: Path, pieces: Iterable[bytes]) -> None:
    """Save what an option asks for.

    Args:
        option: Its name, such as ``--csv``.
        path: What was given after it.
        pieces: The content of the file.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    try:
        with atomic_write(path) as file:
            file.writelines(pieces)
    except OSError as error:
        raise ConfigurationError(
            f"Expected a file that can be written after {option}. Received: {path} "
            f"({error.strerror}). Name one in a folder that exists."
        ) from error


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
