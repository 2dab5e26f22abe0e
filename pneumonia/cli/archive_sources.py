"""Where the radiographs of an archive lie: on disk, in a bucket or on a web server.

What lies on disk is found and named as `pneumonia.cli.inputs` does; what has an address
is reached through fsspec.
"""

import glob
import io
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple, TypeVar

from pneumonia.cli.inputs import find_inputs
from pneumonia.cli.text_output import UsageError, printable
from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.reading.archive import Archive, is_zip, open_archive
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.file_selection import select_radiographs
from pneumonia.reading.radiograph import MAX_BYTES
from pneumonia.reading.regular_files import read_head, read_regular_file

_HEAD_BYTES: Final = 132  # what `is_dicom` needs
_OPEN_ARCHIVES: Final = 2
# s3fs tries five times by itself; this is for what outlives that.
_WAITS: Final = (1.0, 5.0)
_Result = TypeVar("_Result")


class Source(NamedTuple):
    """A file that may be a radiograph, told so that another machine finds it.

    Attributes
    ----------
    name : str
        As the plain engine names it.
    place : str
        Path or address of the file or of its ZIP archive.
    member : str
        Its name in the archive; empty for what lies in none.
    """

    name: str
    place: str
    member: str = ""


def find_sources(paths: Sequence[str], listed: Path | None) -> Iterator[Source]:
    """Yield the files that were asked for.

    Parameters
    ----------
    paths : sequence of str
        Files, folders, patterns such as ``**/*.dcm``, ZIP archives, and addresses of
        them. A folder's address ends with ``/``, that of an archive with ``.zip``.
    listed : Path or None
        A text file with more of them, one a line.

    Yields
    ------
    Source

    Raises
    ------
    UsageError
        If there is nothing of that name, or it cannot be listed.
    """
    yield from _find_all(paths)
    if listed is not None:
        with listed.open(encoding="utf-8", errors="surrogateescape") as lines:
            yield from _find_all(line.rstrip("\r\n") for line in lines if line.strip())


def _find_all(paths: Sequence[str] | Iterator[str]) -> Iterator[Source]:
    for path in paths:
        if "://" in path:
            yield from _find_remote(path)
            continue
        is_pattern = glob.has_magic(path) and not Path(path).exists()
        found = [path]
        if is_pattern:
            found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207
        if not found:
            raise UsageError(f"No file has a name like {printable(path)}.")
        try:
            for each in find_inputs(found):
                yield Source(each.name, str(each.path), each.member)
        except FileNotFoundError as error:
            raise UsageError(str(error)) from error


def _find_remote(address: str) -> Iterator[Source]:
    """List a bucket's folder, pattern or archive; anything else is one file."""
    # Web servers list nothing, and their addresses hold question marks.
    is_web = address.startswith(("http://", "https://"))
    is_pattern = not is_web and glob.has_magic(address)
    is_folder = not is_web and address.endswith("/")
    if not (is_pattern or is_folder or address.lower().endswith(".zip")):
        yield Source(address, address)
        return
    try:
        system, path = _connect(address)
        found = [path]
        if is_pattern or is_folder:
            found = sorted(system.glob(path) if is_pattern else system.find(path))
        below = path.split("*")[0].rpartition("/")[0] if is_pattern else path
        chosen = select_radiographs(
            [PurePosixPath(each.removeprefix(below).lstrip("/")) for each in found],
            lambda number: is_dicom(system.cat_file(found[number], 0, _HEAD_BYTES)),
        )
        for number in chosen if is_pattern or is_folder else [0]:
            place = str(system.unstrip_protocol(found[number]))
            yield from _find_in_remote_file(place)
    except (RadiographError, UsageError):
        raise
    except Exception as error:  # each storage has exceptions of its own
        raise UsageError(
            f"{printable(address)} cannot be listed: {printable(str(error))}. Check "
            "the address and the credentials."
        ) from error


def _find_in_remote_file(place: str) -> Iterator[Source]:
    if not place.lower().endswith(".zip"):
        yield Source(place, place)
        return
    try:
        archive = _persist(lambda: _open(place))
    except UnreadableRadiographError as error:
        if error.code == "not_opened":
            raise UsageError(f"{printable(place)} cannot be opened: {error}") from error
        archive = None
    except RadiographError:
        archive = None
    if archive is None:  # it gets a row with the reason
        yield Source(place, place)
        return
    for member in archive.names:
        yield Source(f"{place}!{member}", place, member)


def read_source(source: Source) -> bytes:
    """Read a file, on whatever machine; what fails on the way is tried again.

    Parameters
    ----------
    source : Source

    Returns
    -------
    bytes

    Raises
    ------
    RadiographError
        As the plain engine's for what cannot be had; also with the code
        ``not_opened`` if a storage does not give it.
    """
    if "://" in source.place:
        return _persist(lambda: _read_remote(source))
    if source.member:
        return _open(source.place).read(source.member)
    path = Path(source.place)
    if is_zip(read_head(path, _HEAD_BYTES)):
        _open(source.place)  # says why it cannot be opened
    return read_regular_file(path)


def _read_remote(source: Source) -> bytes:
    if source.place.lower().endswith(".zip"):
        archive = _open(source.place)
        if not source.member:
            raise UnreadableRadiographError("nested_archive")
        return archive.read(source.member)
    system, path = _connect(source.place)
    try:
        # One request; a byte too many is refused by its reader.
        return bytes(system.cat_file(path, start=0, end=MAX_BYTES + 1))
    except FileNotFoundError:
        raise
    except Exception:
        if system.size(path) == 0:  # has no first byte to ask for
            return b""
        raise


@lru_cache(_OPEN_ARCHIVES)
def _open(place: str) -> Archive:
    if "://" not in place:
        return open_archive(Path(place))
    system, path = _connect(place)
    return open_archive(_Remote(system.open(path, "rb")))


def _connect(address: str) -> tuple[Any, str]:
    import fsspec

    system, path = fsspec.core.url_to_fs(address)
    return system, path


def _persist(ask: Callable[[], _Result]) -> _Result:
    """Ask a storage, again if it fails for a reason that may pass."""
    for wait in (*_WAITS, None):
        try:
            return ask()
        except RadiographError:
            raise
        except Exception as error:  # each storage has exceptions of its own
            if wait is None or isinstance(error, FileNotFoundError | PermissionError):
                # Texts and addresses may hold secrets; the kind of error holds none.
                lost = error.__cause__ if isinstance(error, _LostError) else error
                kind = type(lost).__name__
                raise UnreadableRadiographError(
                    "not_opened", "system_error", reason=kind
                ) from error
            _open.cache_clear()
            time.sleep(wait)
    raise AssertionError("unreachable")


class _LostError(Exception):
    """A storage failed; unlike an `OSError` this is no damage to an archive."""


class _Remote(io.RawIOBase):
    """A file in a storage, of which only the parts that are asked for are fetched."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self._file.read(len(buffer))
        except Exception as error:
            raise _LostError from error
        buffer[: len(data)] = data
        return len(data)
