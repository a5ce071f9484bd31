"""The labels of images: by their folders, by numbers in their names, by a label file."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigurationError
from .flowers102 import read_labels

FOLDERS, UKBENCH, HOLIDAYS = NAMING_RULES = ("folders", "ukbench", "holidays")
COLUMNS = ("image", "label")

# UKBench (Nister, Stewenius 2006): four successive pictures of each object.
_UKBENCH_GROUP = 4
# INRIA Holidays (Jegou, Douze, Schmid 2008): the last two digits number the pictures of a scene.
_HOLIDAYS_GROUP = 100
_NUMBER = re.compile(r"(\d+)\D*$")


def labels_of(paths: Sequence[str], source: str = FOLDERS) -> tuple[str | None, ...]:
    """The label of each image; ``None`` where it has none.

    Args:
        paths: Of the images, relative to the library, with ``/``; at least one.
        source: ``"folders"``: the folder of an image; ``"ukbench"``: the number in its name divided
            by four; ``"holidays"``: that number without the last two digits; else the path of a
            CSV file with the columns ``image``, a path relative to the library, and ``label``, or
            of ``imagelabels.mat`` of Oxford Flowers 102, which labels the numbers in the names.

    Raises:
        ConfigurationError: The label file cannot be read, or has no label for any image.
    """
    if source == FOLDERS:
        return tuple(path.rpartition("/")[0] for path in paths)
    numbers = [_number(path) for path in paths]
    if source in NAMING_RULES:
        size = _UKBENCH_GROUP if source == UKBENCH else _HOLIDAYS_GROUP
        found = [None if number is None else str(number // size) for number in numbers]
    elif source.endswith(".mat"):
        flowers = _flower_labels(source)
        found = [None if number is None else flowers.get(number) for number in numbers]
    else:
        table = read_label_table(source)
        found = [table.get(path) for path in paths]
    if not any(found):
        expected = "numbers in the names" if source in NAMING_RULES else "labels for the paths"
        raise ConfigurationError(
            f"No image has a label: expected {expected} of the gallery's images, such as "
            f"{paths[0]!r}. Received: labels={source!r}. Paths are relative to the library. Choose "
            "other labels."
        )
    return tuple(found)


def _number(path: str) -> int | None:
    digits = _NUMBER.search(path.rpartition("/")[2].rpartition(".")[0])
    return int(digits[1]) if digits else None


def _flower_labels(source: str) -> dict[int, str]:
    try:
        return {number: str(label) for number, label in enumerate(read_labels(Path(source)), 1)}
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from error


def read_label_table(source: str) -> dict[str, str]:
    """The label of each path in a CSV file with ``COLUMNS``; else ``ConfigurationError``."""
    try:
        with Path(source).open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file, restval="")
            if missing := set(COLUMNS) - set(lines.fieldnames or ()):
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            return {
                line["image"].removeprefix("./"): line["label"] for line in lines if line["label"]
            }
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(source, error) from error


def _unreadable(source: str, error: Exception) -> ConfigurationError:
    rules = ", ".join(NAMING_RULES)
    return ConfigurationError(
        f"The labels cannot be read: expected one of {rules}, a CSV file with the columns "
        f"{', '.join(COLUMNS)}, or imagelabels.mat. Received: labels={source!r} ({error})"
    )
