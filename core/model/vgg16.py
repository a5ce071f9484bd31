"""VGG16 with Keras; the only importer of keras and tensorflow."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError, WeightsError
from ..types import Array
from .extractor import INPUT_SIZE
from .pooling import FULLY_CONNECTED
from .weights import IMAGENET_FILE, Weights, random_kernel, read_kernels

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
# One for an indexing run and one for a query, which so never waits for a batch of 32.
CONCURRENT_CALLS = 2
FIRST_LAYER = "block1_conv1"
BLOCKS = tuple(f"block{number}_pool" for number in range(1, 6))
# The mean of the ImageNet photographs, RGB, which is subtracted from each picture.
MEAN_COLOUR = (123.68, 116.779, 103.939)


class VGG16Network:
    """VGG16 (Simonyan, Zisserman 2015) up to one layer, compiled; loaded on first use.

    Thread-safe; calls beyond ``CONCURRENT_CALLS`` wait.

    Args:
        weights: Where the kernels come from.
        layer: Keras's name of the layer.
        size: In pixels, see ``feature_space``.
        precision: One of ``PRECISIONS``, see ``choose_precision``.
        resident: Whether the network stays loaded in a Streamlit server, which resets Keras
            after each run of a page: such resets are switched off for the process.

    Raises:
        ConfigurationError: There is no such precision.
    """

    def __init__(
        self, weights: Weights, layer: str, size: int, precision: str, *, resident: bool = False
    ) -> None:
        if precision not in PRECISIONS:
            raise ConfigurationError(
                f"Unknown precision: expected one of {', '.join(PRECISIONS)}. "
                f"Received: precision={precision!r}"
            )
        self._weights = weights
        self._layer = layer
        self._size = size
        self._precision = precision
        self._resident = resident
        self._loading = threading.Lock()
        self._slots = threading.BoundedSemaphore(CONCURRENT_CALLS)
        self._model: Any = None
        self._call: Callable[[NDArray[np.uint8]], Array] | None = None
        self._summaries: dict[Callable[[Any], Any], Callable[[NDArray[np.uint8]], Any]] = {}

    def load(self) -> None:
        """Import Keras, build the network and read the weights; the second call does nothing.

        Raises:
            WeightsError: The weights file does not fit VGG16.
        """
        self._loaded()

    def outputs(self, pixels: NDArray[np.uint8]) -> Array:
        """The output ``(n, …)`` float32 of the layer for RGB ``(n, height, width, 3)`` uint8.

        A fully connected layer takes pixels of the size of the network only.
        """
        call = self._loaded()
        with self._slots:
            return call(pixels)

    def all_outputs(self, pixels: NDArray[np.uint8]) -> dict[str, Array]:
        """The outputs of the first layer, of the five blocks and of the layer, by its name.

        Each is ``(n, …)`` float32, for the same pixels as ``outputs``.
        """
        return self._of_layers(_whole, (FIRST_LAYER, *BLOCKS, self._layer), pixels)

    def channel_means(self, pixels: NDArray[np.uint8]) -> dict[str, Array]:
        """The mean activations after each of the five blocks, by its name.

        Each is ``(n, channels)`` float32, for the same pixels as ``outputs``.
        """
        return self._of_layers(_mean, BLOCKS, pixels)

    def filters(self) -> Array:
        """The kernels of the first layer, ``(3, 3, 3, 64)`` float32; the third axis is RGB."""
        self._loaded()
        kernel: Array = self._model.get_layer(FIRST_LAYER).get_weights()[0]
        # Keras's VGG16 takes blue, green, red.
        return kernel[:, :, ::-1].astype(np.float32)

    def _of_layers(
        self, summary: Callable[[Any], Any], names: Sequence[str], pixels: NDArray[np.uint8]
    ) -> dict[str, Array]:
        """A summary of the outputs of layers, by their names."""
        self._loaded()
        with self._loading:
            if summary not in self._summaries:
                model = self._with_outputs(summary, names)
                self._summaries[summary] = _compile(model, self._size)
        with self._slots:
            found: dict[str, Array] = self._summaries[summary](pixels)
        return found

    def _with_outputs(self, summary: Callable[[Any], Any], names: Sequence[str]) -> Any:
        import keras

        # The layers are the same objects: the kernels are in memory once.
        outputs = {name: summary(self._model.get_layer(name).output) for name in names}
        return keras.Model(self._model.input, outputs)

    def _loaded(self) -> Callable[[NDArray[np.uint8]], Array]:
        with self._loading:
            if self._call is None:
                if self._resident:
                    _switch_off_resets()
                    # A network that was dropped is still frozen and would never be collected.
                    gc.unfreeze()
                    gc.collect()
                self._model = self._build()
                self._call = _compile(self._model, self._size)
                if self._resident:
                    # The network stays: garbage collections need not walk over it.
                    gc.collect()
                    gc.freeze()
            return self._call

    @property
    def _needs_top(self) -> bool:
        return self._layer in FULLY_CONNECTED

    def _build(self) -> Any:
        keras = _import_keras()
        policy = keras.config.dtype_policy()
        # A mixed policy would round the same kernels again at each call, which takes a quarter of
        # the time of one picture.
        keras.config.set_dtype_policy(choose_precision(self._precision).removeprefix("mixed_"))
        try:
            if self._weights.file is None:
                return self._with_random_kernels(self._network(top=self._needs_top))
            if self._weights.file == IMAGENET_FILE:
                return self._with_kernels(self._network(top=False))
            return self._with_file(self._weights.file)
        finally:
            keras.config.set_dtype_policy(policy)

    def _network(self, *, top: bool) -> Any:
        from keras.applications import VGG16

        side = INPUT_SIZE if top else None
        return VGG16(weights=None, include_top=top, input_shape=(side, side, 3))

    def _up_to_layer(self, network: Any) -> Any:
        import keras

        return keras.Model(network.input, network.get_layer(self._layer).output)

    def _with_random_kernels(self, network: Any) -> Any:
        model = self._up_to_layer(network)
        for layer in model.layers:
            if weights := layer.get_weights():
                kernel, bias = weights
                layer.set_weights([random_kernel(layer.name, kernel.shape), np.zeros_like(bias)])
        return model

    def _with_kernels(self, network: Any) -> Any:
        model, kernels = self._up_to_layer(network), read_kernels()
        for layer in model.layers:
            if layer.weights:
                parts = (kernels[f"{layer.name}/{part}"] for part in ("kernel", "bias"))
                layer.set_weights([part.astype(np.float32) for part in parts])
        return model

    def _with_file(self, file: Path) -> Any:
        # First as a file of the convolutions; a file of the whole network serves them as well.
        problem: Exception | None = None
        for top in (False, True):
            if self._needs_top and not top:
                continue
            try:
                return self._up_to_layer(_read_into(self._network(top=top), file))
            except (ValueError, OSError, KeyError) as error:
                problem = problem or error
        part = "with" if self._needs_top else "with or without"
        detail = " ".join(str(problem).split())[:200]
        raise WeightsError(
            f"The weights do not fit: expected a Keras file of VGG16 {part} its fully connected "
            f"layers. Received: {file} ({detail}). Choose another file with --weights."
        ) from problem


MakeNetwork = Callable[[Weights, str, int, str], VGG16Network]
"""Makes a network from the first four arguments of ``VGG16Network``."""


def shared_network(make_network: MakeNetwork = VGG16Network) -> MakeNetwork:
    """A ``make_network`` that gives the last network again for the same arguments."""
    return lru_cache(maxsize=1)(make_network)


def _whole(output: Any) -> Any:
    return output


def _mean(output: Any) -> Any:
    import keras

    return keras.ops.mean(keras.ops.cast(output, "float32"), axis=(1, 2))


def choose_precision(wanted: str) -> str:
    """The Keras dtype policy for one of ``PRECISIONS``.

    ``auto`` is ``mixed_float16`` on a GPU, ``mixed_bfloat16`` on a processor that multiplies
    bfloat16 (AVX512-BF16 or AMX), else ``float32``.
    """
    if wanted != "auto":
        return wanted
    import archspec.cpu

    if _import_tensorflow().config.list_physical_devices("GPU"):
        return "mixed_float16"
    features = archspec.cpu.detect.detected_info().features
    return "mixed_bfloat16" if features & {"avx512_bf16", "amx_bf16"} else "float32"


def _switch_off_resets() -> None:
    # Streamlit clears the session after each run of a page. With a model loaded that makes a
    # rerun 30 times slower, halves the speed of an indexing run, and frees nothing.
    _import_keras().backend.clear_session = lambda *_args, **_kwargs: None


def _import_keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    _import_tensorflow()
    import keras

    return keras


def _import_tensorflow() -> Any:
    # By default TensorFlow logs every device that it lacks.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" in sys.modules:
        import tensorflow
    else:
        with _without_native_stderr():
            import tensorflow
        # It warns of each network that is compiled after the fifth.
        tensorflow.get_logger().setLevel("ERROR")

    return tensorflow


@contextmanager
def _without_native_stderr() -> Iterator[None]:
    """Drop what compiled code writes to standard error before it reads its log level."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _read_into(network: Any, file: Path) -> Any:
    if file.suffix == ".keras":
        import keras

        source = keras.saving.load_model(file, compile=False)
        for layer in network.layers:
            if layer.weights:
                layer.set_weights(source.get_layer(layer.name).get_weights())
    else:
        network.load_weights(file)
    return network


def _compile(model: Any, size: int) -> Callable[[NDArray[np.uint8]], Any]:
    """A function from RGB pixels to the output of a model, or to its outputs by name, float32.

    It is fastest for pixels of one size.
    """
    from keras.applications.vgg16 import preprocess_input

    tf = _import_tensorflow()

    def forward(pixels: Any) -> Any:
        outputs = model(preprocess_input(tf.cast(pixels, tf.float32)), training=False)
        return tf.nest.map_structure(lambda output: tf.cast(output, tf.float32), outputs)

    def graph(*shape: int | None) -> Any:
        return tf.function(forward, input_signature=[tf.TensorSpec((*shape, 3), tf.uint8)])

    of_any_size = graph(None, None, None)
    # A graph that knows the size of its pixels is faster.
    of_size = graph(None, size, size) if size == INPUT_SIZE else of_any_size

    def call(batch: NDArray[np.uint8]) -> Any:
        of_batch = of_size if batch.shape[1:3] == (size, size) else of_any_size
        return tf.nest.map_structure(lambda output: output.numpy(), of_batch(tf.constant(batch)))

    # The first call traces the graph: part of loading, not of the first search.
    call(np.zeros((1, INPUT_SIZE, INPUT_SIZE, 3), np.uint8))
    return call
