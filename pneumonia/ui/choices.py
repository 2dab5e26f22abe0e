"""Choices that stay when the language changes.

Streamlit knows an option of a control by its words: said in another language it would
be another one, and the control would go back to its first option. Here the choice is
kept apart, and put into the control in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


def chosen(key: str, options: Sequence[Any]) -> Any:
    """Return what is chosen under a key, the first option at the beginning."""
    choice = st.session_state.get(key)
    return choice if choice in options else options[0]


def keep_choice(
    key: str, options: Sequence[Any], then: Callable[[], None] | None = None
) -> dict[str, Any]:
    """Return what a control needs so that its choice is kept under a key.

    Parameters
    ----------
    key : str
        Of the session's state.
    options : sequence
        The first one is chosen at the beginning.
    then : callable, optional
        Called once another one is chosen.

    Returns
    -------
    dict
        ``key`` and ``on_change`` of the control.
    """
    return _kept(key, chosen(key, options), lambda choice: choice in options, then)


def keep_choices(key: str, options: Sequence[Any]) -> dict[str, Any]:
    """Return the same for a control of several choices; at first there is none."""
    kept = st.session_state.get(key, [])
    kept = [option for option in kept if option in options]
    return _kept(key, kept, set(options).issuperset)


def _kept(
    key: str,
    choice: Any,
    is_offered: Callable[[Any], bool],
    then: Callable[[], None] | None = None,
) -> dict[str, Any]:
    control = f"{key}_control"
    st.session_state[control] = choice

    def take() -> None:
        taken = st.session_state[control]
        # The browser clears a control that stands in a drawer that was never opened,
        # and sends words of the language before, which are no option any more.
        if taken is not None and is_offered(taken):
            st.session_state[key] = taken
        if then:
            then()

    return {"key": control, "on_change": take}
