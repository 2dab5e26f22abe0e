"""The first thing a visitor sees: what this is, and three ways in."""

from __future__ import annotations

import streamlit as st

from pneumonia.language.speech import say
from pneumonia.ui import texts
from pneumonia.ui.examples import offer_examples
from pneumonia.ui.intake import offer_upload, tell_of_reload
from pneumonia.ui.model_loading import current_weights, show_failure
from pneumonia.ui.recording import privacy
from pneumonia.ui.settings import Settings, ask_age


def show_start(settings: Settings, left_out: int) -> None:
    """Draw the field to drop files on, and the examples.

    Parameters
    ----------
    settings : Settings
    left_out : int
        How many of the dropped files are no radiographs.
    """
    with st.container(key="start"):
        tell_of_reload()
        loading = current_weights().loading(settings.weights)
        if loading.done() and (failure := loading.exception()):
            show_failure(settings.weights, failure)
        st.markdown(f"## {say(texts.START)}")
        st.markdown(say(texts.BANNER))
        # Their parts load later; the places keep their height until then.
        with st.container(key="drop"):
            offer_upload(say(texts.UPLOAD))
        if left_out:
            st.caption(say(texts.LEFT_OUT, count=left_out))
        with st.container(key="age"):
            ask_age()
        st.markdown(say(texts.EXAMPLES_OFFER))
        offer_examples()
        st.caption(say(texts.EXAMPLE_NOTE))
        st.caption(privacy())
