"""Settings from the environment; command-line options win over them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_MATCHES = 30
DEFAULT_FEATURES = Path("features")
DEFAULT_WEIGHTS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user chose before the start.

    Attributes:
        library: Folder of images, ``LOOKALIKE_LIBRARY``; ``None`` if not chosen yet.
        features: Folder of the saved features, ``LOOKALIKE_FEATURES``.
        weights: ``auto``, ``imagenet``, ``random`` or a file, ``LOOKALIKE_WEIGHTS``.
        descriptor: Name of the descriptor, ``LOOKALIKE_DESCRIPTOR``.
        precision: ``auto`` or a Keras dtype policy, ``LOOKALIKE_PRECISION``.
        weights_url: Address of the folder with Keras's VGG16 files, ``LOOKALIKE_WEIGHTS_URL``;
            set it to use a mirror.
    """

    library: Path | None = None
    features: Path = DEFAULT_FEATURES
    weights: str = "auto"
    descriptor: str = "avg"
    precision: str = "auto"
    weights_url: str = DEFAULT_WEIGHTS_URL

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the ``LOOKALIKE_*`` variables; an empty one counts as not set."""

        def read(name: str, default: str) -> str:
            return os.environ.get(f"LOOKALIKE_{name}") or default

        library = read("LIBRARY", "")
        return cls(
            library=Path(library).expanduser() if library else None,
            features=Path(read("FEATURES", str(DEFAULT_FEATURES))).expanduser(),
            weights=read("WEIGHTS", cls.weights),
            descriptor=read("DESCRIPTOR", cls.descriptor),
            precision=read("PRECISION", cls.precision),
            weights_url=read("WEIGHTS_URL", DEFAULT_WEIGHTS_URL),
        )
