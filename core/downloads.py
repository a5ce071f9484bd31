"""Download a published file: checked, and continued where an earlier try ended."""

from __future__ import annotations

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

from core.errors import DownloadError

if TYPE_CHECKING:
    from requests import Response

TRIES = 3
REST = 1.0  # seconds after the first try, twice that after the second
TIMEOUT = (5, 30)  # seconds to connect to an address, and of silence
PARTIAL_SUFFIX = ".partial"
_CHUNK = 1 << 16

# By the name of the exception, found along its ancestry: requests is imported only for a download.
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
        """Whether the file at a path has the size and the checksum of this one.

        Raises:
            OSError: The path cannot be read.
        """
        if path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        return digest.hexdigest() == self.md5

    def __str__(self) -> str:
        megabytes = self.size / 1e6
        return f"{self.name} ({megabytes:.1f} MB)" if megabytes >= 0.1 else self.name


def download(
    file: PublishedFile,
    folder: Path,
    *,
    base_url: str,
    progress: BytesCallback = lambda *_: None,
) -> Path:
    """Bring a file into a folder, unless it is there already.

    What arrives is kept in ``<name>.partial/`` beside it. The next try, also of another process
    and after a kill, asks the server for the rest only; where that gives no parts, or has another
    version of the file by now, it starts again. The file takes its place, or that of a damaged
    one, when it is complete and its checksum is right. A broken connection is tried ``TRIES``
    times.

    Args:
        file: What to bring.
        folder: Where to; made if missing.
        base_url: Address of the folder on the server.
        progress: Called with the bytes that are here and in total. What it raises ends the
            download; what arrived is kept.

    Returns:
        The path of the file.

    Raises:
        DownloadError: It cannot be had; the message is the reason alone.
        OSError: The folder cannot be written.
    """
    from requests import RequestException

    path = folder / file.name
    folder.mkdir(parents=True, exist_ok=True)
    with _partial(path) as partial:
        if path.exists() and file.is_at(path):
            return path
        for tried in range(1, TRIES + 1):
            try:
                _bring_the_rest(file, partial, f"{base_url.rstrip('/')}/{file.name}", progress)
                if not file.is_at(partial.content):
                    partial.discard()
                    raise _AnotherFileError
                partial.content.replace(path)
            except (RequestException, _AnotherFileError) as error:
                if tried == TRIES or not _may_pass(error):
                    raise DownloadError(_reason(error)) from error
                time.sleep(REST * tried)
            else:
                break
    return path


def without_secrets(url: str) -> str:
    """An address without a name and a password in it: an error may be shown to anyone."""
    return re.sub(r"//[^/]*@", "//", url)


class _AnotherFileError(Exception):
    """The server sent something else."""


@dataclass(frozen=True, slots=True)
class _Partial:
    """What has arrived of a file, and which version of it that is."""

    folder: Path

    @property
    def content(self) -> Path:
        return self.folder / "content"

    @property
    def etag(self) -> str:
        """The server's name of the version; empty where it gave none that promises every byte."""
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
        """Begin anew with this version."""
        self.discard()
        if etag and not etag.startswith("W/"):
            (self.folder / "etag").write_text(etag, encoding="latin-1")

    def discard(self) -> None:
        for file in (self.content, self.folder / "etag"):
            file.unlink(missing_ok=True)


@contextmanager
def _partial(path: Path) -> Iterator[_Partial]:
    """Hold the partial file of a path, across threads and processes; leave no empty one behind."""
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


def _bring_the_rest(
    file: PublishedFile, partial: _Partial, url: str, progress: BytesCallback
) -> None:
    import requests

    done = partial.size
    progress(done, file.size)
    if done == file.size:
        return
    # The checksum is that of the bytes on the server, not of what they unpack to.
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
        if etag := partial.etag:
            headers["If-Range"] = etag
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            partial.discard()
        answer.raise_for_status()
        # A page that asks to sign in must not take the place of what has arrived.
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
                if done > file.size:  # never more on the disk than was promised, by a chunk
                    break
                progress(done, file.size)


def _whole_size(answer: Response) -> int | None:
    """The size of the file on the server in bytes; ``None`` where it does not tell."""
    if "Content-Range" in answer.headers:
        size = answer.headers["Content-Range"].rpartition("/")[2]
    else:
        size = answer.headers.get("Content-Length", "")
    return int(size) if size.isdecimal() else None


def _may_pass(error: Exception) -> bool:
    """Whether trying again may help."""
    import requests
    from requests.exceptions import ChunkedEncodingError

    passing = (_AnotherFileError, requests.ConnectionError, requests.Timeout, ChunkedEncodingError)
    if isinstance(error, passing):
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
