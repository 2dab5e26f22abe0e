"""What an operator sees of the server: whether it is ready, and figures of it."""

import asyncio
import json
import logging
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor

from pneumonia.model.weights import available_weights
from pneumonia.ui import metrics
from pneumonia.ui.readiness import NOT_READY, READY

ROOT = Path(__file__).parents[2]
NAME_OF_A_PATIENT = "Doe-Jane-4711.png"
_SECONDS = 120

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[StreamlitServer, int]]:
    port = free_port()
    with StreamlitServer(
        ROOT / "streamlit_app.py", PNEUMONIA_METRICS_PORT=port
    ) as started:
        yield started, port


@pytest.fixture(scope="module")
def told(server: tuple[StreamlitServer, int]) -> str:
    """Return the figures once a file was assessed and one could not be read."""
    page, port = server
    with Visitor(page.url) as visitor:
        visitor.run()
        visitor.upload(NAME_OF_A_PATIENT, phantom_png(1))
        visitor.upload("b.png", b"words")
        visitor.run_until(Visitor.done)
        status, text = ask(f"http://127.0.0.1:{port}/metrics")
    assert status == 200
    return text


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_it_becomes_ready_before_anybody_comes(
    server: tuple[StreamlitServer, int],
) -> None:
    url = f"{server[0].url}/ready"
    until = time.monotonic() + _SECONDS
    while (answer := ask(url)) != (200, READY):
        assert answer == (503, NOT_READY)
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ('pneumonia_requests_total{kind="upload",status="2xx"}', 2),
        ('pneumonia_request_seconds_count{kind="upload"}', 2),
        ('pneumonia_files_total{status="unreadable"}', 1),
        ('pneumonia_refusals_total{code="unknown_format"}', 1),
        ("pneumonia_file_seconds_count", 2),
        ("pneumonia_sessions", 1),
        ("pneumonia_decoders", 1),
        ("pneumonia_decoders_resident_memory_bytes", 1e6),
        ("process_resident_memory_bytes", 1e6),
    ],
)
def test_the_figures_count_what_happened(told: str, name: str, least: float) -> None:
    assert value(told, name) >= least


def test_the_figures_tell_nothing_of_a_patient(told: str) -> None:
    labels = set(re.findall(r'"([^"]*)"', told))

    assert "Doe" not in told
    # Kinds, classes of status, results, codes and the edges of histograms.
    assert all(re.fullmatch(r"[a-z_]+|[1-5]xx|[0-9.]+|\+Inf", it) for it in labels)


def test_the_figures_are_shown_to_this_machine_alone(
    server: tuple[StreamlitServer, int],
) -> None:
    wanted = f"0100007F:{server[1]:04X}"
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    listening = [line.split()[1] for line in table if " 0A " in line]
    assert wanted in listening
    assert f"00000000:{server[1]:04X}" not in listening


def test_without_a_setting_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PNEUMONIA_METRICS_PORT", raising=False)
    monkeypatch.setattr(metrics, "start_http_server", None)  # not to be called

    metrics.start_metrics()()


def test_a_port_that_is_taken_is_told_and_the_page_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        caplog.at_level(logging.ERROR),
    ):
        port = taken.getsockname()[1]
        monkeypatch.setenv("PNEUMONIA_METRICS_PORT", str(port))

        metrics.start_metrics()()

    assert f"Received: 127.0.0.1:{port}" in caplog.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"),
        ("/batch", "page"),
        ("/_stcore/upload_file/a-session/a-file", "upload"),
        ("/_stcore/health", "health"),
        ("/ready", "health"),
        ("/export/a-secret/csv", "download"),
        ("/static/index.js", "static"),
    ],
)
def test_a_request_is_counted_by_its_kind_alone(path: str, kind: str) -> None:
    counted = metrics._requests.labels(kind, "4xx")
    before = counted._value.get()

    async def nobody(_: Any) -> None:
        pass

    # Another thread: a browser of other tests has a loop in this one.
    with metrics.note_request(path, nobody) as send, ThreadPoolExecutor(1) as thread:
        answer = send({"type": "http.response.start", "status": 404})
        thread.submit(asyncio.run, answer).result()

    assert counted._value.get() == before + 1


def test_the_dashboard_asks_for_figures_that_there_are(told: str) -> None:
    board = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"(?:pneumonia|process)_\w+", target["expr"])
    }

    assert asked
    assert not [name for name in asked if not re.search(rf"^{name}[ {{]", told, re.M)]
