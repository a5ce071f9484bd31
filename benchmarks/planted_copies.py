"""Changed copies of photographs in a gallery, and the index that holds both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from core.engine import ImageSearchEngine
from core.feature_store import ImageTable, IndexSnapshot, find_neighbours
from core.images import load_file, load_image
from core.media import load_font
from core.types import ImageRecord

ORIGINALS, COPIES = "originals", "copies"
_BATCH = 32
# Of the JPEG files.
_QUALITY, _QUALITIES = 90, {"quality 40": 40}


def _cropped(image: Image.Image, share: float, rng: np.random.Generator) -> Image.Image:
    width, height = (round(share * side) for side in image.size)
    left = int(rng.integers(image.width - width + 1))
    top = int(rng.integers(image.height - height + 1))
    return image.crop((left, top, left + width, top + height))


def _watermarked(image: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", image.size)
    size = max(image.width // 8, 12)
    ImageDraw.Draw(layer).text(
        (image.width // 2, image.height // 2),
        "© SAMPLE",
        font=load_font(size),
        fill=(255, 255, 255, 150),
        anchor="mm",
    )
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


Change = Callable[[Image.Image, np.random.Generator], Image.Image]

CHANGES: dict[str, Change] = {
    # Saved so, see ``_QUALITIES``.
    "quality 40": lambda image, _: image,
    "half size": lambda image, _: image.resize((image.width // 2, image.height // 2)),
    "crop to 90 %": lambda image, rng: _cropped(image, 0.9, rng),
    "rotation by 5°": lambda image, _: image.rotate(5, Image.Resampling.BICUBIC),
    "mirror": lambda image, _: ImageOps.mirror(image),
    "grey": lambda image, _: image.convert("L").convert("RGB"),
    "watermark": lambda image, _: _watermarked(image),
    "20 % brighter": lambda image, _: ImageEnhance.Brightness(image).enhance(1.2),
    "crop to 70 %": lambda image, rng: _cropped(image, 0.7, rng),
}


@dataclass(frozen=True)
class PlantedCopies:
    """A gallery with changed copies.

    Attributes:
        snapshot: The index of the originals and the copies.
        sources: By path of a copy, the path of its original and the change.
    """

    snapshot: IndexSnapshot
    sources: dict[str, tuple[str, str]]


def plant(
    engine: ImageSearchEngine, folder: Path, *, sources: int = 300, seed: int = 0
) -> PlantedCopies:
    """Add copies of drawn pictures of a gallery, each after each of ``CHANGES``.

    Args:
        engine: Of the gallery.
        folder: Gets the copies and a link to the originals; what it has is used again.
        sources: Of how many pictures.
        seed: Of the draw.
    """
    snapshot = engine.require_snapshot()
    rng = np.random.default_rng(seed)
    count = min(sources, len(snapshot.images))
    drawn = sorted(rng.choice(len(snapshot.images), count, replace=False).tolist())
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ORIGINALS).exists():
        (folder / ORIGINALS).symlink_to(snapshot.library)
    origins = {}
    for row in drawn:
        path = snapshot.images[row].path
        pixels = load_image(snapshot.library / path).pixels
        for change, apply in CHANGES.items():
            name = f"{COPIES}/{change}/{path.replace('/', '-')}.jpg"
            origins[name] = (f"{ORIGINALS}/{path}", change)
            copy = apply(pixels, rng)
            if not (folder / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                copy.save(folder / name, quality=_QUALITIES.get(change, _QUALITY))
    return PlantedCopies(_joint(engine, snapshot, folder, sorted(origins)), origins)


def _joint(
    engine: ImageSearchEngine, snapshot: IndexSnapshot, folder: Path, copies: list[str]
) -> IndexSnapshot:
    records = [_record(folder, name) for name in copies]
    saved = folder / f"features-{len(copies)}.npy"
    if not saved.exists():
        features = []
        for start in range(0, len(copies), _BATCH):
            names = copies[start : start + _BATCH]
            pictures = [load_image(folder / name).pixels for name in names]
            features.append(engine.describe(snapshot, pictures))
        np.save(saved, np.concatenate(features), allow_pickle=False)
    matrix = np.concatenate([np.load(saved, allow_pickle=False), snapshot.matrix])
    originals = [replace(one, path=f"{ORIGINALS}/{one.path}") for one in snapshot.images]
    return replace(
        snapshot,
        library=folder,
        images=ImageTable.of([*records, *originals]),
        rows=matrix,
        neighbours=find_neighbours(matrix),
    )


def _record(folder: Path, name: str) -> ImageRecord:
    path = folder / name
    identity, image = load_file(path)
    assert image is not None
    state = path.stat()
    return ImageRecord(
        name, state.st_size, state.st_mtime_ns, identity, image.width, image.height, None
    )
