"""What the program is called, in messages: it runs from a checkout, or is installed."""

INSTALLED = __name__ != "core.program"
COMMAND = "lookalike" if INSTALLED else "python -m core"


def install(extra: str) -> str:
    """The command that installs what an extra needs."""
    wheel, checkout = (
        f'pip install "lookalike[{extra}]"',
        f"pip install -r requirements-{extra}.txt",
    )
    return wheel if INSTALLED else checkout
