"""Files of weights: what training starts from, and what the product reads."""

from __future__ import annotations

import io
from pathlib import Path

import h5py
import numpy as np
import torch

from core.atomic import atomic_write
from training.network import LAYERS, VGG16, Arrays

AVERAGE, LAST = "average", "network"


def read_arrays(path: Path, *, state: str = AVERAGE) -> Arrays:
    """Read weights of any of the known forms.

    Args:
        path: ``.npz`` with normalisation, a Keras file of VGG16 (``.h5``), or a checkpoint
            (``.pt``).
        state: Of a checkpoint, the average of the weights or the last ones.

    Raises:
        ValueError: It is another kind of file.
    """
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    if path.suffix == ".h5":
        return _read_keras(path)
    if path.suffix == ".pt":
        network = VGG16()
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)[state])
        return network.arrays()
    raise ValueError(f"Expected weights in .npz, .h5 or .pt. Received: {path}")


def write_npz(path: Path, arrays: Arrays) -> None:
    """Write weights with their normalisation, to train on from; kernels as float16."""
    kernels = {name: a.astype(np.float16) for name, a in arrays.items() if name.endswith("kernel")}
    with atomic_write(path) as file:
        np.savez(file, **{**arrays, **kernels})


def write_keras(path: Path, folded: Arrays) -> None:
    """Write folded weights as a file that Keras's ``VGG16(include_top=False)`` loads, in float16.

    The layout is that of Keras's own published files: a group a layer, named in attributes.

    Args:
        path: Ends in ``.h5``.
        folded: In the form of ``training.network.fold``.
    """
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["backend"] = "tensorflow"
        file.attrs["keras_version"] = "2.0.0"
        file.attrs["layer_names"] = [layer.encode() for layer in LAYERS]
        for layer in LAYERS:
            names = [f"{layer}/{kind}" for kind in ("kernel", "bias")]
            file.create_group(layer).attrs["weight_names"] = [name.encode() for name in names]
            for name in names:
                file[layer].create_dataset(name, data=folded[name].astype(np.float16))
    with atomic_write(path) as target:
        target.write(content.getvalue())


def _read_keras(path: Path) -> Arrays:
    with h5py.File(path) as file:
        arrays = {}
        for layer in LAYERS:
            # Keras writes the kernel before the bias.
            names = [
                name.decode() if isinstance(name, bytes) else name
                for name in file[layer].attrs["weight_names"]
            ]
            for kind, name in zip(("kernel", "bias"), names, strict=True):
                arrays[f"{layer}/{kind}"] = np.asarray(file[layer][name], np.float32)
        return arrays
