"""The visitor's language: the browser's, or the one chosen in the header."""

from __future__ import annotations

from pathlib import Path
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
from pneumonia.ui.streamlit_texts import STREAMLIT

# Of the session's state, and in the address: a reload begins a session that finds it.
_KEY: Final = "language"

_browser = component(
    "page",
    js=Path(__file__).with_name("page.js").read_text(encoding="utf-8"),
)


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


def tell_browser(place: str) -> None:
    """Tell the browser the page's language, its words for Streamlit's, and the place.

    Parameters
    ----------
    place : str
        A name of `texts.PLACES`, of the one that is shown.
    """
    said = {english: say(words) for english, words in STREAMLIT.items()}
    # Its place while it loads must not move the rest: the style hides it.
    with st.container(key="told"):
        _browser(
            key="page",
            # In a list, as elsewhere.
            data=[
                spoken(),
                place,
                say(texts.PACKING),
                {english: it for english, it in said.items() if it != english},
            ],
        )


def _take() -> None:
    chosen = st.session_state["language_control"]
    st.session_state[_KEY] = chosen
    st.query_params[_KEY] = chosen
