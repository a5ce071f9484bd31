"""Faults at any change that the code makes on the disk, within the process."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from core.trash import renaming

_CALLS = (
    *("open", "fsync", "rename", "replace", "link", "unlink", "mkdir", "chmod", "fchown"),
    *("utime", "setxattr"),
)


class Death(BaseException):
    """The process is dead: from now on it changes nothing."""


@contextmanager
def fault(at: int, happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen right before one of the calls that open or change a file.

    Args:
        at: The number of that call, from 0.
        happens: May raise the error of the call; after ``Death`` all calls raise it.
    """
    calls, dead = 0, False

    def step(*arguments: Any) -> None:
        nonlocal calls, dead
        if dead:
            raise Death
        calls += 1
        if calls != at + 1:
            return
        try:
            happens()
        except BaseException as error:
            dead = isinstance(error, Death)
            if len(arguments) > 1 and arguments[1] == "ab":
                # It was about to add to a journal, and wrote a part of the line.
                with original_open(arguments[0], "ab") as file:
                    file.write(b'\n{"file": 0, "sta')
            raise

    def stepping(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            step(*arguments)
            return function(*arguments, **more)

        return call

    original_open = io.open
    with ExitStack() as stack:
        for name in _CALLS:
            stack.enter_context(patch.object(os, name, stepping(getattr(os, name))))
        stack.enter_context(patch.object(io, "open", stepping(io.open)))
        by_flag = stepping(renaming._rename_by_flag)
        stack.enter_context(patch.object(renaming, "_rename_by_flag", by_flag))
        yield
