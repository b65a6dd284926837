"""Files that appear whole or not at all.

What is written goes under another name in the same folder, and is renamed at the end:
a full disk, an error or a power cut leave the old file, or none, never half of one.
"""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from dsplab.formats.errors import FormatError


@contextlib.contextmanager
def whole_file(path):
    """Open a file for writing (and reading) bytes, which is there once all went well.

    Args:
      path: a string or `pathlib.Path`; a link stays a link, what it points to is
        replaced.

    Raises:
      FormatError: if there is a folder, or no regular file, of that name.
      OSError: if the folder is missing, writing is not permitted, the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(f"{folder}/a.txt") as file:
    ...         _ = file.write(b"all of it")
    ...     Path(f"{folder}/a.txt").read_bytes()
    b'all of it'
    """
    target = _target(path)
    part = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with open(part, "x+b") as file:
            yield file
        os.replace(part, target)
    except OSError as error:
        if error.filename not in (None, str(part)):  # it is about another file
            raise
        reason = error.strerror or error
        raise OSError(error.errno, f"cannot write '{path}': {reason}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _target(path):
    """The file that is to be replaced, if it may be."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        kind = "a folder" if target.is_dir() else "not a regular file"
        raise FormatError(f"cannot write '{path}': it is {kind}")
    if not target.parent.is_dir():
        text = f"cannot write '{path}': there is no folder '{Path(path).parent}'"
        raise FileNotFoundError(errno.ENOENT, text)
    return target
