"""What a gallery is indexed with, for every combination of choices."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import ConfigurationError, IndexMismatchError
from core.model import Selection, Weights, feature_space, select
from core.model.pooling import DESCRIPTORS
from core.model.selection import source_for
from core.types import FeatureSpace

OWN = "/weights/own.h5"


def space(weights: str, descriptor: str, size: int = 224) -> FeatureSpace:
    return feature_space(Weights(weights, "ab" * 32, Path("file")), descriptor, size)


def selected(settings: Settings, **options: object) -> tuple[str, str | None, int, int]:
    found = select(settings, **options)  # type: ignore[arg-type]
    name = found.descriptor.name if found.descriptor else None
    return found.source, name, found.size, found.whiten


# The weights of the settings, those of the gallery, and the ones that are taken.
SOURCES = [
    *((asked, None, asked) for asked in ("auto", "imagenet", "starter", "random", OWN)),
    *(
        (asked, has, asked)
        for asked in ("imagenet", "starter", "random", OWN)
        for has in ("imagenet", "starter", "random", OWN)
    ),
    ("auto", "imagenet", "imagenet"),
    ("auto", OWN, OWN),
    ("auto", "starter", "auto"),
    ("auto", "random", "auto"),
]


@pytest.mark.parametrize(("asked", "has", "taken"), SOURCES)
def test_weights(asked: str, has: str | None, taken: str) -> None:
    before = space(has, "max") if has else None
    assert selected(Settings(weights=asked), before=before)[0] == taken


# The descriptor asked for now, that of the settings, and those of the gallery: weights and
# descriptor. "gem" is the default of the starter weights, "avg" of the others.
DESCRIPTOR_CASES = [
    (now, setting, has, now or setting or kept)
    for now, setting in itertools.product((None, "rmac"), (None, "crow"))
    for has, kept in (
        (None, None),
        (("imagenet", "avg"), None),
        (("imagenet", "gem"), "gem"),
        (("starter", "gem"), None),
        (("starter", "avg"), "avg"),
        (("random", "avg"), None),
        (("random", "max"), "max"),
        ((OWN, "fc1"), "fc1"),
    )
]


@pytest.mark.parametrize(("now", "setting", "has", "taken"), DESCRIPTOR_CASES)
def test_descriptor(
    now: str | None, setting: str | None, has: tuple[str, str] | None, taken: str | None
) -> None:
    before = space(*has) if has else None
    assert selected(Settings(descriptor=setting), before=before, descriptor=now)[1] == taken


@pytest.mark.parametrize(
    ("setting", "has", "taken"),
    [(None, None, 224), (320, None, 320), (None, 320, 320), (224, 320, 224), (448, 320, 448)],
)
def test_size(setting: int | None, has: int | None, taken: int) -> None:
    before = space("imagenet", "max", has) if has else None
    assert selected(Settings(size=setting), before=before)[2] == taken


@pytest.mark.parametrize("now", [None, 0, 64])
@pytest.mark.parametrize("setting", [None, 0, 128])
@pytest.mark.parametrize("has", [None, 0, 256])
def test_whitening(now: int | None, setting: int | None, has: int | None) -> None:
    before = None if has is None else space("imagenet", "max")
    taken = next((value for value in (now, setting, has) if value is not None), 0)
    found = selected(Settings(whiten=setting), before=before, whitened_to=has or 0, whiten=now)
    assert found[3] == taken


@pytest.mark.parametrize(
    ("settings", "options", "message"),
    [
        (Settings(descriptor="sift"), {}, "Unknown descriptor"),
        (Settings(), {"descriptor": "sift"}, "Unknown descriptor"),
        (Settings(size=223), {}, "Received: size=223"),
        (Settings(size=320, descriptor="fc1"), {}, "descriptor='fc1', size=320"),
        (Settings(size=320), {"before": space("imagenet", "fc2")}, "descriptor='fc2', size=320"),
        (Settings(whiten=63), {}, "Received: whiten=63"),
        (Settings(), {"whiten": 513}, "Received: whiten=513"),
    ],
)
def test_invalid_choices_are_refused(
    settings: Settings, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        selected(settings, **options)


@pytest.mark.parametrize(
    ("weights", "descriptor", "expected"),
    [("starter", None, "gem"), ("imagenet", None, "avg"), ("starter", "max", "max")],
)
def test_the_space_has_the_best_descriptor_for_the_weights_where_none_was_chosen(
    weights: str, descriptor: str | None, expected: str
) -> None:
    chosen = DESCRIPTORS[descriptor] if descriptor else None
    found = Selection(weights, chosen, 320, 0).space(Weights(weights, "cd" * 32, None))
    assert (found.descriptor, found.input_size, found.weights_digest) == (expected, 320, "cd" * 32)


@pytest.mark.parametrize("descriptor", [None, "max"])
@pytest.mark.parametrize("size", [None, 320])
@pytest.mark.parametrize("weights", ["auto", "random"])
def test_a_search_takes_what_the_index_was_made_with(
    descriptor: str | None, size: int | None, weights: str
) -> None:
    settings = Settings(descriptor=descriptor, size=size, weights=weights)
    index = space("imagenet", "max", 320)
    assert source_for(index, settings) == ("imagenet" if weights == "auto" else weights)


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        (Settings(descriptor="gem"), "Received: descriptor 'gem'"),
        (Settings(size=224), "Received: size 224"),
        (Settings(descriptor="gem", size=224), "Received: descriptor 'gem'"),
    ],
)
def test_a_search_that_asks_for_another_space_is_refused(settings: Settings, received: str) -> None:
    with pytest.raises(IndexMismatchError, match=received):
        source_for(space("imagenet", "max", 320), settings)
