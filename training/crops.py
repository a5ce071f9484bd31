"""Batches of augmented crops, made in threads while the network trains."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from training.pictures import Pictures

Random = np.random.Generator

ASPECTS = (3 / 4, 4 / 3)
# How often the picture is shown whole but small, amid its own mirror image.
SMALL = 0.1
COLOUR = 0.25
AHEAD = 4


@dataclass(frozen=True)
class Batch:
    """Crops to train on.

    Attributes:
        pixels: ``(n, 3, size, size)`` uint8.
        sources: ``(n,)``, the number of the data set of each.
        labels: ``(n,)``, the number of its class within that data set.
        colours: ``(n, 3)``, factors of brightness, contrast and saturation.
    """

    pixels: Tensor
    sources: Tensor
    labels: Tensor
    colours: Tensor


def batches(
    sources: Sequence[Pictures],
    shares: Sequence[float],
    *,
    sizes: Sequence[int],
    areas: Sequence[tuple[float, float]],
    count: int,
    seed: int,
    steps: range,
    threads: int = 1,
) -> Iterator[Batch]:
    """Draw batches; the same seed and step always give the same batch.

    A batch is of one size: it is drawn from the data sets that are cropped to that size. Within a
    data set a class is drawn in proportion to the square root of its number of pictures.

    Args:
        sources: The data sets.
        shares: How often each is drawn from.
        sizes: Side of the crops of each in pixels.
        areas: Least and greatest share of a picture that a crop covers, of each.
        count: Crops in a batch.
        seed: Another seed draws others.
        steps: Which batches to make.
        threads: How many work at it.

    Yields:
        One batch a step.
    """
    weights = np.asarray(shares, np.float64) / sum(shares)
    chances = [_chances(source.labels) for source in sources]

    def make(step: int) -> Batch:
        random = np.random.default_rng((seed, step))
        size = sizes[random.choice(len(sources), p=weights)]
        among = weights * (np.asarray(sizes) == size)
        chosen = random.choice(len(sources), count, p=among / among.sum())
        numbers = [int(random.choice(len(chances[s]), p=chances[s])) for s in chosen]
        crops = [
            crop(sources[s].open(number), size, areas[s], random)
            for s, number in zip(chosen, numbers, strict=True)
        ]
        labels = [sources[s].labels[number] for s, number in zip(chosen, numbers, strict=True)]
        return Batch(
            pixels=torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2),
            sources=torch.from_numpy(chosen),
            labels=torch.tensor(np.asarray(labels)),
            colours=torch.from_numpy(
                random.uniform(1 - COLOUR, 1 + COLOUR, (count, 3)).astype(np.float32)
            ),
        )

    with ThreadPoolExecutor(threads, thread_name_prefix="crops") as pool:
        pending = [pool.submit(make, step) for step in steps[:AHEAD]]
        try:
            for step in steps:
                batch = pending.pop(0).result()
                if step + AHEAD in steps:
                    pending.append(pool.submit(make, step + AHEAD))
                yield batch
        finally:
            pool.shutdown(cancel_futures=True)


def _chances(labels: NDArray[np.intp]) -> NDArray[np.float64]:
    # Between as many of each class, which wears out the few, and as many as there are, which
    # learns little but the largest.
    chances = 1 / np.sqrt(np.bincount(labels))[labels]
    return chances / chances.sum()


def crop(
    image: Image.Image, size: int, area: tuple[float, float], random: Random
) -> NDArray[np.uint8]:
    """Cut a random part out of a picture, squash it to a square and mirror it or not.

    Random area and aspect ratio after Szegedy et al. 2015, section 6.

    Args:
        image: RGB, any size.
        size: Side of the result in pixels.
        area: Least and greatest share of the picture to keep.
        random: Where the choices come from.

    Returns:
        ``(size, size, 3)`` uint8.
    """
    if random.random() < SMALL:
        pixels = np.asarray(image)
        across = int(random.uniform(0.05, 0.3) * min(pixels.shape[:2]))
        image = Image.fromarray(np.pad(pixels, ((across,) * 2, (across,) * 2, (0, 0)), "reflect"))
        box = (0.0, 0.0, float(image.width), float(image.height))
    else:
        kept = image.width * image.height * random.uniform(*area)
        aspect = math.exp(random.uniform(*np.log(ASPECTS))) * image.width / image.height
        width = min(math.sqrt(kept * aspect), image.width)
        height = min(math.sqrt(kept / aspect), image.height)
        left = random.uniform(0, image.width - width)
        top = random.uniform(0, image.height - height)
        box = (left, top, left + width, top + height)
    if random.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box))


def recolour(pixels: Tensor, colours: Tensor) -> Tensor:
    """Change brightness, contrast and saturation.

    Args:
        pixels: ``(n, 3, height, width)``, 0 to 255.
        colours: ``(n, 3)``, the three factors.

    Returns:
        ``(n, 3, height, width)`` float32, 0 to 255.
    """
    brightness, contrast, saturation = (f.reshape(-1, 1, 1, 1) for f in colours.unbind(1))
    x = pixels.float() * brightness
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    x = (x - mean) * contrast + mean
    grey = x.mean(dim=1, keepdim=True)
    return ((x - grey) * saturation + grey).clamp(0, 255)
