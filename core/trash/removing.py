"""Move images to the trash, or into a folder; each is checked right before, and journalled."""

import errno
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from ..errors import Cancelled, FeatureStoreError
from .freedesktop_trash import NoTrashError
from .journal import KeptFile, Removal, new_journal
from .names import printable
from .places import mount_point
from .planning import Move, allowed_folder, plan_removal
from .removal_run import RemovalRun
from .reports import RemovalReport


def remove(
    features: Path,
    library: Path,
    moves: Sequence[Move],
    *,
    into: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> RemovalReport:
    """Move images of a library to the trash of the system, or into a folder outside of it.

    An image stays if its file, or the one that stays for it, is not as its record says; and it
    comes back if the latter is gone once it was moved. Its sidecars go with it, unless they
    belong to a file that stays. After an error of the drive, all that follow stay.

    The lock of the features folder must be held.

    Args:
        features: Gets the journal.
        library: Absolute path.
        moves: Each image once.
        into: Folder that gets them, below their paths in the library.
        progress: Called with the number of images done and of all; ends the removal by raising
            ``Cancelled``, which the report tells as its problem.
    """
    into = into and allowed_folder(into, library)
    files, sidecars = plan_removal(library, moves, into)
    if not files:
        return RemovalReport((), 0, ())
    journal = new_journal(features, library)
    removal = Removal(
        library,
        datetime.now().astimezone().isoformat(timespec="seconds"),
        tuple(files),
        tuple({one.kept.path: KeptFile(one.kept.path, one.kept.id) for one in moves}.values()),
        str(into) if into else "",
        str(mount_point(library)),
    )
    journal.begin(removal)
    run = RemovalRun(removal, sidecars, journal, {one.image.path: one for one in moves})
    try:
        run.go(progress)
    except NoTrashError as error:
        return run.report(
            f"{error}. Received: {printable(run.path)}. Move the images into a folder instead.",
            no_trash=True,
        )
    except Cancelled:
        return run.report("Stopped: the pictures that are left stay. Undo brings the others back.")
    except FeatureStoreError as error:
        return run.report(str(error))
    except OSError as error:
        return run.report(_not_moved(run.path, error))
    return run.report()


def _not_moved(path: Path, error: OSError) -> str:
    remedy = {
        errno.ENOSPC: "Free some space and go on.",
        errno.EDQUOT: "Free some space and go on.",
        errno.EROFS: "Make the drive writable and go on.",
        errno.ENODEV: "Plug it in and go on.",
    }.get(error.errno or 0, "Check the file and its folder, and go on.")
    return (
        f"A file cannot be moved: expected one that may be moved. Received: {printable(path)} "
        f"({error.strerror or error}). It stays, and so do those after it. {remedy}"
    )
