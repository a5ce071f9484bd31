"""Memory of a server that goes from one network to another many times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

from core.model import (
    INPUT_SIZE,
    VGG16Network,
    Weights,
    feature_space,
    find_weights,
    shared_network,
    vgg16_extractors,
)

CHANGES = 20
SIZES = (INPUT_SIZE, 320)


def measure_switching() -> None:
    """Print the memory after the first changes of the network and after the last ones."""
    if not Path("/proc/self/statm").exists():
        print("\nmemory over changes of the network: only measured on Linux")
        return
    command = [sys.executable, "-m", "benchmarks.switching"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    memory = [int(line) for line in printed.split()]
    print(f"\nmemory over {CHANGES} changes of the network, each loaded and used")
    print(f"  after 2       {max(memory[1:3])} MB")
    print(f"  after {CHANGES}      {max(memory[-2:])} MB")
    print(f"  {CHANGES} / 2        {max(memory[-2:]) / max(memory[1:3]):.3f}")


def _resident(weights: Weights, layer: str, size: int, precision: str) -> VGG16Network:
    return VGG16Network(weights, layer, size, precision, resident=True)


def _main() -> None:
    make, weights = vgg16_extractors(shared_network(_resident)), find_weights("random", base_url="")
    image = Image.new("RGB", (INPUT_SIZE, INPUT_SIZE), "red")
    for change in range(CHANGES + 1):
        space = feature_space(weights, "avg", SIZES[change % len(SIZES)])
        extractor = make(weights, space, "auto")
        extractor.extract([image])
        # So that nothing but the factory holds the network before the next one is loaded.
        del extractor
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        print(pages * 4096 // 1_000_000)


if __name__ == "__main__":
    _main()
