"""Oxford Flowers 102: photographs of flowers, sorted into folders by kind.

M.-E. Nilsback and A. Zisserman, "Automated Flower Classification over a Large Number of Classes",
ICVGIP 2008.
"""

import gzip
import hashlib
import io
import re
import shutil
import tarfile
import time
import zlib
from pathlib import Path

from ..atomic import atomic_write
from ..downloads import BytesCallback, PublishedFile, download, without_secrets
from ..errors import DownloadError, LibraryError
from ..types import Progress, ProgressCallback, Stage

ARCHIVE = PublishedFile("102flowers.tgz", "52808999861908f626f3c1f4e79d11fa", 344_862_509)
LABELS = PublishedFile("imagelabels.mat", "e0620be6f572b9609742df49c70aed4d", 502)
PHOTOGRAPHS = 8189
SPLIT_NAME = "setid.mat"
# MD5 of the published file.
_SPLIT_DIGEST = "a5357ecc9cb78c4bef273ce3793fc85c"

# Label 1 is the first. Order and spelling are those of TensorFlow Datasets and torchvision.
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
_SCRATCH = ".download"  # indexing ignores names that begin with a dot
_CHUNK = 1 << 20


def fetch_flowers(
    directory: Path, *, base_url: str, progress: ProgressCallback = lambda _: None
) -> int:
    """Download ``directory/073 water lily/image_06540.jpg`` and so on; return their number.

    The archive, in the folder ``base_url``, is deleted once it is unpacked. A call that was
    interrupted or killed is continued by the next one; when all photographs exist, nothing is
    downloaded. Progress has the stages ``flowers``, in bytes, and ``unpacking``, in photographs; an
    error that it raises ends the work, and what was done is kept.

    Raises:
        DownloadError: The download failed; the message says why and what else to do.
        LibraryError: The directory cannot be written, or the archive is damaged.
    """
    scratch = directory / _SCRATCH
    try:
        labels = read_labels(_fetch(LABELS, scratch, base_url, lambda *_: None))
        places = {
            number: directory / f"{label:03} {NAMES[label - 1]}" / f"image_{number:05}.jpg"
            for number, label in enumerate(labels, start=1)
        }
        if all(place.is_file() for place in places.values()):
            return len(places)
        archive = _fetch(ARCHIVE, scratch, base_url, _bytes_progress(progress))
        _unpack(archive, places, scratch, progress)
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
    """Report the bytes and the seconds left, from the speed since the first report."""
    first: tuple[int, float] | None = None

    def report(done: int, total: int) -> None:
        nonlocal first
        now = time.monotonic()
        first = first or (done, now)
        speed = (done - first[0]) / (now - first[1]) if now > first[1] else 0
        left = (total - done) / speed if speed else None
        progress(Progress(Stage.FLOWERS, done, total, seconds_left=left))

    return report


def _unpack(
    archive: Path, places: dict[int, Path], scratch: Path, progress: ProgressCallback
) -> None:
    """Write the missing photographs; only the number is taken from a member's name."""
    for folder in {place.parent for place in places.values()}:
        folder.mkdir(parents=True, exist_ok=True)
    done = 0
    progress(Progress(Stage.UNPACKING, done, len(places)))
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
                    with atomic_write(place, scratch=scratch) as file:
                        shutil.copyfileobj(content, file, _CHUNK)
                done += 1
                progress(Progress(Stage.UNPACKING, done, len(places)))
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _unusable(archive, str(error)) from error
    if missing := [place.name for place in places.values() if not place.is_file()]:
        raise _unusable(archive, f"{len(missing):,} are missing, such as {missing[0]}")


def read_labels(path: Path) -> list[int]:
    """The label of each photograph, 1 to 102, in the order of their numbers.

    SciPy crashes on some damaged MAT-files, so only the published file is read.

    Raises:
        ValueError: It is not the published ``imagelabels.mat``.
    """
    from scipy.io import loadmat

    if not LABELS.is_at(path):
        raise ValueError(f"not the {LABELS.name} of Oxford Flowers 102: its checksum differs")
    labels: list[int] = loadmat(path, appendmat=False)["labels"].ravel().astype(int).tolist()
    return labels


def read_test_split(path: Path) -> list[int]:
    """The numbers of the photographs of the test set in ``setid.mat``, from 1 on.

    As with ``read_labels``, only the published file is read.

    Raises:
        ValueError: It is not the published ``setid.mat``.
    """
    from scipy.io import loadmat

    content = path.read_bytes()
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != _SPLIT_DIGEST:
        raise ValueError(f"not the {SPLIT_NAME} of Oxford Flowers 102: its checksum differs")
    numbers: list[int] = loadmat(io.BytesIO(content))["tstid"].ravel().astype(int).tolist()
    return numbers


def _unusable(path: Path, detail: str) -> LibraryError:
    return LibraryError(
        f"The downloaded file cannot be used: expected that of Oxford Flowers 102. "
        f"Received: {path} ({detail}). Delete it and try again."
    )
