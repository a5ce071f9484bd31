"""The command line: everything the app does, without a screen.

In go arguments; out come lines or one JSON object on standard output, and an exit code.
"""

from .commands import main

__all__ = ["main"]
