"""The bytes of a file on disk, if it is one: a pipe or a device may never end."""

import os
import stat
from pathlib import Path
from typing import Final

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.radiograph import MAX_BYTES

# What is no regular file, by the tests of `stat`.
_KINDS: Final = (
    (stat.S_ISFIFO, "named_pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISDIR, "folder"),
)


def read_regular_file(path: Path) -> bytes:
    """Read a whole file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bytes

    Raises
    ------
    UnreadableRadiographError
        If it is a pipe, a device, a socket, a folder or a link that leads nowhere, or
        cannot be opened.
    UnsupportedRadiographError
        With the code ``too_large``; no more than the limit is read.
    """
    size = check_regular(path)
    if size > MAX_BYTES:
        raise UnsupportedRadiographError(
            "too_large",
            "file_size",
            limit=MAX_BYTES // 2**20,
            megabytes=size / 2**20,
        )
    # A file that grows is read as far as it was there.
    return read_head(path, size) if size else read_head(path, MAX_BYTES)


def check_regular(path: Path) -> int:
    """Find out before a file is opened whether it is a regular one.

    Parameters
    ----------
    path : Path

    Returns
    -------
    int
        Its size in bytes.

    Raises
    ------
    UnreadableRadiographError
        As for `read_regular_file`.
    """
    try:
        found = path.stat()
    except OSError as error:
        if path.is_symlink():
            raise UnreadableRadiographError("not_a_file", "broken_link") from error
        raise _not_opened(error) from error
    if stat.S_ISREG(found.st_mode):
        return found.st_size
    for is_kind, kind in _KINDS:
        if is_kind(found.st_mode):
            raise UnreadableRadiographError("not_a_file", kind)
    raise UnreadableRadiographError("not_a_file", "device")


def read_head(path: Path, size: int) -> bytes:
    """Read the first bytes of a regular file.

    Parameters
    ----------
    path : Path
    size : int
        In bytes.

    Returns
    -------
    bytes
        Fewer where the file is shorter.

    Raises
    ------
    UnreadableRadiographError
        As for `read_regular_file`.
    """
    check_regular(path)
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise _not_opened(error) from error


def _not_opened(error: OSError) -> UnreadableRadiographError:
    reason = os.strerror(error.errno) if error.errno else ""
    return UnreadableRadiographError("not_opened", "system_error", reason=reason)
