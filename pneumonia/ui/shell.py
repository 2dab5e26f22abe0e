"""The document that Streamlit's server sends first, with the page's style in it.

A style that the script of the page sent would come after the first parts are drawn,
which would then jump to their places. The scripts that pack what is dropped and fetch
what is exported would come after the field and the links.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE: Final = Path(__file__).parent
# The style is within `body`, so that it wins over Streamlit's rules, which come later.
_ADDED: Final = b"".join(
    (
        b"<style>body {",
        (_HERE / "page.css").read_bytes(),
        b'}</style><script type="module">',
        (_HERE / "folders.js").read_bytes(),
        b'</script><script type="module">',
        (_HERE / "downloads.js").read_bytes(),
        b"</script></head>",
    )
)
# They tell whether Streamlit's document has changed, and know nothing of what is added.
# Nothing can be added to a document that Streamlit has compressed, as it does for every
# place but the first.
_ASKED_WITH: Final = (b"if-none-match", b"if-modified-since", b"accept-encoding")
_ANSWERED_WITH: Final = ("etag", "last-modified")


class Shell:
    """Middleware of the server.

    Parameters
    ----------
    app : ASGIApp
        What stands behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; a document that is asked for gets style and script."""
        if (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and "text/html" in Headers(scope=scope).get("accept", "")
        ):
            headers = [it for it in scope["headers"] if it[0] not in _ASKED_WITH]
            scope, send = {**scope, "headers": headers}, _with_more(send)
        await self._app(scope, receive, send)


def _with_more(send: Send) -> Send:
    start: Any = None
    body = b""

    async def send_with_more(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(raw=list(start["headers"]))
        if headers.get("content-type", "").startswith("text/html"):
            body = body.replace(b"</head>", _ADDED, 1)
            headers["content-length"] = str(len(body))
            for name in _ANSWERED_WITH:
                del headers[name]
        await send({**start, "headers": headers.raw})
        await send({**message, "body": body})

    return send_with_more
