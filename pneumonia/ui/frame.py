"""The frame around every place of the page: title, limits, places, settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.language.speech import say
from pneumonia.ui import texts
from pneumonia.ui.intake import offer_upload
from pneumonia.ui.recording import privacy
from pneumonia.ui.settings import Settings, choose_settings
from pneumonia.ui.visitor_language import choose_language

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage


def show_frame(
    pages: Mapping[str, StreamlitPage], shown: str, *, with_cases: bool
) -> Settings:
    """Draw the header.

    Parameters
    ----------
    pages : mapping of str to StreamlitPage
        By a name of `texts.PLACES`, in the order in which they stand.
    shown : str
        The name of the page that is shown.
    with_cases : bool
        Whether anything is open.

    Returns
    -------
    Settings
    """
    with st.container(
        horizontal=True, key="header", gap="small", vertical_alignment="center"
    ):
        st.html(f"<h1>{say(texts.TITLE)}</h1>", width="content")
        with st.popover(say(texts.DISCLAIMER), type="tertiary", key="limits"):
            st.markdown(f"{say(texts.BANNER)} {say(texts.LIMITS)} {privacy()}")
        with st.container(horizontal=True, key="places", gap=None, width="content"):
            for page in pages.values():
                st.page_link(page)
        # The first visit asks for the age beside the field for files.
        settings = choose_settings(with_age=with_cases or shown != "read")
        choose_language()
        # Last: what comes and goes must not move the rest.
        if with_cases:
            _show_list_controls(shown)
        return settings


def with_list() -> bool:
    """Tell whether the list of cases is open."""
    return bool(st.session_state.get("with_list", True))


def _show_list_controls(shown: str) -> None:
    """Draw the field for files where no list shows it, and the switch of the list."""
    if shown == "read":
        st.button(
            say(texts.HIDE_LIST) if with_list() else say(texts.SHOW_LIST),
            icon=":material/left_panel_close:"
            if with_list()
            else ":material/left_panel_open:",
            type="tertiary",
            key="toggle_list",
            on_click=_toggle_list,
        )
    if shown != "read" or not with_list():
        with st.popover(say(texts.ADD), icon=":material/add:", type="tertiary"):
            offer_upload(say(texts.ADD))


def _toggle_list() -> None:
    st.session_state["with_list"] = not with_list()
