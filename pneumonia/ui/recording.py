"""What of a session goes into the audit record; nothing unless a setting names one."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.audit.opening import audit_address, audit_packages, waiting_folder
from pneumonia.language.speech import say
from pneumonia.ui import access_texts, texts
from pneumonia.ui.limits import LIMITS
from pneumonia.ui.time_left import write_duration

if TYPE_CHECKING:
    from pneumonia.audit.recorder import Recorder
    from pneumonia.ui.reader_study import Reader
    from pneumonia.ui.sign_in import Person
    from pneumonia.ui.uploads import Case
    from pneumonia.ui.worklist import Row

_KEY: Final = "audit"
_PERSON: Final = "audit_person"


def records() -> bool:
    """Tell whether there is a record."""
    return audit_address() is not None


def privacy() -> str:
    """Say what this server keeps."""
    if records():
        return say(access_texts.RECORDED)
    return say(texts.PRIVACY, away=write_duration(LIMITS.resume_seconds))


def start_recording() -> Recorder | None:
    """Return this server's recorder, started at the first call; None without a record.

    Raises
    ------
    AuditError
        If a record is asked for that cannot be: its packages are missing, or its
        address is none.
    """
    address = audit_address()
    if address is None:
        return None
    with audit_packages():
        from pneumonia.audit.recorder import recorder_of
    # Servers that share a working folder differ in their port.
    return recorder_of(address, waiting_folder(str(st.get_option("server.port"))))


def may_see_record(person: Person) -> bool:
    """Tell whether somebody sees the record on the page.

    Without sign-in, ``PNEUMONIA_AUDIT_PAGE=1`` shows it to every visitor.
    """
    local = person.user is None and os.environ.get("PNEUMONIA_AUDIT_PAGE") == "1"
    return records() and (person.role == "administrator" or local)


def note_person(person: Person) -> None:
    """Remember for this session who uses it."""
    st.session_state[_PERSON] = person.user


def person_in_tab() -> str:
    """Name who uses this session to the browser, not in words; empty for anybody."""
    user: str | None = st.session_state.get(_PERSON)
    return hashlib.sha256(user.encode()).hexdigest()[:16] if user else ""


def note_results(rows: Sequence[Row], opened: Case, reader: Reader) -> None:
    """Record what the page shows that it did not show before.

    That is a result, a changed impression, and, of the open case, other settings. A
    locked case is recorded once its result is shown.

    Parameters
    ----------
    rows : sequence of Row
    opened : Case
    reader : Reader
    """
    recorder = start_recording()
    if recorder is None:
        return
    from pneumonia.audit.entry import entry_of

    session, noted = st.session_state.setdefault(_KEY, (secrets.token_hex(8), {}))
    for row in rows:
        if row.decision is None:
            continue
        found, reading = row.decision.assessment, reader.readings.get(row.case.identity)
        result: tuple[Any, ...] = (
            *(found.input_sha256, found.weights, found.weights_sha256, found.repaired),
            *((reading.impression, reading.changed_after_reveal) if reading else ()),
        )
        shown = (
            *(row.decision.operating_point, row.decision.wanted_prevalence),
            *(it.code for it in found.warnings),
        )
        before = noted.get(result)
        if before is None or (row.case == opened and before != shown):
            noted[result] = shown
            user = st.session_state.get(_PERSON)
            recorder.record(entry_of(row.decision, reading, session=session, user=user))
