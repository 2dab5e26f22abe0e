"""The document that the server sends first has the page's style."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from pneumonia.ui.shell import Shell

DOCUMENT = "<html><head><title>Page</title></head><body></body></html>"
UI = Path(__file__).parents[2] / "pneumonia" / "ui"


def ask(response: Response, **headers: str) -> tuple[dict[str, str], str, Any]:
    """Ask for a document; return headers, body and what the app behind was asked."""
    asked: Any = None
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked = dict(scope["headers"])
        await response(scope, receive, send)

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), it.encode()) for name, it in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": raw}
    asked_for = Shell(app)(scope, None, send)  # type: ignore[arg-type]
    # In a thread of its own: tests in a browser keep a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asked_for).result()
    start, *parts = sent
    told = {name.decode(): it.decode() for name, it in start["headers"]}
    return told, b"".join(it["body"] for it in parts).decode(), asked


def document() -> Response:
    return Response(DOCUMENT, media_type="text/html", headers={"etag": '"same"'})


def test_style_and_script_stand_in_the_head() -> None:
    told, body, _ = ask(document(), accept="text/html")
    head, _, rest = body.partition("</head>")
    for name in ("page.css", "folders.js", "downloads.js"):
        assert (UI / name).read_text(encoding="utf-8") in head
    assert rest == "<body></body></html>"
    assert told["content-length"] == str(len(body.encode()))


def test_browser_never_keeps_a_document_with_another_style() -> None:
    told, _, asked = ask(document(), **{"accept": "text/html", "if-none-match": "x"})
    assert "etag" not in told
    assert b"if-none-match" not in asked


def test_the_document_is_asked_for_as_it_is_and_not_compressed() -> None:
    _, _, asked = ask(document(), **{"accept": "text/html", "accept-encoding": "gzip"})
    assert b"accept-encoding" not in asked


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_what_is_no_document_stays_as_it_is(accept: str) -> None:
    told, body, _ = ask(PlainTextResponse("words </head>"), accept=accept)
    assert body == "words </head>"
    assert told["content-length"] == "13"
