"""The command line: everything the app does, without a screen.

Exit codes: 0 done, 2 bad input, 3 no index or one of another feature space. With ``--json`` one
object goes to standard output and nothing else; progress and errors go to standard error.
"""

from core.cli.commands import main

__all__ = [
    "main",
]
