"""The real VGG16 against the published pipeline, written here with Keras alone."""

from __future__ import annotations

import gc
import io
import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate2d

from core.activations import layers
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, IndexMismatchError, WeightsError
from core.images import ENOUGH_SIDE, load_image
from core.model import (
    BLOCKS,
    FIRST_LAYER,
    MEAN_COLOUR,
    VGG16Extractor,
    VGG16Network,
    choose_precision,
    descriptor_named,
    weights,
)
from tests.flowers import sample_flower

pytestmark = pytest.mark.model

RANDOM = weights.find_weights("random", base_url="")


@pytest.fixture(scope="module")
def extractor() -> VGG16Extractor:
    return VGG16Extractor(RANDOM, descriptor="avg", precision="float32")


@pytest.fixture(scope="module")
def full_network() -> Any:
    """Keras's own network with its fully connected layers, of another seed."""
    import keras

    keras.utils.set_random_seed(7)
    return keras.applications.VGG16(weights=None, include_top=True)


@pytest.fixture(scope="module")
def full_weights_file(full_network: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of ``full_network``, as Keras saves them."""
    file = tmp_path_factory.mktemp("weights") / "full.weights.h5"
    full_network.save_weights(file)
    return file


@pytest.fixture(scope="module")
def published(full_network: Any) -> Callable[[Path], dict[str, np.ndarray]]:
    """The published pipeline: from an image file to its unit features fc1 and fc2."""
    from keras import Model
    from keras.applications.vgg16 import preprocess_input

    outputs = {name: full_network.get_layer(name).output for name in ("fc1", "fc2")}
    network = Model(inputs=full_network.input, outputs=outputs)

    def extract(path: Path) -> dict[str, np.ndarray]:
        image = Image.open(path).resize((224, 224)).convert("RGB")
        pixels = preprocess_input(np.expand_dims(np.asarray(image, np.float32), axis=0))
        features = network.predict(pixels, verbose=0)
        return {name: rows[0] / np.linalg.norm(rows[0]) for name, rows in features.items()}

    return extract


@pytest.fixture(scope="module")
def small_network() -> Any:
    """Keras's own network without the fully connected layers, of a third seed."""
    import keras

    keras.utils.set_random_seed(8)
    return keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))


@pytest.fixture(scope="module")
def convolutions(small_network: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The weights of ``small_network`` in each format of Keras."""
    folder = tmp_path_factory.mktemp("formats")
    files = {"weights.h5": folder / "notop.weights.h5", "keras": folder / "notop.keras"}
    small_network.save_weights(files["weights.h5"])
    small_network.save(files["keras"])
    return files


def pictures(library: Path, count: int) -> list[Path]:
    return sorted(library.rglob("*.png"))[:count] or sorted(library.rglob("*.jpg"))[:count]


def test_features_are_unit_rows_of_the_announced_shape(
    extractor: VGG16Extractor, library: Path
) -> None:
    images = [load_image(path).pixels for path in pictures(library, 3)]
    features = extractor.extract(images)
    assert features.shape == (3, 512) == (3, extractor.space.dimension)
    assert features.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)


def test_no_images_give_no_rows(extractor: VGG16Extractor) -> None:
    assert extractor.extract([]).shape == (0, 512)


@pytest.fixture(scope="module")
def convolutional_network() -> Any:
    """Keras's own, for images of any size, with the kernels of ``random``."""
    from keras.applications.vgg16 import VGG16

    network = VGG16(weights=None, include_top=False, input_shape=(None, None, 3))
    for layer in network.layers:
        if held := layer.get_weights():
            kernel = weights.random_kernel(layer.name, held[0].shape)
            layer.set_weights([kernel, np.zeros_like(held[1])])
    return network


def maps_of(network: Any, *images: Image.Image) -> Any:
    """The last maps of images of one size; of a network with several outputs, all of them."""
    from keras.applications.vgg16 import preprocess_input

    pixels = np.stack([np.asarray(image, np.float32) for image in images])
    outputs = network(preprocess_input(pixels))
    return (
        [np.asarray(one) for one in outputs] if isinstance(outputs, list) else np.asarray(outputs)
    )


def test_average_descriptor_equals_keras(
    extractor: VGG16Extractor, convolutional_network: Any, library: Path
) -> None:
    from keras.layers import GlobalAveragePooling2D

    images = [Image.open(path).convert("RGB") for path in pictures(library, 2)]
    maps = maps_of(convolutional_network, *(image.resize((224, 224)) for image in images))
    means = np.asarray(GlobalAveragePooling2D()(maps))
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(extractor.extract(images), expected, atol=1e-4)


def test_what_each_layer_makes_of_a_picture_equals_keras(
    extractor: VGG16Extractor, convolutional_network: Any, library: Path
) -> None:
    from keras import Model

    image = load_image(pictures(library, 1)[0]).pixels
    found = extractor.inspect(image)
    assert list(found.outputs) == [FIRST_LAYER, *BLOCKS]
    every = [convolutional_network.get_layer(name).output for name in found.outputs]
    expected = maps_of(Model(convolutional_network.input, every), found.seen)
    for maps, keras_maps in zip(found.outputs.values(), expected, strict=True):
        np.testing.assert_allclose(maps, keras_maps[0], rtol=1e-3, atol=1e-2)
    np.testing.assert_array_equal(found.outputs[BLOCKS[-1]], extractor.outputs([image])[0])
    np.testing.assert_array_equal(found.feature, extractor.extract([image])[0])


def test_the_mean_activations_are_those_of_the_maps(
    extractor: VGG16Extractor, library: Path
) -> None:
    images = [load_image(path).pixels for path in pictures(library, 3)]
    found = extractor.channel_means(images)
    assert list(found) == list(BLOCKS)
    for row, image in enumerate(images):
        outputs = extractor.inspect(image).outputs
        for name in BLOCKS:
            np.testing.assert_allclose(
                found[name][row], outputs[name].mean(axis=(0, 1)), rtol=1e-3, atol=1e-2
            )


def test_first_layer_is_a_convolution_of_the_picture_without_its_mean_colour(
    extractor: VGG16Extractor, library: Path
) -> None:
    found = extractor.inspect(load_image(pictures(library, 1)[0]).pixels)
    pixels = np.asarray(found.seen, np.float64) - MEAN_COLOUR
    for number in (0, 13, 63):
        response = sum(
            correlate2d(pixels[..., colour], found.filters[:, :, colour, number], "same")
            for colour in range(3)
        )
        expected = np.maximum(response, 0)
        np.testing.assert_allclose(found.outputs[FIRST_LAYER][..., number], expected, atol=0.01)


def test_the_sizes_of_the_layers_are_those_of_keras(small_network: Any) -> None:
    expected = [
        (layer.name, layer.output.shape[1], layer.output.shape[3], layer.count_params())
        for layer in small_network.layers[1:]
    ]
    found = layers()
    assert [(one.name, one.side, one.channels, one.weights) for one in found] == expected
    # Backwards from one position of the last layer: which interval of the input it depends on.
    for last, layer in enumerate(found):
        first, end = 0, 0
        for before in reversed(found[: last + 1]):
            pooled = before.name.endswith("pool")
            first, end = (2 * first, 2 * end + 1) if pooled else (first - 1, end + 1)
        assert layer.receptive_side == end - first + 1


def test_looking_into_the_layers_keeps_one_network(extractor: VGG16Extractor) -> None:
    network = extractor._network
    network.load()
    every = network._with_outputs(lambda output: output, (FIRST_LAYER, *BLOCKS))
    assert every.get_layer(FIRST_LAYER) is network._model.get_layer(FIRST_LAYER)
    assert {id(weight) for weight in every.weights} == {
        id(weight) for weight in network._model.weights
    }


def test_one_pass_gives_every_descriptor_of_the_last_convolution(
    extractor: VGG16Extractor, convolutional_network: Any, library: Path
) -> None:
    image = load_image(pictures(library, 1)[0]).pixels
    maps = maps_of(convolutional_network, image.resize((224, 224)))
    features = extractor.extract_all([image])
    assert set(features) == {"avg", "max", "gem", "crow", "rmac"}
    for name, rows in features.items():
        expected = descriptor_named(name).describe(maps)
        np.testing.assert_allclose(rows, expected, atol=1e-4, err_msg=name)


def test_larger_images_keep_their_aspect_ratio_and_their_order(
    convolutional_network: Any, library: Path
) -> None:
    fitting = VGG16Extractor(RANDOM, descriptor="max", size=320, precision="float32")
    assert (fitting.space.input_size, fitting.space.resize) == (320, "fit")
    photo = load_image(pictures(library, 1)[0]).pixels.resize((600, 450))
    images = [
        photo,
        photo.transpose(Image.Transpose.ROTATE_90),
        photo.crop((0, 0, 450, 330)),
        photo,
    ]
    sizes = [(320, 240), (240, 320), (320, 235), (320, 240)]
    features = fitting.extract(images)
    for row, image, size in zip(features, images, sizes, strict=True):
        maps = maps_of(convolutional_network, image.resize(size))
        np.testing.assert_allclose(row, descriptor_named("max").describe(maps)[0], atol=1e-4)
    # A line of pixels has a feature, too.
    line = fitting.extract([Image.new("RGB", (2000, 3), "teal")])
    np.testing.assert_allclose(np.linalg.norm(line), 1, atol=1e-5)


def test_the_layers_above_equal_those_of_keras(
    published: Callable[[Path], dict[str, np.ndarray]], full_weights_file: Path, library: Path
) -> None:
    source = weights.find_weights(str(full_weights_file), top=True, base_url="")
    path = pictures(library, 1)[0]
    extractor = VGG16Extractor(source, descriptor="fc2", precision="float32")
    pixels = load_image(path).pixels
    for found in (extractor.extract([pixels])[0], extractor.inspect(pixels).feature):
        np.testing.assert_allclose(found, published(path)["fc2"], atol=1e-4)


def test_feature_does_not_depend_on_its_neighbours(
    extractor: VGG16Extractor, library: Path
) -> None:
    images = [load_image(path).pixels for path in pictures(library, 5)]
    together = extractor.extract(images)
    alone = np.concatenate([extractor.extract([image]) for image in images[:2]])
    assert (together[:2] * alone).sum(axis=1).min() > 0.9999


def test_large_jpeg_at_reduced_scale_has_the_feature_of_the_full_one(
    extractor: VGG16Extractor,
) -> None:
    # A larger one keeps more pixels: the decoder offers no scale below 1/8.
    size = (4000, 3000)
    flower = np.asarray(sample_flower("rose", 4).resize(size), np.int16)
    grain = np.random.default_rng(0).integers(-12, 13, (size[1] // 8, size[0] // 8, 1), np.int16)
    photo = Image.fromarray((flower + np.tile(grain, (8, 8, 1))).clip(0, 255).astype(np.uint8))
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=90)
    reduced = load_image(content.getvalue(), enough=ENOUGH_SIDE).pixels
    assert max(reduced.size) < max(size) / 3
    full = Image.open(content).convert("RGB")
    features = extractor.extract([reduced, full])
    assert features[0] @ features[1] >= 0.9995


def test_threads_get_the_answers_to_their_own_images(
    extractor: VGG16Extractor, library: Path
) -> None:
    images = [load_image(path).pixels for path in pictures(library, 4)]
    expected = extractor.extract(images)
    found: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        found[number] = extractor.extract([images[number]])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, feature in found.items():
        assert feature @ expected[number] > 0.9999


@pytest.mark.parametrize("kind", ["weights.h5", "keras"])
def test_weights_file_of_every_format_is_loaded(
    kind: str, small_network: Any, convolutions: dict[str, Path], library: Path
) -> None:
    source = weights.find_weights(str(convolutions[kind]), base_url="")
    extractor = VGG16Extractor(source, descriptor="avg", precision="float32")
    image = load_image(pictures(library, 1)[0]).pixels
    expected = maps_of(small_network, image.resize((224, 224))).mean(axis=(1, 2))
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(extractor.extract([image]), expected, atol=1e-4)


def test_file_without_top_does_not_fit_a_fully_connected_descriptor(
    convolutions: dict[str, Path],
) -> None:
    source = weights.find_weights(str(convolutions["weights.h5"]), top=True, base_url="")
    with pytest.raises(WeightsError, match=r"with its fully connected layers.*notop\.weights\.h5"):
        VGG16Extractor(source, descriptor="fc1").load()


def test_file_that_is_no_weights_file_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "noise.h5"
    file.write_bytes(b"not HDF5")
    with pytest.raises(WeightsError, match="expected a Keras file of VGG16") as caught:
        VGG16Extractor(weights.find_weights(str(file), base_url=""), descriptor="avg").load()
    assert "\n" not in str(caught.value)


def test_unknown_precision_lists_the_legal_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"mixed_bfloat16.*precision='half'$"):
        VGG16Extractor(RANDOM, descriptor="avg", precision="half")


def test_precision_follows_the_processor_and_can_be_forced() -> None:
    import archspec.cpu

    multiplies_bfloat16 = archspec.cpu.detect.detected_info().features & {
        "avx512_bf16",
        "amx_bf16",
    }
    assert choose_precision("auto") == ("mixed_bfloat16" if multiplies_bfloat16 else "float32")
    assert choose_precision("mixed_float16") == "mixed_float16"


def test_bfloat16_stays_close_to_float32(extractor: VGG16Extractor, library: Path) -> None:
    half = VGG16Extractor(RANDOM, descriptor="avg", precision="mixed_bfloat16")
    images = [load_image(path).pixels for path in pictures(library, 1)]
    assert (half.extract(images) * extractor.extract(images)).sum() > 0.999
    # The kernels are rounded once, not at each call.
    assert {weight.dtype for weight in half._network._model.weights} == {"bfloat16"}
    assert half.inspect(images[0]).filters.dtype == np.float32


def test_a_network_that_was_dropped_leaves_the_memory_when_the_next_is_loaded(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    monkeypatch.setattr(keras.backend, "clear_session", keras.backend.clear_session)
    image = load_image(pictures(library, 1)[0]).pixels
    models = []

    class Watched(VGG16Network):
        def _build(self) -> Any:
            model = super()._build()
            models.append(weakref.ref(model))
            return model

    def resident(*choices: Any) -> VGG16Network:
        return Watched(*choices, resident=True)

    try:
        for size in (224, 320):
            VGG16Extractor(RANDOM, descriptor="avg", size=size, make_network=resident).extract(
                [image]
            )
        first, second = models
        assert first() is None
        assert second() is not None
    finally:
        gc.unfreeze()


def test_search_equals_the_published_pipeline(
    published: Callable[[Path], dict[str, np.ndarray]],
    full_weights_file: Path,
    library: Path,
    tmp_path: Path,
) -> None:
    paths = sorted(path for path in library.rglob("*") if path.is_file())
    for surplus in paths[8:]:
        surplus.unlink()
    paths = paths[:8]
    features = np.stack([published(path)["fc1"] for path in paths])
    query = paths[7]
    distances = np.linalg.norm(features - features[7], axis=1)
    closest = np.argsort(distances, kind="stable")

    engine = ImageSearchEngine(
        Settings(
            features=tmp_path / "features",
            weights=str(full_weights_file),
            descriptor="fc1",
            fit="none",
            precision="float32",
        )
    )
    engine.index(library)
    result = engine.search(load_image(query).pixels)
    assert result.matches[0].image == query.relative_to(library).as_posix()
    assert result.matches[0].distance < 0.01
    np.testing.assert_allclose(
        [match.distance for match in result.matches], distances[closest], atol=1e-3
    )
    names = [paths[row].relative_to(library).as_posix() for row in closest]
    assert [match.image for match in result.matches] == names

    # The index keeps to its space: other weights are refused, "auto" takes those of the index.
    other = ImageSearchEngine(Settings(features=tmp_path / "features", weights="random"))
    with pytest.raises(IndexMismatchError, match="Rebuild the index"):
        other.search(load_image(query).pixels)


def test_the_first_use_of_the_network_writes_nothing_to_stderr(
    library: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in pictures(library, 2):
        (few / path.name).write_bytes(path.read_bytes())
    features = ["--features", str(tmp_path / "features")]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "core",
            "index",
            str(few),
            *features,
            "--weights",
            "random",
            "--json",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout)["space"]["weights"] == "random"
    assert run.stderr == ""


def test_maps_are_those_of_the_last_pooling_at_any_size(extractor: VGG16Extractor) -> None:
    from keras import Model
    from keras.applications.vgg16 import VGG16, preprocess_input

    flower = sample_flower("poppy", 1)
    images = [flower.resize((200, 200)), flower.resize((300, 150))]
    before = extractor.extract(images)
    maps = extractor.maps(images, 96)
    assert [one.shape for one in maps] == [(3, 3, 512), (1, 3, 512)]
    network = VGG16(weights=None, include_top=False)
    for layer in network.layers:
        if weights_of_layer := layer.get_weights():
            kernel = weights.random_kernel(layer.name, weights_of_layer[0].shape)
            layer.set_weights([kernel, np.zeros_like(weights_of_layer[1])])
    model = Model(network.input, network.get_layer("block5_pool").output)
    for image, one in zip(images, maps, strict=True):
        pixels = np.asarray(image.resize((96, 96 * image.height // image.width)), np.float32)[None]
        expected = np.asarray(model(preprocess_input(pixels)))[0]
        assert one == pytest.approx(expected, rel=1e-3, abs=float(expected.max()) / 1000)
    assert (extractor.extract(images) == before).all()
