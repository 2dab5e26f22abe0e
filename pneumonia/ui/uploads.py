"""Uploads (files, archives, PACS exports) as a list of cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pneumonia.errors import RadiographError, note_fault
from pneumonia.reading.archive import is_zip, open_archive
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.file_selection import as_path, select_radiographs
from pneumonia.reading.isolation import start_decoders
from pneumonia.ui.kept_files import KeptFiles

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_HEAD_BYTES = 132  # what `is_dicom` needs


@dataclass(frozen=True)
class Case:
    """One radiograph, or what may be one.

    Attributes
    ----------
    identity : str
        The same in every run of the script; begins with that of its upload, followed
        by a slash if it lies in an archive.
    name : str
        As the person who dropped it sees it.
    read : callable
        Gives the file's bytes; they are copied only when needed. Raises
        `RadiographError` where an archive does not give them.
    synthetic : bool
        Whether it is a drawn example.
    """

    identity: str
    name: str
    read: Callable[[], bytes]
    synthetic: bool = False

    @property
    def upload(self) -> str:
        """The identity of the file that was dropped."""
        return self.identity.partition("/")[0]


def collect_cases(
    uploads: Sequence[UploadedFile],
    examples: Sequence[Case] = (),
    *,
    without: Collection[str] = (),
) -> tuple[list[Case], int]:
    """List the dropped files in their order, the examples first.

    A ZIP archive stands for the files in it. Where a DICOMDIR is among the files,
    they are a patient's disc, and only the DICOM files of it are cases.

    Parameters
    ----------
    uploads : sequence of UploadedFile
    examples : sequence of Case
        Drawn ones that the clinician opened.
    without : collection of str
        Identities of cases that were taken off the list.

    Returns
    -------
    cases : list of Case
    left_out : int
        How many files are no radiographs, in archives too.
    """
    kept = KeptFiles.of_session()
    made_of = (
        tuple(file.file_id for file in uploads),
        tuple(examples),
        frozenset(without),
    )
    if kept.collected is None or kept.collected[0] != made_of:
        start_decoders()
        cases, left_out = _collect(uploads, examples)
        cases = [case for case in cases if case.identity not in without]
        kept.forget_except({case.identity for case in cases})
        kept.collected = (made_of, cases, left_out)
    return list(kept.collected[1]), kept.collected[2]


def _collect(
    uploads: Sequence[UploadedFile], examples: Sequence[Case]
) -> tuple[list[Case], int]:
    cases = list(examples)
    heads = [_read_head(file) for file in uploads]
    chosen = select_radiographs(
        [as_path(file.name) for file in uploads],
        lambda number: is_dicom(heads[number]) or is_zip(heads[number]),
    )
    left_out = len(uploads) - len(chosen)
    for number in chosen:
        file = uploads[number]
        if is_zip(heads[number]):
            inside, skipped = _cases_inside(file)
            cases += inside
            left_out += skipped
        else:
            cases.append(Case(file.file_id, file.name, file.getvalue))
    _forget_archives_except({file.file_id for file in uploads})
    return cases, left_out


def _read_head(file: UploadedFile) -> bytes:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    return head


def _cases_inside(file: UploadedFile) -> tuple[list[Case], int]:
    # An archive is listed once, not in every run; it stays in this session.
    opened = KeptFiles.of_session().archives
    if file.file_id not in opened:
        try:
            opened[file.file_id] = open_archive(file.getvalue())
        except RadiographError as error:
            opened[file.file_id] = error
        except Exception as error:
            opened[file.file_id] = note_fault(error)
    archive = opened[file.file_id]
    if isinstance(archive, RadiographError):
        return [Case(file.file_id, file.name, partial(_fail, archive))], 0
    cases = [
        Case(f"{file.file_id}/{name}", as_path(name).name, partial(archive.read, name))
        for name in archive.names
    ]
    return cases, archive.skipped


def _forget_archives_except(kept: set[str]) -> None:
    opened = KeptFiles.of_session().archives
    for identity in set(opened) - kept:
        del opened[identity]


def _fail(error: RadiographError) -> bytes:
    raise error
