"""``python -m core watch``: keep the index of a folder up to date."""

from __future__ import annotations

from pathlib import Path

import click

from core.cli.index import summary
from core.cli.options import FIT, GALLERY, LIBRARY, SERVER, SPACE, WORKERS, engine_options
from core.cli.output import print_error, printable, terminal_progress
from core.detail import refresh_details
from core.engine import ImageSearchEngine
from core.errors import LookalikeError
from core.indexing import LibraryWatch


@click.command()
@engine_options(*LIBRARY, *GALLERY, *SPACE, *FIT, *SERVER, *WORKERS)
def watch(engine: ImageSearchEngine) -> None:
    """Keep the index of a folder up to date, until Ctrl-C."""
    settings = engine.settings
    with terminal_progress() as progress:
        report = engine.index(settings.library, progress=progress)
        refresh_details(engine, engine.require_snapshot(), progress=progress)
    click.echo(printable(summary(report)))
    with LibraryWatch(Path(report.library), leave_out=settings.features) as changed:
        click.echo("watching; press Ctrl-C to stop")
        for _ in changed.changes():
            try:
                click.echo(printable(summary(engine.index(settings.library))))
                refresh_details(engine, engine.require_snapshot())
            except LookalikeError as error:
                # The next change may bring it back: a drive plugged in, a run that ends.
                print_error(str(error))
