"""What the browser's tab keeps of a session, and the question before it is left.

A reload, and a server that starts again, end the session. What the clinician recorded
is therefore also kept by the tab, by the files' SHA-256: no names, no pictures, no
results. It is joined to the files once they are dropped again, and goes with the tab.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit.components.v2 import component

from pneumonia.errors import RecordsError
from pneumonia.export.worklist_file import WorklistCase, load_worklist, save_worklist
from pneumonia.ui.batch_page import join_later, unjoined
from pneumonia.ui.done_button import done_cases
from pneumonia.ui.kept_files import KeptFiles
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.recording import person_in_tab
from pneumonia.ui.telling import tell

if TYPE_CHECKING:
    from pneumonia.export.worklist_file import SavedCase

_KEY: Final = "leaving"
# The question's sentence is the browser's own; a page cannot choose it.
_SCRIPT = """
const ask = (event) => event.preventDefault();
let told;
let again;
let connection;

// Streamlit draws nothing when a connection is back: the page of a session that ended
// with its server would stand there as if it were alive.
function watch() {
  const app = document.querySelector("[data-test-connection-state]");
  const { testConnectionState: state } = app.dataset;
  if (state === "CONNECTED" && connection && connection !== state)
    setTimeout(again, 500);
  connection = state;
  return app;
}

export default function ({ data, setStateValue, setTriggerValue }) {
  again = () => setTriggerValue("again", Date.now());
  if (!connection)
    new MutationObserver(watch).observe(watch(), {
      attributeFilter: ["data-test-connection-state"],
    });
  const take = () => keep(globalThis.told?.get(data.key), setStateValue);
  globalThis.addEventListener(`told-${data.key}`, take);
  take();
  return () => globalThis.removeEventListener(`told-${data.key}`, take);
}

function keep(what, setStateValue) {
  if (!what) return;
  const { session, person, taken, recorded, unexported } = what;
  // Who signs in after another in the same tab gets nothing of theirs.
  const KEPT = `recorded${person}`;
  if (unexported) window.addEventListener("beforeunload", ask);
  else window.removeEventListener("beforeunload", ask);
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    if (kept && kept.session !== session && !taken) {
      // Of a session that ended: this one is told, once, and then keeps it.
      if (told !== session) setStateValue("kept", { ...kept, told: session });
      told = session;
    } else if (recorded)
      sessionStorage.setItem(KEPT, JSON.stringify({ session, recorded }));
    else sessionStorage.removeItem(KEPT);
  } catch (error) {
    console.warn("What is recorded is not kept by this tab:", error);
  }
}
"""

_leaving = component("leaving", js=_SCRIPT)


def keep_in_tab() -> None:
    """Have the tab keep what it is told, and ask before unexported work is left."""
    _leaving(
        key=_KEY,
        data={"key": _KEY},
        on_kept_change=_take_kept,
        on_again_change=lambda: None,
    )


def tell_tab() -> None:
    """Tell the tab what is recorded; in every run, for nothing takes it back.

    Apart from `keep_in_tab`: the part of the page that reads records, and runs alone.
    """
    reader = Reader.of_session()
    tell(
        _KEY,
        {
            "session": st.session_state.setdefault("tab", secrets.token_hex(8)),
            "person": person_in_tab(),
            "taken": st.session_state.get("taken", False),
            "recorded": write_recorded(reader, unjoined()),
            "unexported": reader.unexported,
        },
    )


def write_recorded(reader: Reader, waiting: dict[str, SavedCase]) -> str:
    """Write what is recorded as a saved worklist, empty where there is nothing.

    Parameters
    ----------
    reader : Reader
    waiting : dict of str to SavedCase
        Recorded earlier, of files that are not here again, by their SHA-256.

    Returns
    -------
    str
    """
    digests, done = KeptFiles.of_session().digests, done_cases()
    recorded: dict[str, dict[str, Any]] = {
        digest: {"reading": it.reading, "done": it.done, "seen": it.seen}
        for digest, it in waiting.items()
    }
    for identity in [*reader.readings, *(done - reader.readings.keys())]:
        if digest := digests.get(identity):
            recorded[digest] = {
                "reading": reader.readings.get(identity),
                "done": identity in done,
                "seen": reader.was_shown(identity),
            }
    cases = [
        WorklistCase(number, "", digest, **what)
        for number, (digest, what) in enumerate(recorded.items(), 1)
    ]
    return save_worklist(cases) if cases else ""


def _take_kept() -> None:
    """Take what the tab kept of the session before this one."""
    st.session_state["taken"] = True
    kept = st.session_state[_KEY].get("kept") or {}
    try:
        join_later(load_worklist(str(kept.get("recorded")).encode()))
    except RecordsError:
        return  # not what this page wrote
