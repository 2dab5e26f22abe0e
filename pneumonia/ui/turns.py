"""Long work in parts: a run of the page that leaves work undone asks for another.

Streamlit's own timer, ``st.fragment(run_every=…)``, is not used: on a busy server its
request can overtake the messages of a finished run, which are then dropped, and with
them the page's new content or the timer itself. A run of the whole script sends
everything, so whatever was lost comes with the next one.
"""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2 import component

# The first request waits until the run that caused it has ended. Should it be lost,
# with the connection or otherwise, it is repeated.
_SCRIPT = """
export default function ({ data, setTriggerValue }) {
  const ask = () => setTriggerValue("again", data);
  const soon = setTimeout(ask, 150);
  const repeated = setInterval(ask, 10_000);
  return () => {
    clearTimeout(soon);
    clearInterval(repeated);
  };
}
"""

_next_turn = component("next_turn", js=_SCRIPT)


def ask_for_next_turn() -> None:
    """Have the browser run the script again, as soon as this run has ended."""
    turn = st.session_state.get("turn", 0) + 1
    st.session_state["turn"] = turn
    # Streamlit reports a trigger only if a callback is given for it.
    _next_turn(key="next_turn", data=turn, on_again_change=lambda: None)
