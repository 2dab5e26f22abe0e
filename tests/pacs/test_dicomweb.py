"""DICOMweb with an archive that is slow, wrong, busy or hostile."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fixtures_pacs import PATIENT, draw_dicom, free_port

from pneumonia.cli.commands import main
from pneumonia.errors import PacsError
from pneumonia.pacs import dicomweb
from pneumonia.pacs.answers import WrongAnswerError
from pneumonia.pacs.dicomweb import DicomWeb, Instance

WANTED = Instance("1.2.826.0.1.1", "1.2.826.0.1.1.1", "1.2.826.0.1.1.1.1")
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers with what a test sets, and keeps what was asked."""

    answer: Answer
    asked: list[BaseHTTPRequestHandler]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self)
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server(("127.0.0.1", 0), Handler)
    started.asked = []
    thread = threading.Thread(target=started.serve_forever, args=(0.05,))
    thread.start()
    yield started
    started.shutdown()
    started.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicomweb, "_FIRST_DELAY", 0.01)


def archive(server: Server, **options: Any) -> DicomWeb:
    options.setdefault("seconds", 1)
    return DicomWeb(f"http://127.0.0.1:{server.server_port}/dicom-web", **options)


def body(
    content: bytes, kind: str = "application/dicom+json", status: int = 200
) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def multipart(*parts: bytes, end: bytes = b"\r\n--b--\r\n") -> Answer:
    content = b"".join(
        b"\r\n--b\r\nContent-Type: application/dicom\r\n\r\n" + part for part in parts
    )
    return body(content + end, 'multipart/related; boundary="b"')


def of_study(uid: str, count: int) -> dict[str, Any]:
    return {
        "0020000D": {"vr": "UI", "Value": [uid]},
        "00201209": {"vr": "IS", "Value": [count]},
    }


def test_series_of_a_study_are_counted_together(server: Server) -> None:
    told = [of_study("1.2", 2), of_study("1.2", 3), of_study("1.3", 1)]
    server.answer = body(json.dumps(told).encode())
    found = archive(server).search({}, modality="CR", limit=50)
    assert [(it.uid, it.images) for it in found] == [("1.2", 5), ("1.3", 1)]


@pytest.mark.parametrize("most", [1000, 30], ids=["as asked", "shorter"])
def test_a_search_goes_on_over_pages(server: Server, most: int) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        (offset,) = re.findall(r"offset=(\d+)", request.path)
        (size,) = re.findall(r"limit=(\d+)", request.path)
        end = min(int(offset) + min(int(size), most), 230)
        found = [of_study(f"1.{number}", 1) for number in range(int(offset), end)]
        body(json.dumps(found).encode())(request)

    server.answer = answer
    assert len(archive(server).search({}, modality="CR", limit=1000)) == 230
    assert len(archive(server).search({}, modality="CR", limit=120)) == 120


def test_an_archive_without_pages_counts_nothing_twice(server: Server) -> None:
    server.answer = body(json.dumps([of_study("1.2", 2)]).encode())
    (found,) = archive(server).search({}, modality="CR", limit=1000)
    assert found.images == 2


def test_a_wildcard_reaches_the_archive_as_it_was_typed(server: Server) -> None:
    server.answer = body(b"", status=204)
    archive(server).search({"PatientName": "MEIER & S*"}, modality="CR", limit=50)
    (asked,) = server.asked
    assert "PatientName=MEIER+%26+S*&" in asked.path


def test_nothing_found_may_be_no_content(server: Server) -> None:
    server.answer = body(b"", status=204)
    assert archive(server).search({}, modality="CR", limit=50) == []


def test_an_image_is_loaded_byte_for_byte(server: Server) -> None:
    server.answer = multipart(data := draw_dicom(1))
    assert archive(server).retrieve(WANTED) == data


@pytest.mark.parametrize(
    "answer",
    [
        multipart(draw_dicom(2)),
        multipart(draw_dicom(1), draw_dicom(1)),
        multipart(draw_dicom(1), end=b""),
        multipart(b"no DICOM"),
        multipart(),
        body(b"<html>Log in</html>", "text/html"),
        body(b"", "multipart/related; boundary=b"),
        body(b"\0" * 128 + b"DICM" + b"\xff" * 64, "application/dicom"),
    ],
    ids=["another", "two", "cut", "words", "none", "page", "empty", "damaged"],
)
def test_a_wrong_image_is_not_taken(server: Server, answer: Answer) -> None:
    server.answer = answer
    with pytest.raises(WrongAnswerError, match="An archive answers with"):
        archive(server).retrieve(WANTED)


@pytest.mark.parametrize(
    "content",
    [
        *(b"<html>", b"{}", b"[1]", b"[" * 100_000),
        b'[{"0020000D": {"Value": ["../../x"]}}]',
    ],
    ids=["page", "no list", "number", "deep", "path"],
)
def test_a_wrong_search_result_is_not_taken(server: Server, content: bytes) -> None:
    server.answer = body(content)
    with pytest.raises(PacsError):
        archive(server).search({}, modality="CR", limit=50)


def test_a_silent_archive_is_given_up(server: Server) -> None:
    server.answer = lambda request: time.sleep(1)
    started = time.monotonic()
    with pytest.raises(PacsError, match=r"no answer, 2 times"):
        archive(server, seconds=0.3, tries=2).retrieve(WANTED)
    assert time.monotonic() - started < 5


def test_an_answer_that_drips_is_given_up(server: Server) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(50):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.05)

    server.answer = drip
    started = time.monotonic()
    with pytest.raises(PacsError, match="does not end"):
        archive(server, seconds=0.3, tries=1).retrieve(WANTED)
    assert time.monotonic() - started < 2


def test_an_answer_above_the_limit_is_not_read(server: Server) -> None:
    sent = 0

    def endless(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.end_headers()
        for _ in range(500):
            sent += request.wfile.write(bytes(2**20))

    server.answer = endless
    with pytest.raises(WrongAnswerError, match="at most 1 MB"):
        archive(server, most_bytes=2**20, seconds=30).retrieve(WANTED)
    assert sent < 100 * 2**20


def test_an_archive_that_is_away_is_told(server: Server) -> None:
    with pytest.raises(PacsError, match="no answer, 2 times"):
        DicomWeb(f"http://127.0.0.1:{free_port()}", tries=2).retrieve(WANTED)


def test_a_busy_archive_is_asked_again(server: Server) -> None:
    busy = [503, 500]

    def answer(request: BaseHTTPRequestHandler) -> None:
        if busy:
            body(b"", status=busy.pop())(request)
        else:
            multipart(draw_dicom(1))(request)

    server.answer = answer
    assert archive(server).retrieve(WANTED)
    assert len(server.asked) == 3


def test_a_refusal_is_not_asked_again(server: Server) -> None:
    server.answer = body(PATIENT.encode(), status=403)
    with pytest.raises(PacsError, match="Received: 403") as caught:
        archive(server).retrieve(WANTED)
    assert len(server.asked) == 1
    assert PATIENT not in str(caught.value)


def test_a_result_that_is_not_stored_is_told(server: Server) -> None:
    server.answer = body(b'{"00081199": {"Value": [{}]}}', status=202)
    with pytest.raises(WrongAnswerError, match="stores all 2 results"):
        archive(server).store([b"one", b"two"])


def test_the_token_is_sent_and_follows_no_redirect(server: Server) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", f"http://localhost:{server.server_port}/")
        request.send_header("Content-Length", "0")
        request.end_headers()

    server.answer = answer
    with pytest.raises(PacsError, match="Received: 302"):
        archive(server, token="secret").retrieve(WANTED)  # noqa: S106
    (request,) = server.asked
    assert request.headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("url", ["pacs.example", "ftp://pacs.example", "http://"])
def test_another_kind_of_address_is_refused(url: str) -> None:
    with pytest.raises(PacsError, match="has an address such as"):
        DicomWeb(url)


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(PacsError, match="over https alone"):
        DicomWeb("http://pacs.example", token="secret")  # noqa: S106


def test_a_wrong_image_costs_itself_alone(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path.split("?")[0].endswith("/instances"):
            uids = [f"1.2.826.0.1.{number}.1.1" for number in (1, 2)]
            found: list[Any] = [{"00080018": {"Value": [uid]}} for uid in uids]
        elif "/instances/" in request.path:
            return multipart(draw_dicom(1))(request)
        else:
            found = [
                {
                    "0020000E": {"Value": ["1.2.826.0.1.1.1"]},
                    "00080060": {"Value": ["CR"]},
                }
            ]
        return body(json.dumps(found).encode())(request)

    server.answer = answer
    url = archive(server).url
    arguments = ["1.2.826.0.1.1", "-m", "CR", "--folder", str(tmp_path / "files")]
    assert main(["pacs", "fetch", url, *arguments]) == 1
    assert [path.name for path in (tmp_path / "files").iterdir()] == [
        "1.2.826.0.1.1.1.1.dcm"
    ]
    said = capsys.readouterr()
    assert "1.2.826.0.1.2.1.1: An archive answers with" in said.out
    assert PATIENT not in said.out + said.err


def test_the_command_takes_its_token_from_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PNEUMONIA_DICOMWEB_TOKEN", "from-outside")
    server.answer = body(b"[]")
    assert main(["pacs", "query", archive(server).url, "-m", "CR"]) == 0
    assert server.asked[0].headers["Authorization"] == "Bearer from-outside"


def test_an_archive_that_cannot_be_used_ends_the_command_with_a_sentence(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = body(b"", status=401)
    assert main(["pacs", "query", archive(server).url]) == 2
    assert "Check address, token and rights." in capsys.readouterr().err
