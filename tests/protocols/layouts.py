"""Small data sets in the layouts of the published ones."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import savemat

from tests.fakes import save_picture

RED, BLUE = (205, 45, 55), (45, 60, 205)
# Of the pictures that have a box, in pixels.
SIZE = (96, 64)


def save(folder: Path, *names: str, colour: tuple[int, int, int] = RED) -> list[str]:
    """Pictures of one colour; returns their names."""
    for name in names:
        seed = sum(ord(character) * place for place, character in enumerate(name, start=1))
        save_picture(folder / name, seed, colour, SIZE)
    return list(names)


def revisited_truth(**change: Any) -> dict[str, Any]:
    """Two queries over six pictures: ``a0`` to ``a2`` for the first, ``b0``, ``b1`` for the other.

    What a setup lacks is an empty array, as in the published files.
    """

    def places(*numbers: int) -> np.ndarray[Any, Any]:
        return np.array(numbers, np.int64)

    box = np.array([0.0, 0.0, 48.0, 64.0])
    return {
        "imlist": ["a0", "a1", "a2", "b0", "b1", "c0"],
        "qimlist": ["qa", "qb"],
        "gnd": [
            {"bbx": box, "easy": places(0), "hard": places(1), "junk": places(2)},
            {"bbx": [0.0, 0.0, 96.0, 64.0], "easy": places(), "hard": [3], "junk": [4]},
        ],
        **change,
    }


def revisited(folder: Path) -> Path:
    """Revisited Oxford: pictures in ``jpg``, and the pickle beside it."""
    save(folder / "jpg", "a0.jpg", "a1.jpg", "a2.jpg", "qa.jpg")
    save(folder / "jpg", "b0.jpg", "b1.jpg", "c0.jpg", "qb.jpg", colour=BLUE)
    (folder / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(revisited_truth(), 2))
    return folder


def buildings(folder: Path) -> Path:
    """Oxford5k: two queries, of which the second lacks one right picture."""
    pictures, truth = folder / "oxbuild_images", folder / "gt_files"
    save(pictures, "all_souls_0.jpg", "all_souls_1.jpg", "all_souls_2.jpg", "oxford_3.jpg")
    save(pictures, "bodleian_0.jpg", "bodleian_1.jpg", colour=BLUE)
    truth.mkdir()
    lists = {
        "all_souls_1": ("all_souls_0", ["all_souls_0", "all_souls_1"], ["all_souls_2"], []),
        "bodleian_1": ("bodleian_0", ["bodleian_1"], ["bodleian_9"], ["bodleian_0", "gone"]),
    }
    for name, (query, good, ok, junk) in lists.items():
        (truth / f"{name}_query.txt").write_text(f"oxc1_{query} 4.5 3.5 90.0 60.0\n")
        for kind, names in (("good", good), ("ok", ok), ("junk", junk)):
            (truth / f"{name}_{kind}.txt").write_text("".join(f"{one}\n" for one in names))
    return folder


def split_file(numbers: list[int]) -> bytes:
    """A MAT-file as ``setid.mat``."""
    file = io.BytesIO()
    savemat(file, {"trnid": [[1]], "valid": [[2]], "tstid": np.array([numbers], "u2")})
    return file.getvalue()
