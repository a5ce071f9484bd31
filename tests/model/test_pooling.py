"""How a feature map becomes one vector."""

from __future__ import annotations

import itertools
import math

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from core.errors import ConfigurationError
from core.model import DEFAULT_DESCRIPTOR, DESCRIPTORS, descriptor_named, sibling_descriptors
from core.model.baselines import colour_histogram, perceptual_hash
from core.model.pooling import (
    as_is,
    average_pool,
    cross_dimensional_pool,
    generalised_mean_pool,
    l2_normalise,
    maximum_pool,
    regional_maximum_pool,
    rmac_regions,
)
from core.types import Array
from tests.fakes import picture

NUMBERS = st.floats(-1e6, 1e6, width=32)


@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=4, max_dims=4, max_side=4), elements=NUMBERS)
)
def test_average_pool_is_the_mean_over_positions(maps: Array) -> None:
    pooled = average_pool(maps)
    n, height, width, channels = maps.shape
    assert pooled.shape == (n, channels)
    assert pooled.dtype == np.float32
    for image in range(n):
        for channel in range(channels):
            total = 0.0
            for row in range(height):
                for column in range(width):
                    total += float(maps[image, row, column, channel])
            largest = np.abs(maps[image, :, :, channel]).max()
            mean = total / (height * width)
            assert pooled[image, channel] == pytest.approx(
                mean, rel=1e-5, abs=1e-5 * float(largest)
            )


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=4, max_dims=4, max_side=4),
        elements=st.floats(0, 1e6, width=32),
    )
)
def test_maximum_and_generalised_mean_over_positions(maps: Array) -> None:
    largest, powers = maximum_pool(maps), generalised_mean_pool(maps)
    assert largest.shape == powers.shape == maps.shape[::3]
    assert largest.dtype == powers.dtype == np.float32
    for image, channel in np.ndindex(*largest.shape):
        values = [float(value) for value in maps[image, :, :, channel].flat]
        assert largest[image, channel] == max(values)
        mean = (sum(value**3 for value in values) / len(values)) ** (1 / 3)
        assert powers[image, channel] == pytest.approx(mean, rel=1e-4, abs=1e-4 * max(values))


MAPS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=4, max_dims=4, max_side=6),
    elements=st.one_of(st.just(0.0), st.floats(0.0009765625, 1e3, width=32)),
)


@given(MAPS)
def test_crow_is_the_formula_of_its_paper(maps: Array) -> None:
    pooled = cross_dimensional_pool(maps)
    assert pooled.shape == maps.shape[::3]
    assert pooled.dtype == np.float32
    channels = range(maps.shape[3])
    for image, values in enumerate(maps.astype(np.float64)):
        # Section 3.2 with a = b = 2: S = sqrt(S' / sqrt(sum of S' squared)).
        places = list(np.ndindex(*values.shape[:2]))
        mass = {place: sum(values[place][channel] for channel in channels) for place in places}
        norm = sum(value**2 for value in mass.values()) ** 0.5
        weight = {place: (mass[place] / norm) ** 0.5 if norm else 0.0 for place in places}
        # Section 3.3, with the share of positions that a channel is active at.
        active = [
            sum(values[place][channel] > 0 for place in places) / len(places)
            for channel in channels
        ]
        for channel in channels:
            rarity = math.log((len(channels) * 1e-6 + sum(active)) / (1e-6 + active[channel]))
            total = sum(weight[place] * values[place][channel] for place in places)
            scale = sum(values[place][channel] for place in places) * max(abs(rarity), 1)
            assert pooled[image, channel] == pytest.approx(
                rarity * total, rel=1e-4, abs=1e-4 * scale
            )


@given(MAPS)
def test_rmac_sums_normalised_maxima_of_its_regions(maps: Array) -> None:
    pooled = regional_maximum_pool(maps)
    assert pooled.shape == maps.shape[::3]
    assert pooled.dtype == np.float32
    for image, values in enumerate(maps.astype(np.float64)):
        expected = np.zeros(maps.shape[3])
        for top, left, side in published_regions(*maps.shape[1:3]):
            best = [
                max(
                    values[row, column, channel]
                    for row in range(top, top + side)
                    for column in range(left, left + side)
                )
                for channel in range(maps.shape[3])
            ]
            length = sum(value**2 for value in best) ** 0.5
            if length:
                expected += np.array(best) / length
        np.testing.assert_allclose(pooled[image], expected, rtol=1e-4, atol=1e-4)


def published_regions(height: int, width: int) -> list[tuple[int, int, int]]:
    """The regions as the published code of the authors computes them, from their centres."""
    w = min(width, height)
    b = [(max(height, width) - w) / (steps - 1) for steps in (2, 3, 4, 5, 6, 7)]
    errors = [abs((w**2 - w * between) / w**2 - 0.4) for between in b]
    more = errors.index(min(errors)) + 1
    more_wide, more_high = (more, 0) if width > height else (0, more if height > width else 0)
    regions = []
    for scale in (1, 2, 3):
        wl = math.floor(2 * w / (scale + 1)) or 1
        wl2 = math.floor(wl / 2 - 1)

        def corners(length: int, extra: int, wl: int = wl, wl2: int = wl2, scale: int = scale):
            gaps = scale + extra - 1
            between = (length - wl) / gaps if gaps else 0
            # The small number undoes rounding below a whole number.
            return [
                math.floor(wl2 + place * between + 1e-9) - wl2 for place in range(scale + extra)
            ]

        for top in corners(height, more_high):
            regions += [(top, left, wl) for left in corners(width, more_wide)]
    return regions


@given(st.integers(1, 40), st.integers(1, 40))
def test_rmac_regions_are_those_of_the_published_code(height: int, width: int) -> None:
    assert rmac_regions(height, width) == published_regions(height, width)


def test_rmac_of_a_square_map_has_fourteen_regions() -> None:
    sides = [side for _, _, side in rmac_regions(7, 7)]
    assert sides == [7] + [4] * 4 + [3] * 9


def test_perceptual_hash_measures_the_hamming_distance_of_the_library() -> None:
    images = [np.asarray(picture(seed, size=(90, 70))) for seed in range(4)]
    vectors = l2_normalise(perceptual_hash(np.stack(images)))
    hashes = [imagehash.phash(Image.fromarray(image)) for image in images]
    for one, other in itertools.product(range(4), repeat=2):
        expected = math.sqrt(hashes[one] - hashes[other]) / 4
        distance = np.linalg.norm(vectors[one] - vectors[other])
        assert distance == pytest.approx(expected, abs=1e-6)


def test_siblings_are_the_other_descriptors_of_the_layer() -> None:
    names = {descriptor.name for descriptor in sibling_descriptors("gem")}
    assert names == {"avg", "max", "crow", "rmac"}
    for alone in ("fc1", "hsv", "phash", "sift"):
        assert sibling_descriptors(alone) == ()


def test_histogram_counts_hue_saturation_and_value() -> None:
    # Three quarters red, one quarter dark grey.
    image = np.zeros((1, 4, 4, 3), np.uint8)
    image[0, :3] = (255, 0, 0)
    image[0, 3] = (70, 70, 70)
    histogram = colour_histogram(image)
    assert histogram.shape == (1, 128)
    red, grey = 0 * 16 + 3 * 4 + 3, 0 * 16 + 0 * 4 + 1
    expected = np.zeros(128, np.float32)
    expected[red], expected[grey] = np.sqrt(0.75), np.sqrt(0.25)
    np.testing.assert_allclose(histogram[0], expected, atol=1e-6)


@given(
    hnp.arrays(np.uint8, st.tuples(st.just(1), st.integers(1, 5), st.integers(1, 5), st.just(3)))
)
def test_histogram_is_that_of_each_pixel_alone(pixels: NDArray[np.uint8]) -> None:
    counts = np.zeros(128)
    for red, green, blue in pixels[0].reshape(-1, 3).tolist():
        hue, saturation, value = (
            Image.new("RGB", (1, 1), (red, green, blue)).convert("HSV").getpixel((0, 0))
        )
        counts[hue // 32 * 16 + saturation // 64 * 4 + value // 64] += 1
    squares = colour_histogram(pixels)[0].astype(np.float64) ** 2
    np.testing.assert_allclose(squares, counts / counts.sum(), atol=1e-6)


def test_the_default_descriptor_needs_no_download() -> None:
    assert not descriptor_named(DEFAULT_DESCRIPTOR).needs_top


@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=NUMBERS)
)
def test_normalised_rows_have_length_1_and_the_same_direction(vectors: Array) -> None:
    # Of smaller numbers the squares leave the range of float32.
    vectors = np.where(np.abs(vectors) < 1e-15, np.float32(0), vectors)
    rows = l2_normalise(vectors)
    assert rows.shape == vectors.shape
    assert rows.dtype == np.float32
    for row, vector in zip(rows, vectors, strict=True):
        length = sum(float(number) ** 2 for number in vector) ** 0.5
        if length == 0:
            assert not row.any()
        else:
            assert row.tolist() == pytest.approx((vector / length).tolist(), rel=1e-4, abs=1e-6)


def test_a_row_of_zeros_stays_zero_without_a_warning() -> None:
    with np.errstate(all="raise"):
        rows = l2_normalise(np.array([[0, 0], [3, 4]], np.float32))
    np.testing.assert_allclose(rows, [[0, 0], [0.6, 0.8]], rtol=1e-6)


def test_as_is_changes_nothing() -> None:
    vectors = np.array([[1, 2]], np.float32)
    assert as_is(vectors) is vectors


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_each_descriptor_makes_unit_rows_of_its_dimension(name: str) -> None:
    descriptor = descriptor_named(name)
    assert descriptor.name == name
    shape = (2, descriptor.dimension) if descriptor.needs_top else (2, 7, 7, descriptor.dimension)
    outputs = np.random.default_rng(1).random(shape, np.float32)
    if descriptor.layer is None:
        outputs = (255 * outputs[..., :3]).astype(np.uint8)
    features = descriptor.describe(outputs)
    assert features.shape == (2, descriptor.dimension)
    assert features.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, rtol=1e-5)


def test_an_unknown_descriptor_is_refused_with_the_legal_names() -> None:
    with pytest.raises(ConfigurationError) as caught:
        descriptor_named("sift")
    message = str(caught.value)
    assert ", ".join(DESCRIPTORS) in message
    assert message.endswith("Received: descriptor='sift'")
    assert "\n" not in message
