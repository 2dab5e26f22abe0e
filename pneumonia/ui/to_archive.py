"""To the archive: heatmap and report of a case that came from there, on a click."""

from __future__ import annotations

import streamlit as st

from pneumonia.errors import ExportError, PacsError
from pneumonia.export.records import record_with_reading, to_json
from pneumonia.language.speech import ENGLISH, say, speaking
from pneumonia.ui import archive_texts as texts
from pneumonia.ui.exports import OpenCase, draw_overlay
from pneumonia.ui.from_archive import FromArchive, has_archive, open_archive, tell_fault


def offer_sending(opened: OpenCase, identity: str) -> None:
    """Draw the button that sends the results, or that they were sent.

    Parameters
    ----------
    opened : OpenCase
    identity : str
        Of the case. One that did not come from the archive is offered nothing.
    """
    if not has_archive() or not opened.explained:
        return
    kept = FromArchive.of_session()
    if identity not in {file.file_id for file in kept.files.values()}:
        return
    if identity in kept.sent:
        st.markdown(say(texts.SENT))
        return
    if st.button(
        say(texts.SEND),
        help=say(texts.SEND_HELP),
        icon=":material/upload:",
        key="send_results",
        width="stretch",
    ):
        with st.spinner(say(texts.SENDING)):
            fault = _send(opened)
            if not fault:
                kept.sent.add(identity)
        if fault:
            st.warning(fault, icon=":material/info:")
        else:
            st.rerun()


def _send(opened: OpenCase) -> str:
    """Store the results; returns why not, empty once the archive has them."""
    from pneumonia.pacs.results import study_objects

    if opened.radiograph is None:
        return ""
    report, data = opened.checked(), opened.read()
    # The same result has the same UIDs, whoever sends it again: archives keep it once.
    with speaking(ENGLISH):
        made_of = to_json([record_with_reading(report.decision, report.reading)])
    try:
        objects = study_objects(
            *(report, draw_overlay(opened, opened.radiograph), opened.radiograph, data),
            [report.assessment.input_sha256, made_of],
        )
        open_archive().store(list(objects.values()))
    except PacsError as error:
        return tell_fault(error)
    except ExportError as error:
        return str(error)
    return ""
