"""The visitor's language: the browser's, or the one chosen in the header."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.components.v2 import component

from pneumonia.language.speech import (
    LANGUAGES,
    closest_language,
    say,
    speak,
    spoken,
)
from pneumonia.ui import texts

# Of the session's state, and in the address: a reload begins a session that finds it.
_KEY: Final = "language"

# Screen readers pronounce the page in the language that it says it is in.
_SCRIPT: Final = """
export default function ({ data }) {
  document.documentElement.lang = data;
}
"""

_named = component("page_language", js=_SCRIPT)


def speak_to_visitor() -> None:
    """Speak this visitor's language in this run of the script."""
    chosen = st.session_state.get(_KEY) or st.query_params.get(_KEY)
    browser = st.context.locale or ""
    speak(chosen if chosen in LANGUAGES else closest_language([browser]))


def choose_language() -> None:
    """Draw the switch; what is chosen is spoken from the next run on."""
    with st.popover(
        spoken().upper(),
        icon=":material/translate:",
        type="tertiary",
        key="languages",
        help=say(texts.LANGUAGE),
    ):
        st.session_state["language_control"] = spoken()
        st.radio(
            say(texts.LANGUAGE),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            key="language_control",
            on_change=_take,
        )


def name_language() -> None:
    """Tell the browser which language the page is in."""
    _named(key="page_language", data=spoken())


def _take() -> None:
    chosen = st.session_state["language_control"]
    st.session_state[_KEY] = chosen
    st.query_params[_KEY] = chosen
