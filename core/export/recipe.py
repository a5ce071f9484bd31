"""``model.json``: how the features were made, so that another program makes comparable ones."""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..feature_store import IndexSnapshot
from ..images import ENOUGH_SIDE
from ..model import (
    CROW_EPSILON,
    MEAN_COLOUR,
    NONE,
    STRIDE,
    Fit,
    descriptor_named,
    rmac_regions,
)
from ..types import IMAGENET, SQUASH, UNTRAINED, FeatureSpace

PACKAGES = ("lookalike", "keras", "tensorflow", "numpy", "pillow")
_RARITY = f"log((channels * {CROW_EPSILON:g} + sum(share)) / ({CROW_EPSILON:g} + share))"
# How each descriptor pools maps of the shape (height, width, channels), in words.
_POOLING = {
    "avg": "mean over the positions",
    "max": "maximum over the positions",
    "gem": "cube root of the mean over the positions of the cubes",
    "crow": "sum over the positions of (map * sqrt(mass / norm(mass))), times "
    f"{_RARITY}; mass: sum over the channels at a position; share: of the positions at which a "
    "channel is not 0",
    "rmac": "sum over the regions of unit(maximum over the positions of the region)",
    "fc1": "the activations",
    "fc2": "the activations",
    "hsv": "square root of the share of the pixels in each bin of Pillow's HSV; the bin is "
    "hue // 32 * 16 + saturation // 64 * 4 + value // 64",
    "phash": "imagehash.phash, its bits as -1 and 1",
}


def recipe(snapshot: IndexSnapshot) -> dict[str, Any]:
    """How the features of an index were made and fitted, as JSON can hold it."""
    return {
        "model": _model(snapshot.space),
        "preprocessing": _preprocessing(snapshot.space),
        "descriptor": _descriptor(snapshot.space),
        "fit": _fit(snapshot.fit),
        "distance": "Euclidean between fitted features, 0 to 2",
        "versions": _versions(),
    }


def has_map(fit: Fit) -> bool:
    """Whether a fit does something to features."""
    return fit.choice.kind != NONE


def _model(space: FeatureSpace) -> dict[str, Any]:
    source = Path(space.weights).name if space.weights_file else space.weights
    content = {"name": space.model, "weights": source, "weights_digest": space.weights_digest}
    layer = descriptor_named(space.descriptor).layer
    if layer is None:
        return content
    top = descriptor_named(space.descriptor).needs_top
    about = {
        IMAGENET: "those of keras.applications.VGG16, of the convolutions rounded to float16",
        UNTRAINED: "random, for tests",
    }
    return content | {
        "about_weights": about.get(space.weights, "a Keras file of the user"),
        "keras": f"keras.applications.VGG16(include_top={top})",
        "layer": layer,
    }


def _preprocessing(space: FeatureSpace) -> dict[str, Any]:
    squash = f"to {space.input_size} by {space.input_size} pixels, whatever the aspect ratio"
    fit = (
        f"the longer side to {space.input_size} pixels; the shorter one is rounded and has at "
        f"least {STRIDE}"
    )
    content: dict[str, Any] = {
        "opened": "upright by its EXIF orientation, in sRGB by its ICC profile, on white where it "
        "is transparent",
        "jpeg": f"Pillow's Image.draft('RGB', ({ENOUGH_SIDE}, {ENOUGH_SIDE})) before it is decoded",
        "size": space.input_size,
        "resize": space.resize,
        "resized": squash if space.resize == SQUASH else fit,
        "filter": "bicubic, Pillow's Image.resize",
    }
    if descriptor_named(space.descriptor).layer is None:
        return content | {"colour_order": "RGB"}
    return content | {
        "colour_order": "BGR",
        "mean_colour": list(MEAN_COLOUR[::-1]),
        "scaled": "0 to 255 less mean_colour, as keras.applications.vgg16.preprocess_input",
    }


def _descriptor(space: FeatureSpace) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": space.descriptor,
        "dimension": space.dimension,
        "pooled": _POOLING.get(space.descriptor, ""),
        "then": "unit: scaled to Euclidean length 1",
    }
    if space.descriptor == "rmac":
        shapes = _map_shapes(space)
        content["regions"] = {
            f"{height}x{width}": rmac_regions(height, width) for height, width in shapes
        }
        content["about_regions"] = "top, left and side, by height x width of the map"
    return content


def _map_shapes(space: FeatureSpace) -> list[tuple[int, int]]:
    """Every height and width that a map of ``block5_pool`` can have."""
    longest = space.input_size // STRIDE
    if space.resize == SQUASH:
        return [(longest, longest)]
    shorter = range(1, longest)
    upright, lying = ([(longest, side) for side in shorter], [(side, longest) for side in shorter])
    return [*upright, *lying, (longest, longest)]


def _fit(fit: Fit) -> dict[str, Any]:
    content = {
        "kind": fit.choice.kind,
        "size": fit.choice.size,
        "dimension": fit.dimension,
        "images": fit.images,
        "digest": fit.digest,
        "fitted": _formula(fit),
    }
    return content | ({"share": fit.share} if fit.share < 1 else {})


def _formula(fit: Fit) -> str:
    centred = "unit(extracted - mean)"
    if not has_map(fit):
        return "extracted"
    if fit.axes is None:
        return centred
    learnt = "unit((extracted - mean) @ axes)"
    if fit.share == 1:
        return learnt
    return f"concatenated: {learnt} * sqrt(share), {centred} * sqrt(1 - share)"


def _versions() -> dict[str, str]:
    """The versions of what is installed; a checkout of the project is not."""
    versions = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
