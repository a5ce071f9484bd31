"""Which extractor a gallery needs, over every combination of what was chosen."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import ConfigurationError, IndexMismatchError
from core.model import Chosen, FitChoice, Selection, Weights, feature_space, select
from core.model.selection import source_for
from core.types import FeatureSpace

OWN = "/weights/own.h5"
CENTRE, FOLDERS, WHITEN = FitChoice("centre"), FitChoice("folders", 64), FitChoice("whiten", 128)


def space(weights: str, descriptor: str = "max", size: int = 224) -> FeatureSpace:
    return feature_space(Weights(weights, "ab" * 32, Path("file")), descriptor, size)


@pytest.mark.parametrize("asked", [None, "imagenet", "random", OWN])
@pytest.mark.parametrize("has", [None, "imagenet", "random", "none", OWN])
def test_weights(asked: str | None, has: str | None) -> None:
    before = space(has) if has else None
    # Only a file of the user's own is a choice that stays.
    taken = asked or (OWN if has == OWN else "imagenet")
    assert select(Settings(weights=asked), before=before).source == taken


@pytest.mark.parametrize("now", [None, "crow"])
@pytest.mark.parametrize("setting", [None, "gem"])
@pytest.mark.parametrize("chosen", [None, "avg"])
@pytest.mark.parametrize("has", [None, "max"])
def test_descriptor(
    now: str | None, setting: str | None, chosen: str | None, has: str | None
) -> None:
    # What a gallery has by default makes room for the default of now.
    before = space("imagenet", has) if has else None
    found = select(
        Settings(descriptor=setting),
        before=before,
        chosen=Chosen(descriptor=chosen),
        descriptor=now,
    )
    assert found.descriptor.name == (now or setting or chosen or "rmac")
    assert found.chosen.descriptor == (now or setting or chosen)


@pytest.mark.parametrize(
    ("setting", "has", "taken"),
    [
        (None, None, 224),
        (320, None, 320),
        (None, 320, 320),
        (224, 320, 224),
        (96, 320, 96),
        (448, 320, 448),
    ],
)
def test_size(setting: int | None, has: int | None, taken: int) -> None:
    before = space("imagenet", "max", has) if has else None
    assert select(Settings(size=setting), before=before).size == taken


@pytest.mark.parametrize("now", [None, "folders"])
@pytest.mark.parametrize("setting", [None, "none"])
@pytest.mark.parametrize("chosen", [None, WHITEN])
def test_fit(now: str | None, setting: str | None, chosen: FitChoice | None) -> None:
    found = select(Settings(fit=setting), chosen=Chosen(fit=chosen), fit=now)
    kind = now or setting
    assert found.chosen.effective_fit == (FitChoice.of(kind) if kind else chosen or FitChoice.of())
    # A default is no choice: it makes room for the next default.
    assert (found.chosen.fit is None) == (not kind and chosen is None)


@pytest.mark.parametrize(
    ("settings", "options", "chosen", "taken"),
    [
        (Settings(fit="whiten", fit_size=128), {}, None, WHITEN),
        (Settings(fit="whiten"), {"fit_size": 128}, None, WHITEN),
        (Settings(fit_size=64), {"fit": "folders"}, None, FOLDERS),
        (Settings(fit_size=128), {}, FitChoice("whiten", 256), WHITEN),
        (Settings(fit="whiten"), {"fit": "folders", "fit_size": 64}, None, FOLDERS),
    ],
)
def test_size_of_a_fit(
    settings: Settings, options: dict[str, object], chosen: FitChoice | None, taken: FitChoice
) -> None:
    assert select(settings, chosen=Chosen(fit=chosen), **options).chosen.effective_fit == taken  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "before"), itertools.product((None, "ukbench"), (None, "holidays"))
)
def test_labels_and_ranking(now: str | None, before: str | None) -> None:
    ranking = now and "neighbourhood"
    chosen = Chosen(labels=before, ranking=before and "distance")
    found = select(Settings(), chosen=chosen, labels=now, ranking=ranking).chosen
    assert (found.labels, found.ranking) == (now or before, ranking or (before and "distance"))


@pytest.mark.parametrize(
    ("settings", "options", "message"),
    [
        (Settings(descriptor="sift"), {}, "Unknown descriptor"),
        (Settings(), {"descriptor": "sift"}, "Unknown descriptor"),
        (Settings(size=95), {}, "from 96 to 448 pixels. Received: size=95"),
        (Settings(size=320, descriptor="fc1"), {}, "descriptor='fc1', size=320"),
        (Settings(size=320), {"chosen": Chosen(descriptor="fc2")}, "descriptor='fc2', size=320"),
        (Settings(fit="pca"), {}, "Received: fit='pca'"),
        (
            Settings(fit="centre", fit_size=64),
            {},
            "no size for the fit centre. Received: fit-size=64",
        ),
        (Settings(fit="whiten"), {"fit_size": 513}, "Received: fit-size=513"),
    ],
)
def test_what_makes_no_sense_is_refused(
    settings: Settings, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        select(settings, **options)  # type: ignore[arg-type]


def test_the_space_has_what_was_selected() -> None:
    chosen = Selection("imagenet", 320, Chosen(descriptor="gem"))
    found = chosen.space(Weights("imagenet", "cd" * 32, None))
    assert (found.descriptor, found.input_size, found.weights_digest) == ("gem", 320, "cd" * 32)


@pytest.mark.parametrize("descriptor", [None, "max"])
@pytest.mark.parametrize("size", [None, 320])
@pytest.mark.parametrize("weights", [None, "random"])
def test_a_search_takes_what_the_index_was_made_with(
    descriptor: str | None, size: int | None, weights: str | None
) -> None:
    settings = Settings(descriptor=descriptor, size=size, weights=weights)
    assert source_for(space("imagenet", "max", 320), settings) == (weights or "imagenet")


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
