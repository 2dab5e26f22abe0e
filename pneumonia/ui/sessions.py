"""Ends the sessions of those who have gone, and forgets what they left.

Streamlit keeps a session for a while, so that a lost connection can be resumed, and
then ends it when another visitor comes. Here a timer does: soon where the page was
closed or loaded again, for nobody comes back to such a session, and late where a
connection was lost.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import get_instance
from streamlit.runtime.session_manager import ClientContext, SessionClient

from pneumonia.reading.freed_memory import keep_no_freed_memory, return_freed_memory
from pneumonia.ui.doors import forget_refusal, left_sessions
from pneumonia.ui.limits import LIMITS, Limits
from pneumonia.ui.recording import start_recording

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.runtime import Runtime

_TURN_SECONDS: Final = 5
# Some proxy may say goodbye for a page that is there; that comes back within seconds.
_LEFT_SECONDS: Final = 10
# A script may still run when its session ends, and holds what it works on.
_TURNS_AFTER_AN_END: Final = 3


class Sessions:
    """The sessions of a server; use it within its event loop.

    Parameters
    ----------
    runtime : Runtime
        Of Streamlit.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lost: dict[str, float] = {}  # since when, by the session's id

    def end_lost(self, limits: Limits) -> bool:
        """End the sessions that nobody resumes any more; tell if there were any.

        Parameters
        ----------
        limits : Limits
            How long a lost one is kept, and how many sessions there may be: of more,
            those end that were lost first.

        Returns
        -------
        bool
        """
        now = time.monotonic()
        # Streamlit has no public way to name them.
        known = [it.session.id for it in self._runtime._session_mgr.list_sessions()]
        self._lost = {
            session: self._lost.get(session, now)
            for session in known
            if not self._runtime.is_active_session(session)
        }
        left = left_sessions()
        left.intersection_update(self._lost)
        kept_for = limits.resume_seconds
        soon = min(kept_for, _LEFT_SECONDS)
        ended = [
            session
            for session, since in self._lost.items()
            if since <= now - (soon if session in left else kept_for)
        ]
        too_many = max(len(known) - len(ended) - limits.sessions, 0)
        others = sorted(self._lost.keys() - set(ended), key=self._lost.__getitem__)
        ended += others[:too_many]
        for session in ended:
            self._runtime.close_session(session)
            forget_refusal(session)
        return bool(ended)

    async def forget(self) -> None:
        """Have nothing refer to what ended, and give its memory back."""
        # The loop that sends messages holds the last session that it has seen until it
        # sees another: one that holds nothing.
        session = self._runtime.connect_session(_Nobody(), user_info={})
        self._runtime.handle_backmsg(session, BackMsg(app_heartbeat=True))
        await asyncio.sleep(1)
        self._runtime.close_session(session)
        await asyncio.to_thread(_collect)


def _collect() -> None:
    # Streamlit leaves there what the last script named, a visitor's files among it.
    sys.modules["__main__"] = ModuleType("__main__")
    # What `model_loading` had the collector leave alone, as it stays for good, held
    # what sessions had open then.
    gc.unfreeze()
    return_freed_memory()
    gc.freeze()


class _Nobody(SessionClient):
    """A visitor who looks at nothing."""

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        pass

    @property
    def client_context(self) -> ClientContext | None:
        return None


@asynccontextmanager
async def forget_sessions(_: st.App) -> AsyncIterator[None]:
    """Do so as long as the server runs; the `lifespan` of a Streamlit app."""
    keep_no_freed_memory()
    start_recording()
    timer = asyncio.create_task(_forget(Sessions(get_instance())))
    try:
        yield
    finally:
        timer.cancel()


async def _forget(sessions: Sessions) -> None:
    turns = 0
    while True:
        await asyncio.sleep(_TURN_SECONDS)
        # Streamlit would do so after each run of the script. Where nothing ran there is
        # nothing to collect.
        if gc.get_count()[2]:
            await asyncio.to_thread(gc.collect)
        if sessions.end_lost(LIMITS):
            turns = _TURNS_AFTER_AN_END
        if turns:
            turns -= 1
            await sessions.forget()
