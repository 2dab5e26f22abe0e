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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pneumonia.errors import ExportError, note_fault
from pneumonia.language.speech import ENGLISH, say, speaking, spoken
from pneumonia.ui import export_texts as texts

if TYPE_CHECKING:
    from starlette.requests import Request

_KEY: Final = "downloads"
_THUMBNAIL: Final = "thumbnail-"
PIXELS: Final = "application/octet-stream"
_LENT: Final = 2  # of a kind: what is on its way, and what came after it


class _Download(NamedTuple):
    make: Callable[[], bytes]
    name: str
    mime: str
    language: str = ENGLISH


@dataclass(eq=False)
class Downloads:
    """What one session offers; its address cannot be guessed, and ends with it."""

    secret: str = field(default_factory=secrets.token_urlsafe)
    offered: dict[str, _Download] = field(default_factory=dict)
    until: float = math.inf  # seconds since 1970, when the visitor's sign-in is over
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)  # by digest

    @classmethod
    def of_session(cls) -> Downloads:
        """Return this session's, made at its first run."""
        downloads: Downloads | None = st.session_state.get(_KEY)
        if downloads is None:
            downloads = st.session_state[_KEY] = cls()
        return downloads

    def address(self, key: str) -> str:
        """Return where something is fetched from."""
        _by_secret[self.secret] = self
        return f"{_path()}/{self.secret}/{key}"

    def lend(self, kind: str, name: str, make: Callable[[], bytes], mime: str) -> str:
        """Have the page's own scripts fetch something that a message need not hold.

        Parameters
        ----------
        kind : str
            Only the last of a kind can be fetched, and the one before.
        name : str
            Of this content; in letters, digits, ``_`` and ``-``, as the kind.
        make : callable
            Makes it, in another thread and without the page.
        mime : str

        Returns
        -------
        str
            The address.
        """
        key = f"{kind}-{name}"
        if key not in self.offered:
            self.offered[key] = _Download(make, key, mime, spoken())
            lent = [it for it in self.offered if it.startswith(f"{kind}-")]
            for old in lent[:-_LENT]:
                del self.offered[old]
        return self.address(key)

    def find(self, key: str) -> _Download | None:
        """Return what is offered under a key; a thumbnail under its digest."""
        digest = key.removeprefix(_THUMBNAIL)
        if digest != key and (picture := self.thumbnails.get(digest)):
            return _Download(lambda: picture, "thumbnail.jpeg", "image/jpeg")
        return self.offered.get(key)

    def thumbnail(self, digest: str) -> str:
        """Return the address of a thumbnail, which ends with its digest."""
        return self.address(f"{_THUMBNAIL}{digest}")

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
    downloads.offered[key] = _Download(make, name, mime, spoken())
    address = downloads.address(key)
    st.html(
        f'<a class="download" href="{address}" download="{html.escape(name)}" '
        f'data-unreachable="{html.escape(say(texts.UNREACHABLE))}">'
        f"{html.escape(label)}</a>",
        width="content",
    )


async def _send(request: Request) -> Response:
    downloads = _by_secret.get(request.path_params["secret"])
    found = downloads and downloads.find(request.path_params["key"])
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
    if found.mime == PIXELS:
        # Streamlit's server would compress them, which takes longer than to send them.
        headers["Content-Encoding"] = "identity"
    return Response(data, media_type=found.mime, headers=headers)


def download_routes() -> list[Route]:
    """Return what the server needs to answer the links."""
    return [Route(f"{_path()}/{{secret}}/{{key}}", _send)]


def _path() -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/export" if base else "/export"
