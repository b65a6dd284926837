"""What goes wrong with files: one exception and three warnings."""


class FormatError(ValueError):
    """A file cannot be read or written; the message names the file and the cause.

    Problems of the file system (no such file, no permission, disk full) keep Python's
    own types below `OSError`.
    """


class TruncatedWarning(UserWarning):
    """A file holds less sound than it promises; what is there was returned."""


class ClippedWarning(UserWarning):
    """Samples beyond full scale were limited to [-1, 1] when they were written."""


class DamagedWarning(UserWarning):
    """A file breaks the rules of its format; what could be understood was returned."""


def unreadable(name, reason, *, byte=None):
    """Make the `FormatError` of a file that cannot be used.

    Args:
      name: path of the file, or None for bytes that came without one.
      reason: what is wrong, a clause such as "it ends inside a chunk".
      byte: offset in the file where that shows, if there is such a place.

    >>> print(unreadable("a.mid", "it ends inside a track", byte=22))
    cannot read 'a.mid': it ends inside a track (byte 22)
    """
    what = "these bytes" if name is None else f"'{name}'"
    place = "" if byte is None else f" (byte {byte})"
    return FormatError(f"cannot read {what}: {reason}{place}")
