"""Uploads (files, archives, PACS exports) as a list of cases."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from pneumonia.errors import RadiographError
from pneumonia.phantom import draw_phantom
from pneumonia.reading.archive import Archive, is_zip, open_archive
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.ui import texts

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_DICOMDIR = "DICOMDIR"
_HEAD_BYTES = 132  # what `is_dicom` needs


@dataclass(frozen=True)
class Case:
    """One radiograph, or what may be one.

    Attributes
    ----------
    identity : str
        The same in every run of the script.
    name : str
        As the person who dropped it sees it.
    read : callable
        Gives the file's bytes; they are copied only when needed. Raises
        `RadiographError` where an archive does not give them.
    synthetic : bool
        Whether it is the drawn example.
    """

    identity: str
    name: str
    read: Callable[[], bytes]
    synthetic: bool = False


def collect_cases(uploads: Sequence[UploadedFile], *, example: bool) -> list[Case]:
    """List the dropped files in their order, the example first.

    A ZIP archive stands for the files in it. Where a DICOMDIR is among the files,
    they are a PACS export, and only the DICOM files of it are cases.

    Parameters
    ----------
    uploads : sequence of UploadedFile
    example : bool
        Whether to begin with the drawn example.

    Returns
    -------
    list of Case
    """
    cases = []
    if example:
        cases.append(Case("example", texts.EXAMPLE_NAME, draw_example, synthetic=True))
    export = any(_is_dicomdir(file.name) for file in uploads)
    for file in uploads:
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        if is_zip(head):
            cases += _cases_inside(file)
        elif not export or (is_dicom(head) and not _is_dicomdir(file.name)):
            cases.append(Case(file.file_id, file.name, file.getvalue))
    _forget_archives_except({file.file_id for file in uploads})
    return cases


@st.cache_data(show_spinner=False)
def draw_example() -> bytes:
    """Draw the phantom as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(draw_phantom((1024, 1024), consolidation=True)).save(file, "PNG")
    return file.getvalue()


def _cases_inside(file: UploadedFile) -> Iterator[Case]:
    # An archive is listed once, not in every run; it stays in this session.
    opened = st.session_state.setdefault("archives", {})
    if file.file_id not in opened:
        try:
            opened[file.file_id] = open_archive(file.getvalue())
        except RadiographError as error:
            opened[file.file_id] = error
    archive: Archive | RadiographError = opened[file.file_id]
    if isinstance(archive, RadiographError):
        yield Case(file.file_id, file.name, partial(_fail, archive))
        return
    for name in archive.names:
        identity = f"{file.file_id}/{name}"
        yield Case(identity, PurePosixPath(name).name, partial(archive.read, name))


def _forget_archives_except(kept: set[str]) -> None:
    opened = st.session_state.get("archives", {})
    for identity in set(opened) - kept:
        del opened[identity]


def _fail(error: RadiographError) -> bytes:
    raise error


def _is_dicomdir(name: str) -> bool:
    return PurePosixPath(name).name.upper() == _DICOMDIR
