"""Long work in parts: a run of the page that leaves work undone asks for another.

Streamlit's own timer, ``st.fragment(run_every=…)``, is not used: on a busy server its
request can overtake the messages of a finished run, which are then dropped, and with
them the page's new content or the timer itself. A run of the whole script sends
everything, so whatever was lost comes with the next one.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import Final

import streamlit as st
from streamlit.components.v2 import component
from streamlit.errors import StreamlitAPIException

# The first request waits until the run that caused it has ended. Should it be lost,
# with the connection or otherwise, it is repeated; never while a run goes on, which
# would begin anew and, where it takes longer than that, never end.
_SCRIPT = """
const runs = () =>
  document.querySelector("[data-test-script-state=running]") !== null;

export default function ({ data: [data], setTriggerValue }) {
  const ask = () => setTriggerValue("again", data);
  const soon = setTimeout(ask, 150);
  const repeated = setInterval(() => runs() || ask(), 10_000);
  return () => {
    clearTimeout(soon);
    clearInterval(repeated);
  };
}
"""

# The part of the page that shows list, radiograph and result, which runs alone.
READING: Final = "reading"
_WHOLE: Final = "whole"
_SENT_SECONDS: Final = 1.0  # in which the messages of a run have been sent

_next_turn = component("next_turn", js=_SCRIPT)


def ask_for_next_turn() -> None:
    """Have the browser run the script again, as soon as this run has ended."""
    turn = st.session_state.get("turn", 0) + 1
    st.session_state["turn"] = turn
    # Streamlit reports a trigger only if a callback is given for it.
    _next_turn(key="next_turn", data=[turn], on_again_change=lambda: None)


def note_whole(*, done: bool) -> None:
    """Remember when a run of the whole page has come to its end, or that one began."""
    st.session_state[_WHOLE] = time.monotonic() if done else math.inf


def run_reading() -> None:
    """After a choice outside of it, run the part that reads alone; it does not return.

    It does return, and the whole page runs as after any choice, where that part is not
    shown, and where a run of the whole page goes on or has just ended: what it has not
    sent yet is dropped, and with it the request for the next turn.
    """
    if st.session_state.get(_WHOLE, math.inf) + _SENT_SECONDS < time.monotonic():
        with suppress(StreamlitAPIException):
            st.rerun(READING)


def run_page() -> None:
    """After a choice in the part that reads, run the whole page."""
    st.rerun()
