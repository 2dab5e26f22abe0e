"""From the archive: search studies by DICOMweb, choose, and load them into the list.

``PNEUMONIA_DICOMWEB`` names the archive's address, ``PNEUMONIA_DICOMWEB_TOKEN`` its
token. Without the address nothing of this is on the page, and nothing that it needs is
imported.
"""

from __future__ import annotations

import datetime
import logging
import os
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from pneumonia.errors import PacsError
from pneumonia.language.speech import plural, say, speaking, spoken, write_day
from pneumonia.ui import archive_texts as texts
from pneumonia.ui.doors import keep_file
from pneumonia.ui.sign_in import require_sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from pneumonia.pacs.dicomweb import DicomWeb, Instance, Study

_logger = logging.getLogger(__name__)

_KEY: Final = "from_archive"
_MODALITIES: Final = ("CR", "DX")
_MOST_SERIES: Final = 200
_MOST_STUDIES: Final = 50
_MOST_IMAGES: Final = 100
# Somebody waits for it: less than a terminal has patience for.
_SECONDS: Final = 20
_TRIES: Final = 2
# More than these would not be seen above the button.
_ROWS_SEEN: Final = 7
_ROWS_HEIGHT: Final = 280
_MARKS: Final = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass
class FromArchive:
    """What one session has searched for, loaded and sent.

    Attributes
    ----------
    is_open : bool
        Whether the search is shown.
    searches : int
        How many there were: the choices of one are not those of the next.
    found : list of Study or None
    more : bool
        Whether there are more studies than are shown.
    said : str
        A sentence on what went wrong.
    waiting : list of (Study, Instance)
        Chosen, not loaded yet.
    total : int
        How many were chosen.
    missed : int
        How many of them could not be loaded.
    files : dict of Instance to UploadedFile
        What was loaded.
    sent : set of str
        Cases whose results are in the archive, by their identity.
    """

    is_open: bool = False
    searches: int = 0
    found: list[Study] | None = None
    more: bool = False
    said: str = ""
    waiting: list[tuple[Study, Instance]] = field(default_factory=list)
    total: int = 0
    missed: int = 0
    files: dict[Instance, UploadedFile] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)

    @classmethod
    def of_session(cls) -> FromArchive:
        """Return this session's, made when it is first asked for."""
        kept: FromArchive = st.session_state.setdefault(_KEY, cls())
        return kept

    def close(self) -> None:
        """Show the search no more; what was not loaded yet is not."""
        self.is_open, self.said = False, ""
        self.waiting.clear()


def has_archive() -> bool:
    """Tell whether the site has named an archive."""
    return bool(os.environ.get("PNEUMONIA_DICOMWEB"))


def open_archive() -> DicomWeb:
    """Return the archive.

    Raises
    ------
    PacsError
        If its settings cannot be used, or the extra ``pacs`` is not installed.
    """
    try:
        from pneumonia.pacs.dicomweb import DicomWeb
    except ImportError as error:
        raise PacsError(
            f"{error.name} is not installed. Install it: pip install '.[pacs]'."
        ) from error
    token = os.environ.get("PNEUMONIA_DICOMWEB_TOKEN")
    address = os.environ["PNEUMONIA_DICOMWEB"]
    return DicomWeb(address, token, seconds=_SECONDS, tries=_TRIES)


def tell_fault(error: PacsError) -> str:
    """Say in a sentence what is wrong with the archive; the log has the cause."""
    _logger.warning("The archive: %s", error)
    fault = getattr(error, "fault", "not_set_up")
    return say(texts.FAULTS[fault], seconds=_SECONDS)


def loaded_files() -> list[UploadedFile]:
    """Return the files that came from the archive, as if they had been dropped."""
    return list(FromArchive.of_session().files.values()) if has_archive() else []


def forget_loaded() -> None:
    """Forget all that was searched for, loaded and sent."""
    st.session_state.pop(_KEY, None)


def take_off(identity: str) -> None:
    """Forget one file that came from the archive; it can be loaded again.

    Parameters
    ----------
    identity : str
        Of the file, which may be any other.
    """
    kept = FromArchive.of_session()
    kept.files = {at: it for at, it in kept.files.items() if it.file_id != identity}


def offer_archive() -> None:
    """Draw the button that opens the search; nothing where there is no archive."""
    if not has_archive():
        return
    kept = FromArchive.of_session()
    if st.button(say(texts.TITLE), icon=":material/search:", key="open_archive"):
        kept.is_open = True
    if kept.is_open:
        # Drawn in every run while it is open: a run that reads other files in the
        # background would else close it.
        dialog = st.dialog(say(texts.TITLE), width="medium", on_dismiss=kept.close)
        # Streamlit runs it alone too, without the page that chose the language.
        dialog(speaking(spoken())(_show_search))()


def _show_search() -> None:
    require_sign_in()  # which may be over since the page was drawn
    kept = FromArchive.of_session()
    asking = st.empty()
    with asking.container():
        _ask(kept)
        telling = st.empty()
        if kept.found and not kept.waiting:
            telling = _choose(kept, kept.found)
    if kept.waiting:
        # On a telephone the bar would else stand below the window.
        asking.empty()
        _load(kept)
        telling = st.empty()
    if kept.said:
        telling.warning(kept.said, icon=":material/info:")


def _ask(kept: FromArchive) -> None:
    """Draw the form, and search when it is sent."""
    st.caption(say(texts.WHAT))
    with st.form("archive_search", border=False):
        # In rows: on a telephone, where columns follow each other, the order stays.
        left, right = st.columns(2, gap="small")
        accession = left.text_input(say(texts.ACCESSION), max_chars=16)
        patient = right.text_input(say(texts.PATIENT), max_chars=64)
        left, right = st.columns(2, gap="small")
        dates = left.date_input(say(texts.DATE), value=[], format="YYYY-MM-DD")
        body_part = right.text_input(say(texts.BODY_PART), max_chars=16)
        asked = st.form_submit_button(say(texts.SEARCH), type="primary")
    if not asked:
        return
    kept.found, kept.said = None, ""
    kept.waiting.clear()
    criteria = {
        "AccessionNumber": accession.strip(),
        "PatientID": patient.strip(),
        "StudyDate": _range(dates),
        "BodyPartExamined": body_part.strip().upper(),
    }
    if not any(criteria.values()):
        kept.said = say(texts.NO_CRITERION)
        return
    with st.spinner(say(texts.SEARCHING)):
        _search(kept, criteria)


def _range(dates: object) -> str:
    """Write days as DICOM's matching does; one day alone is both ends."""
    days = dates if isinstance(dates, tuple) else (dates,)
    written = [f"{day:%Y%m%d}" for day in days if isinstance(day, datetime.date)]
    return "-".join(dict.fromkeys(written))


def _search(kept: FromArchive, criteria: Mapping[str, str]) -> None:
    try:
        archive = open_archive()
        found = [
            study
            for modality in _MODALITIES
            for study in archive.search(criteria, modality=modality, limit=_MOST_SERIES)
        ]
    except PacsError as error:
        kept.said = tell_fault(error)
        return
    found.sort(key=lambda study: study.date, reverse=True)
    kept.searches += 1
    kept.found, kept.more = found[:_MOST_STUDIES], len(found) > _MOST_STUDIES
    kept.said = "" if found else say(texts.NOTHING_FOUND)


def _choose(kept: FromArchive, found: Sequence[Study]) -> DeltaGenerator:
    """Draw a row a study, load those chosen; return the place to say what is wrong."""
    names = st.toggle(say(texts.SHOW_NAMES), key="archive_names")
    many = len(found) > _ROWS_SEEN
    with st.container(height=_ROWS_HEIGHT if many else "content", gap="small"):
        chosen = [
            study
            for number, study in enumerate(found)
            if st.checkbox(
                _describe(study, names=names),
                value=len(found) == 1,
                key=f"archive-{kept.searches}-{number}",
            )
        ]
    if kept.more:
        st.caption(say(texts.MORE_FOUND, count=len(found)))
    telling = st.empty()
    if not st.button(say(texts.LOAD), key="load_studies", type="primary"):
        return telling
    kept.said = ""
    if not chosen:
        kept.said = say(texts.CHOOSE)
    elif sum(study.images for study in chosen) > _MOST_IMAGES:
        kept.said = say(texts.TOO_MANY, most=_MOST_IMAGES)
    else:
        _list_images(kept, chosen)
    return telling


def _describe(study: Study, *, names: bool) -> str:
    """Write a study in one line: who it is of only where the clinician asks for it."""
    told = [
        _write_date(study.date),
        study.modality,
        plural("{count} image", "{count} images", study.images),
        study.description,
        *((study.patient_name.replace("^", " "), study.patient_id) if names else ()),
    ]
    # The archive's words are nobody's markup.
    return _MARKS.sub(r"\\\1", " · ".join(filter(None, told)))


def _write_date(date: str) -> str:
    try:
        return write_day(datetime.datetime.strptime(date, "%Y%m%d").date())
    except ValueError:
        return say(texts.NO_DATE)


def _list_images(kept: FromArchive, chosen: Sequence[Study]) -> None:
    try:
        archive = open_archive()
        images = [
            (study, image)
            for study in chosen
            for image in archive.instances(study.uid, modality=study.modality)
        ]
    except PacsError as error:
        kept.said = tell_fault(error)
        return
    if len(images) > _MOST_IMAGES:  # the search may have counted fewer
        kept.said = say(texts.TOO_MANY, most=_MOST_IMAGES)
        return
    kept.waiting = [it for it in images if it[1] not in kept.files]
    kept.total, kept.missed = len(kept.waiting), 0
    if not kept.waiting:
        kept.is_open = False
        st.rerun()


def _load(kept: FromArchive) -> None:
    """Load what is chosen; a run that is cut short is gone on with by the next."""
    bar = st.progress(0.0)
    while kept.waiting:
        number = kept.total - len(kept.waiting)
        words = say(texts.LOADING, number=number + 1, total=kept.total)
        bar.progress(number / kept.total, words)
        # Nothing below ends a run: what was loaded is kept.
        study, image = kept.waiting[0]
        try:
            _keep(kept, study, image, open_archive().retrieve(image))
        except PacsError as error:
            kept.said = tell_fault(error)
            one_alone = getattr(error, "fault", "") == "wrong_answer"
            missed = 1 if one_alone else len(kept.waiting)
            kept.missed += missed
            del kept.waiting[:missed]
    bar.empty()
    if not kept.missed:
        kept.close()
        st.rerun()
    done = say(texts.INCOMPLETE, done=kept.total - kept.missed, total=kept.total)
    kept.said = f"{kept.said} {done}"
    kept.missed = 0


def _keep(kept: FromArchive, study: Study, image: Instance, data: bytes) -> None:
    """Put a file beside those that were dropped, if there is room."""
    # No name and no number of a patient: the list shows this.
    day = f"{study.date[:4]}-{study.date[4:6]}-{study.date[6:]}" if study.date else ""
    name = " · ".join(filter(None, [study.modality, day, str(len(kept.files) + 1)]))
    record = UploadedFileRec(uuid.uuid4().hex, name, "application/dicom", data)
    if keep_file(record):
        kept.files[image] = UploadedFile(record, FileURLs(file_id=record.file_id))
        del kept.waiting[:1]
    else:
        kept.said = say(texts.FAULTS["no_room"])
        kept.missed += len(kept.waiting)
        kept.waiting.clear()
