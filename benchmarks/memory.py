"""Memory of an indexing run over a small and a large library."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from core.model import BATCH_SIZE, INPUT_SIZE, VGG16Extractor, Weights
from core.model.pooling import l2_normalise
from core.types import Array, FeatureSpace

SMALL, LARGE = 1_000, 10_000


class FirstBatchOnly:
    """Stands for VGG16 in all batches but the first, which take the same memory every time."""

    def __init__(self, weights: Weights, space: FeatureSpace, _precision: str) -> None:
        self.space = space
        self._network = VGG16Extractor(weights, descriptor=space.descriptor)

    def load(self) -> None:
        """Load the network and let it see one batch."""
        self._network.extract([Image.new("RGB", (INPUT_SIZE, INPUT_SIZE))] * BATCH_SIZE)

    def extract_all(self, images: Sequence[Image.Image]) -> Mapping[str, Array]:
        """See ``extract``."""
        return {self.space.descriptor: self.extract(images)}

    def extract(self, images: Sequence[Image.Image]) -> Array:
        """The mean colour, repeated to the length of a feature."""
        colours = [np.asarray(image, np.float32).mean(axis=(0, 1)) + 1 for image in images]
        return l2_normalise(np.resize(np.stack(colours), (len(images), self.space.dimension)))


def measure_memory(folder: Path) -> None:
    """Print the peak memory of a process that indexes each library.

    Args:
        folder: For the libraries and their features.
    """
    if not Path("/proc/self/status").exists():
        print("\npeak memory: only measured on Linux")
        return
    print("\npeak memory of an indexing run")
    peaks = []
    for size in (SMALL, LARGE):
        library = folder / f"library-{size}"
        _draw(library, size)
        command = [sys.executable, "-m", "benchmarks.memory", library, folder / f"features-{size}"]
        peaks.append(int(subprocess.run(command, capture_output=True, check=True).stdout))
        print(f"  {size:6,} images: {peaks[-1] / 1024:.0f} MB")
    print(f"  {LARGE:,} / {SMALL:,}  {peaks[1] / peaks[0]:.3f}")


def _draw(library: Path, size: int) -> None:
    noise = np.random.default_rng(0)
    for number in range(size):
        path = library / f"{number // 500:03}" / f"{number:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = noise.integers(0, 256, (30, 40, 3), np.uint8)
        Image.fromarray(pixels).resize((240, 180)).save(path, quality=80)


def _main() -> None:
    settings = Settings(features=Path(sys.argv[2]), weights="random")
    ImageSearchEngine(settings, make_extractor=FirstBatchOnly).index(Path(sys.argv[1]))
    # The resource usage of a process also holds the peak of its parent; this does not.
    status = Path("/proc/self/status").read_text()
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    _main()
