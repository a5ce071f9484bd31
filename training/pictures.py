"""Labelled photographs: folders, sheets of small tiles, and the public archives."""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TILE = 64
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")

Item = Path | bytes | NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """A data set: pictures of which each has one label.

    Attributes:
        classes: The names of the labels.
        labels: ``(n,)``, the number of the class of each picture.
        items: ``n`` files, contents of files, or ``(height, width, 3)`` uint8 arrays.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.intp]
    items: Sequence[Item]

    @property
    def tiles(self) -> bool:
        """Whether these are small tiles rather than photographs."""
        return isinstance(self.items[0], np.ndarray)

    def open(self, number: int) -> Image.Image:
        """Decode one picture to RGB."""
        item = self.items[number]
        if isinstance(item, np.ndarray):
            return Image.fromarray(item)
        return Image.open(io.BytesIO(item) if isinstance(item, bytes) else item).convert("RGB")


def open_pictures(path: Path) -> Pictures:
    """Read a data set of any of the known forms.

    Args:
        path: A folder of class folders (the deepest folder is the label); a folder of sheets of
            64x64 tiles with an ``index.json`` in or above it; or one of the public archives
            ``tiny-imagenet-200.zip``, ``102flowers.tgz`` (with ``imagelabels.mat`` beside it),
            ``caltech-101.zip`` and ``101_ObjectCategories.tar.gz``.

    Raises:
        ValueError: It is none of these, or there is no picture in it.
    """
    if path.is_dir():
        index = next((f for f in (path, path.parent) if (f / "index.json").exists()), None)
        pairs = _sheets(path, index / "index.json") if index else _folders(path)
    elif path.name == "102flowers.tgz":
        pairs = _tar(path.read_bytes(), _flower_label(path.with_name("imagelabels.mat")))
    elif path.name == "101_ObjectCategories.tar.gz":
        pairs = _tar(path.read_bytes(), _caltech_label)
    elif path.name == "caltech-101.zip":
        pairs = _caltech_zip(path)
    elif path.name == "tiny-imagenet-200.zip":
        pairs = _zip(path, _tiny_imagenet_label)
    else:
        raise ValueError(
            "Expected a folder of class folders, a folder of sheets, tiny-imagenet-200.zip, "
            f"102flowers.tgz, caltech-101.zip or 101_ObjectCategories.tar.gz. Received: {path}"
        )
    labels, items = [], []
    for label, item in pairs:
        labels.append(label)
        items.append(item)
    if not items:
        raise ValueError(f"Expected labelled pictures. Received: none in {path}")
    classes, codes = np.unique(labels, return_inverse=True)
    return Pictures(tuple(classes.tolist()), codes, items)


def _folders(path: Path) -> Iterable[tuple[str, Item]]:
    for file in sorted(path.rglob("*")):
        if file.suffix.lower() in IMAGE_SUFFIXES:
            yield str(file.parent.relative_to(path)), file


def _sheets(path: Path, index: Path) -> Iterable[tuple[str, Item]]:
    for label, entry in sorted(json.loads(index.read_text()).items()):
        tiles = entry if isinstance(entry, int) else entry[path.name]
        sheet = np.asarray(Image.open(path / f"{label}.jpg").convert("RGB"))
        rows, columns = sheet.shape[0] // TILE, sheet.shape[1] // TILE
        grid = sheet.reshape(rows, TILE, columns, TILE, 3).swapaxes(1, 2)
        for tile in grid.reshape(rows * columns, TILE, TILE, 3)[:tiles]:
            yield label, tile


def _tar(content: bytes, label_of: Callable[[str], str | None]) -> Iterable[tuple[str, Item]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file and (label := label_of(member.name)):
                yield label, file.read()


def _zip(path: Path, label_of: Callable[[str], str | None]) -> Iterable[tuple[str, Item]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if label := label_of(name):
                yield label, archive.read(name)


def _caltech_zip(path: Path) -> Iterable[tuple[str, Item]]:
    with zipfile.ZipFile(path) as archive:
        inner = next(n for n in archive.namelist() if n.endswith("/101_ObjectCategories.tar.gz"))
        yield from _tar(archive.read(inner), _caltech_label)


def _tiny_imagenet_label(name: str) -> str | None:
    found = re.search(r"/train/(n\d+)/images/\w+\.JPEG$", name)
    return found and found[1]


def _caltech_label(name: str) -> str | None:
    found = re.search(r"(?:^|/)101_ObjectCategories/(\w+)/image_\d+\.jpg$", name)
    return found[1] if found and found[1] != "BACKGROUND_Google" else None


def _flower_label(labels: Path) -> Callable[[str], str | None]:
    from scipy.io import loadmat

    numbers = loadmat(labels)["labels"].ravel()

    def label_of(name: str) -> str | None:
        found = re.search(r"image_(\d{5})\.jpg$", name)
        return f"{numbers[int(found[1]) - 1]:03}" if found else None

    return label_of
