"""Labels that a user gave to images by marking matches as right or wrong.

Each gallery has one label file, which ``labels_of`` reads; it may be edited by hand.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from ..atomic import atomic_write
from ..errors import ConfigurationError, FeatureStoreError
from ..file_names import distinct_name
from .labels import COLUMNS, read_label_table

FOLDER = "labels"
# What the label of an image begins with that somebody marked as wrong.
_REJECTED = "not "


def remembered_labels(features: Path, gallery: str) -> Path:
    """The label file of a gallery in a features folder, whether it is there or not."""
    return Path(features).absolute() / FOLDER / f"{distinct_name(gallery, gallery.encode(), 4)}.csv"


def teaching(labels: Sequence[str | None]) -> tuple[str | None, ...]:
    """Labels with ``None`` for those that say what an image is not.

    What is not a rose may be anything: learning would take such images for one kind.
    """
    return tuple(None if label and label.startswith(_REJECTED) else label for label in labels)


def remember(file: Path, label: str, right: Sequence[str], wrong: Sequence[str] = ()) -> None:
    """Add labels to a label file, which is made where it is missing.

    The right and wrong images are paths relative to the library, with ``/``. The label of the wrong
    ones is "not" and that of the right ones, unless they have one.

    Raises:
        ConfigurationError: The label is empty, or no image is marked.
        FeatureStoreError: The file cannot be written.
    """
    label = label.strip()
    if not label or not (right or wrong):
        raise ConfigurationError(
            "Expected a name and images that are marked as right or wrong, to remember them. "
            f"Received: {label!r} for {len(right)} right and {len(wrong)} wrong ones. Mark some."
        )
    known = read_label_table(str(file)) if file.exists() else {}
    rejected = f"{_REJECTED}{label}"
    table = {
        **dict.fromkeys(wrong, rejected),
        # An image that was wrong before may be right now, and the other way round.
        **{path: one for path, one in known.items() if not (path in wrong and one == label)},
        **dict.fromkeys(right, label),
    }
    content = io.StringIO(newline="")
    csv.writer(content).writerows([COLUMNS, *sorted(table.items())])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(file, durable=True) as written:
            written.write(content.getvalue().encode())
    except OSError as error:
        raise FeatureStoreError(
            f"The labels cannot be saved: expected a folder to write to. Received: {file} "
            f"({error.strerror or error}). Make it writable or free some space."
        ) from error
