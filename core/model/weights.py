"""Find weights: in the project, by a checked download into Keras's cache, in a file, by a seed."""

import hashlib
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..downloads import BytesCallback, PublishedFile, download, without_secrets
from ..errors import DownloadError, WeightsError
from ..types import IMAGENET, UNTRAINED

SUFFIXES = (".h5", ".weights.h5", ".keras")
SEED = 0

# The kernels of the convolutions as their authors published them, rounded to 16 bits; the card
# beside it says whose they are.
IMAGENET_FILE = Path(__file__).with_name("pretrained") / "vgg16-imagenet.npz"

# Its name and checksum are those in keras.applications.vgg16.
FULL_FILE = PublishedFile(
    name="vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    md5="64373286793e3c8b2b4e3219cbf3544b",
    size=553_467_096,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that are ready to be read.

    Attributes:
        source: ``"imagenet"``, ``"random"`` or the absolute path of a file.
        digest: SHA-256 of the file, or of the description of random kernels, 64 hexadecimal digits.
        file: ``None`` for random kernels, which ``random_kernel`` draws.
    """

    source: str
    digest: str
    file: Path | None

    @property
    def trained(self) -> bool:
        """Whether the kernels were learnt from images."""
        return self.source != UNTRAINED


def find_weights(
    source: str,
    *,
    top: bool = False,
    base_url: str,
    progress: BytesCallback = lambda *_: None,
    full: PublishedFile = FULL_FILE,
) -> Weights:
    """The weights of a source: ``imagenet``, ``random`` or the path of a Keras file.

    The ImageNet kernels of the convolutions come with the project. Those of the fully connected
    layers, the ``top``, are in Keras's ``full`` file, which is downloaded where needed from the
    folder ``base_url``. Whether a file fits VGG16 shows when it is read.

    Raises:
        WeightsError: The file is missing, unreadable, empty or of another format, or the download
            failed.
    """
    if source == UNTRAINED:
        return _untrained(top=top)
    if source != IMAGENET:
        return _own_file(source)
    if top:
        return fetch(full, base_url=base_url, progress=progress)
    return Weights(IMAGENET, _checksums(IMAGENET_FILE)[1], IMAGENET_FILE)


def read_kernels() -> dict[str, NDArray[np.float16]]:
    """The kernels and biases of the project's file, float16, by name: ``block1_conv1/bias``.

    Kernels are ``(3, 3, in, out)``, biases ``(out,)``.
    """
    with np.load(IMAGENET_FILE, allow_pickle=False) as content:
        return {name: content[name] for name in content.files}


def fetch(
    file: PublishedFile, *, base_url: str, progress: BytesCallback = lambda *_: None
) -> Weights:
    """The ImageNet weights of a published file in Keras's cache, downloaded where needed.

    The checksum is verified before each use. A damaged file stays until the new one is complete.

    Raises:
        WeightsError: The download failed.
    """
    folder = keras_cache()
    path, damage = folder / file.name, ""
    try:
        if path.exists():
            md5, digest = _checksums(path)
            if md5 == file.md5:
                return Weights(IMAGENET, digest, path)
            damage = f", and the cached {path} is damaged"
        download(file, folder, base_url=base_url, progress=progress)
        return Weights(IMAGENET, _checksums(path)[1], path)
    except (DownloadError, OSError) as error:
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"the cache cannot be used: {error.strerror or error}"
        raise WeightsError(
            "The fully connected layers need Keras's full file of the ImageNet weights, which "
            f"could not be downloaded: expected {file} from "
            f"{without_secrets(base_url)}. Received: {reason}{damage}. Put {file.name} into "
            f"{folder} by hand, choose a mirror with LOOKALIKE_WEIGHTS_URL, or take a descriptor "
            "of the convolutions."
        ) from error


def keras_cache() -> Path:
    """Absolute path of the folder where Keras keeps downloaded models; it is not created.

    As in ``keras.utils.get_file``: in ``$KERAS_HOME`` or ``~/.keras``, and in ``/tmp/.keras``
    where that cannot be written.
    """
    fallback = Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()) / ".keras"
    chosen = os.environ.get("KERAS_HOME")
    if chosen is None:
        home = _expand("~")
        folder = home / ".keras" if os.access(home, os.W_OK) else fallback
    else:
        folder = _expand(chosen) if chosen else fallback
    # Keras creates the folder when it is imported, so a missing one is writable if its parent is.
    parent = folder
    while not os.access(parent, os.F_OK) and parent != parent.parent:
        parent = parent.parent
    return (folder if os.access(parent, os.W_OK) else fallback).absolute() / "models"


def random_kernel(layer: str, shape: tuple[int, ...], *, seed: int = SEED) -> NDArray[np.float32]:
    """The kernel of an untrained layer, float32; the same arguments always give the same kernel.

    The shape is ``(height, width, in, out)`` or ``(in, out)``. He-normal: mean 0, standard
    deviation ``sqrt(2 / fan_in)``, which keeps the size of the signal through layers of ReLU (He et
    al. 2015, "Delving Deep into Rectifiers", eq. 10).
    """
    digest = hashlib.sha256(f"{seed}/{layer}".encode()).digest()
    # NumPy promises that this stream never changes; that of default_rng may.
    stream = np.random.RandomState(np.frombuffer(digest, "<u4"))
    deviation = math.sqrt(2 / math.prod(shape[:-1]))
    kernel = np.empty(shape, np.float32)
    # Row by row: the float64 numbers of a whole fully connected layer would take 0.8 GB.
    for row in kernel:
        row[...] = deviation * stream.standard_normal(row.shape)
    return kernel


def _untrained(*, top: bool) -> Weights:
    layers = "with" if top else "without"
    recipe = f"VGG16 {layers} top, He-normal kernels, zero biases, version 1, seed {SEED}"
    return Weights(UNTRAINED, hashlib.sha256(recipe.encode()).hexdigest(), None)


def _own_file(source: str) -> Weights:
    file = _expand(source).absolute()
    try:
        size = file.stat().st_size
        if not file.is_file():
            problem = "not a file"
        elif not file.name.endswith(SUFFIXES):
            problem = "another kind of file"
        elif not size:
            problem = "an empty file"
        else:
            return Weights(str(file), _checksums(file)[1], file)
    except OSError as error:
        problem = error.strerror or str(error)
    raise WeightsError(
        f"The weights cannot be used ({problem}): expected imagenet, random or the "
        f"path of a Keras file ({', '.join(SUFFIXES)}). Received: {source!r}"
    )


def _checksums(path: Path) -> tuple[str, str]:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            md5.update(chunk)
            sha256.update(chunk)
    return md5.hexdigest(), sha256.hexdigest()


def _expand(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # there is no such user
        return Path(path)
