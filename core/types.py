"""Immutable values that the parts pass to each other."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
"""Features: a vector ``(d,)`` or rows ``(n, d)``."""
Rows = NDArray[np.int64]
"""Row numbers of a matrix of features, ``(n,)``."""

# Sources of weights; any other source is the path of a file.
IMAGENET = "imagenet"
UNTRAINED = "random"
NO_WEIGHTS = "none"

# Orders of the matches: by distance, or by what similar images of the gallery say as well.
DISTANCE, NEIGHBOURHOOD = RANKINGS = ("distance", "neighbourhood")

# See ``FeatureSpace.resize``.
SQUASH = "squash"
FIT = "fit"


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """How features are made; only features of the same space are comparable.

    Attributes:
        model: ``"vgg16"``, or ``"pixels"`` for a descriptor without a network.
        weights: ``"imagenet"``, ``"random"``, ``"none"`` or the absolute path of a file.
            It serves to find the weights again; ``weights_digest`` is their identity.
        weights_digest: SHA-256 of the source of the weights, 64 hexadecimal digits.
        descriptor: One of ``core.model.DESCRIPTORS``.
        dimension: Length of one feature.
        input_size: Side of the network's input, in pixels.
        resize: ``"squash"`` makes each image a square of that side; ``"fit"`` keeps the aspect
            ratio and makes the longer side that long.
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
        """Whether the weights were learnt from images."""
        return self.weights != UNTRAINED

    @property
    def name(self) -> str:
        """Short name, safe in file names, such as ``vgg16-avg-224-1f3c9a2e``."""
        return f"{self.model}-{self.descriptor}-{self.input_size}-{self.weights_digest[:8]}"

    @property
    def weights_file(self) -> bool:
        """Whether the weights are a file of the user's own."""
        return Path(self.weights).is_absolute()

    def same_pass(self, other: Self) -> bool:
        """Whether the network and its input are the same; the descriptor may differ."""
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
        """The weights in words for a person."""
        return {
            IMAGENET: "ImageNet weights",
            UNTRAINED: "untrained weights",
            NO_WEIGHTS: "no weights",
        }.get(self.weights, self.weights)


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An indexed image.

    Attributes:
        path: Relative to the library, with ``/``.
        size: In bytes.
        mtime_ns: Time of the last change, in nanoseconds since 1970.
        id: BLAKE2b-128 of the file's content, 32 hexadecimal digits.
        width: In pixels, upright.
        height: In pixels, upright.
        taken_at: Date of the photograph, ``YYYY-MM-DDTHH:MM:SS``; ``None`` if not recorded.
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
    """How close a match is, compared with the first matches of the gallery's own images.

    Attributes:
        share: Of the images whose nearest other image is not closer than the match, 0 to 1.
    """

    share: float

    def __str__(self) -> str:
        # Rounded down, so that only all of them give 100 %. 0.29 * 100 is a little less than 29.
        return f"{math.floor(self.share * 100 + 1e-9)}\u00a0%"


@dataclass(frozen=True, slots=True)
class Match:
    """One image of a search result.

    Attributes:
        rank: 1 for the closest.
        record: The image.
        distance: Euclidean, between unit features, 0 (same) to 2.
        closeness: ``None`` where the index has no distances to compare with.
        copies: Number of further files of the same picture, where these are hidden.
        box: Where a part of the image matches: its left, top, right and bottom edge as fractions of
            the sides, 0 to 1; ``None`` where whole images were compared.
    """

    rank: int
    record: ImageRecord
    distance: float
    closeness: Closeness | None = None
    copies: int = 0
    box: tuple[float, float, float, float] | None = None

    @property
    def image(self) -> str:
        """Path of the image relative to its library, with ``/``."""
        return self.record.path


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, by its path relative to the library, and the reason."""

    image: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drive:
    """A folder of a library that is on another device than its parent.

    Attributes:
        path: Relative to the library, with ``/``.
        linked: Whether it is a link, which stays when the drive is unplugged, or a mount point.
    """

    path: str
    linked: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """Damage to the features folder: the path of an image or name of a file, and the problem."""

    what: str
    problem: str


class Stage(StrEnum):
    """Stage of a long action; the value is for the terminal, ``label`` for a page."""

    label: str

    STARTING = "starting", "Starting"
    COPYING = "copying", "Copying the sample gallery"
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
    DETAILS = "details", "Describing the parts of the pictures"
    EVALUATING = "evaluating", "Searching with the pictures of the gallery"
    SELF_CHECKING = "self-checking", "Searching with changed pictures"
    MAPPING = "mapping", "Drawing the map"
    PLACING = "placing", "Placing the other pictures on the map"
    COMPARING = "comparing", "Comparing pictures that may be the same"
    CONDITIONS = "choosing", "Looking for the best of each set"
    JUDGING = "judging", "Comparing copies in detail"
    MOVING = "moving", "Moving pictures"
    EXPORTING = "exporting", "Exporting the features"

    def __new__(cls, value: str, label: str) -> Self:
        """Create a stage from its value and its label."""
        stage = str.__new__(cls, value)
        stage._value_ = value
        stage.label = label
        return stage

    @property
    def in_bytes(self) -> bool:
        """Whether progress is counted in bytes instead of images."""
        return self in (Stage.FLOWERS, Stage.WEIGHTS)


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a long action.

    Attributes:
        done: Images finished in this stage, or bytes; see ``Stage.in_bytes``.
        total: Images or bytes in this stage; 0 while unknown.
        images_per_second: Extraction rate so far; 0 before the first batch.
        seconds_left: Estimate for this stage; ``None`` while unknown.
        skipped: Images left out so far.
        workers: Number of workers of a cluster that extract; 0 if this process does.
    """

    stage: Stage = Stage.STARTING
    done: int = 0
    total: int = 0
    images_per_second: float = 0.0
    seconds_left: float | None = None
    skipped: int = 0
    workers: int = 0


ProgressCallback = Callable[[Progress], None]
"""Called after each step of a long action; raises ``Cancelled`` to end it."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Outcome of an indexing run.

    Attributes:
        library: Absolute path of the folder of images.
        images: Number of images in the index.
        extracted: Number of images whose feature this run computed.
        unchanged: Number of images whose feature was kept.
        moved: Number of images found at a new path; their features were kept.
        removed: Number of images that are gone from the library.
        images_per_second: Extraction rate; 0 if nothing was extracted.
        dimension: Length of one feature, as extracted.
        generation: Number of the published index; it rises with every publication.
        fit: What the answers learn, such as ``"neighbours"``.
        fit_before: The same before this run, where the default has changed since.
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
    fit: str
    fit_before: str | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Matches of one search.

    Attributes:
        matches: Nearest first.
        searched: Number of images compared.
        nothing_similar: A sentence for a person if not even the best match is similar.
        seconds: From the opened query image to the matches, with the model loaded.
        warning: A sentence for a person if some images of the gallery were not compared.
    """

    matches: tuple[Match, ...]
    searched: int
    nothing_similar: str | None = None
    seconds: float = 0.0
    warning: str | None = None
