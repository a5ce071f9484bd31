"""Move a file without overwriting any, also to another drive."""

import errno
from pathlib import Path

from .checked_file import CheckedFile
from .copying import move_to_other_drive
from .renaming import rename_exclusively, sync_folder


def move(source: CheckedFile, target: Path) -> tuple[str, ...]:
    """Move a file; its folder there is made.

    Returns:
        What another drive could not keep of it, in words.

    Raises:
        FileExistsError: There is something at the target.
        OSError: It cannot be moved; the source is where it was.
        Refusal: It was changed meanwhile; the source stays.
    """
    new = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in new:
        sync_folder(folder.parent)
    if not source.is_unchanged():
        raise OSError(errno.EBUSY, "it was changed at this moment", str(source.path))
    try:
        rename_exclusively(source.path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return move_to_other_drive(source, target)
    return ()
