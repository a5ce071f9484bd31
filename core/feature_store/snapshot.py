"""A published index: immutable, and complete without the catalog."""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np

from ..documents import read_document, write_document
from ..errors import FeatureStoreError
from ..model import CENTRE, MAX_FIT_FEATURES, NEIGHBOURS, Chosen, Fit, FitChoice
from ..program import COMMAND
from ..types import Array, FeatureSpace, ImageRecord, Rows
from .distances import Distances
from .image_table import ImageTable
from .neighbours import Neighbours
from .variety import load_rows

FORMAT = "lookalike-index"
VERSION = 4
INDEX_NAME = "index.json"
# Of each generation: what is in its files, and the extensions of their names.
FILES = {
    "matrix": "npy",
    "extracted": "npy",
    "images": "npz",
    "fit": "npz",
    "distances": "npz",
    "neighbours": "npz",
    "label_free": "npz",
    "variety": "npy",
    "approximate": "faiss",
}

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class IndexSnapshot:
    """One generation of an index.

    Attributes:
        library: Absolute path of the folder of images.
        space: The feature space.
        generation: Rises with every publication.
        published_at: UTC, ISO 8601.
        images: One record for each row.
        rows: ``(n, d)`` float32 unit rows, fitted, memory-mapped; ``None`` where they are not on
            this machine, because a server searches.
        fit: Was applied to the rows.
        chosen: What somebody chose for the gallery.
        distances: From images to their nearest ones.
        extracted: ``(n, d)`` float32 unit rows, the features as extracted, memory-mapped; ``None``
            where they are not on this machine, or an older version published the index.
        neighbours: Of the rows; ``None`` where the rows are not on this machine.
        label_free: Of the centred features, which no label moved, or of rows that serve for them;
            ``None`` likewise, see ``label_free_neighbours``.
        matrix_digest: BLAKE2b-128 of the rows, 32 hexadecimal digits.
        approximate: File of the approximate index of the rows; ``None`` where it is missing.
        recall: Share of the 30 closest rows that the approximate index finds, 0 to 1; ``None``
            where there is none.
        variety: Row numbers of the images that differ most, see ``most_different``.
        provisional: Whether it only serves until the first index of the gallery is published.
        folder: Of its store; ``None`` for an index that was not read from one.
    """

    library: Path
    space: FeatureSpace
    generation: int
    published_at: str
    images: ImageTable
    rows: Array | None
    fit: Fit
    chosen: Chosen = field(default_factory=Chosen)
    distances: Distances = field(default_factory=Distances.unknown)
    extracted: Array | None = None
    neighbours: Neighbours | None = None
    label_free: Neighbours | None = None
    matrix_digest: str = ""
    approximate: Path | None = None
    recall: float | None = None
    variety: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    provisional: bool = False
    folder: Path | None = None

    @property
    def matrix(self) -> Array:
        """The rows; see ``require_rows``."""
        return self.require_rows()

    def require_rows(self) -> Array:
        """The rows; raises ``FeatureStoreError`` where they are not on this machine."""
        if self.rows is None:
            raise FeatureStoreError(
                "The rows of the index are not on this computer: expected "
                f"matrix-{self.generation:06d}.npy beside its index.json. Received: none. "
                "Copy it here, or do this on the computer that indexes."
            )
        return self.rows

    @property
    def label_free_neighbours(self) -> Neighbours | None:
        """The neighbours of the images whatever labels taught the fit."""
        return self.label_free or self.neighbours

    def label_free_rows(self) -> Array:
        """The centred features, ``(n, d)`` float32, or the rows where these serve as well."""
        if self.extracted is None or self._rows_are_label_free:
            return self.matrix
        return self.fit.centred(np.asarray(self.extracted))

    @property
    def label_free_fit(self) -> str:
        """What ``label_free_rows`` are: "centre", or the digest of the fit."""
        fitted = self.extracted is None or self._rows_are_label_free
        return self.fit.digest if fitted and self.fit.choice.kind != CENTRE else CENTRE

    @property
    def _rows_are_label_free(self) -> bool:
        return is_label_free(self.fit, len(self.images))

    def record(self, path: str) -> ImageRecord:
        """The image at a path relative to the library; an unknown one raises ``KeyError``."""
        row = self.images.row_of_path(path)
        if row is None:
            raise KeyError(path)
        return self.images[row]

    def with_id(self, image_id: str) -> ImageRecord | None:
        """The image of an id, of identical files the first by path; ``None`` for an unknown id."""
        row = self.images.row_of_id(image_id)
        return None if row is None else self.images[row]


def is_label_free(fit: Fit, images: int) -> bool:
    """Whether the fitted rows of so many images serve as those that no label moved.

    In a large gallery they do where the fit learns from no label and keeps copies together: others
    would take long.
    """
    kind = fit.choice.kind
    return kind == CENTRE or (kind == NEIGHBOURS and images > MAX_FIT_FEATURES)


def index_file(folder: Path, what: str, generation: int) -> Path:
    """Path of a file of a generation; ``what`` is one of ``FILES``."""
    return folder / f"{what}-{generation:06d}.{FILES[what]}"


def generations_in(folder: Path) -> list[int]:
    """The generations that a folder has the matrix of, rising."""
    names = (re.fullmatch(r"matrix-([0-9]{6,})\.npy", path.name) for path in folder.glob("*.npy"))
    return sorted(int(name[1]) for name in names if name)


def write_index(
    folder: Path,
    *,
    library: Path,
    space: FeatureSpace,
    generation: int,
    published_at: str,
    images: int,
    chosen: Chosen,
    matrix_digest: str,
    recall: float | None = None,
) -> None:
    """Publish a generation, see ``IndexSnapshot``, in one rename; on an error the old one stands.

    The other files of the generation are already in the folder.
    """
    content = {
        "library": str(library),
        "space": dataclasses.asdict(space),
        "generation": generation,
        "published_at": published_at,
        "chosen": dataclasses.asdict(chosen),
        "matrix_digest": matrix_digest,
        "recall": recall,
        "images": images,
    }
    write_document(folder / INDEX_NAME, FORMAT, VERSION, content)


def read_index(folder: Path, *, needs_rows: bool = True) -> IndexSnapshot | None:
    """The published index of a folder; ``None`` where nothing was published yet.

    Args:
        folder: Of a store.
        needs_rows: Whether the matrix must be there.

    Raises:
        FeatureStoreError: The files are damaged, incomplete or of another version.
    """
    path = folder / INDEX_NAME
    try:
        content = read_document(path, FORMAT, VERSION)
        generation = content["generation"]
        rows = _map_rows(index_file(folder, "matrix", generation), needed=needs_rows)
        extracted = _map_rows(index_file(folder, "extracted", generation), needed=False)
        neighbours = label_free = None
        if rows is not None:
            neighbours = _read(index_file(folder, "neighbours", generation), Neighbours.load)
            # An older version wrote neither of these.
            if extracted is not None:
                label_free = _read(index_file(folder, "label_free", generation), Neighbours.load)
        approximate = index_file(folder, "approximate", generation)
        # The rows can be searched without it, and the next update makes it anew.
        found = content["recall"] is not None and rows is not None and approximate.exists()
        snapshot = IndexSnapshot(
            library=Path(content["library"]),
            space=FeatureSpace(**content["space"]),
            generation=generation,
            published_at=content["published_at"],
            images=_read(index_file(folder, "images", generation), ImageTable.load),
            rows=rows,
            fit=_read(index_file(folder, "fit", generation), Fit.load),
            chosen=_read_chosen(content),
            distances=_read(index_file(folder, "distances", generation), Distances.load),
            extracted=extracted,
            neighbours=neighbours,
            label_free=label_free,
            matrix_digest=content["matrix_digest"],
            approximate=approximate if found else None,
            recall=content["recall"] if found else None,
            variety=_read(index_file(folder, "variety", generation), load_rows),
            folder=folder,
        )
        count, space = len(snapshot.images), snapshot.space
        if count != content["images"]:
            raise ValueError(f"{count} images, not {content['images']}")
        for matrix, width in ((rows, snapshot.fit.dimension), (extracted, space.dimension)):
            shape = count, width
            if matrix is not None and (matrix.shape != shape or matrix.dtype != np.float32):
                raise ValueError(f"matrix of {matrix.shape} {matrix.dtype}, not {shape} float32")
        return snapshot
    except FileNotFoundError as error:
        if not path.exists():
            return None
        raise FeatureStoreError(
            f"A file of the index is not on this computer: expected {Path(error.filename).name} "
            f"beside {path}. Received: none. Copy it here, or index the folder again; to search "
            "with an index server, name it with --index-url."
        ) from None
    # NumPy parses the header as Python: a damaged one raises SyntaxError, TokenError …
    except Exception as error:
        raise FeatureStoreError(_damaged(path, str(error))) from error


def read_chosen(folder: Path) -> Chosen:
    """What somebody chose, also where the matrix is lost; the defaults where it cannot be read."""
    try:
        return _read_chosen(json.loads((folder / INDEX_NAME).read_bytes()))
    # Damaged JSON may have any form.
    except Exception:
        return Chosen()


def _damaged(path: Path, detail: str) -> str:
    return (
        f"The index cannot be read: expected a {FORMAT} of version {VERSION} with its matrix. "
        f"Received: {path} ({detail}). Press Update on the Index page, or run `{COMMAND} "
        "index`: it is made anew from the saved features."
    )


def _map_rows(path: Path, *, needed: bool) -> Array | None:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        if needed:
            raise
        return None


def _read_chosen(content: Mapping[str, Any]) -> Chosen:
    chosen = content["chosen"]
    fit = chosen["fit"] and FitChoice(**chosen["fit"])
    return Chosen(chosen["descriptor"], fit, chosen["labels"], chosen["ranking"])


def _read(path: Path, load: Callable[[BinaryIO], T]) -> T:
    with path.open("rb") as file:
        return load(file)
