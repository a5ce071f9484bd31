"""Changed copies are the same picture; other pictures are not, however alike."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from core.datasets import draw_flower
from core.duplicates.verification import local_features, relation_of


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


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "itself": lambda image: image,
    "quality 40": lambda image: recompressed(image, 40),
    "half size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "crop to 90 %": lambda image: cropped(image, 0.9),
    "crop to 70 %": lambda image: cropped(image, 0.7),
    "rotation": lambda image: image.rotate(5, Image.Resampling.BICUBIC),
    "quarter turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "mirror": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "grey": ImageOps.grayscale,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "watermark": marked,
    "palette": lambda image: image.convert("P"),
}


@pytest.fixture(scope="module")
def flower() -> Image.Image:
    return draw_flower("daffodil", seed=5, number=1)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_the_same_picture(change: str, flower: Image.Image) -> None:
    one, copy = local_features(flower), local_features(CHANGES[change](flower))
    assert relation_of(one, copy)
    assert relation_of(copy, one)


def test_other_pictures_of_a_kind_are_not() -> None:
    pictures = [local_features(draw_flower("poppy", seed=1, number=number)) for number in range(4)]
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
