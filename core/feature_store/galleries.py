"""The features folder: the galleries, their stores, and the lock of the run that writes."""

import dataclasses
import errno
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import filelock

from ..atomic import atomic_write, move, temporaries_in, temporary_path
from ..documents import read_document, write_document
from ..errors import (
    BusyError,
    ConfigurationError,
    FeatureStoreError,
    IndexNotFoundError,
    LibraryError,
    LookalikeError,
)
from ..file_names import safe_name
from ..model import sibling_descriptors
from ..types import FeatureSpace
from .array_names import short_path
from .store import FeatureStore

FORMAT = "lookalike-store"
VERSION = 1
STORE_NAME = "store.json"
CURRENT_NAME = "current.json"
WRITER_NAME = ".writer.json"
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


class FeaturesFolder:
    """The galleries and the stores of their features; ``path`` is made by the first write.

    Each pair of library and feature space has a store, ``<library's name>-<space>/``, so that a
    change of either loses nothing. ``current.json`` says which store each gallery uses and which
    gallery is searched by default. Where a file that describes a gallery or a store is damaged,
    every method but ``writing`` raises ``FeatureStoreError``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def galleries(self) -> tuple[str, ...]:
        """The names of the galleries, in alphabetical order."""
        return tuple(sorted(self._read_current()[1], key=str.lower))

    def current_gallery(self) -> str | None:
        """The gallery that is searched by default; ``None`` before the first one is indexed."""
        return self._read_current()[0]

    def current(self, gallery: str | None = None) -> FeatureStore | None:
        """The store of a gallery, by default of the current one; ``None`` if there is none."""
        current, stores = self._read_current()
        name = stores.get(gallery or current or "")
        return None if name is None else self._open(self.path / name)

    def set_current(self, store: FeatureStore, gallery: str | None = None) -> None:
        """Set the store of a gallery, and make the gallery the default, in one rename.

        Without a name it is the gallery of the store's library.

        Raises:
            OSError: The folder cannot be written.
        """
        before = self._read_current()
        gallery = gallery or self.gallery_of(store.library)
        after = (gallery, {**before[1], gallery: store.folder.name})
        if after != before:
            content = {"gallery": after[0], "stores": after[1]}
            with atomic_write(self.path / CURRENT_NAME, durable=True) as file:
                file.write(json.dumps(content, indent=2).encode())

    def gallery_of(self, library: Path, space: FeatureSpace | None = None) -> str:
        """The gallery of a library, and of a feature space where two galleries share the library.

        If there is none, an unused name made of the folder's.
        """
        taken = self._read_current()[1]
        for name in taken:
            store = self.current(name)
            if store and store.library == library and space in (None, store.space):
                return name
        wanted = library.name or str(library)
        free = (f"{wanted} {number}" for number in itertools.count(2))
        return wanted if wanted not in taken else next(name for name in free if name not in taken)

    def assigned(self, library: Path, gallery: str | None) -> tuple[str, FeatureStore | None]:
        """The gallery that a library is indexed as, and the store that it has.

        Without a name it is ``gallery_of`` the library, whose path is absolute.

        Raises:
            ConfigurationError: The gallery is that of another library.
        """
        name = gallery or self.gallery_of(library)
        store = self.current(name)
        if store and store.library != library:
            raise ConfigurationError(
                f"The gallery {name!r} is that of another folder: expected {store.library}. "
                f"Received: {library}. Choose another name."
            )
        return name, store

    def no_index(self, gallery: str | None) -> IndexNotFoundError:
        """The error for a gallery that has no index; ``None`` stands for any gallery."""
        known = self.galleries()
        if gallery and known:
            return IndexNotFoundError(
                f"There is no such gallery: expected one of {', '.join(known)}. "
                f"Received: gallery={gallery!r}"
            )
        return IndexNotFoundError(
            f"There is no index yet: expected one in the features folder. "
            f"Received: {self.path}. Index a folder of images first."
        )

    def _read_current(self) -> tuple[str | None, dict[str, str]]:
        path = self.path / CURRENT_NAME
        try:
            content = json.loads(path.read_bytes())
            return str(content["gallery"]), dict(content["stores"])
        except FileNotFoundError:
            return None, {}
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise FeatureStoreError(_damaged(path, str(error))) from error

    def store_for(self, library: Path, space: FeatureSpace) -> FeatureStore:
        """The store of a library, an absolute path, in a feature space; made if there is none.

        Raises:
            OSError: The folder cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        for store in self._stores():
            if (store.library, store.space) == (library, space):
                return store
        folder = self._unused_name(library, space)
        content = {
            "description": str(space),
            "library": str(library),
            "space": dataclasses.asdict(space),
        }
        # A rename makes the folder with its description: without one, no gallery would own it.
        unfinished = temporary_path(self.path)
        unfinished.mkdir()
        write_document(unfinished / STORE_NAME, FORMAT, VERSION, content)
        move(unfinished, folder)
        return FeatureStore(folder, library=library, space=space)

    def sibling_stores(self, store: FeatureStore) -> tuple[FeatureStore, ...]:
        """The stores of the same library whose arrays also hold features of a store's space."""
        names = {descriptor.name for descriptor in sibling_descriptors(store.space.descriptor)}
        return tuple(
            other
            for other in self._stores()
            if other.library == store.library
            and other.space.same_pass(store.space)
            and other.space.descriptor in names
        )

    def _stores(self) -> Iterator[FeatureStore]:
        for description in sorted(self.path.glob(f"*/{STORE_NAME}")):
            if store := self._open(description.parent):
                yield store

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for one run that writes, across threads and processes.

        The system releases the lock of a process that died.

        Raises:
            BusyError: Another run holds it; the message says which process and since when.
            FeatureStoreError: The folder cannot be written, or its disk is full.
            LibraryError: A file elsewhere, named by an ``OSError`` of the run, cannot be used.
        """
        holder = self.path / WRITER_NAME
        lock = filelock.FileLock(self.path / ".lock", timeout=0, thread_local=False)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout as error:
            raise BusyError(
                f"Another indexing run is using {self.path}{_described(holder)}: expected to be "
                "the only one. Wait until it ends, or stop it."
            ) from error
        except OSError as error:
            raise self._not_saved(error) from error
        try:
            since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
            holder.write_text(json.dumps({"pid": os.getpid(), "since": since}))
            self._sweep()
            yield
        except OSError as error:
            raise self._explained(error) from error
        finally:
            with suppress(OSError):
                holder.unlink()
            lock.release()

    def _explained(self, error: OSError) -> LookalikeError:
        """The error to raise for an ``OSError`` of the run, which may be about another folder."""
        # Errors of an open file do not name it. An unreadable image is an ImageError, so the file
        # is one that is written here.
        if not isinstance(error.filename, str | bytes | os.PathLike):
            return self._not_saved(error)
        path = Path(short_path(os.fsdecode(error.filename)))
        if path.absolute().is_relative_to(self.path.absolute()):
            return self._not_saved(error)
        return LibraryError(
            f"The run ended at a file outside of the features folder: expected one that can be "
            f"used. Received: {path} ({error.strerror}). What was saved is kept; check the file "
            "and the drive that it is on, and run again."
        )

    def _not_saved(self, error: OSError) -> FeatureStoreError:
        remedy = ""
        if error.errno in _DISK_FULL:
            remedy = "free some space or "
        elif error.errno in _NOT_WRITABLE:
            remedy = "make it writable or "
        return FeatureStoreError(
            f"The features cannot be saved: expected a folder to write to, with free space. "
            f"Received: {self.path} ({error.strerror or error}). What was saved is kept; {remedy}"
            "choose another folder with --features."
        )

    def _sweep(self) -> None:
        """Delete what a run left that was killed in ``store_for`` or ``set_current``."""
        for left in temporaries_in(self.path):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()

    def _open(self, folder: Path) -> FeatureStore | None:
        path = folder / STORE_NAME
        try:
            content = read_document(path, FORMAT, VERSION)
            library, space = Path(content["library"]), FeatureSpace(**content["space"])
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise FeatureStoreError(_damaged(path, str(error))) from error
        return FeatureStore(folder, library=library, space=space)

    def _unused_name(self, library: Path, space: FeatureSpace) -> Path:
        name = f"{safe_name(library.name).strip('._-') or 'images'}-{space.name}"
        folder, number = self.path / name, 1
        while folder.exists():
            number += 1
            folder = self.path / f"{name}-{number}"
        return folder


def _described(holder: Path) -> str:
    try:
        content = json.loads(holder.read_bytes())
        return f" (process {content['pid']}, since {content['since']})"
    # The file is written after the lock is taken, and is only for information.
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _damaged(path: Path, detail: str) -> str:
    return (
        f"A file of the features folder cannot be read: expected {FORMAT} JSON of version "
        f"{VERSION}. Received: {path} ({detail}). Move it away and index again."
    )
