"""What comes in: whose requests, which messages, and how much of it.

Stands before Streamlit's own server, which would answer all of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pneumonia.language.speech import accepted_language, say, speaking
from pneumonia.ui import access_texts, texts
from pneumonia.ui.limits import LIMITS
from pneumonia.ui.metrics import note_request, note_session
from pneumonia.ui.sign_in import may_bring_files

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

# What the page's own browser sends. Others empty the caches of all sessions, show the
# server's files or write to its disc.
_MESSAGES: Final = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'; object-src 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
_UPLOAD: Final = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
_CLOSED: Final = re.compile(r"/_stcore/(metrics|agent/.*|script-health-check)$")
_STREAM: Final = "/_stcore/stream"

# Sessions with a file that was not taken, until they clear their list or end.
_refused: Final = set[str]()
# What a browser says when a page is closed or loaded again, and no lost connection does
# (RFC 6455, 7.4.1).
_GOING_AWAY: Final = 1001
_left: Final = set[str]()


class Doors:
    """Middleware of the server.

    Parameters
    ----------
    app : ASGIApp
        What stands behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._connected = 0
        # Bytes on their way, by session.
        self._coming: dict[str, list[int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif scope["type"] == "http":
            wanted = Headers(scope=scope).get("accept-language", "")
            with (
                speaking(accepted_language(wanted)),
                note_request(scope["path"], _with_headers(send)) as noting,
            ):
                await self._answer(scope, receive, noting)
        else:
            await self._app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_foreign(Headers(scope=scope)) or self._connected >= LIMITS.sessions:
            await send({"type": "websocket.close", "code": 1008})
            return
        self._connected += 1
        try:
            with note_session():
                connection = Headers(scope=scope).get("sec-websocket-key", "")
                await self._app(scope, _only_needed(receive, connection), send)
        finally:
            self._connected -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        refusal = None
        if _is_foreign(headers):
            refusal = PlainTextResponse(say(texts.FOREIGN), 403)
        elif _CLOSED.search(path):
            refusal = PlainTextResponse(say(texts.CLOSED), 404)
        elif self._connected >= LIMITS.sessions and "text/html" in headers.get(
            "accept", ""
        ):
            refusal = PlainTextResponse(
                say(texts.SERVER_FULL, sessions=LIMITS.sessions), 503
            )
        elif scope["method"] == "PUT" and (upload := _UPLOAD.search(path)):
            await self._take(upload[1], scope, receive, send)
            return
        await (refusal or self._app)(scope, receive, send)

    async def _take(
        self, session: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Take a file, if there is room for it in its session."""
        if not may_bring_files(session):
            answer = PlainTextResponse(say(access_texts.NOT_SIGNED_IN), 403)
            await answer(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if not stated.isdecimal():
            await PlainTextResponse(say(texts.NO_LENGTH), 411)(scope, receive, send)
            return
        coming = self._coming.setdefault(session, [])
        held = [*_sizes(session), *coming, int(stated)]
        try:
            if _is_too_much(held):
                _tell(session)
                answer = PlainTextResponse(limit_reached(), 413)
                await answer(scope, receive, send)
                return
            coming.append(int(stated))
            try:
                await self._app(scope, receive, send)
            finally:
                coming.remove(int(stated))
        finally:
            if not coming:
                self._coming.pop(session, None)


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another site asks.

    Streamlit would ask a host outside for this machine's address before it refuses.
    """
    origin = headers.get("origin")
    if origin is None or not st.get_option("server.enableCORS"):
        return False
    if urlsplit(origin).netloc == headers.get("host"):
        return False
    named = [
        *(urlsplit(it).hostname for it in st.get_option("server.corsAllowedOrigins")),
        *("localhost", "127.0.0.1", st.get_option("browser.serverAddress")),
    ]
    return urlsplit(origin).hostname not in named


def _only_needed(receive: Receive, connection: str) -> Receive:
    async def receive_needed() -> Message:
        while True:
            message = await receive()
            if message.get("code") == _GOING_AWAY:
                _note_left(connection)
            data = message.get("bytes")
            if not data or _is_needed(data):
                return message

    return receive_needed


def _note_left(connection: str) -> None:
    # Streamlit has no public way to name them.
    for it in get_instance()._session_mgr.list_active_sessions():
        context = it.client.client_context
        headers = dict(context.headers) if context else {}
        if headers.get("sec-websocket-key") == connection:
            _left.add(it.session.id)


def left_sessions() -> set[str]:
    """Return the sessions whose page was closed or loaded again."""
    return _left


def _is_needed(data: bytes) -> bool:
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return True  # Streamlit ends the connection
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        asked = message.backend_operation_request.WhichOneof("payload")
        return bool(asked == "dataframe_chunk")
    return kind in _MESSAGES


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return send_with_headers


def _sizes(session: str) -> list[int]:
    """List the sizes of a session's uploads, in bytes."""
    uploads: Any = get_instance().uploaded_file_mgr
    files = uploads.file_storage.get(session) or {}
    return [len(file.data) for file in list(files.values())]


def _is_too_much(sizes: list[int]) -> bool:
    return len(sizes) > LIMITS.files or sum(sizes) > LIMITS.megabytes * 2**20


def _tell(session: str) -> None:
    """Have the page say that a file was not taken."""
    if known := get_instance().get_app_session(session):
        _refused.add(session)
        known.request_rerun(None)


def limit_reached() -> str:
    """Return the sentence for one who brought too much."""
    return say(texts.LIMIT_REACHED, files=LIMITS.files, megabytes=LIMITS.megabytes)


def was_refused() -> bool:
    """Tell whether a file of this session was not taken."""
    context = get_script_run_ctx()
    return context is not None and context.session_id in _refused


def forget_refusal(session: str) -> None:
    """Forget that a file of a session was not taken."""
    _refused.discard(session)


def forget_uploads(identities: list[str]) -> None:
    """Free the bytes of this session's uploads, which Streamlit keeps to its end."""
    context = get_script_run_ctx()
    if context is None or not exists():
        return
    forget_refusal(context.session_id)
    uploads: Any = get_instance().uploaded_file_mgr
    for identity in identities:
        uploads.remove_file(context.session_id, identity)


def keep_file(record: UploadedFileRec) -> bool:
    """Keep a file that no browser sent among this session's uploads.

    Returns
    -------
    bool
        False if there is no room for it.
    """
    context = get_script_run_ctx()
    if context is None or not exists():
        return True
    if _is_too_much([*_sizes(context.session_id), len(record.data)]):
        return False
    uploads: Any = get_instance().uploaded_file_mgr
    uploads.add_file(context.session_id, record)
    return True
