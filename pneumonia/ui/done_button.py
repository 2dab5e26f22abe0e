"""What is done with, and the button that says so and opens the next case.

A press names the case that it was made for. Streamlit's own button does not: a press
while the page was on its way to another case marked that one, or was lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit.components.v2 import component

from pneumonia.language.speech import say
from pneumonia.ui import texts
from pneumonia.ui.steps import going_to, step
from pneumonia.ui.viewer.texts import VIEWER

if TYPE_CHECKING:
    from pneumonia.ui.uploads import Case

_KEY: Final = "done_button"
_HERE: Final = Path(__file__).parent

_button = component(
    "done_button",
    html='<button type="button" aria-keyshortcuts="Control+Enter">'
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path /></svg><span></span></button>',
    css=(_HERE / "done_button.css").read_text(encoding="utf-8"),
    js=(_HERE / "done_button.js").read_text(encoding="utf-8"),
)


def done_cases() -> set[str]:
    """Return the identities of the cases that the clinician is done with."""
    done: set[str] = st.session_state.setdefault("done", set())
    return done


def offer_done(
    cases: Sequence[Case],
    order: Sequence[str],
    opened: str,
    *,
    is_locked: Callable[[str], bool],
) -> None:
    """Draw the button that marks the open case as done and opens the next.

    One that waits for the clinician's impression cannot be done, and says so.

    Parameters
    ----------
    cases : sequence of Case
        All of them.
    order : sequence of str
        Identities of those that the list shows, as it does.
    opened : str
        The identity of the open one.
    is_locked : callable
        Tells of an identity whether its answer waits for an impression.
    """
    done = opened in done_cases()
    waits = not done and is_locked(opened)
    _button(
        key=_KEY,
        data=[
            _name(opened),
            done,
            say(texts.UNDO_DONE if done else texts.MARK_DONE),
            st.session_state.get("done_answered"),
            say(texts.DONE_WAITS) if waits else "",
            say(VIEWER["help_done"]),
        ],
        on_pressed_change=partial(_take, cases, order, is_locked),
    )


def _name(identity: str) -> str:
    # The identity may hold the file's name, which a study hides.
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def _take(
    cases: Sequence[Case], order: Sequence[str], is_locked: Callable[[str], bool]
) -> None:
    if pressed := st.session_state[_KEY].get("pressed"):
        identities = [case.identity for case in cases]
        take_presses(pressed, identities, order, is_locked)


def take_presses(
    pressed: Mapping[str, Any],
    cases: Sequence[str],
    order: Sequence[str],
    is_locked: Callable[[str], bool],
) -> None:
    """Mark the cases that presses were made for, and go on from the open one.

    Parameters
    ----------
    pressed : mapping
        ``mount``, a name of the button in the browser, and ``presses`` that it has no
        answer to: each a number, the name of a case, and whether it is done.
    cases : sequence of str
        Identities of all cases.
    order : sequence of str
        Of those that the list shows, as it does.
    is_locked : callable
        Tells of an identity whether its answer waits for an impression.
    """
    answered = st.session_state.get("done_answered") or {}
    last = answered.get("number", 0) if answered.get("mount") == pressed["mount"] else 0
    for number, name, done in pressed["presses"]:
        # Most were made for the open one, which is looked at first.
        looked = chain([going_to(cases) or ""], cases)
        case = next((it for it in looked if _name(it) == name), None)
        if number <= last or case is None or case not in cases:
            continue
        last = number
        if not done:
            done_cases().discard(case)
            continue
        if is_locked(case):
            continue
        done_cases().add(case)
        # Who has gone on to another case meanwhile stays there.
        if going_to(cases) == case:
            step(order, case, 1)
    st.session_state["done_answered"] = {"mount": pressed["mount"], "number": last}
