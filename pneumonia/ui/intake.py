"""Where files come in: the field to drop them on, the archive, and the examples."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pneumonia.language.speech import say
from pneumonia.ui import texts
from pneumonia.ui.batch_page import forget_saved, unjoined
from pneumonia.ui.doors import forget_uploads, limit_reached, was_refused
from pneumonia.ui.examples import chosen_examples, close_example
from pneumonia.ui.from_archive import (
    forget_loaded,
    loaded_files,
    offer_archive,
    take_off,
)
from pneumonia.ui.kept_files import KeptFiles, forget_files
from pneumonia.ui.limits import LIMITS
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.uploads import Case, collect_cases

# In the address once files were opened: a reload then begins a session that finds it.
_OPENED = "opened"
_TOO_MANY = "too_many"
_REMOVED = "removed"  # identities of cases

# Streamlit copies what a control gives in every run of the script, so that none changes
# it: of a field for files that is all of their bytes. Nobody changes them here.
UploadedFile.__deepcopy__ = lambda self, _: self  # type: ignore[attr-defined]


def offer_upload(label: str) -> None:
    """Draw the field to drop files on; it is drawn once in every run.

    A place of the page that shows no files draws it all the same: Streamlit forgets the
    files of a field that a run does not draw.

    Parameters
    ----------
    label : str
    """
    st.file_uploader(
        label,
        accept_multiple_files=True,
        help=say(texts.UPLOAD_HELP),
        key=_key(),
    )
    if was_refused() or st.session_state.get(_TOO_MANY):
        st.warning(limit_reached(), icon=":material/info:")
    offer_archive()


def offer_clearing(count: int) -> None:
    """Offer to take everything off the list; it asks first, and says what is lost.

    Parameters
    ----------
    count : int
        How many radiographs there are.
    """
    with st.popover(
        say(texts.CLEAR),
        icon=":material/delete_sweep:",
        type="tertiary",
        key="clear",
        on_change="rerun",  # to count what was recorded until then
    ):
        st.markdown(say(texts.CLEAR_ASK, count=count))
        if lost := Reader.of_session().unexported:
            st.markdown(say(texts.CLEAR_LOSES, count=lost))
        st.button(say(texts.CLEAR_NOW), on_click=_clear, type="primary")


def collect() -> tuple[list[Case], int]:
    """Return the cases of this session, and how many files are no radiographs."""
    cases, left_out = collect_cases(
        [*_uploads(), *loaded_files()],
        chosen_examples(),
        without=st.session_state.get(_REMOVED, ()),
    )
    st.session_state[_TOO_MANY] = len(cases) > LIMITS.files
    del cases[LIMITS.files :]
    if cases:
        st.query_params[_OPENED] = "1"
    elif KeptFiles.of_session().digests:
        st.query_params.pop(_OPENED, None)
    return cases, left_out


def remove(identity: str) -> None:
    """Take one case off the list; what is recorded of it is kept.

    Parameters
    ----------
    identity : str
        Of the case; one that is not listed changes nothing.
    """
    cases = {case.identity: case for case in collect()[0]}
    if (case := cases.pop(identity, None)) is None:
        return
    if case.synthetic:
        close_example(identity)
        return
    st.session_state.setdefault(_REMOVED, set()).add(identity)
    # An archive goes with the last of its cases.
    if all(it.upload != case.upload for it in cases.values()):
        take_off(case.upload)
        forget_uploads([case.upload])
    if not cases:
        _empty_field()


def tell_of_removed(listed: Collection[str]) -> None:
    """Say how many impressions are of files that are not listed.

    Parameters
    ----------
    listed : collection of str
        Identities of the cases that are.
    """
    removed = len(Reader.of_session().readings.keys() - set(listed))
    removed += sum(it.reading is not None for it in unjoined().values())
    if removed:
        st.caption(say(texts.REMOVED, count=removed))


def tell_of_reload() -> None:
    """Say that nothing was kept, where this session did not open what was open."""
    if _OPENED in st.query_params and not KeptFiles.of_session().digests:
        words = say(texts.RELOADED)
        if kept := len(unjoined()):
            words += f" {say(texts.RECORDED_KEPT, count=kept)}"
        st.info(words)
    else:
        tell_of_removed(())


def _uploads() -> list[UploadedFile]:
    named = st.session_state.get(_key()) or []
    here = [file for file in named if isinstance(file, UploadedFile)]
    # A server that started again knows the files' names only: the field is emptied.
    if named and not here:
        _empty_field()
    return here


def _empty_field() -> None:
    # A field with another key is an empty one.
    st.session_state["cleared"] = st.session_state.get("cleared", 0) + 1


def _key() -> str:
    return f"uploads-{st.session_state.get('cleared', 0)}"


def _clear() -> None:
    forget_uploads([file.file_id for file in (*_uploads(), *loaded_files())])
    forget_loaded()
    forget_files()
    _empty_field()
    for kept in (
        "ages",  # of these patients
        "examples",
        "case_numbers",
        "open_case",
        "shown_case",
        "open_place",
        "done",
        "reader",
        "repairs",
        _REMOVED,
    ):
        st.session_state.pop(kept, None)
    forget_saved()
    st.query_params.pop(_OPENED, None)
