"""Files to download: made when they are asked for, and never kept.

Streamlit's own button hands a file to a store that all sessions share: another's
clean-up deleted it before it was fetched, or it stayed after its session's end. Here a
link leads to what the session can make; it answers as long as the session lives.
"""

from __future__ import annotations

import html
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pneumonia.errors import ExportError, note_fault
from pneumonia.language.speech import say, speaking, spoken
from pneumonia.ui import export_texts as texts

if TYPE_CHECKING:
    from starlette.requests import Request

_KEY: Final = "downloads"


class _Download(NamedTuple):
    make: Callable[[], bytes]
    name: str
    mime: str
    language: str


@dataclass(eq=False)
class Downloads:
    """What one session offers; its address cannot be guessed, and ends with it."""

    secret: str = field(default_factory=secrets.token_urlsafe)
    offered: dict[str, _Download] = field(default_factory=dict)
    until: float = math.inf  # seconds since 1970, when the visitor's sign-in is over

    @classmethod
    def of_session(cls) -> Downloads:
        """Return this session's, made at its first run."""
        downloads: Downloads = st.session_state.setdefault(_KEY, cls())
        return downloads

    @staticmethod
    def forget() -> None:
        """Forget what could be made, with the radiographs that it needs."""
        st.session_state.pop(_KEY, None)


_by_secret: Final = WeakValueDictionary[str, Downloads]()


def offer_download(
    label: str, make: Callable[[], bytes], name: str, mime: str, *, key: str
) -> None:
    """Draw a link that downloads a file.

    Parameters
    ----------
    label : str
    make : callable
        Makes the file, in another thread and without the page.
    name : str
        Of the file: letters, digits, dots and hyphens.
    mime : str
    key : str
        Of this link within the session, in letters, digits, ``_`` and ``-``.
    """
    downloads = Downloads.of_session()
    _by_secret[downloads.secret] = downloads
    downloads.offered[key] = _Download(make, name, mime, spoken())
    address = f"{_path()}/{downloads.secret}/{key}"
    st.html(
        f'<a class="download" href="{address}" download="{html.escape(name)}">'
        f"{html.escape(label)}</a>",
        width="content",
    )


async def _send(request: Request) -> Response:
    downloads = _by_secret.get(request.path_params["secret"])
    found = downloads and downloads.offered.get(request.path_params["key"])
    if not downloads or not found or time.time() >= downloads.until:
        return PlainTextResponse(say(texts.NO_DOWNLOAD), 404)
    # The page's language, which need not be the browser's.
    with speaking(found.language):
        try:
            data = await run_in_threadpool(found.make)
        except ExportError as error:
            return PlainTextResponse(str(error), 409)
        except Exception as error:
            return PlainTextResponse(str(note_fault(error)), 500)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=found.mime, headers=headers)


def download_routes() -> list[Route]:
    """Return what the server needs to answer the links."""
    return [Route(f"{_path()}/{{secret}}/{{key}}", _send)]


def _path() -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/export" if base else "/export"
