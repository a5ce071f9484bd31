"""Settings from the environment; command-line options win over them."""

import logging
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from .errors import ConfigurationError

logger = logging.getLogger(__name__)

DEFAULT_MATCHES = 30
# On the search page, and of the copies in one archive.
MOST_MATCHES = 300
DEFAULT_FEATURES = Path("features")
DEFAULT_SAMPLE = Path("sample-gallery")
DEFAULT_FLOWERS = Path("flowers-102")
DEFAULT_FLOWERS_URL = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/"
# What visitors may see of the gallery's pictures.
NOTHING, PICTURES, THUMBNAILS = SHARES = ("off", "pictures", "thumbnails")
DEFAULT_WEIGHTS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a process; each is read from ``LOOKALIKE_<NAME>``.

    Where ``None`` is allowed, the gallery or the user decides.

    Attributes:
        library: Folder of images.
        gallery: Name of a gallery.
        features: Folder of the saved features.
        weights: ``imagenet``, ``random`` or a file.
        descriptor: Name of the descriptor.
        size: Pixels of an image as the model sees it, see ``model.feature_space``.
        fit: Kind of the fit, see ``model.FitChoice``.
        fit_size: Its size.
        precision: ``auto`` or a Keras dtype policy.
        index: ``auto``, ``exact`` or ``approximate``: when a gallery gets an approximate index.
        workers: Address of the Dask scheduler whose workers extract features, such as
            ``tcp://host:8786``; ``None`` is this process.
        weights_url: Address of the folder with Keras's VGG16 files, for a mirror.
        include: Patterns of the files to index, separated by commas; see ``indexing.Patterns``.
        exclude: Patterns of the files to leave out.
        sample: Folder of the sample gallery.
        flowers: Folder of the flower photographs.
        flowers_url: Address of the folder with Oxford Flowers 102, for a mirror.
        share: One of ``SHARES``; other than ``off``, the app asks visitors for a key.
        share_links: Whether visitors also see files that links in the gallery lead to, outside of
            its folder; ``on`` or ``off``.
        share_address: Address of the app for visitors, such as ``https://pictures.example``;
            ``None`` is this computer's in the local network.
        index_url: Address of a Milvus server that searches, such as ``http://host:19530``; ``None``
            is this process.
        index_kind: Kind of the index there, ``flat`` (exact) or ``hnsw``.
        index_token: Token for it, or user and password with a colon between them; of the
            environment only.
    """

    library: Path | None = None
    gallery: str | None = None
    features: Path = DEFAULT_FEATURES
    weights: str | None = None
    descriptor: str | None = None
    size: int | None = None
    fit: str | None = None
    fit_size: int | None = None
    precision: str = "auto"
    index: str = "auto"
    workers: str | None = None
    weights_url: str = DEFAULT_WEIGHTS_URL
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sample: Path = DEFAULT_SAMPLE
    flowers: Path = DEFAULT_FLOWERS
    flowers_url: str = DEFAULT_FLOWERS_URL
    share: str = NOTHING
    share_links: bool = False
    share_address: str | None = None
    index_url: str | None = None
    index_kind: str = "flat"
    index_token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of the environment; a value not allowed is a ``ConfigurationError``."""

        def read(name: str, default: str) -> str:
            return os.environ.get(f"LOOKALIKE_{name}") or default

        if os.environ.get("LOOKALIKE_SAMPLE_COUNT"):
            logger.warning(
                "LOOKALIKE_SAMPLE_COUNT has no effect any more: the app copies all of the sample "
                "gallery."
            )
        library = read("LIBRARY", "")
        return cls(
            library=expand_user(library) if library else None,
            gallery=read("GALLERY", "") or None,
            features=expand_user(read("FEATURES", str(DEFAULT_FEATURES))),
            weights=read("WEIGHTS", "") or None,
            descriptor=read("DESCRIPTOR", "") or None,
            size=_whole("SIZE", read("SIZE", "")),
            fit=read("FIT", "") or None,
            fit_size=_whole("FIT_SIZE", read("FIT_SIZE", "")),
            precision=read("PRECISION", cls.precision),
            index=read("INDEX", cls.index),
            workers=workers_address(read("WORKERS", "")),
            weights_url=read("WEIGHTS_URL", DEFAULT_WEIGHTS_URL),
            include=_list(read("INCLUDE", "")),
            exclude=_list(read("EXCLUDE", "")),
            sample=expand_user(read("SAMPLE", str(DEFAULT_SAMPLE))),
            flowers=expand_user(read("FLOWERS", str(DEFAULT_FLOWERS))),
            flowers_url=read("FLOWERS_URL", DEFAULT_FLOWERS_URL),
            share=_one_of(SHARES, "SHARE", read("SHARE", cls.share)),
            share_links=_one_of(("off", "on"), "SHARE_LINKS", read("SHARE_LINKS", "off")) == "on",
            share_address=_address("SHARE_ADDRESS", read("SHARE_ADDRESS", "")),
            index_url=read("INDEX_URL", "") or None,
            index_kind=read("INDEX_KIND", cls.index_kind),
            index_token=read("INDEX_TOKEN", "")
            or _user(read("INDEX_USER", ""), read("INDEX_PASSWORD", "")),
        )


def expand_user(path: str) -> Path:
    """A path with ``~`` as the home folder; an unknown ``~user`` is a ``ConfigurationError``."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigurationError(
            f"Expected a path, with ~ or the ~name of a user. Received: {path}, and there is no "
            "such user. Write ./ before a name that begins with ~."
        ) from None


def real_path(library: Path) -> Path:
    """The absolute path of a library, without links; of a link loop a path to report."""
    # Path.resolve raises for a loop.
    return Path(os.path.realpath(library.expanduser()))


def workers_address(address: str) -> str | None:
    """The address of a Dask scheduler, ``None`` for none; another is a ``ConfigurationError``."""
    host = r"(\[[0-9A-Fa-f:.]+\]|[^/?#@:\[\]\s]+)"
    if address and not re.fullmatch(rf"(tcp|tls)://{host}:\d+", address):
        raise ConfigurationError(
            "Expected the address of a Dask scheduler, such as tcp://host:8786 or tls://host:8786, "
            f"in --workers or LOOKALIKE_WORKERS. Received: {address!r}"
        )
    return address or None


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


def _user(user: str, password: str) -> str:
    if bool(user) != bool(password):
        given = "a user" if user else "a password"
        raise ConfigurationError(
            "Expected both LOOKALIKE_INDEX_USER and LOOKALIKE_INDEX_PASSWORD, or neither. "
            f"Received: only {given}."
        )
    return f"{user}:{password}" if user else ""


def _whole(name: str, value: str) -> int | None:
    if value and not value.isdecimal():
        raise ConfigurationError(
            f"Expected a whole number in LOOKALIKE_{name}. Received: {value!r}"
        )
    return int(value) if value else None
