"""The files in the folders and archives that the command line names."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from pneumonia.cli.text_output import printable
from pneumonia.errors import RadiographError
from pneumonia.reading.archive import Archive, is_zip, open_archive
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.file_selection import select_radiographs
from pneumonia.reading.regular_files import read_head, read_regular_file

_HEAD_BYTES = 132  # what `is_dicom` needs
# An archive holds those inside it in memory. Two threads read at most from two.
_OPEN_ARCHIVES = 2


class Input(NamedTuple):
    """A file that may be a radiograph.

    Attributes
    ----------
    name : str
        As the person gave it; in archives ``archive.zip!folder/file``.
    path : Path
        Of the file or of its archive.
    read : callable
        Gives the file's bytes; raises `RadiographError` for what cannot be had.
    member : str
        Its name in the archive; empty for what lies in none.
    """

    name: str
    path: Path
    read: Callable[[], bytes]
    member: str = ""


def find_inputs(paths: Sequence[str]) -> Iterator[Input]:
    """Yield the files that the command line names.

    Of folders and ZIP archives, the files that may be radiographs are listed and the
    others counted on standard error. Links to folders are followed; each folder is
    searched once.

    Parameters
    ----------
    paths : sequence of str
        Files and folders.

    Yields
    ------
    Input

    Raises
    ------
    FileNotFoundError
        If there is nothing of that name; says so in a sentence.
    """
    open_again = lru_cache(_OPEN_ARCHIVES)(open_archive)
    for name in paths:
        path = Path(name)
        if is_folder(path):
            yield from _find_in_folder(name, path, open_again)
        elif os.path.lexists(path):
            yield from _find_in_file(name, path, open_again)
        else:
            raise FileNotFoundError(f"There is no file or folder {printable(name)}.")


def is_folder(path: Path) -> bool:
    """Tell a folder, or a link to one; what cannot be asked is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _find_in_folder(
    name: str, folder: Path, open_again: Callable[[Path], Archive]
) -> Iterator[Input]:
    files = sorted(_walk(name, folder))
    chosen = select_radiographs(
        [path.relative_to(folder) for path in files],
        lambda number: is_dicom(_read_head(files[number])),
    )
    _tell_of_skipped(name, len(files) - len(chosen))
    for number in chosen:
        yield from _find_in_file(str(files[number]), files[number], open_again)


def _walk(name: str, folder: Path) -> Iterator[Path]:
    """Yield whatever is no folder: files, but also pipes and broken links."""
    searched, again = set[tuple[int, int]](), 0
    # Links come last, so that files have the names of the folders that they lie in.
    waiting, links = [folder], list[Path]()
    while waiting or links:
        here = waiting.pop() if waiting else links.pop()
        try:
            found = here.stat()
            identity = (found.st_dev, found.st_ino)
            entries = [] if identity in searched else sorted(here.iterdir())
        except OSError:
            yield here  # it gets a row with the reason
            continue
        again += identity in searched
        searched.add(identity)
        for path in entries:
            if not is_folder(path):
                yield path
            elif path.is_symlink():
                links.append(path)
            else:
                waiting.append(path)
    if again:
        sys.stderr.write(
            f"{printable(name)}: {again} links lead to folders that are searched "
            "anyway.\n"
        )


def _find_in_file(
    name: str, path: Path, open_again: Callable[[Path], Archive]
) -> Iterator[Input]:
    """Yield a file, or those in an archive."""
    if not is_zip(_read_head(path)):
        yield Input(name, path, partial(read_regular_file, path))
        return
    try:
        archive = open_again(path)
    except RadiographError as error:
        yield Input(name, path, partial(_fail, error))
        return
    _tell_of_skipped(name, archive.skipped)
    for member in archive.names:
        read = partial(_read_member, open_again, path, member)
        yield Input(f"{name}!{member}", path, read, member)


def _read_member(
    open_again: Callable[[Path], Archive], path: Path, member: str
) -> bytes:
    return open_again(path).read(member)


def _tell_of_skipped(name: str, count: int) -> None:
    if count:
        sys.stderr.write(
            f"{printable(name)}: {count} files that are not radiographs were skipped.\n"
        )


def _read_head(path: Path) -> bytes:
    try:
        return read_head(path, _HEAD_BYTES)
    except RadiographError:
        return b""


def _fail(error: RadiographError) -> bytes:
    raise error
