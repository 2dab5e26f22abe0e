"""The files in the folders and archives that the command line names."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from pneumonia.errors import RadiographError
from pneumonia.reading.archive import is_zip, open_archive
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.file_selection import select_radiographs

_HEAD_BYTES = 132  # what `is_dicom` needs


def find_files(paths: Sequence[str]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield each file's name as the person gave it, and how to read it.

    Of folders and ZIP archives, which are named ``archive.zip!folder/file``, the files
    that may be radiographs are listed and the others counted on standard error.

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
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from _find_in_folder(name, path)
        elif path.exists():
            yield from _find_in_file(name, path)
        else:
            raise FileNotFoundError(f"There is no file or folder {name}.")


def _find_in_folder(
    name: str, folder: Path
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    # A dangling link is listed: it stands for a radiograph that cannot be read.
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() or (path.is_symlink() and not path.exists())
    ]
    chosen = select_radiographs(
        [path.relative_to(folder) for path in files],
        lambda number: is_dicom(_read_head(files[number])),
    )
    _tell_of_skipped(name, len(files) - len(chosen))
    for number in chosen:
        yield from _find_in_file(str(files[number]), files[number])


def _find_in_file(name: str, path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield a file, or those in an archive."""
    if not is_zip(_read_head(path)):
        yield name, partial(read_bytes, path)
        return
    try:
        archive = open_archive(path)
    except RadiographError as error:
        yield name, partial(_fail, error)
        return
    _tell_of_skipped(name, archive.skipped)
    for member in archive.names:
        yield f"{name}!{member}", partial(archive.read, member)


def _tell_of_skipped(name: str, count: int) -> None:
    if count:
        sys.stderr.write(
            f"{name}: {count} files that are not radiographs were skipped.\n"
        )


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""


def _fail(error: RadiographError) -> bytes:
    raise error


def read_bytes(path: Path) -> bytes:
    """Read a file; one that cannot be opened is as unreadable as an empty one."""
    try:
        return path.read_bytes()
    except OSError as error:
        logging.getLogger(__name__).warning("%s: %s.", path, error.strerror)
        return b""
