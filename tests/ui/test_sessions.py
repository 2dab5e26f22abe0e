"""What the server keeps of a visitor, what it lets in, and what it forgets."""

import io
import secrets
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from process_memory import count_in_memory, with_children
from streamlit import net_util
from streamlit.proto.BackMsg_pb2 import BackMsg

from pneumonia.model.weights import available_weights
from pneumonia.phantom import draw_phantom
from pneumonia.ui import export_texts, texts

ROOT = Path(__file__).parents[2]
_FORGOTTEN_SECONDS = 60
_FILES, _MEGABYTES, _SESSIONS = 3, 2, 4

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


@pytest.fixture(scope="module")
def outside() -> Iterator[list[bytes]]:
    """Note what this process and the server ask of hosts outside."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def note() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(200))

    threading.Thread(target=note, daemon=True).start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # What this process asks for itself must not remember those addresses as proxies.
    urllib.request.install_opener(
        urllib.request.build_opener(urllib.request.ProxyHandler({}))
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(name, address)
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, "127.0.0.1")
        yield asked
    listener.close()


@pytest.fixture(scope="module")
def server(outside: list[bytes]) -> Iterator[StreamlitServer]:
    with StreamlitServer(
        ROOT / "streamlit_app.py",
        PNEUMONIA_SESSION_FILES=_FILES,
        PNEUMONIA_SESSION_MEGABYTES=_MEGABYTES,
        PNEUMONIA_SESSIONS=_SESSIONS,
    ) as started:
        yield started


def status(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def marked_file() -> tuple[bytes, bytes, bytes]:
    """Draw a phantom; return a text and a row of pixels that are in it alone."""
    text, row = secrets.token_hex(32), secrets.token_bytes(64)
    pixels = draw_phantom((800, 900), seed=1).astype(np.uint8)
    pixels[400, 200:264] = np.frombuffer(row, np.uint8)
    info = PngInfo()
    info.add_text("Comment", text)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=info)
    return text.encode(), row, file.getvalue()


def find_anywhere(server: StreamlitServer, pattern: bytes) -> int:
    return sum(
        count_in_memory(process, pattern)
        for process in with_children(server.process_id)
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_of_a_radiograph_is_in_memory_a_minute_after_its_session(
    server: StreamlitServer,
) -> None:
    text, row, data = marked_file()
    with Visitor(server.url) as visitor:
        visitor.run()
        assert visitor.upload("a.png", data) == 204
        visitor.run_until(Visitor.done)
        assert find_anywhere(server, text)
        assert find_anywhere(server, row)
    until = time.monotonic() + _FORGOTTEN_SECONDS
    while any(found := [find_anywhere(server, it) for it in (text, row)]):
        assert time.monotonic() < until, found
        time.sleep(2)


def test_a_message_of_one_visitor_empties_no_cache(server: StreamlitServer) -> None:
    with Visitor(server.url) as visitor:
        visitor.run()
        visitor.upload("a.png", phantom_png(1))
        visitor.run_until(Visitor.done)
        visitor.send(BackMsg(clear_cache=True))
        visitor.send(BackMsg(load_git_info=True))
        assert visitor.run().done()


def test_no_download_is_lost_while_others_come_and_go(server: StreamlitServer) -> None:
    ended = threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            with Visitor(server.url) as other:
                other.run()

    with Visitor(server.url) as visitor:
        visitor.run()
        visitor.upload("a.png", phantom_png(1))
        link = visitor.run_until(Visitor.done).links()[export_texts.DOWNLOAD_CSV]
        others = threading.Thread(target=come_and_go)
        others.start()
        try:
            for _ in range(100):
                assert status(link) == 200
            assert visitor.run().links()[export_texts.DOWNLOAD_CSV] == link
        finally:
            ended.set()
            others.join()
    assert status(f"{link}x") == 404


def test_a_foreign_page_is_refused_and_no_host_outside_is_asked(
    server: StreamlitServer, outside: list[bytes]
) -> None:
    assert outside == []
    foreign = "http://foreign.example"
    assert status(f"{server.url}/_stcore/health", Origin=foreign) == 403
    stream = {"Connection": "Upgrade", "Upgrade": "websocket", "Origin": foreign}
    key = "MDEyMzQ1Njc4OWFiY2RlZg=="
    stream |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
    assert status(f"{server.url}/_stcore/stream", **stream) == 403
    assert outside == []
    # What Streamlit does by itself would have been seen.
    net_util.get_external_ip()
    assert outside


def test_metrics_are_not_shown_and_pages_may_not_be_framed(
    server: StreamlitServer,
) -> None:
    assert status(f"{server.url}/_stcore/metrics") == 404
    with urllib.request.urlopen(server.url) as answer:  # noqa: S310
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("place", ["", *list(texts.PLACES)[1:]])
def test_each_place_has_the_style_when_it_is_opened_by_its_address(
    server: StreamlitServer, place: str
) -> None:
    asked = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    request = urllib.request.Request(f"{server.url}/{place}", headers=asked)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert b".st-key-header" in answer.read()


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [([10] * 5, _FILES), ([2**20 * 3], 0), ([2**19 * 3, 2**19 * 3], 1)],
)
def test_a_session_brings_no_more_than_is_set(
    server: StreamlitServer, sizes: list[int], taken: int
) -> None:
    with Visitor(server.url) as visitor:
        visitor.run()
        found = [visitor.upload(f"{size}.png", bytes(size)) for size in sizes]
        assert found == [204] * taken + [413] * (len(sizes) - taken)
        sentence = texts.LIMIT_REACHED.format(files=_FILES, megabytes=_MEGABYTES)
        # The refusal itself has the page run again, which a run may come upon.
        visitor.run_until(lambda it: sentence in it.words())


def test_a_case_that_is_taken_off_makes_room_for_another(
    server: StreamlitServer,
) -> None:
    with Visitor(server.url) as visitor:
        visitor.run()
        for number in range(_FILES):
            assert visitor.upload(f"{number}.png", phantom_png(number)) == 204
        visitor.run_until(Visitor.done)
        assert visitor.upload("more.png", phantom_png(9)) == 413
        visitor.run()
        (component,) = (
            it
            for it in visitor.all("bidi_component")
            if it.component_name == "case_list"
        )
        order = visitor.told("case_list")["cases"]["order"]
        removed = {"removed": [{"order": order, "place": 1}]}
        visitor.run(chosen={component.id: removed})
        assert [it["name"] for it in visitor.rows()] == ["0.png", "2.png"]
        assert visitor.upload("more.png", phantom_png(9)) == 204


def test_no_more_visitors_than_are_set(server: StreamlitServer) -> None:
    visitors = [Visitor(server.url) for _ in range(_SESSIONS)]
    for visitor in visitors:
        visitor.__enter__()
    try:
        assert status(server.url, Accept="text/html") == 503
    finally:
        for visitor in visitors:
            visitor.close()
    assert status(server.url, Accept="text/html") == 200
