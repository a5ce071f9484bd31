"""The values that travel between the parts; all frozen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
"""Features: a vector ``(d,)`` or rows ``(n, d)``."""
Rows = NDArray[np.int64]
"""Row numbers of a matrix of features, ``(n,)``."""

# Where the weights of a feature space came from; anything else is the path of a file.
IMAGENET = "imagenet"
STARTER = "starter"
UNTRAINED = "random"
NO_WEIGHTS = "none"

# How an image is brought to what the network sees, see ``FeatureSpace.resize``.
SQUASH = "squash"
FIT = "fit"


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """What a feature is made with; two features are comparable only within one space.

    Attributes:
        model: Name of the network, ``"vgg16"``, or ``"pixels"`` where there is none.
        weights: Where the kernels came from: ``"imagenet"``, ``"starter"``, ``"random"`` or a
            file's absolute path; ``"none"`` where there are none. It serves to find them again;
            identity is in the digest.
        weights_digest: SHA-256 of the kernels' source, 64 hexadecimal digits.
        descriptor: Name of the descriptor, see ``core.descriptors``.
        dimension: Length of one feature.
        input_size: In pixels; what it is the size of depends on ``resize``.
        resize: How an image is brought to what the network sees: ``"squash"`` makes a square of
            this side, ignoring the aspect ratio; ``"fit"`` keeps the aspect ratio and makes the
            longer side this long.
    """

    model: str
    weights: str = field(compare=False)
    weights_digest: str
    descriptor: str
    dimension: int
    input_size: int = 224
    resize: str = SQUASH

    @property
    def trained(self) -> bool:
        """Whether the kernels were learnt from images."""
        return self.weights != UNTRAINED

    @property
    def name(self) -> str:
        """A short name that is safe in a file name, such as ``vgg16-avg-224-1f3c9a2e``."""
        return f"{self.model}-{self.descriptor}-{self.input_size}-{self.weights_digest[:8]}"

    def same_pass(self, other: FeatureSpace) -> bool:
        """Whether one forward pass over an image gives its feature in both spaces.

        That takes the same layer as well, see ``core.descriptors.of_the_same_pass``.
        """
        mine, its = (
            (space.model, space.weights_digest, space.input_size, space.resize)
            for space in (self, other)
        )
        return mine == its

    def __str__(self) -> str:
        size = "" if self.resize == SQUASH else f", {self.input_size} pixels"
        return (
            f"{self.model} {self.descriptor}{size}, {self.dimension} numbers, {self.weights_label}"
        )

    @property
    def weights_label(self) -> str:
        """The weights in plain words."""
        return {
            IMAGENET: "ImageNet weights",
            STARTER: "starter weights",
            UNTRAINED: "untrained weights",
            NO_WEIGHTS: "no weights",
        }.get(self.weights, self.weights)


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What is known of an image with a feature.

    Attributes:
        path: Relative to the library, with ``/``.
        size: In bytes.
        mtime_ns: Time of the last change, in nanoseconds since 1970.
        id: BLAKE2b-128 of the file's content, 32 hexadecimal digits. It names the picture in
            addresses: it stays when the file is moved and changes when the picture does.
        width: In pixels, upright.
        height: In pixels, upright.
        taken_at: When it was photographed, ``YYYY-MM-DDTHH:MM:SS``; ``None`` if not recorded.
        checksum: BLAKE2b-64 of the numbers of its feature, 16 hexadecimal digits.
    """

    path: str
    size: int
    mtime_ns: int
    id: str
    width: int
    height: int
    taken_at: str | None
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Closeness:
    """A distance against those of random pairs of the gallery.

    Attributes:
        share: Share of the pairs that are not closer, 0 to 1. The same picture has 1, however
            many copies of pictures the gallery has.
        pairs: Number of pairs that it was compared with.
    """

    share: float
    pairs: int

    @property
    def bar(self) -> float:
        """The closeness as the length of a bar, 0 to 1, on a logarithmic scale.

        Each step of the same length leaves a tenth of the pairs. A linear bar would be full for
        every match.
        """
        left = max(1 - self.share, 1 / self.pairs)
        return math.log(left) / math.log(1 / self.pairs) if self.pairs > 1 else 1 - left

    def __str__(self) -> str:
        # Rounded down: nearly all is not all.
        return f"{math.floor(self.share * 10_000) / 100:.2f}\u00a0%"


@dataclass(frozen=True, slots=True)
class Match:
    """One image of an answer.

    Attributes:
        rank: 1 for the closest.
        record: The image.
        distance: Euclidean distance between unit features, 0 (same) to 2.
        closeness: The distance against those of random pairs; ``None`` where the index has none.
    """

    rank: int
    record: ImageRecord
    distance: float
    closeness: Closeness | None = None

    @property
    def image(self) -> str:
        """Path of the image relative to its library, with ``/``."""
        return self.record.path


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why.

    Attributes:
        image: Path relative to the library, with ``/``.
        reason: One plain sentence.
    """

    image: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drive:
    """A folder of a library that is on another device than the folder around it.

    Attributes:
        path: Relative to the library, with ``/``.
        linked: Whether a link leads to it; unlike a folder to mount on, that stays where it is
            while the drive is not plugged in.
    """

    path: str
    linked: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in the features folder that is not as it was saved.

    Attributes:
        what: The image whose feature it is, or the name of a file of the store.
        problem: One plain sentence.
    """

    what: str
    problem: str


class Stage(StrEnum):
    """What a long action is doing; the value is for the terminal, ``label`` for a page."""

    label: str

    STARTING = "starting", "Starting"
    DRAWING = "drawing", "Drawing flowers"
    FLOWERS = "flowers", "Downloading flower photographs"
    UNPACKING = "unpacking", "Sorting the photographs into folders"
    WEIGHTS = "weights", "Downloading the VGG16 weights"
    SCANNING = "scanning", "Looking for images"
    LOOKING = "looking", "First look, at the colours"
    REUSING = "reusing", "Taking over features"
    READING = "reading", "Reading the features"
    LOADING = "loading model", "Loading VGG16"
    EXTRACTING = "extracting", "Extracting features"
    STACKING = "stacking", "Publishing the index"
    EVALUATING = "evaluating", "Asking with the pictures of the gallery"
    SELF_CHECKING = "self-checking", "Asking with changed pictures"

    def __new__(cls, value: str, label: str) -> Stage:
        """Make a stage with its word and its label."""
        stage = str.__new__(cls, value)
        stage._value_ = value
        stage.label = label
        return stage

    @property
    def in_bytes(self) -> bool:
        """Whether its progress is counted in bytes and not in images."""
        return self in (Stage.FLOWERS, Stage.WEIGHTS)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a long action stands.

    Attributes:
        stage: What it is doing.
        done: Units finished in this stage; see ``Stage.in_bytes``.
        total: Units in this stage; 0 while it is not known.
        images_per_second: Extraction rate so far; 0 before the first batch.
        seconds_left: Estimate for this stage; ``None`` while it cannot be told.
        skipped: Images left out so far.
    """

    stage: Stage = Stage.STARTING
    done: int = 0
    total: int = 0
    images_per_second: float = 0.0
    seconds_left: float | None = None
    skipped: int = 0


ProgressCallback = Callable[[Progress], None]
"""Called with each step of a long action; raises ``Cancelled`` to end it."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did.

    Attributes:
        library: Absolute path of the folder of images.
        images: Images that the index answers with.
        extracted: Features computed by this run.
        unchanged: Images whose features were kept.
        moved: Images found again at another path; their features were kept.
        removed: Images that are gone from the library and now from the index.
        skipped: Files left out, with reasons.
        seconds: Duration of the run.
        images_per_second: Extraction rate, 0 where nothing was extracted.
        space: The feature space of the index.
        dimension: Length of one feature.
        generation: Number of the published index; it rises with every publication.
    """

    library: str
    images: int
    extracted: int
    unchanged: int
    moved: int
    removed: int
    skipped: tuple[Skipped, ...]
    seconds: float
    images_per_second: float
    space: FeatureSpace
    dimension: int
    generation: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query.

    Attributes:
        matches: The closest images, nearest first.
        searched: Number of images compared.
        nothing_similar: A sentence that says so where not even the best match is really similar;
            ``None`` elsewhere.
        seconds: From the opened query image to the matches, with the model loaded.
    """

    matches: tuple[Match, ...]
    searched: int
    nothing_similar: str | None = None
    seconds: float = 0.0
