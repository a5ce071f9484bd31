"""A Dask scheduler and workers on loopback, as their users start them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class DaskCluster:
    """A scheduler, and workers of one thread each; all are killed in the end.

    Args:
        folder: For the logs and the files of the workers.
        environment: Added to that of the processes.
        protocol: ``tcp`` or ``tls``.

    Attributes:
        address: Of the scheduler.
        scheduler: Its process.
        workers: Their processes.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str] | None = None, protocol: str = "tcp"
    ) -> None:
        self._folder = folder
        kept = {name: os.environ[name] for name in os.environ if not name.startswith("LOOKALIKE")}
        self._environment = kept | dict(environment or {})
        self._protocol = protocol
        self._port = free_port()
        self.address = f"{protocol}://127.0.0.1:{self._port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        # Not in the folder of the project: a scheduler needs nothing of it.
        self.scheduler = self._start(
            "scheduler", "--port", str(self._port), "--protocol", protocol, folder=folder
        )

    def __enter__(self) -> DaskCluster:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self.scheduler):
            kill(process)

    def start_worker(
        self, *, folder: Path = ROOT, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a worker and return at once.

        Args:
            folder: Where the worker finds the project.
            before: What starts its command, such as ``unshare``.
        """
        worker = self._start(
            *("worker", self.address, "--nthreads", "1", "--no-nanny"),
            *("--local-directory", str(self._folder), "--protocol", self._protocol),
            folder=folder,
            before=before,
        )
        self.workers.append(worker)
        return worker

    def add_worker(self, **options: Any) -> subprocess.Popen[bytes]:
        """Start a worker and wait until the scheduler knows it."""
        worker = self.start_worker(**options)
        self.wait()
        return worker

    def wait(self) -> None:
        """Wait until the scheduler knows all workers that are alive."""
        alive = sum(worker.poll() is None for worker in self.workers)
        with self.client() as client:
            client.wait_for_workers(alive, timeout=START_SECONDS)

    def client(self) -> Any:
        from distributed import Client

        return Client(self.address, timeout=START_SECONDS, set_as_default=False)

    def _start(
        self, *arguments: str, folder: Path, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        with (self._folder / f"dask-{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(*before, sys.executable, "-m", "dask"),
                    *(*arguments, "--host", "127.0.0.1", "--no-dashboard"),
                ],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, also a stopped one, and wait until it is gone."""
    process.kill()
    process.wait()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process: it keeps its connections, and does and answers nothing."""
    process.send_signal(signal.SIGSTOP)


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port
