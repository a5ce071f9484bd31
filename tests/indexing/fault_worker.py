"""The command line with an extractor that needs no TensorFlow, to be stopped anywhere.

``python -m tests.indexing.fault_worker [options] index LIBRARY …`` is ``python -m core index
LIBRARY …``. It writes a line to standard output for each step of the run, ``step STAGE DONE
TOTAL``, and a line ``saved NAME`` before each file that takes its place in the features folder.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from core.cli import main as run_command
from core.cli import options as cli_options
from core.engine import ImageSearchEngine
from core.types import IndexReport, Progress
from tests.fakes import fake_extractor


def main() -> int:
    """Run the command that follows the options."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hold", metavar="STAGE", help="wait there for a line on standard input")
    for option in ("--kill", "--interrupt"):
        parser.add_argument(
            option,
            nargs=2,
            type=int,
            metavar=("STEP", "LINES"),
            help="stop itself so many executed lines of Python after that step; 0 is the start",
        )
    parser.add_argument(
        "--kill-at-save", type=int, metavar="N", help="SIGKILL itself before the Nth file is saved"
    )
    parser.add_argument("--kill-at", metavar="NAME", help="the same, before this file is saved")
    parser.add_argument("--file-limit", type=int, metavar="BYTES", help="no file grows beyond it")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    step, lines = options.kill or options.interrupt or (-1, 0)
    deadly = signal.SIGKILL if options.kill else signal.SIGINT
    steps = saves = 0

    class Engine(ImageSearchEngine):
        def __init__(self, *settings: Any, **more: Any) -> None:
            super().__init__(*settings, **more, make_extractor=fake_extractor)

        def index(self, *arguments: Any, **more: Any) -> IndexReport:
            return super().index(*arguments, **more | {"progress": told})

    def told(progress: Progress) -> None:
        nonlocal steps
        steps += 1
        tell(f"step {progress.stage.replace(' ', '-')} {progress.done} {progress.total}")
        if progress.stage == options.hold:
            sys.stdin.readline()
        if steps == step:
            stop_after(lines, deadly)

    def saving(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal saves
        if event == "os.rename":
            saves += 1
            name = Path(arguments[1]).name
            tell(f"saved {name}")
            if saves == options.kill_at_save or name == options.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    if options.file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_limit, options.file_limit))
    sys.addaudithook(saving)
    cli_options.ImageSearchEngine = Engine  # type: ignore[misc]
    if step == 0:
        stop_after(lines, deadly)
    try:
        return run_command(options.command)
    finally:
        sys.settrace(None)


def tell(line: str) -> None:
    """Write a line at once, past the buffer of ``print``."""
    os.write(1, f"{line}\n".encode())


def stop_after(lines: int, deadly: signal.Signals) -> None:
    """Send this process a signal after so many more lines of Python in this thread."""
    left = lines

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left < 0:
                sys.settrace(None)
                os.kill(os.getpid(), deadly)
        return trace

    sys.settrace(trace)
    frame = sys._getframe().f_back
    while frame:
        frame.f_trace = trace
        frame = frame.f_back


if __name__ == "__main__":
    sys.exit(main())
