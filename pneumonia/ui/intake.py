"""Where files come in: the field to drop them on, and the examples."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pneumonia.language.speech import say
from pneumonia.ui import texts
from pneumonia.ui.batch_page import forget_saved, unjoined
from pneumonia.ui.doors import forget_uploads, limit_reached, was_refused
from pneumonia.ui.examples import chosen_examples
from pneumonia.ui.kept_files import KeptFiles, forget_files
from pneumonia.ui.limits import LIMITS
from pneumonia.ui.uploads import Case, collect_cases

# In the address once files were opened: a reload then begins a session that finds it.
_OPENED = "opened"
_TOO_MANY = "too_many"

_folders = component(
    "folders",
    js=Path(__file__).with_name("folders.js").read_text(encoding="utf-8"),
)


def offer_upload(label: str) -> None:
    """Draw the field to drop files on; it is drawn once in every run.

    A place of the page that shows no files draws it all the same: Streamlit forgets the
    files of a field that a run does not draw.

    Parameters
    ----------
    label : str
    """
    st.file_uploader(
        label, accept_multiple_files=True, help=say(texts.UPLOAD_HELP), key=_key()
    )
    if was_refused() or st.session_state.get(_TOO_MANY):
        st.warning(limit_reached(), icon=":material/info:")


def pack_folders() -> None:
    """Have the browser pack hundreds of files into archives before it sends them."""
    _folders(key="folders", data=say(texts.PACKING))


def offer_clearing() -> None:
    """Draw the button that takes everything off the list."""
    st.button(
        say(texts.CLEAR),
        icon=":material/delete_sweep:",
        help=say(texts.CLEAR_HELP),
        on_click=_clear,
        type="tertiary",
    )


def collect() -> tuple[list[Case], int]:
    """Return the cases of this session, and how many files are no radiographs."""
    cases, left_out = collect_cases(_uploads(), chosen_examples())
    st.session_state[_TOO_MANY] = len(cases) > LIMITS.files
    del cases[LIMITS.files :]
    KeptFiles.of_session().forget_except([case.identity for case in cases])
    if cases:
        st.query_params[_OPENED] = "1"
    return cases, left_out


def tell_of_reload() -> None:
    """Say that nothing was kept, where this session did not open what was open."""
    if _OPENED in st.query_params and not KeptFiles.of_session().digests:
        words = say(texts.RELOADED)
        if kept := len(unjoined()):
            words += f" {say(texts.RECORDED_KEPT, count=kept)}"
        st.info(words)


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
    forget_uploads([file.file_id for file in _uploads()])
    forget_files()
    _empty_field()
    for kept in ("examples", "open_case", "open_place", "done", "reader", "repairs"):
        st.session_state.pop(kept, None)
    forget_saved()
    st.query_params.pop(_OPENED, None)
