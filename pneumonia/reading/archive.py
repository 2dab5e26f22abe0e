"""The radiographs in a ZIP archive, such as a PACS writes for a patient.

Nothing is written to disk, so names like ``../../file`` do no harm. A PACS export (an
archive with a DICOMDIR) also holds a viewer, pages and previews: only its DICOM files
are taken for radiographs. All other files are counted.
"""

import io
import threading
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.dicom_parser import is_dicom

MAX_MEMBERS: Final = 5000
MAX_MEMBER_BYTES: Final = 100 * 2**20
MAX_TOTAL_BYTES: Final = 4 * 2**30
# Radiographs shrink to a half or a fifth. Only a blank one shrinks to a thousandth, so
# that the limit holds from 16 MB on.
MAX_RATIO: Final = 100
_SMALL_BYTES = 16 * 2**20

# What clinical software writes. bzip2 and LZMA unpack too much in one step.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# Suffixes of viewers, pages and notes.
_HELPERS = set(
    """.htm .html .css .js .xml .xsl .txt .md .log .csv .json .exe .dll .so .inf .ini
    .bat .sh .jar .msi .ico .db .chm .cab .app .dylib .plist""".split()
)
_DICOMDIR = "DICOMDIR"
# What zipfile raises for damaged contents; RuntimeError for a method or version that it
# does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
# What `is_dicom` needs.
_HEAD_BYTES = 132


@dataclass(frozen=True, eq=False)
class Archive:
    """The radiographs in a ZIP archive. Safe to share between threads.

    Attributes
    ----------
    names : tuple of str
        Of the files inside that may be radiographs, in the archive's order.
    skipped : int
        How many other files it holds: viewers, pages, hidden files.
    """

    names: tuple[str, ...]
    skipped: int
    _file: zipfile.ZipFile
    _members: dict[str, zipfile.ZipInfo]
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
        if member.file_size > MAX_MEMBER_BYTES:
            raise UnsupportedRadiographError(
                "too_large", "packed_size", megabytes=member.file_size / 2**20
            )
        with self._lock:
            data = _unpack(self._file, member)
        if is_zip(data):
            raise UnreadableRadiographError("nested_archive")
        return data


def is_zip(data: bytes) -> bool:
    """Tell a ZIP archive by its first bytes."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def open_archive(source: bytes | Path) -> Archive:
    """List the radiographs in a ZIP archive.

    Parameters
    ----------
    source : bytes or Path
        The whole archive, or where it lies.

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
    try:
        file = zipfile.ZipFile(
            io.BytesIO(source) if isinstance(source, bytes) else source
        )
    except _DAMAGE as error:
        raise UnreadableRadiographError("damaged_archive") from error
    members = [member for member in file.infolist() if not member.is_dir()]
    _check_limits(members)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableRadiographError("protected_archive")
    visible = [member for member in members if not _is_hidden(member)]
    if any(_name(member).upper() == _DICOMDIR for member in visible):
        kept = [member for member in visible if _is_dicom_inside(file, member)]
    else:
        kept = [
            member
            for member in visible
            if PurePosixPath(member.filename).suffix.lower() not in _HELPERS
        ]
    if not kept:
        raise UnsupportedRadiographError(
            "no_pixels", "archive_without_pictures", files=len(members)
        )
    by_name = {member.filename: member for member in kept}
    return Archive(tuple(by_name), len(members) - len(by_name), file, by_name)


def _check_limits(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise UnsupportedRadiographError(
            "too_large", "archive_files", files=len(members)
        )
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > MAX_TOTAL_BYTES:
        raise UnsupportedRadiographError(
            "too_large", "archive_size", gigabytes=size / 2**30
        )
    if size > _SMALL_BYTES and size > MAX_RATIO * packed:
        raise UnsupportedRadiographError(
            "too_large", "archive_ratio", times=size // max(packed, 1)
        )


def _name(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).name


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return any(
        (part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts
    )


def _is_dicom_inside(file: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    if _name(member).upper() == _DICOMDIR:
        return False
    try:
        return is_dicom(_unpack(file, member, _HEAD_BYTES))
    except UnreadableRadiographError:
        return True  # listed, so that the person learns of its damage


def _unpack(file: zipfile.ZipFile, member: zipfile.ZipInfo, size: int = -1) -> bytes:
    if member.compress_type not in _METHODS:
        raise UnreadableRadiographError(
            "unknown_archive_method", "archive_method", method=member.compress_type
        )
    try:
        with file.open(member) as packed:
            return packed.read(size)
    except _DAMAGE as error:
        raise UnreadableRadiographError("damaged_archive") from error
