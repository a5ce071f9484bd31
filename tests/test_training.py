"""The training of the starter weights: the whole recipe in small, killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import draw_gallery
from tests.fakes import picture, save_picture

torch = pytest.importorskip("torch", reason="PyTorch is missing: make test-training installs it")

from training.crops import batches, crop  # noqa: E402
from training.network import (  # noqa: E402
    EPSILON,
    LAYERS,
    VGG16,
    fold,
    refresh_statistics,
    renormalise,
)
from training.pictures import open_pictures  # noqa: E402
from training.trainer import CHECKPOINT_NAME, LOG_NAME  # noqa: E402
from training.weights_file import read_arrays, write_keras, write_npz  # noqa: E402

pytestmark = pytest.mark.training


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "training", *map(str, arguments)]


def run(*arguments: object) -> str:
    done = subprocess.run(command(*arguments), check=True, capture_output=True, text=True)
    return done.stdout


def trained(seed: int = 0) -> VGG16:
    """A network with statistics as after training: none of them 0 or 1."""
    torch.manual_seed(seed)
    network = VGG16()
    for normalisation in network.normalisations.values():
        torch.nn.init.uniform_(normalisation.weight, 0.5, 1.5)
        torch.nn.init.uniform_(normalisation.bias, -0.2, 0.5)
    pixels = torch.randint(0, 256, (8, 3, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        refresh_statistics(network, [pixels])
    return network


def photographs(count: int, side: int = 96) -> torch.Tensor:
    images = [np.asarray(picture(seed, size=(side, side))) for seed in range(count)]
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)


def test_the_whole_recipe_killed_in_the_middle_and_resumed(tmp_path: Path) -> None:
    library, out = tmp_path / "flowers", tmp_path / "out"
    draw_gallery(library, count=200, seed=1)
    train = command("train", "--data", library, "--out", out, "--smoke", "--resume")

    with subprocess.Popen(train, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if line.startswith("stage 2 of 3"):
                os.kill(first.pid, signal.SIGKILL)
                break
    assert first.returncode == -signal.SIGKILL
    before = torch.load(out / CHECKPOINT_NAME, weights_only=True)
    assert before["stage"] == 1

    done = subprocess.run(train, check=True, capture_output=True, text=True)

    assert "stage 1 of 3" not in done.stdout
    assert "stage 3 of 3" in done.stdout
    assert list(out.glob(".*.tmp")) == []
    log = [json.loads(line) for line in (out / LOG_NAME).read_text().splitlines()]
    assert [entry["stage"] for entry in log][-1] == 2
    assert all(np.isfinite(entry["loss"]) for entry in log)

    weights = tmp_path / "smoke.h5"
    run("export", out / CHECKPOINT_NAME, weights, "--refresh", library, "--count", "16")
    card = json.loads(weights.with_suffix(".json").read_text())
    assert [stage["size"] for stage in card["stages"]] == [32, 48, 64]
    assert weights.stat().st_size < 32e6

    import keras

    network = keras.applications.VGG16(weights=str(weights), include_top=False)
    kernel, bias = network.get_layer("block5_conv3").get_weights()
    assert np.isfinite(kernel).all()
    assert np.isfinite(bias).all()
    assert kernel.std() > 0


def test_folded_weights_compute_the_same_in_keras(tmp_path: Path) -> None:
    import keras
    from keras.applications.vgg16 import preprocess_input

    torch_network = trained()
    file = tmp_path / "folded.h5"
    write_keras(file, fold(torch_network.arrays()))
    network = keras.applications.VGG16(weights=None, include_top=False, input_shape=(96, 96, 3))
    network.load_weights(file)
    pixels = photographs(3)
    with torch.no_grad():
        expected = torch_network.eval()(pixels).permute(0, 2, 3, 1).numpy()

    inputs = preprocess_input(pixels.permute(0, 2, 3, 1).numpy().astype(np.float32))
    folded = network.predict(inputs, verbose=0)

    # Kernels of 16 bits; the layers before have the same share of the error each.
    assert np.abs(folded - expected).max() / expected.max() < 5e-3

    # Before and after folding, in Keras, with the kernels as they are.
    for layer in LAYERS:
        network.get_layer(layer).set_weights(
            [fold(torch_network.arrays())[f"{layer}/{kind}"] for kind in ("kernel", "bias")]
        )
    exact = network.predict(inputs, verbose=0)
    unfolded = _keras_with_normalisation(torch_network).predict(inputs, verbose=0)
    assert np.abs(exact - unfolded).max() < 1e-3
    assert np.abs(exact - expected).max() < 1e-3


def _keras_with_normalisation(network: VGG16):
    import keras

    arrays = network.arrays()
    x = inputs = keras.Input((96, 96, 3))
    for layer in LAYERS:
        kernel = arrays[f"{layer}/kernel"]
        convolution = keras.layers.Conv2D(kernel.shape[3], 3, padding="same", use_bias=False)
        normalisation = keras.layers.BatchNormalization(epsilon=EPSILON)
        x = keras.layers.ReLU()(normalisation(convolution(x)))
        convolution.set_weights([kernel])
        normalisation.set_weights(
            [arrays[f"{layer}/bn_{name}"] for name in ("gamma", "beta", "mean", "variance")]
        )
        if layer in (
            "block1_conv2",
            "block2_conv2",
            "block3_conv3",
            "block4_conv3",
            "block5_conv3",
        ):
            x = keras.layers.MaxPooling2D()(x)
    return keras.Model(inputs, x)


def test_training_goes_on_from_folded_weights_with_the_same_function() -> None:
    network, again = trained(), VGG16()
    pixels = photographs(4)
    again.take(fold(network.arrays()))
    with torch.no_grad():
        expected = network.eval()(pixels)
        torch.testing.assert_close(again.eval()(pixels), expected, rtol=1e-3, atol=1e-3)
        renormalise(again, pixels)
        torch.testing.assert_close(again.eval()(pixels), expected, rtol=1e-3, atol=1e-3)
        # The statistics are those of the pictures now: in training it computes the same too.
        torch.testing.assert_close(again.train()(pixels), expected, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("name", ["w.npz", "w.h5"])
def test_files_of_weights_are_read_as_they_were_written(tmp_path: Path, name: str) -> None:
    arrays = trained().arrays()
    file = tmp_path / name
    if name.endswith(".npz"):
        write_npz(file, arrays)
    else:
        arrays = fold(arrays)
        write_keras(file, arrays)
    read = read_arrays(file)
    assert read.keys() == arrays.keys()
    for key, array in arrays.items():
        np.testing.assert_allclose(read[key], array, rtol=1e-3, atol=1e-4)


def test_frozen_blocks_stay_as_they_are() -> None:
    network = trained()
    network.freeze(2)
    before = network.arrays()
    network.train()
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(photographs(4, 64)).square().mean().backward()
    optimizer.step()
    after = network.arrays()
    changed = {key.split("/")[0] for key in before if not np.array_equal(before[key], after[key])}
    assert changed == {layer for layer in LAYERS if int(layer[5]) > 2}


def test_the_same_seed_and_step_give_the_same_batch(tmp_path: Path) -> None:
    for label in ("a", "b"):
        for number in range(3):
            save_picture(tmp_path / label / f"{number}.png", number)
    pictures = open_pictures(tmp_path)

    def draw(steps: range) -> list[torch.Tensor]:
        options = {"sizes": [32], "areas": [(0.2, 1.0)], "count": 4, "seed": 5}
        return [b.pixels for b in batches([pictures], [1.0], steps=steps, **options)]  # type: ignore[arg-type]

    whole, rest = draw(range(6)), draw(range(4, 6))
    assert len(whole) == 6
    assert torch.equal(whole[4], rest[0])
    assert torch.equal(whole[5], rest[1])
    assert not torch.equal(whole[0], whole[1])


def test_crops_keep_to_the_picture() -> None:
    image = Image.new("RGB", (50, 30), (10, 200, 30))
    random = np.random.default_rng(0)
    for _ in range(200):
        pixels = crop(image, 24, (0.1, 1.0), random)
        assert pixels.shape == (24, 24, 3)
        assert (pixels == (10, 200, 30)).all()


def encoded(seed: int) -> bytes:
    import io

    content = io.BytesIO()
    picture(seed).save(content, "JPEG")
    return content.getvalue()


def test_the_public_archives_are_read(tmp_path: Path) -> None:
    from scipy.io import savemat

    tiny = tmp_path / "tiny-imagenet-200.zip"
    with zipfile.ZipFile(tiny, "w") as archive:
        for label in ("n01443537", "n01629819"):
            archive.writestr(f"tiny-imagenet-200/train/{label}/images/{label}_0.JPEG", encoded(1))
        archive.writestr("tiny-imagenet-200/val/images/val_0.JPEG", encoded(2))
        archive.writestr("tiny-imagenet-200/words.txt", "n01443537\tgoldfish")
    flowers = tmp_path / "102flowers.tgz"
    _write_tar(flowers, [f"jpg/image_{number:05}.jpg" for number in (1, 2, 3)])
    savemat(tmp_path / "imagelabels.mat", {"labels": np.array([[77, 77, 5]], np.uint8)})
    caltech = tmp_path / "101_ObjectCategories.tar.gz"
    names = ("anchor/image_0001.jpg", "ant/image_0001.jpg", "BACKGROUND_Google/image_0001.jpg")
    _write_tar(caltech, [f"101_ObjectCategories/{name}" for name in names])
    with zipfile.ZipFile(tmp_path / "caltech-101.zip", "w") as archive:
        archive.write(caltech, f"caltech-101/{caltech.name}")

    def labels(name: str) -> list[str]:
        pictures = open_pictures(tmp_path / name)
        assert pictures.open(0).size == (64, 48)
        return [pictures.classes[label] for label in pictures.labels]

    assert labels("tiny-imagenet-200.zip") == ["n01443537", "n01629819"]
    assert labels("102flowers.tgz") == ["077", "077", "005"]
    assert labels("101_ObjectCategories.tar.gz") == ["anchor", "ant"]
    assert labels("caltech-101.zip") == ["anchor", "ant"]
    with pytest.raises(ValueError, match=r"Received: .*other\.zip"):
        open_pictures(tmp_path / "other.zip")


def _write_tar(path: Path, names: list[str]) -> None:
    import io

    with tarfile.open(path, "w:gz") as archive:
        for seed, name in enumerate(names):
            content = encoded(seed)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def test_sheets_are_read(tmp_path: Path) -> None:
    sheet = np.zeros((64, 192, 3), np.uint8)
    for place in range(2):
        sheet[:, 64 * place : 64 * (place + 1)] = 100 * place + 50
    (tmp_path / "train").mkdir()
    Image.fromarray(sheet).save(tmp_path / "train" / "one.jpg", quality=95)
    (tmp_path / "index.json").write_text(json.dumps({"one": {"train": 2, "val": 1}}))

    pictures = open_pictures(tmp_path / "train")

    assert pictures.classes == ("one",)
    assert [round(np.asarray(pictures.open(n)).mean()) for n in (0, 1)] == [50, 150]
    assert len(pictures.items) == 2
