"""Choices that stay when the language changes.

Streamlit knows an option of a control by its words: said in another language it would
be another one, and the control would go back to its first option. Here the choice is
kept apart, and put into the control in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st


def keep_choice(key: str, options: Sequence[Any]) -> dict[str, Any]:
    """Return what a control needs so that its choice is kept under a key.

    Parameters
    ----------
    key : str
        Of the session's state.
    options : sequence
        The first one is chosen at the beginning.

    Returns
    -------
    dict
        ``key`` and ``on_change`` of the control.
    """
    chosen = st.session_state.get(key)
    return _kept(key, chosen if chosen in options else options[0])


def keep_choices(key: str, options: Sequence[Any]) -> dict[str, Any]:
    """Return the same for a control of several choices; at first there is none."""
    chosen = st.session_state.get(key, [])
    return _kept(key, [option for option in chosen if option in options])


def _kept(key: str, chosen: Any) -> dict[str, Any]:
    control = f"{key}_control"
    st.session_state[control] = chosen

    def take() -> None:
        # The browser clears a control that stands in a drawer that was never opened.
        if (taken := st.session_state[control]) is not None:
            st.session_state[key] = taken

    return {"key": control, "on_change": take}
