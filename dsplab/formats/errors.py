"""What goes wrong with files: one exception and two warnings."""


class FormatError(ValueError):
    """A file cannot be read or written; the message names the file and the cause.

    Problems of the file system (no such file, no permission, disk full) keep Python's
    own types below `OSError`.
    """


class TruncatedWarning(UserWarning):
    """A file holds less sound than it promises; what is there was returned."""


class ClippedWarning(UserWarning):
    """Samples beyond full scale were limited to [-1, 1] when they were written."""
