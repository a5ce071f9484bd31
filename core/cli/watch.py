"""``python -m core watch``: keep the index of a folder up to date."""

from pathlib import Path

import click

from ..engine import ImageSearchEngine
from ..errors import LookalikeError
from .index import summary
from .options import FIT, GALLERY, LIBRARY, SERVER, SPACE, WORKERS, engine_options
from .output import print_error, printable, terminal_progress


@click.command()
@engine_options(*LIBRARY, *GALLERY, *SPACE, *FIT, *SERVER, *WORKERS)
def watch(engine: ImageSearchEngine) -> None:
    """Keep the index of a folder up to date, until Ctrl-C."""
    settings = engine.settings
    with terminal_progress() as progress:
        report = engine.index(settings.library, keep_fit=True, progress=progress)
        engine.parts.refresh(engine.require_snapshot(), progress=progress)
    click.echo(printable(summary(report)))
    with engine.watch(Path(report.library)) as changed:
        click.echo("watching; press Ctrl-C to stop")
        for _ in changed.changes():
            try:
                report = engine.index(settings.library, keep_fit=True)
                click.echo(printable(summary(report)))
                engine.parts.refresh(engine.require_snapshot())
            except LookalikeError as error:
                # The next change may bring it back: a drive plugged in, a run that ends.
                print_error(str(error))
