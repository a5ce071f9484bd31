"""How a feature map becomes one vector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from core.descriptors import (
    DESCRIPTORS,
    Array,
    as_is,
    average_pool,
    colour_histogram,
    default_descriptor,
    descriptor_named,
    generalised_mean_pool,
    l2_normalise,
    maximum_pool,
)
from core.errors import ConfigurationError

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


def test_each_weights_have_a_default_descriptor_that_they_can_compute() -> None:
    for weights in ("imagenet", "starter", "random", "/some/file.h5"):
        assert not descriptor_named(default_descriptor(weights)).needs_top


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
