"""Workers of a Dask cluster, which extract features; the only importer of distributed.

A worker opens the images itself: it sees their folder at the same path as this process.
"""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from ..config import Settings
from ..errors import ConfigurationError, WorkersError
from ..model import BATCH_SIZE, FeatureExtractor
from ..types import ImageRecord, Skipped
from .loading_ahead import Work, load_batches
from .parts import PACKAGES, Outcome, Part, instead_of, pack, project_version, unpack
from .scanning import ImageFile
from .workers import Batch, ExtractionWorkers, Loading, LocalWorkers

logger = logging.getLogger(__name__)

SCHEDULER_SECONDS = 10.0
# Dask itself would wait for ever.
NO_WORKER_SECONDS = 60.0
# After this long without a result the caller gets an empty batch, and may end the run.
STEP_SECONDS = 1.0
# A worker may die with a result that nobody fetched; the result is then made anew.
FETCH_SECONDS = 10.0
# All at once, a million images would take six times the memory of the scheduler.
TASKS_A_THREAD = 2
# Where more images than these have one size in bytes, as uncompressed ones do, a moved image is
# extracted again: what is known of them would be larger than the images.
MOST_OF_ONE_SIZE = 100
# Where Dask's configuration finds the client's.
CERTIFICATES = tuple(
    f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
)


def extraction_workers(settings: Settings, extractor: FeatureExtractor) -> ExtractionWorkers:
    """The workers of the cluster that the settings name, else those of this process."""
    if settings.workers is None:
        return LocalWorkers(extractor)
    return DaskWorkers(
        settings.workers, precision=settings.precision, weights_url=settings.weights_url
    )


class DaskWorkers:
    """Extracts on the workers of a Dask cluster, which may come and go meanwhile.

    The scheduler has an address such as ``tcp://host:8786``. Each worker decides for itself what
    the precision ``auto`` is.
    """

    def __init__(self, address: str, *, precision: str, weights_url: str) -> None:
        self._address = address
        self._precision = precision
        self._weights_url = weights_url
        self.count = 0

    def extract(self, work: Work, loading: Loading) -> Generator[Batch, None, None]:
        """See ``ExtractionWorkers``.

        Raises:
            ConfigurationError: Dask is not installed, or has no certificates for the address.
            WorkersError: The scheduler or all workers are gone, or a worker lacks the images, the
                weights or this version of the project.
        """
        if not work.files:
            return
        extracted: set[str] = set()
        with self._connected(loading) as client:
            for outcome in self._outcomes(client, self._parts(work)):
                batch = _checked(outcome, work) if outcome else Batch()
                batch = _without_known(batch, work.sources, extracted)
                extracted.update(record.id for record in batch.records)
                yield batch

    def _parts(self, work: Work) -> Iterator[Part]:
        # Only an image of the same size can have the content of a file that was moved.
        of_size: dict[int, list[ImageRecord]] = {}
        for record in work.sources.values():
            of_size.setdefault(record.size, []).append(record)
        for start in range(0, len(work.files), BATCH_SIZE):
            files = work.files[start : start + BATCH_SIZE]
            alike = [of_size.get(size, []) for size in {file.size for file in files}]
            paths = {file.path for file in files} & work.known.keys()
            yield Part(
                work.library,
                work.space,
                files,
                known={path: work.known[path] for path in paths},
                sources={
                    record.id: record
                    for records in alike
                    if len(records) <= MOST_OF_ONE_SIZE
                    for record in records
                },
                precision=self._precision,
                weights_url=self._weights_url,
            )

    @contextmanager
    def _connected(self, loading: Loading) -> Iterator[Any]:
        distributed = _import_distributed()
        _warn_of_open_port(self._address)
        with loading():
            security = self._security(distributed)
            # The client itself would wait for ever for one that hangs.
            asyncio.run(self._meet_scheduler(distributed, security))
            client = distributed.Client(
                self._address, timeout=SCHEDULER_SECONDS, security=security, set_as_default=False
            )
        try:
            yield client
        finally:
            client.close()

    def _security(self, distributed: Any) -> Any:
        """The certificates of Dask's own configuration."""
        try:
            security = distributed.Security()
            found = security.get_connection_args("client")["ssl_context"]
            received = "none"
        except (OSError, ValueError) as error:
            found, received = None, _in_one_line(error)
        if self._address.startswith("tls:") and not found:
            raise ConfigurationError(
                f"The connection to {self._address} needs certificates: expected files in "
                f"{', '.join(CERTIFICATES)}. Received: {received}. See docs/scale.md."
            )
        return security

    async def _meet_scheduler(self, distributed: Any, security: Any) -> None:
        connection = distributed.comm.connect(
            self._address, timeout=SCHEDULER_SECONDS, **security.get_connection_args("client")
        )
        try:
            await (await asyncio.wait_for(connection, SCHEDULER_SECONDS)).close()
        except distributed.comm.CommClosedError as error:
            raise WorkersError(
                f"No scheduler answers: expected one at {self._address}. Received: "
                f"{_in_one_line(error.__cause__ or error)}. Check the address and the certificates."
            ) from error
        except OSError as error:
            raise WorkersError(
                f"No scheduler answers: expected one at {self._address}. Received: nothing in "
                f'{SCHEDULER_SECONDS:.0f} s. Start it with "dask scheduler".'
            ) from error

    def _outcomes(self, client: Any, parts: Iterator[Part]) -> Iterator[Outcome | None]:
        """Yield what came of each part, and ``None`` after each step of waiting."""
        finished: SimpleQueue[Any] = SimpleQueue()
        waiting: dict[Any, Part] = {}
        task = _task()
        part = next(parts, None)
        seen = time.monotonic()
        while part or waiting:
            threads = self._threads(client)
            if threads:
                seen = time.monotonic()
            elif time.monotonic() - seen > NO_WORKER_SECONDS:
                raise WorkersError(
                    f"No worker is left: expected one at {self._address}. Received: none for "
                    f"{NO_WORKER_SECONDS:.0f} s. What was extracted is kept."
                )
            while part and len(waiting) < TASKS_A_THREAD * threads:
                future = client.submit(task, project_version(), pack(part), pure=False)
                waiting[future] = part
                future.add_done_callback(finished.put)
                part = next(parts, None)
            outcome = None
            with suppress(Empty):
                future = finished.get(timeout=STEP_SECONDS)
                if outcome := self._outcome(client, future, waiting[future]):
                    del waiting[future]
                else:
                    finished.put(future)
                del future
            yield outcome

    def _threads(self, client: Any) -> int:
        """Number of threads of all workers, 0 if the scheduler is silent; counts the workers."""
        threads = 0
        if client.status == "running":
            # Client.scheduler_info would wait until the client gives up a lost connection.
            with suppress(OSError):
                found = client.sync(
                    client.scheduler.identity, n_workers=0, callback_timeout=STEP_SECONDS
                )
                self.count, threads = found["n_workers"], found["total_threads"]
        if client.status != "running":
            raise self._scheduler_lost()
        return threads

    def _outcome(self, client: Any, future: Any, part: Part) -> Outcome | None:
        """The result of a finished task; ``None`` if it was lost and is made anew."""
        try:
            outcome = unpack(future.result(timeout=FETCH_SECONDS))
        # A worker may fail with any error, also with a TimeoutError.
        except Exception as error:
            if client.status != "running" or future.cancelled():
                raise self._scheduler_lost() from error
            if isinstance(error, TimeoutError) and future.status != "error":
                return None
            raise WorkersError(
                f"A worker failed: expected the features of {len(part.files)} images from "
                f"{part.library / part.files[0].path} on. Received: {_in_one_line(error)}. See the "
                "log of the worker. What was extracted is kept."
            ) from error
        if isinstance(outcome, WorkersError):
            raise outcome
        assert isinstance(outcome, Outcome)
        return outcome

    def _scheduler_lost(self) -> WorkersError:
        self.count = 0
        return WorkersError(
            f"The scheduler went away: expected it at {self._address} during the run. Received: a "
            "lost connection. Start it and index again: what was extracted is kept."
        )


def _task() -> Callable[[str, bytes], bytes]:
    packages = PACKAGES

    # Dask sends an inner function itself, not its name: the scheduler needs nothing of the project.
    def extract(version: str, work: bytes) -> bytes:
        import importlib
        import socket

        for package in packages:
            try:
                parts = importlib.import_module(f"{package}.indexing.parts")
            except ImportError as error:
                missing = error
            else:
                answer: bytes = parts.extract_part(version, work)
                return answer
        raise ImportError(
            f"{missing} on {socket.gethostname()}: install Lookalike there, or start the worker in "
            "the project's folder"
        )

    return extract


def _checked(outcome: Outcome, work: Work) -> Batch:
    """The batch of an outcome, if the worker saw the images as this process does.

    Raises:
        WorkersError: A file that is sound here is missing, another one or unreadable there.
    """
    for file, seen in outcome.unseen:
        # Else the file changed or went away after the scan.
        if not instead_of(work.library, file):
            raise _not_seen(work.library / file.path, outcome.host, seen)
    if not outcome.batch.skipped:
        return outcome.batch
    # What is skipped leaves the index, so this process reads it as well.
    files = [ImageFile(item.image, size=0, mtime_ns=0) for item in outcome.batch.skipped]
    (read,) = load_batches(replace(work, files=files, known={}, sources={}))
    for here, there in zip(read, outcome.batch.skipped, strict=True):
        if not isinstance(here, Skipped):
            raise _not_seen(work.library / there.image, outcome.host, there.reason)
    return outcome.batch


def _not_seen(path: Path, host: str, received: str) -> WorkersError:
    return WorkersError(
        f"A worker does not see the images: expected {path} on {host}. Received: {received}. Mount "
        "the folder there at the same path."
    )


def _without_known(
    batch: Batch, sources: Mapping[str, ImageRecord], extracted: Collection[str]
) -> Batch:
    """The batch with the images among the copies whose content has a feature already."""
    known = [record for record in batch.records if record.id in sources or record.id in extracted]
    new = [row for row, record in enumerate(batch.records) if record not in known]
    return replace(
        batch,
        records=[batch.records[row] for row in new],
        features={name: rows[new] for name, rows in batch.features.items()},
        copies=[*batch.copies, *((record, sources.get(record.id)) for record in known)],
    )


def _import_distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ConfigurationError(
            f"Workers need Dask: expected the package distributed. Received: {error}. Install it "
            "with: pip install -r requirements-cluster.txt"
        ) from error
    # It logs tracebacks of lost connections, which the errors here say in one line.
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed


@cache
def _warn_of_open_port(address: str) -> None:
    host = address.partition("://")[2].rpartition(":")[0].strip("[]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if address.startswith("tcp:") and not loopback:
        logger.warning(
            "The connection to %s is open: whoever reaches a port of Dask runs code on that "
            "computer. Use a private network or tls://, see docs/scale.md.",
            address,
        )


def _in_one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
