"""The files in the folders and archives that the command line names."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from pneumonia.errors import RadiographError
from pneumonia.reading.archive import is_zip, open_archive


def find_files(paths: Sequence[str]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield each file's name as the person gave it, and how to read it.

    Folders are searched for whatever is not hidden; what a ZIP archive holds is named
    ``archive.zip!folder/file``.

    Parameters
    ----------
    paths : sequence of str
        Files and folders.

    Yields
    ------
    name : str
    read : callable
        Gives the file's bytes; raises `RadiographError` for what an archive cannot
        give.

    Raises
    ------
    FileNotFoundError
        If there is nothing of that name; says so in a sentence.
    """
    for name, path in _find_paths(paths):
        if not _is_zip_file(path):
            yield name, partial(read_bytes, path)
            continue
        try:
            archive = open_archive(path)
        except RadiographError as error:
            yield name, partial(_fail, error)
            continue
        if archive.skipped:
            sys.stderr.write(
                f"{name}: {archive.skipped} files that are not radiographs were "
                "skipped.\n"
            )
        for member in archive.names:
            yield f"{name}!{member}", partial(archive.read, member)


def _is_zip_file(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_zip(file.read(4))
    except OSError:
        return False


def _fail(error: RadiographError) -> bytes:
    raise error


def _find_paths(paths: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield each file's name as the person gave it, and its path."""
    for name in paths:
        path = Path(name)
        if path.is_dir():
            for found in sorted(path.rglob("*")):
                below = found.relative_to(path)
                hidden = any(part.startswith(".") for part in below.parts)
                dangling = found.is_symlink() and not found.exists()
                if not hidden and (found.is_file() or dangling):
                    yield str(found), found
        elif path.exists():
            yield name, path
        else:
            raise FileNotFoundError(f"There is no file or folder {name}.")


def read_bytes(path: Path) -> bytes:
    """Read a file; one that cannot be opened is as unreadable as an empty one."""
    try:
        return path.read_bytes()
    except OSError as error:
        logging.getLogger(__name__).warning("%s: %s.", path, error.strerror)
        return b""
