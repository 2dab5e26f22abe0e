"""The server is closed to others unless it is told otherwise."""

import logging
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from pneumonia.ui import sign_in

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = tomllib.loads(
    (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
_SECONDS = 120
_LISTENING = "0A"


def test_it_is_bound_to_this_machine() -> None:
    assert SETTINGS["server"]["address"] == "127.0.0.1"


def test_only_names_of_this_machine_are_answered() -> None:
    assert SETTINGS["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]


def test_pages_of_other_sites_are_kept_out() -> None:
    assert SETTINGS["server"]["enableCORS"] is True
    assert SETTINGS["server"]["enableXsrfProtection"] is True


def test_no_host_outside_is_asked_or_told_anything() -> None:
    assert SETTINGS["browser"]["serverAddress"] == "localhost"
    assert SETTINGS["browser"]["gatherUsageStats"] is False


def test_traces_stay_in_the_log() -> None:
    assert SETTINGS["client"]["showErrorDetails"] == "none"


@pytest.mark.parametrize(
    ("address", "setting", "starts", "warned"),
    [
        ("127.0.0.1", "", True, False),
        ("localhost", "", True, False),
        ("::1", "", True, False),
        ("0.0.0.0", "", False, False),  # noqa: S104
        ("", "", False, False),
        ("", "1", True, True),
        ("0.0.0.0", "1", True, True),  # noqa: S104
        ("127.0.0.1", "1", True, False),
    ],
)
def test_an_open_address_without_sign_in_needs_a_setting(
    address: str,
    setting: str,
    starts: bool,
    warned: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(st, "get_option", lambda _: address)
    monkeypatch.setenv("PNEUMONIA_OPEN", setting)
    refusal = ""
    with caplog.at_level(logging.WARNING):
        try:
            sign_in.check_doors()
        except SystemExit as error:
            refusal = str(error)
    assert (sign_in._OPEN in caplog.text) is warned
    assert (refusal == "") is starts
    if refusal:
        assert f"its address is set to {address or 'all'}." in refusal
        assert "Set PNEUMONIA_SIGN_IN" in refusal
        assert "PNEUMONIA_OPEN=1" in refusal


def test_with_sign_in_an_open_address_needs_no_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PNEUMONIA_OPEN", raising=False)
    monkeypatch.setattr(sign_in, "_CLAIM", "roles")
    sign_in.check_doors()


def test_it_does_not_start_open_to_all_and_says_so_without_a_trace() -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
            *("--server.port=0", "--server.headless=true"),
            "--server.address=0.0.0.0",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert ended.returncode == 1
    assert sign_in._NOT_OPENED.format(address="0.0.0.0") in ended.stderr  # noqa: S104
    assert "Traceback" not in ended.stderr


def find_listeners(port: int) -> list[str]:
    """List the addresses on which somebody listens, as the kernel writes them."""
    found = []
    for table in ("tcp", "tcp6"):
        lines = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()
        for line in lines[1:]:
            address, number = line.split()[1].split(":")
            if line.split()[3] == _LISTENING and int(number, 16) == port:
                found.append(address)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Start the page with the settings alone; give its port and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
                *(f"--server.port={port}", "--server.headless=true"),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + _SECONDS
        while not find_listeners(port) and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield port, log
    finally:
        process.terminate()
        process.wait()


def open_stream(port: int, host: str, origin: str) -> str:
    """Ask for the page's WebSocket; return the status line."""
    lines = (
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}:{port}",
        f"Origin: {origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        "",
        "",
    )
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(64).decode().split("\r\n")[0]


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_it_listens_on_the_loopback_address_only(server: tuple[int, Path]) -> None:
    assert find_listeners(server[0]) == ["0100007F"]


@linux
def test_it_tells_of_no_address_but_its_own(server: tuple[int, Path]) -> None:
    deadline = time.monotonic() + _SECONDS
    while "URL" not in server[1].read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    log = server[1].read_text()
    assert "localhost" in log
    assert "External URL" not in log
    assert "Network URL" not in log
    assert "external IP" not in log


@linux
def test_another_name_for_it_is_refused(server: tuple[int, Path]) -> None:
    port = server[0]
    own = f"http://localhost:{port}"
    assert " 101 " in open_stream(port, "localhost", own)
    assert " 403 " in open_stream(port, "rebound.example", "http://rebound.example")
