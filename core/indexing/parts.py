"""Parts of an indexing run, which are extracted on other computers."""

import hashlib
import io
import pickle
import re
import socket
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..config import Settings
from ..errors import IndexMismatchError, WeightsError, WorkersError
from ..model import Extractors, FeatureExtractor, vgg16_extractors
from .loading_ahead import Work
from .scanning import ImageFile
from .workers import Batch, LocalWorkers

# The code that decides what a feature is, and what travels to the workers.
_SHARED_CODE = ("images", "indexing", "model", "types.py")

# What the package is called where it is installed, and in a checkout.
PACKAGES = ("lookalike.core", "core")
_PACKAGE = __name__.removesuffix(".indexing.parts")
_ANY_PACKAGE = re.compile(rf"^({'|'.join(map(re.escape, PACKAGES))})(?=\.)")
_lock = threading.Lock()


@dataclass(frozen=True)
class Part(Work):
    """The work of one task: at most ``BATCH_SIZE`` files."""

    precision: str
    weights_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a part.

    Attributes:
        batch: Its images.
        host: Name of the computer of the worker.
        unseen: Files that are not there as the client sees them, and what is there.
    """

    batch: Batch
    host: str
    unseen: tuple[tuple[ImageFile, str], ...]


def extract_part(version: str, work: bytes) -> bytes:
    """Extract a packed ``Part``, on a worker.

    Returns:
        A packed ``Outcome``; a packed ``WorkersError`` if this is another version of the project
        than that of the client, or if the weights are missing or others.
    """
    try:
        return pack(_extracted(version, work))
    except WorkersError as error:
        return pack(error)


def pack(value: Part | Outcome | WorkersError) -> bytes:
    """A value as bytes, for ``unpack`` on another computer."""
    return pickle.dumps(value)


def unpack(content: bytes) -> Any:
    """What ``pack`` made, also where this package has another name: ``core`` in a checkout."""
    return _Unpickler(io.BytesIO(content)).load()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        return super().find_class(_ANY_PACKAGE.sub(_PACKAGE, module_name), global_name)


def _extracted(version: str, work: bytes) -> Outcome:
    host = socket.gethostname()
    if version != project_version():
        raise WorkersError(
            f"A worker runs another version of Lookalike: expected {version} on {host}. Received: "
            f"{project_version()}. Copy the project there and start the worker again."
        )
    part: Part = unpack(work)
    unseen = [(file, instead_of(part.library, file)) for file in part.files]
    (batch,) = LocalWorkers(_extractor(part, host)).extract(part, nullcontext)
    return Outcome(batch, host, tuple((file, seen) for file, seen in unseen if seen))


@cache
def project_version() -> str:
    """Digest of the code that client and workers share, 12 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=6)
    core = Path(__file__).parents[1]
    for name in _SHARED_CODE:
        for file in sorted((core / name).rglob("*.py")) or [core / name]:
            digest.update(file.read_text(encoding="utf-8").encode())
    return digest.hexdigest()


def instead_of(library: Path, file: ImageFile) -> str:
    """What is in the place of a file; empty if it is there as it was scanned."""
    try:
        size = (library / file.path).stat().st_size
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return "" if size == file.size else f"a file of {size} bytes instead of {file.size}"


def _extractor(part: Part, host: str) -> FeatureExtractor:
    try:
        # The threads of a worker start together, and share one network.
        with _lock:
            extractors = _extractors(part.precision, part.weights_url)
        return extractors.of_space(part.space)
    except (IndexMismatchError, WeightsError) as error:
        received = str(error) if isinstance(error, WeightsError) else "others"
        raise WorkersError(
            f"A worker lacks the weights: expected the {part.space.weights_label} with SHA-256 "
            f"{part.space.weights_digest[:8]} on {host}. Received: {received}. Copy the file "
            "there, to the same path."
        ) from None


@cache
def _extractors(precision: str, weights_url: str) -> Extractors:
    return Extractors(Settings(precision=precision, weights_url=weights_url), vgg16_extractors())
