"""Download a published file, check it, and continue an earlier download."""

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from .atomic import move
from .errors import DownloadError
from .sizes import size_in_words

if TYPE_CHECKING:
    from requests import Response

ATTEMPTS = 3
RETRY_SECONDS = 1.0  # after the first attempt, twice that after the second
TIMEOUT = (5, 30)  # seconds to connect, and between two parts of the answer
PARTIAL_SUFFIX = ".partial"
_CHUNK = 1 << 16

# By the name of the exception or an ancestor: requests is imported only for a download.
REASONS = {
    "ProxyError": "the proxy let no connection through",
    "SSLError": "no secure connection could be made",
    "ConnectTimeout": f"no answer within {TIMEOUT[0]} seconds",
    "Timeout": f"the server was silent for {TIMEOUT[1]} seconds",
    "ConnectionError": "the connection failed",
    "ChunkedEncodingError": "the connection was cut",
    "RequestException": "the address does not lead to a file",
    "_AnotherFileError": "what the server sent has another checksum",
}

BytesCallback = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file on a public server whose content is known.

    Attributes:
        name: The same on the server and on the disk.
        md5: Of its content, 32 hexadecimal digits.
        size: In bytes.
    """

    name: str
    md5: str
    size: int

    def is_at(self, path: Path) -> bool:
        """Whether the file at a path has the size and the checksum of this one."""
        if path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        return digest.hexdigest() == self.md5

    def __str__(self) -> str:
        return f"{self.name} ({size_in_words(self.size)})"


def download(
    file: PublishedFile, folder: Path, *, base_url: str, progress: BytesCallback = lambda *_: None
) -> Path:
    """Download a file into a folder, unless it is already there; return its path.

    The received part is kept in ``<name>.partial/``. The next attempt, also in another process,
    requests only the rest; it starts again if the server does not support that or has another
    version by now. The file gets its name when its checksum is right. A failed connection is
    attempted ``ATTEMPTS`` times. ``progress`` is called with the bytes received and in total; an
    error that it raises ends the download.

    Raises:
        DownloadError: The download failed; the message is only the reason.
        OSError: The folder cannot be written.
    """
    from requests import RequestException

    path = folder / file.name
    folder.mkdir(parents=True, exist_ok=True)
    with _partial(path) as partial:
        if path.exists() and file.is_at(path):
            return path
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _fetch_rest(file, partial, f"{base_url.rstrip('/')}/{file.name}", progress)
                if not file.is_at(partial.content):
                    partial.discard()
                    raise _AnotherFileError
                move(partial.content, path)
            except (RequestException, _AnotherFileError) as error:
                if attempt == ATTEMPTS or not _is_temporary(error):
                    raise DownloadError(_reason(error)) from error
                time.sleep(RETRY_SECONDS * attempt)
            else:
                break
    return path


def without_secrets(url: str) -> str:
    """The address without a user name and password, to be shown to anyone."""
    return re.sub(r"//[^/]*@", "//", url)


class _AnotherFileError(Exception):
    """The server sent a file with other content."""


@dataclass(frozen=True, slots=True)
class _Partial:
    """The received part of a file, and the version that it belongs to."""

    folder: Path

    @property
    def content(self) -> Path:
        return self.folder / "content"

    @property
    def etag(self) -> str:
        """The strong ETag of the version; empty if the server gave none."""
        try:
            return (self.folder / "etag").read_text(encoding="latin-1")
        except FileNotFoundError:
            return ""

    @property
    def size(self) -> int:
        try:
            return self.content.stat().st_size
        except FileNotFoundError:
            return 0

    def start(self, etag: str) -> None:
        """Discard the part and remember a new version."""
        self.discard()
        if etag and not etag.startswith("W/"):
            (self.folder / "etag").write_text(etag, encoding="latin-1")

    def discard(self) -> None:
        for file in (self.content, self.folder / "etag"):
            file.unlink(missing_ok=True)


@contextmanager
def _partial(path: Path) -> Iterator[_Partial]:
    """The locked partial file of a path; it is deleted at the end if it is empty."""
    partial = _Partial(path.with_name(path.name + PARTIAL_SUFFIX))
    partial.folder.mkdir(exist_ok=True)
    lock = filelock.FileLock(partial.folder / "lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise DownloadError("another download of it is under way; wait until it ends") from error
    try:
        yield partial
    finally:
        lock.release()
        if not partial.size:
            shutil.rmtree(partial.folder, ignore_errors=True)


def _fetch_rest(file: PublishedFile, partial: _Partial, url: str, progress: BytesCallback) -> None:
    import requests

    done = partial.size
    progress(done, file.size)
    if done == file.size:
        return
    # The checksum is that of the bytes on the server: they must not be decoded.
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
        if etag := partial.etag:
            headers["If-Range"] = etag
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            partial.discard()
        answer.raise_for_status()
        # A sign-in page of a network must not replace the received part.
        if _whole_size(answer) not in (None, file.size):
            raise _AnotherFileError
        if not (done and answer.headers.get("Content-Range", "").startswith(f"bytes {done}-")):
            partial.start(answer.headers.get("ETag", ""))
            done = 0
        answer.raw.headers.discard("Content-Encoding")  # some servers give it to every .tgz
        with partial.content.open("ab") as output:
            for chunk in answer.iter_content(_CHUNK):
                output.write(chunk)
                done += len(chunk)
                if done > file.size:  # an endless answer must not fill the disk
                    break
                progress(done, file.size)


def _whole_size(answer: "Response") -> int | None:
    """The size of the file on the server in bytes; ``None`` if the answer does not say."""
    if "Content-Range" in answer.headers:
        size = answer.headers["Content-Range"].rpartition("/")[2]
    else:
        size = answer.headers.get("Content-Length", "")
    return int(size) if size.isdecimal() else None


def _is_temporary(error: Exception) -> bool:
    """Whether another attempt may succeed."""
    from requests.exceptions import ChunkedEncodingError, ConnectionError, Timeout

    if isinstance(error, _AnotherFileError | ConnectionError | Timeout | ChunkedEncodingError):
        return True
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return status >= 500 or status in (408, 416, 429)


def _reason(error: BaseException) -> str:
    for kind in type(error).__mro__:
        if kind.__name__ == "HTTPError":
            return f"the server answered {str(error).partition(' for url')[0]}"
        if kind.__name__ in REASONS:
            return REASONS[kind.__name__]
    raise AssertionError(f"no reason for {error!r}") from error
