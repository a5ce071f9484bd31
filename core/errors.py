"""Every error that Lookalike raises on purpose.

A message says what was expected, what was received and what to do next, in one line.
"""

from __future__ import annotations


class LookalikeError(Exception):
    """Base of all errors meant for the user.

    Attributes:
        exit_code: What the command line exits with.
    """

    exit_code = 2


class ConfigurationError(LookalikeError):
    """An option or a setting has a value that does not exist."""


class LibraryError(LookalikeError):
    """The folder of images is missing, empty or cannot be read."""


class ImageError(LookalikeError):
    """A file cannot be used as an image; the message is the reason alone."""


class DownloadError(LookalikeError):
    """A published file cannot be had."""


class WeightsError(LookalikeError):
    """The weights are missing, damaged or do not fit VGG16."""


class FeatureStoreError(LookalikeError):
    """The features folder cannot be read or written."""


class BusyError(LookalikeError):
    """Another indexing run holds the features folder."""


class QueueFullError(LookalikeError):
    """More people ask at once than can be answered soon."""


class NotAllowedError(LookalikeError):
    """Only the owner may do this."""


class Cancelled(LookalikeError):  # noqa: N818 - it is no failure
    """A long action was stopped on request; what it finished is kept."""


class IndexNotFoundError(LookalikeError):
    """There is no index to search yet."""

    exit_code = 3


class IndexMismatchError(LookalikeError):
    """The index was made in another feature space than the one asked for."""

    exit_code = 3
