"""The radiographs in a ZIP archive, such as a PACS writes for a patient.

Nothing is written to disk, so names like ``../../file`` do no harm. Archives inside the
archive are opened too, one level deep. All files that are no radiographs are counted.
"""

import copy
import io
import threading
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pneumonia.reading.bare_pydicom  # noqa: F401
from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.file_selection import as_path, select_radiographs

MAX_MEMBERS: Final = 5000
# Of the list of files, 400 for each; zipfile takes gigabytes for one of 100 MB.
MAX_LIST_BYTES: Final = 2 * 2**20
MAX_MEMBER_BYTES: Final = 100 * 2**20
MAX_TOTAL_BYTES: Final = 4 * 2**30
# Radiographs shrink to a half or a fifth. Only a blank one shrinks to a thousandth, so
# that the limit holds from 16 MB on.
MAX_RATIO: Final = 100
_SMALL_BYTES = 16 * 2**20
# Archives inside an archive are held in memory while it is open.
MAX_INNER_BYTES: Final = 512 * 2**20

# What clinical software writes. bzip2 and LZMA unpack too much in one step.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What zipfile raises for damaged contents; RuntimeError for a method or version that it
# does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
# What `is_dicom` needs.
_HEAD_BYTES = 132
_ENCRYPTED = 1


@dataclass(frozen=True, eq=False)
class _Member:
    """A file in an archive, or why it cannot be had."""

    file: zipfile.ZipFile
    info: zipfile.ZipInfo
    error: RadiographError | None = None


@dataclass(frozen=True, eq=False)
class Archive:
    """The radiographs in a ZIP archive. Safe to share between threads.

    Attributes
    ----------
    names : tuple of str
        Of the files inside that may be radiographs, in the archive's order. The second
        of one name is called ``name (2)``; one in an inner archive
        ``inner.zip!name``.
    skipped : int
        How many other files it holds: viewers, pages, hidden files.
    """

    names: tuple[str, ...]
    skipped: int
    _members: dict[str, _Member]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, name: str) -> bytes:
        """Unpack one file.

        Parameters
        ----------
        name : str
            One of `names`.

        Returns
        -------
        bytes

        Raises
        ------
        UnreadableRadiographError
            If it is damaged, or packed in a rare way.
        UnsupportedRadiographError
            With the code ``too_large``.
        """
        member = self._members[name]
        if member.error is not None:
            raise member.error
        if member.info.file_size > MAX_MEMBER_BYTES:
            raise _too_large(member.info, MAX_MEMBER_BYTES)
        with self._lock:
            data = _unpack(member.file, member.info)
        if is_zip(data):
            raise UnreadableRadiographError("nested_archive")
        return data


class _Source(io.BufferedReader):
    """The bytes of an archive; refuses a long list of files before it is parsed."""

    def __init__(self, source: bytes | Path | io.RawIOBase) -> None:
        raw: Any = source
        if isinstance(source, bytes):
            raw = io.BytesIO(source)
        elif isinstance(source, Path):
            raw = io.FileIO(source)
        super().__init__(raw)
        self.is_listed = False

    def __del__(self) -> None:
        self.close()

    def read(self, size: int | None = -1, /) -> bytes:
        # zipfile reads the whole list at once.
        if not self.is_listed and size is not None and size > MAX_LIST_BYTES:
            raise UnsupportedRadiographError(
                "too_large", "archive_list", limit=MAX_MEMBERS, megabytes=size / 2**20
            )
        return super().read(size)


def is_zip(data: bytes) -> bool:
    """Tell a ZIP archive by its first bytes."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def open_archive(source: bytes | Path | io.RawIOBase) -> Archive:
    """List the radiographs in a ZIP archive.

    Parameters
    ----------
    source : bytes, Path or RawIOBase
        The whole archive, where it lies, or an open file that can seek.

    Returns
    -------
    Archive

    Raises
    ------
    UnreadableRadiographError
        If it is damaged or encrypted.
    UnsupportedRadiographError
        With the code ``too_large`` if it holds too many files or bytes, or is packed
        so tightly that it must be a decompression bomb; ``no_pixels`` if no file in
        it may be a radiograph.
    """
    found = _Contents()
    found.add(source, outer="")
    if not found.members:
        raise UnsupportedRadiographError(
            "no_pixels", "archive_without_pictures", files=found.skipped
        )
    return Archive(tuple(found.members), found.skipped, found.members)


@dataclass(eq=False)
class _Contents:
    """What an archive and the archives in it hold."""

    members: dict[str, _Member] = field(default_factory=dict)
    skipped: int = 0
    seen: list[zipfile.ZipInfo] = field(default_factory=list)
    inner_bytes: int = 0
    copies: Counter[str] = field(default_factory=Counter)

    def add(self, source: bytes | Path | io.RawIOBase, *, outer: str) -> None:
        """List an archive; names of one in another begin with `outer`."""
        try:
            bounded = _Source(source)
            file = zipfile.ZipFile(bounded)
            bounded.is_listed = True
        except RadiographError:
            raise
        except _DAMAGE as error:
            raise UnreadableRadiographError("damaged_archive") from error
        infos = [info for info in file.infolist() if not _is_folder(info)]
        _check_limits(infos)
        _check_limits([*self.seen, *infos])
        self.seen += infos
        chosen = select_radiographs(
            [as_path(info.filename) for info in infos],
            lambda number: _is_dicom_inside(file, infos[number]),
        )
        kept = [infos[number] for number in chosen]
        if kept and all(info.flag_bits & _ENCRYPTED for info in kept):
            raise UnreadableRadiographError("protected_archive")
        self.skipped += len(infos) - len(kept)
        for info in kept:
            name = outer + info.filename
            if info.flag_bits & _ENCRYPTED:
                locked = UnreadableRadiographError("protected_member")
                self._keep(name, _Member(file, info, locked))
            elif outer or not _is_zip_inside(file, info):
                self._keep(name, _Member(file, info))
            else:
                self._open_inner(name, file, info)

    def _open_inner(
        self, name: str, file: zipfile.ZipFile, info: zipfile.ZipInfo
    ) -> None:
        """List an archive in the archive; one that cannot be opened is one file."""
        self.inner_bytes += info.file_size
        try:
            if max(info.file_size, self.inner_bytes) > MAX_INNER_BYTES:
                raise _too_large(info, MAX_INNER_BYTES)
            self.add(_unpack(file, info), outer=f"{name}!")
        except RadiographError as error:
            self._keep(name, _Member(file, info, error))

    def _keep(self, name: str, member: _Member) -> None:
        """Give each member a name of its own."""
        suffix, distinct = as_path(name).suffix, name
        while distinct in self.members:
            self.copies[name] += 1
            number = 1 + self.copies[name]
            distinct = f"{name.removesuffix(suffix)} ({number}){suffix}"
        self.members[distinct] = member


def _check_limits(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnsupportedRadiographError(
            "too_large", "archive_files", limit=MAX_MEMBERS, files=len(members)
        )
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > MAX_TOTAL_BYTES:
        raise UnsupportedRadiographError(
            "too_large",
            "archive_size",
            limit=MAX_TOTAL_BYTES // 2**30,
            gigabytes=size / 2**30,
        )
    if size > _SMALL_BYTES and size > MAX_RATIO * packed:
        raise UnsupportedRadiographError(
            "too_large", "archive_ratio", limit=MAX_RATIO, times=size // max(packed, 1)
        )


def _too_large(info: zipfile.ZipInfo, limit: int) -> UnsupportedRadiographError:
    return UnsupportedRadiographError(
        "too_large",
        "packed_size",
        limit=limit // 2**20,
        megabytes=info.file_size / 2**20,
    )


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\"))


def _is_dicom_inside(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    try:
        return is_dicom(_unpack(file, info, _HEAD_BYTES))
    except UnreadableRadiographError:
        return True  # listed, so that the person learns of its damage


def _is_zip_inside(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    try:
        return is_zip(_unpack(file, info, _HEAD_BYTES))
    except UnreadableRadiographError:
        return False


def _unpack(
    file: zipfile.ZipFile, member: zipfile.ZipInfo, size: int | None = None
) -> bytes:
    """Unpack a member, or its first bytes; never more than it claims to have."""
    if member.compress_type not in _METHODS:
        raise UnreadableRadiographError(
            "unknown_archive_method", "archive_method", method=member.compress_type
        )
    # Without a size, zipfile unpacks up to 2 GB before it looks at the claim. With one
    # byte more than claimed, the checksum is wrong where a member has more.
    claimed = copy.copy(member)
    claimed.file_size += 1
    try:
        with file.open(claimed) as packed:
            return packed.read(claimed.file_size if size is None else size)
    except _DAMAGE as error:
        raise UnreadableRadiographError("damaged_archive") from error
