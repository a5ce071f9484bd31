"""Oxford Flowers 102: photographs of flowers in folders by their kind.

M.-E. Nilsback and A. Zisserman, "Automated Flower Classification over a Large Number of Classes",
ICVGIP 2008.
"""

from __future__ import annotations

import gzip
import re
import shutil
import struct
import tarfile
import time
import zlib
from pathlib import Path

import numpy as np

from core.atomic import atomic_write
from core.downloads import BytesCallback, PublishedFile, download, without_secrets
from core.errors import DownloadError, LibraryError
from core.types import Progress, ProgressCallback

ARCHIVE = PublishedFile("102flowers.tgz", "52808999861908f626f3c1f4e79d11fa", 344_862_509)
LABELS = PublishedFile("imagelabels.mat", "e0620be6f572b9609742df49c70aed4d", 502)
PHOTOGRAPHS = 8189

# Label 1 is the first; in the order and the spelling of TensorFlow Datasets and torchvision.
_NAMES = (
    "pink primrose, hard-leaved pocket orchid, canterbury bells, sweet pea, english marigold, "
    "tiger lily, moon orchid, bird of paradise, monkshood, globe thistle, snapdragon, "
    "colt's foot, king protea, spear thistle, yellow iris, globe-flower, purple coneflower, "
    "peruvian lily, balloon flower, giant white arum lily, fire lily, pincushion flower, "
    "fritillary, red ginger, grape hyacinth, corn poppy, prince of wales feathers, "
    "stemless gentian, artichoke, sweet william, carnation, garden phlox, love in the mist, "
    "mexican aster, alpine sea holly, ruby-lipped cattleya, cape flower, great masterwort, "
    "siam tulip, lenten rose, barbeton daisy, daffodil, sword lily, poinsettia, "
    "bolero deep blue, wallflower, marigold, buttercup, oxeye daisy, common dandelion, petunia, "
    "wild pansy, primula, sunflower, pelargonium, bishop of llandaff, gaura, geranium, "
    "orange dahlia, pink-yellow dahlia, cautleya spicata, japanese anemone, black-eyed susan, "
    "silverbush, californian poppy, osteospermum, spring crocus, bearded iris, windflower, "
    "tree poppy, gazania, azalea, water lily, rose, thorn apple, morning glory, passion flower, "
    "lotus, toad lily, anthurium, frangipani, clematis, hibiscus, columbine, desert-rose, "
    "tree mallow, magnolia, cyclamen, watercress, canna lily, hippeastrum, bee balm, ball moss, "
    "foxglove, bougainvillea, camellia, mallow, mexican petunia, bromelia, blanket flower, "
    "trumpet creeper, blackberry lily"
)
NAMES = tuple(_NAMES.split(", "))

_MEMBER = re.compile(r"jpg/image_(\d{5})\.jpg")
_MOST_BYTES = 16 << 20  # of one photograph
_WORKSHOP = ".download"  # a library is walked without what begins with a dot
_CHUNK = 1 << 20

# MATLAB's level 5 MAT-file format: types of elements, and of the numbers in an array.
_COMPRESSED, _MATRIX = 15, 14
_NUMBERS = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 9: "<f8"}


def fetch_flowers(
    directory: Path, *, base_url: str, progress: ProgressCallback = lambda _: None
) -> int:
    """Bring the photographs into a folder, ``directory/073 water lily/image_06540.jpg`` and so on.

    The archive is downloaded, checked, unpacked and deleted. Stopped at any moment, also by a
    kill, the next call goes on from there; where every photograph is there, nothing is fetched.

    Args:
        directory: Where the folders of the kinds go; made if missing.
        base_url: Address of the folder on the server.
        progress: Called with the stages ``"flowers"``, in bytes, and ``"unpacking"``, in
            photographs. What it raises ends the work; what was done is kept.

    Returns:
        The number of photographs.

    Raises:
        DownloadError: They cannot be had; the message says why and what else to do.
        LibraryError: The directory cannot be written, or the archive is not as expected.
    """
    workshop = directory / _WORKSHOP
    try:
        labels = _labels(_fetch(LABELS, workshop, base_url, lambda *_: None))
        places = {
            number: directory / f"{label:03} {NAMES[label - 1]}" / f"image_{number:05}.jpg"
            for number, label in enumerate(labels, start=1)
        }
        if all(place.is_file() for place in places.values()):
            return len(places)
        archive = _fetch(ARCHIVE, workshop, base_url, _bytes_progress(progress))
        _unpack(archive, places, workshop, progress)
        archive.unlink(missing_ok=True)
        return len(places)
    except OSError as error:
        raise LibraryError(
            f"The photographs cannot be saved: expected a folder to write to, with about 1 GB of "
            f"free space. Received: {directory} ({error.strerror or error}). What was done is "
            "kept; free some space or choose another folder."
        ) from error


def _fetch(file: PublishedFile, folder: Path, base_url: str, progress: BytesCallback) -> Path:
    try:
        return download(file, folder, base_url=base_url, progress=progress)
    except DownloadError as error:
        raise DownloadError(
            f"The flower photographs could not be downloaded: expected {file} from "
            f"{without_secrets(base_url)}. Received: {error}. Try again, it goes on from where it "
            "ended; or choose another address with LOOKALIKE_FLOWERS_URL."
        ) from error


def _bytes_progress(progress: ProgressCallback) -> BytesCallback:
    """Tell the bytes with the seconds that are left, from the speed since the first report."""
    first: tuple[int, float] | None = None

    def report(done: int, total: int) -> None:
        nonlocal first
        now = time.monotonic()
        first = first or (done, now)
        speed = (done - first[0]) / (now - first[1]) if now > first[1] else 0
        left = (total - done) / speed if speed else None
        progress(Progress("flowers", done, total, seconds_left=left))

    return report


def _unpack(
    archive: Path, places: dict[int, Path], workshop: Path, progress: ProgressCallback
) -> None:
    """Write the photographs that are not there yet, each in one rename.

    The paths are made here; of a member's name only the number is taken, so no archive can write
    elsewhere.
    """
    for folder in {place.parent for place in places.values()}:
        folder.mkdir(parents=True, exist_ok=True)
    done = 0
    progress(Progress("unpacking", done, len(places)))
    try:
        with tarfile.open(archive, "r:*") as members:
            for member in members:
                name = _MEMBER.fullmatch(member.name)
                place = places.get(int(name[1])) if name and member.isreg() else None
                if place is None:
                    continue
                if member.size > _MOST_BYTES:
                    raise _unusable(archive, f"{member.name} has {member.size:,} bytes")
                content = members.extractfile(member)
                assert content is not None  # it is a regular file
                if not place.is_file():
                    with atomic_write(place, scratch=workshop) as file:
                        shutil.copyfileobj(content, file, _CHUNK)
                done += 1
                progress(Progress("unpacking", done, len(places)))
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _unusable(archive, str(error)) from error
    if missing := [place.name for place in places.values() if not place.is_file()]:
        raise _unusable(archive, f"{len(missing):,} are missing, such as {missing[0]}")


def _labels(path: Path) -> list[int]:
    try:
        return read_labels(path)
    except ValueError as error:
        raise _unusable(path, str(error)) from error


def read_labels(path: Path) -> list[int]:
    """The labels in ``imagelabels.mat``, a MAT-file of level 5.

    Only what this one file needs is understood: a compressed matrix of whole numbers.

    Args:
        path: The file.

    Returns:
        The label of each photograph, counted from 1 like the photographs.

    Raises:
        OSError: It cannot be read.
        ValueError: It is another file, or damaged.
    """
    content = path.read_bytes()
    try:
        if content[124:128] != b"\x00\x01IM":
            raise ValueError("not a little-endian MAT-file of level 5")
        kind, matrix, _ = _element(content, 128)
        if kind != _COMPRESSED:
            raise ValueError(f"an element of type {kind}, not a compressed one")
        kind, matrix, _ = _element(zlib.decompressobj().decompress(matrix, _CHUNK), 0)
        if kind != _MATRIX:
            raise ValueError(f"an element of type {kind}, not a matrix")
        _, _flags, place = _element(matrix, 0)
        _, dimensions, place = _element(matrix, place)
        _, name, place = _element(matrix, place)
        kind, numbers, _ = _element(matrix, place)
        if name != b"labels" or kind not in _NUMBERS:
            raise ValueError(f"the array {name!r} of type {kind}")
        labels: list[int] = np.frombuffer(numbers, _NUMBERS[kind]).astype(int).tolist()
        if len(labels) != np.prod(np.frombuffer(dimensions, "<i4")):
            raise ValueError(f"{len(labels)} labels")
        if not all(1 <= label <= len(NAMES) for label in labels):
            raise ValueError(f"a label that is not one of 1 to {len(NAMES)}")
    except (struct.error, zlib.error) as error:
        raise ValueError(str(error)) from error
    return labels


def _element(content: bytes, start: int) -> tuple[int, bytes, int]:
    """Type, data and end, with its padding to 8 bytes, of an element that starts at a byte."""
    kind, size = struct.unpack_from("<II", content, start)
    if kind >> 16:  # up to 4 bytes are packed into the place of the size
        kind, size, begin = kind & 0xFFFF, kind >> 16, start + 4
        end = start + 8
    else:
        begin = start + 8
        end = begin + size + -size % 8
    if begin + size > len(content):
        raise ValueError("it ends too early")
    return kind, content[begin : begin + size], end


def _unusable(path: Path, detail: str) -> LibraryError:
    return LibraryError(
        f"The downloaded file cannot be used: expected that of Oxford Flowers 102. "
        f"Received: {path} ({detail}). Delete it and try again."
    )
