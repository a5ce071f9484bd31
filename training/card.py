"""The card of the starter weights: what they are, where they come from, what they are good for."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.atomic import atomic_write
from training.recipe import Stage

DATA = (
    {
        "name": "Tiny ImageNet, 202 classes",
        "pictures": 70_700,
        "address": "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
        "terms": "ImageNet: for research",
    },
    {
        "name": "Oxford Flowers 102, 82 classes",
        "pictures": 6_715,
        "address": "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
        "terms": "from the web, for research",
    },
    {
        "name": "Caltech-101, 77 classes",
        "pictures": 6_379,
        "address": "https://data.caltech.edu/records/mzrjq-6wc02",
        "terms": "CC BY 4.0",
    },
    {
        "name": "Flickr photographs of daisy, dandelion, rose, sunflower, tulip",
        "pictures": 3_030,
        "address": "the public set 'flowers recognition'",
        "terms": "Creative Commons, authors per photograph",
    },
)
LIMITS = (
    "Learnt from 87,000 photographs, most of them 64 pixels wide, on two processor cores: they "
    "find colours, textures and shapes of common things. The ImageNet weights, learnt from 1.2 "
    "million photographs, find better. No photograph is part of the file."
)


FIRST_STAGE = (
    "660,000 crops of 32 to 128 pixels of the same data, from random kernels, plain softmax, SGD, "
    "two hours of two cores"
)


def write_card(weights: Path, stages: Sequence[Stage], *, crops: int) -> None:
    """Write the card beside a file of weights; measures are put in by ``training.table``.

    Args:
        weights: The file.
        stages: What it was trained with.
        crops: How many crops it saw in these stages.
    """
    card: dict[str, Any] = {
        "name": "VGG16 convolutions, starter weights",
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "format": "Keras HDF5 of VGG16(include_top=False), float16, normalisation folded",
        "input": "keras.applications.vgg16.preprocess_input, 224x224",
        "data": DATA,
        "first_stage": FIRST_STAGE,
        "stages": [asdict(stage) for stage in stages],
        "crops": crops,
        "recipe_commit": _commit(),
        "limits": LIMITS,
        "measures": [],
    }
    with atomic_write(weights.with_suffix(".json")) as file:
        file.write((json.dumps(card, indent=2) + "\n").encode())


def _commit() -> str:
    command = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(command, cwd=Path(__file__).parent, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()
