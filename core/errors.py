"""Errors of Lookalike; messages say what was expected, what was received and what to do next."""


class LookalikeError(Exception):
    """Base of all errors with a message for the user.

    Attributes:
        exit_code: Exit code of the command line.
    """

    exit_code = 2


class ConfigurationError(LookalikeError):
    """An option or a setting has an invalid value."""


class LibraryError(LookalikeError):
    """The folder of images is missing, empty or cannot be read."""


class ImageError(LookalikeError):
    """A file cannot be used as an image; the message is only the reason."""


class DownloadError(LookalikeError):
    """A file cannot be downloaded."""


class WeightsError(LookalikeError):
    """The weights are missing, damaged or do not fit VGG16."""


class WorkersError(LookalikeError):
    """The workers of a cluster cannot be reached or used."""


class FeatureStoreError(LookalikeError):
    """The features folder cannot be read or written."""


class IndexServerError(LookalikeError):
    """The index server does not answer, is still loading or refuses a request."""


class BusyError(LookalikeError):
    """Another indexing run holds the features folder."""


class QueueFullError(LookalikeError):
    """Too many searches are waiting."""


class NotAllowedError(LookalikeError):
    """Only the owner may do this."""


class Cancelled(LookalikeError):  # noqa: N818 - not a failure
    """A long action was stopped on request; finished work is kept."""


class IndexNotFoundError(LookalikeError):
    """There is no index to search yet."""

    exit_code = 3


class IndexMismatchError(LookalikeError):
    """The index was made in another feature space than the requested one."""

    exit_code = 3
