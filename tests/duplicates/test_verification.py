"""Changed copies are the same picture; other pictures are not, however alike."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from core.duplicates.local_features import local_features
from core.duplicates.relation import Relation
from core.duplicates.verification import relation_of
from tests.flowers import sample_flower


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


def cropped(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    left, top = int((1 - share) * width), int((1 - share) * height / 3)
    return image.crop((left, top, left + int(share * width), top + int(share * height)))


def marked(image: Image.Image) -> Image.Image:
    image = image.copy()
    width, height = image.size
    ImageDraw.Draw(image).text((width // 3, height // 2), "© sample", fill="white", font_size=30)
    return image


CHANGES: dict[str, tuple[Callable[[Image.Image], Image.Image], Relation]] = {
    "itself": (lambda image: image, Relation.WHOLE),
    "quality 40": (lambda image: recompressed(image, 40), Relation.WHOLE),
    "half size": (
        lambda image: image.resize((image.width // 2, image.height // 2)),
        Relation.WHOLE,
    ),
    "tiny": (lambda image: image.resize((80, 60)), Relation.WHOLE),
    "crop to 99 %": (lambda image: cropped(image, 0.99), Relation.WHOLE),
    "crop to 90 %": (lambda image: cropped(image, 0.9), Relation.CROPPED),
    "crop to 70 %": (lambda image: cropped(image, 0.7), Relation.CROPPED),
    "border": (lambda image: ImageOps.expand(image, 40, "white"), Relation.CROPPED),
    "rotation": (lambda image: image.rotate(5, Image.Resampling.BICUBIC), Relation.TURNED),
    "rotation of a crop": (lambda image: cropped(image.rotate(5), 0.8), Relation.TURNED),
    "quarter turn": (
        lambda image: image.transpose(Image.Transpose.ROTATE_90),
        Relation.TURNED,
    ),
    "mirror": (ImageOps.mirror, Relation.MIRRORED),
    "upside down": (ImageOps.flip, Relation.MIRRORED),
    "grey": (ImageOps.grayscale, Relation.WHOLE),
    "brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.2), Relation.WHOLE),
    "watermark": (marked, Relation.WHOLE),
    "palette": (lambda image: image.convert("P"), Relation.WHOLE),
    "stretched": (lambda image: image.resize((300, 300)), Relation.STRETCHED),
    "stretched upright": (lambda image: image.resize((200, 400)), Relation.STRETCHED),
}


@pytest.fixture(scope="module")
def flower() -> Image.Image:
    flower = sample_flower("daffodil", 6)
    # Of the form of one of the copies, but not of the stretched ones.
    assert flower.size == (400, 300)
    return flower


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_with_its_kind(change: str, flower: Image.Image) -> None:
    change_it, relation = CHANGES[change]
    one, copy = local_features(flower), local_features(change_it(flower))
    assert relation_of(one, copy) == relation
    assert relation_of(copy, one) == relation


@pytest.mark.parametrize("shift", [0.28, 0.48])
def test_parts_of_one_picture_overlap(shift: float, flower: Image.Image) -> None:
    width, height = flower.size
    side, shift = round(0.65 * height), round(0.65 * shift * height)
    parts = [flower.crop((0, top, width, top + side)) for top in (0, shift)]
    one, other = map(local_features, parts)
    assert relation_of(one, other) is Relation.OVERLAP
    assert relation_of(other, one) is Relation.OVERLAP


def test_other_pictures_of_a_kind_are_not() -> None:
    pictures = [local_features(sample_flower("poppy", number)) for number in range(1, 5)]
    for number, one in enumerate(pictures):
        assert not any(relation_of(one, other) for other in pictures[number + 1 :])


def test_a_scene_whose_half_moved_is_not(flower: Image.Image) -> None:
    pixels = np.asarray(flower)
    half = flower.width // 2
    moved = Image.fromarray(np.hstack([pixels[:, :half], np.roll(pixels[:, half:], 9, axis=0)]))
    bent = flower.transform(
        flower.size,
        Image.Transform.QUAD,
        (0, 0, 0, flower.height, flower.width - 30, flower.height, flower.width, 30),
    )
    for other in (moved, bent):
        assert not relation_of(local_features(flower), local_features(other))


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (3000, 2), (64, 48)])
def test_pictures_of_any_size_have_an_answer(size: tuple[int, int], flower: Image.Image) -> None:
    plain = Image.new("RGB", size, "red")
    assert not relation_of(local_features(plain), local_features(flower))
    assert not relation_of(local_features(plain), local_features(plain))
