"""Settings from the environment; command-line options win over them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigurationError

DEFAULT_MATCHES = 30
# On the search page, and of the copies in one archive.
MOST_MATCHES = 300
DEFAULT_FEATURES = Path("features")
DEFAULT_SAMPLE = Path("sample-gallery")
DEFAULT_FLOWERS = Path("flowers-102")
DEFAULT_FLOWERS_URL = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/"
# What visitors of a share may see of a picture.
NOTHING, PICTURES, THUMBNAILS = SHARES = ("off", "pictures", "thumbnails")
DEFAULT_WEIGHTS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user chose before the start.

    Attributes:
        library: Folder of images, ``LOOKALIKE_LIBRARY``; ``None`` if not chosen yet.
        gallery: Name of a gallery, ``LOOKALIKE_GALLERY``; ``None`` leaves it open.
        features: Folder of the saved features, ``LOOKALIKE_FEATURES``.
        weights: ``auto``, ``imagenet``, ``starter``, ``random`` or a file, ``LOOKALIKE_WEIGHTS``.
        descriptor: Name of the descriptor, ``LOOKALIKE_DESCRIPTOR``; ``None`` leaves it open.
        size: Of the longer side of an image as the model sees it, ``LOOKALIKE_SIZE``; 224 squashes
            it; ``None`` leaves it open.
        whiten: Dimension to whiten features to, 0 for none, ``LOOKALIKE_WHITEN``; ``None`` leaves
            it open.
        precision: ``auto`` or a Keras dtype policy, ``LOOKALIKE_PRECISION``.
        weights_url: Address of the folder with Keras's VGG16 files, ``LOOKALIKE_WEIGHTS_URL``;
            set it to use a mirror.
        include: Patterns of the files that belong to a library, ``LOOKALIKE_INCLUDE``, with commas
            between them; see ``core.gallery.Patterns``.
        exclude: Patterns of the files that do not, ``LOOKALIKE_EXCLUDE``.
        sample: Folder that the app draws its sample gallery in, ``LOOKALIKE_SAMPLE``.
        sample_count: Number of images of that gallery, ``LOOKALIKE_SAMPLE_COUNT``.
        flowers: Folder that the app brings the flower photographs to, ``LOOKALIKE_FLOWERS``.
        flowers_url: Address of the folder with Oxford Flowers 102, ``LOOKALIKE_FLOWERS_URL``; set
            it to use a mirror.
        share: Whether the app asks for a key, and what visitors with one may see, one of
            ``SHARES``, ``LOOKALIKE_SHARE``.
        share_address: Where visitors reach the app, such as ``https://pictures.example``,
            ``LOOKALIKE_SHARE_ADDRESS``; ``None`` is this computer in its local network.
    """

    library: Path | None = None
    gallery: str | None = None
    features: Path = DEFAULT_FEATURES
    weights: str = "auto"
    descriptor: str | None = None
    size: int | None = None
    whiten: int | None = None
    precision: str = "auto"
    weights_url: str = DEFAULT_WEIGHTS_URL
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sample: Path = DEFAULT_SAMPLE
    sample_count: int = 240
    flowers: Path = DEFAULT_FLOWERS
    flowers_url: str = DEFAULT_FLOWERS_URL
    share: str = NOTHING
    share_address: str | None = None

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the ``LOOKALIKE_*`` variables; an empty one counts as not set.

        Raises:
            ConfigurationError: One has a value that makes no sense.
        """

        def read(name: str, default: str) -> str:
            return os.environ.get(f"LOOKALIKE_{name}") or default

        library = read("LIBRARY", "")
        return cls(
            library=Path(library).expanduser() if library else None,
            gallery=read("GALLERY", "") or None,
            features=Path(read("FEATURES", str(DEFAULT_FEATURES))).expanduser(),
            weights=read("WEIGHTS", cls.weights),
            descriptor=read("DESCRIPTOR", "") or None,
            size=_whole("SIZE", read("SIZE", "")),
            whiten=_whole("WHITEN", read("WHITEN", "")),
            precision=read("PRECISION", cls.precision),
            weights_url=read("WEIGHTS_URL", DEFAULT_WEIGHTS_URL),
            include=_list(read("INCLUDE", "")),
            exclude=_list(read("EXCLUDE", "")),
            sample=Path(read("SAMPLE", str(DEFAULT_SAMPLE))).expanduser(),
            sample_count=_positive("SAMPLE_COUNT", read("SAMPLE_COUNT", str(cls.sample_count))),
            flowers=Path(read("FLOWERS", str(DEFAULT_FLOWERS))).expanduser(),
            flowers_url=read("FLOWERS_URL", DEFAULT_FLOWERS_URL),
            share=_one_of(SHARES, "SHARE", read("SHARE", cls.share)),
            share_address=_address("SHARE_ADDRESS", read("SHARE_ADDRESS", "")),
        )


def _list(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _one_of(values: tuple[str, ...], name: str, value: str) -> str:
    if value not in values:
        raise ConfigurationError(
            f"Expected one of {', '.join(values)} in LOOKALIKE_{name}. Received: {value!r}"
        )
    return value


def _address(name: str, value: str) -> str | None:
    if value and not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
        raise ConfigurationError(
            f"Expected an address such as https://pictures.example in LOOKALIKE_{name}. "
            f"Received: {value!r}"
        )
    return value.rstrip("/") or None


def _whole(name: str, value: str) -> int | None:
    if value and not value.isdecimal():
        raise ConfigurationError(
            f"Expected a whole number in LOOKALIKE_{name}. Received: {value!r}"
        )
    return int(value) if value else None


def _positive(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) == 0:
        raise ConfigurationError(
            f"Expected a whole number from 1 in LOOKALIKE_{name}. Received: {value!r}"
        )
    return int(value)
