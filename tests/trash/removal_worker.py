"""A process that removes all images of a library, and kills itself on the way."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

from core.trash import removing, undoing
from core.trash.journal import Journal
from tests.trash.libraries import KEPT, moves, records


def main() -> None:
    """Remove, or undo, up to the file at which to die."""
    parser = argparse.ArgumentParser()
    parser.add_argument("features", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--undo", action="store_true")
    parser.add_argument("--before", type=int, help="die before this file is moved")
    parser.add_argument("--after", type=int, help="die after it, before the journal knows")
    parser.add_argument("--within", type=int, help="die in the middle of that line of the journal")
    options = parser.parse_args()
    record, count = Journal.record, 0

    def dying_record(journal: Journal, number: int, state: str, to: Path | None = None) -> None:
        nonlocal count
        count += 1
        if count == options.after:
            die()
        if count == options.within:
            with journal.path.open("ab") as file:
                file.write(b'\n{"file": ')
            die()
        record(journal, number, state, to)

    Journal.record = dying_record  # type: ignore[method-assign]

    def progress(done: int, _total: int) -> None:
        if done == options.before:
            die()

    if options.undo:
        undoing.undo(options.features, options.library, progress=progress)
    else:
        images = [one for one in records(options.library) if one.path != KEPT]
        removing.remove(
            options.features,
            options.library,
            moves(options.library, images),
            into=options.into,
            progress=progress,
        )


def die() -> None:
    """End at once, as by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
