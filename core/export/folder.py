"""The folder of an export: its files are replaced together, and nobody else's file ever is."""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import filelock

from ..atomic import move, move_to_free_name, temporaries_in, temporary_path
from ..config import real_path
from ..documents import read_document, write_document
from ..errors import BusyError, ConfigurationError

FORMAT = "lookalike-export-files"
VERSION = 1
# What exports wrote into the folder, by name: the digests of the contents.
WRITTEN_NAME = ".lookalike-export.json"
LOCK_NAME = ".lookalike-export.lock"

Write = Callable[[BinaryIO], None]
Digests = Mapping[str, frozenset[str]]


def check_place(folder: Path, reserved: Iterable[Path]) -> None:
    """Raise ``ConfigurationError`` for a folder that is one of these folders or below one.

    A library must not get files that are no pictures of the user, and the features folder holds
    nothing else.
    """
    for other in reserved:
        if real_path(folder).is_relative_to(real_path(other)):
            raise ConfigurationError(
                "Expected a folder outside of the folders of images and of the features. "
                f"Received: {folder}, which is in {other}. Choose another folder."
            )


def replace_export(folder: Path, files: Mapping[str, Write]) -> None:
    """Write the files of an export, by their names; those of the earlier export go.

    All are written before the first one is replaced. The last one takes its place last, and the
    earlier one of its name goes first: while it is there, the files belong together.

    Raises:
        ConfigurationError: A file is in the way that no export wrote, or the folder cannot be
            written.
        BusyError: Another export writes to the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / LOCK_NAME, timeout=0):
            for left in temporaries_in(folder):
                # The folder of a killed export, or its list of what was written.
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            earlier = _read_written(folder)
            for name in files:
                _check(folder / name, earlier)
            staged = temporary_path(folder)
            staged.mkdir()
            try:
                written = {name: _write(staged / name, write) for name, write in files.items()}
                _publish(staged, folder, earlier, written)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
    except filelock.Timeout as error:
        raise BusyError(
            f"Another export writes to {folder}: expected one at a time. Wait for its end."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            "Expected a folder that can be written, with free space for the export. Received: "
            f"{folder} ({error.strerror or error}). Free some space or choose another folder."
        ) from error


def _write(path: Path, write: Write) -> str:
    """Write a file and sync it; returns the digest of its content."""
    # NumPy writes into a file that is open for writing only past Python, and does not say why
    # that fails.
    with path.open("x+b") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    return _digest(path)


def _publish(staged: Path, folder: Path, earlier: Digests, written: Mapping[str, str]) -> None:
    *first, last = written
    # Before the first move: wherever this ends, the next export knows every file.
    new = {name: {*earlier.get(name, ()), digest} for name, digest in written.items()}
    _save_written(folder, {**earlier, **new})
    _remove(folder / last, earlier)
    for name in first:
        _place(staged / name, folder / name, earlier)
    for name in earlier.keys() - written.keys():
        _remove(folder / name, earlier)
    _place(staged / last, folder / last, earlier)
    _save_written(folder, {name: {digest} for name, digest in written.items()})


def _place(staged: Path, target: Path, earlier: Digests) -> None:
    if os.path.lexists(target):
        _check(target, earlier)
        move(staged, target)
        return
    try:
        move_to_free_name(staged, target)
    except FileExistsError as error:
        raise _in_the_way(target) from error


def _remove(path: Path, earlier: Digests) -> None:
    """Delete a file that an earlier export wrote; one that has changed since stays."""
    if _is_of(path, earlier):
        path.unlink()


def _check(path: Path, earlier: Digests) -> None:
    if os.path.lexists(path) and not _is_of(path, earlier):
        raise _in_the_way(path)


def _is_of(path: Path, earlier: Digests) -> bool:
    """Whether an earlier export wrote the content that a file has now."""
    if path.is_symlink() or not path.is_file():
        return False
    return _digest(path) in earlier.get(path.name, ())


def _in_the_way(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"Expected a folder without other files of the names of an export. Received: {path}, "
        "which no export wrote, or which has changed since. Move it away, or choose another "
        "folder."
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _read_written(folder: Path) -> dict[str, frozenset[str]]:
    """What exports wrote; nothing where that cannot be read, so that every file is in the way."""
    try:
        files = read_document(folder / WRITTEN_NAME, FORMAT, VERSION)["files"]
        # A name is never a path that leads elsewhere.
        return {name: frozenset(files[name]) for name in files if Path(name).name == name}
    except (OSError, KeyError, TypeError, ValueError):
        return {}


def _save_written(folder: Path, files: Mapping[str, Collection[str]]) -> None:
    content = {"files": {name: sorted(files[name]) for name in sorted(files)}}
    write_document(folder / WRITTEN_NAME, FORMAT, VERSION, content)
