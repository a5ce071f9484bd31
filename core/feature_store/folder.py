"""The features folder of the user: the stores in it, which one is searched, who writes."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import filelock

from core.atomic import atomic_write
from core.errors import BusyError, FeatureStoreError
from core.feature_store.store import FeatureStore
from core.types import FeatureSpace

FORMAT = "lookalike-store"
VERSION = 1
STORE_NAME = "store.json"
CURRENT_NAME = "current.json"
WRITER_NAME = ".writer.json"


class FeaturesFolder:
    """A folder of feature stores, one for each pair of library and feature space.

    ``<gallery>-<space>/`` holds a store; ``current.json`` names the one that is searched. Another
    library or descriptor gets a store of its own, so nothing already extracted is lost.

    Args:
        path: The folder; made by the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def current(self) -> FeatureStore | None:
        """The store that is searched, or ``None`` where nothing was indexed yet.

        Raises:
            FeatureStoreError: A file that describes it is damaged.
        """
        content = _read_json(self.path / CURRENT_NAME)
        return None if content is None else self._open(self.path / str(content.get("store")))

    def set_current(self, store: FeatureStore) -> None:
        """Choose the store that is searched, in one rename.

        Raises:
            OSError: The folder cannot be written.
        """
        current = _read_json(self.path / CURRENT_NAME)
        if current is None or current.get("store") != store.folder.name:
            with atomic_write(self.path / CURRENT_NAME, durable=True) as file:
                file.write(json.dumps({"store": store.folder.name}).encode())

    def store_for(self, library: Path, space: FeatureSpace) -> FeatureStore:
        """The store of a library in a space; made if there is none.

        Args:
            library: Absolute path of the folder of images.
            space: The feature space.

        Raises:
            FeatureStoreError: A store is damaged.
            OSError: The folder cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        for description in sorted(self.path.glob(f"*/{STORE_NAME}")):
            store = self._open(description.parent)
            if store is not None and (store.library, store.space) == (library, space):
                return store
        folder = self._unused_name(library, space)
        folder.mkdir()
        content = {
            "format": FORMAT,
            "version": VERSION,
            "library": str(library),
            "space": dataclasses.asdict(space),
        }
        with atomic_write(folder / STORE_NAME, durable=True) as file:
            file.write(json.dumps(content, indent=2).encode())
        return FeatureStore(folder, library=library, space=space)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for one run that writes, across threads and processes.

        The system lets go of the hold of a process that died.

        Raises:
            BusyError: Another run holds it; the message says which process and since when.
            FeatureStoreError: The folder cannot be written, or the disk is full.
        """
        holder = self.path / WRITER_NAME
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self.path / ".lock", timeout=0, thread_local=False):
                since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
                holder.write_text(json.dumps({"pid": os.getpid(), "since": since}))
                try:
                    yield
                finally:
                    holder.unlink(missing_ok=True)
        except filelock.Timeout as error:
            raise BusyError(
                f"Another indexing run is using {self.path}{_described(holder)}: expected to be "
                "the only one. Wait until it ends, or stop it."
            ) from error
        except (OSError, sqlite3.OperationalError) as error:
            detail = error.strerror if isinstance(error, OSError) else None
            raise FeatureStoreError(
                f"The features cannot be saved: expected a folder to write to, with free space. "
                f"Received: {self.path} ({detail or error}). What was saved is kept; free "
                "some space or choose another folder with --features."
            ) from error

    def _open(self, folder: Path) -> FeatureStore | None:
        content = _read_json(folder / STORE_NAME)
        if content is None:
            return None
        try:
            if (content["format"], content["version"]) != (FORMAT, VERSION):
                raise ValueError(f"{content['format']} {content['version']}")
            library, space = Path(content["library"]), FeatureSpace(**content["space"])
        except (KeyError, TypeError, ValueError) as error:
            raise FeatureStoreError(_damaged(folder / STORE_NAME, str(error))) from error
        return FeatureStore(folder, library=library, space=space)

    def _unused_name(self, library: Path, space: FeatureSpace) -> Path:
        # Cut in bytes: that is what the length of a file's name is limited in.
        gallery = re.sub(r"[^\w.-]+", "_", library.name).encode()[:60].decode(errors="ignore")
        gallery = gallery.strip("._-") or "images"
        name = f"{gallery}-{space.name}"
        folder, number = self.path / name, 1
        while folder.exists():
            number += 1
            folder = self.path / f"{name}-{number}"
        return folder


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FeatureStoreError(_damaged(path, str(error))) from error
    if not isinstance(content, dict):
        raise FeatureStoreError(_damaged(path, "not an object"))
    return content


def _described(holder: Path) -> str:
    try:
        content = json.loads(holder.read_bytes())
        return f" (process {content['pid']}, since {content['since']})"
    # It is written after the hold is taken and only informs.
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _damaged(path: Path, detail: str) -> str:
    return (
        f"A file of the features folder cannot be read: expected {FORMAT} JSON of version "
        f"{VERSION}. Received: {path} ({detail}). Move it away and index again."
    )
