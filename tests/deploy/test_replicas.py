"""Two replicas behind nginx: a visitor stays with one, and can go on with the other."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest
from phantoms import write_phantom
from playwright.sync_api import Browser, Page, expect

from pneumonia.ui import texts

ROOT = Path(__file__).parents[2]
ADDRESS = "http://localhost:8080"
PORTS = (8501, 8502)
ESTABLISHED = "01"
PATIENCE_MS = 120_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """Start everything as the operator does; give the replicas' process numbers."""
    for port in (8080, *PORTS):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port} is taken")
    log = tmp_path_factory.mktemp("replicas") / "log"
    with log.open("w") as stream:
        started = subprocess.Popen(
            [ROOT / "deploy" / "try.sh"],
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 120
        while not answers():
            assert started.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        found = re.search(r"^Replicas: (\d+) (\d+)$", log.read_text(), re.MULTILINE)
        assert found
        yield [int(number) for number in found.groups()]
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(30)
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)


def answers() -> bool:
    """Tell whether nginx and both replicas are ready."""
    try:
        return ask("/_stcore/health")[0] == 200 and all(
            ask("/ready", port)[0] == 200 for port in PORTS
        )
    except OSError:
        return False


def ask(path: str, port: int = 8080) -> tuple[int, "Message[str, str]"]:
    connection = HTTPConnection("localhost", port, timeout=5)
    connection.request("GET", path)
    response = connection.getresponse()
    found = response.status, response.headers
    connection.close()
    return found


def test_nothing_from_other_sites_is_loaded_or_may_frame_the_page(
    replicas: list[int],
) -> None:
    _, headers = ask("/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_figures_of_the_server_are_not_for_visitors(replicas: list[int]) -> None:
    assert ask("/_stcore/metrics")[0] == 404


@pytest.fixture
def page(chromium: Browser, replicas: list[int]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(ADDRESS)
    yield tab
    context.close()


def read(page: Page, radiograph: Path) -> str:
    """Upload a radiograph; return what the list says of it."""
    page.locator("input[type=file]").first.set_input_files(radiograph)
    expect(page.get_by_text(texts.DETAILS, exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )
    return page.get_by_role("listbox").get_by_role("option").inner_text()


def visited(port: int) -> bool:
    """Tell whether a page holds a connection to a replica."""
    rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(
        row.split()[1].endswith(f":{port:04X}") and row.split()[3] == ESTABLISHED
        for row in rows
    )


def test_who_loses_a_replica_is_told_so_and_goes_on_with_the_other(
    replicas: list[int], page: Page, tmp_path: Path
) -> None:
    refused: list[str] = []
    page.on(
        "console",
        lambda line: (
            refused.append(line.text) if "Security Policy" in line.text else None
        ),
    )
    radiograph = write_phantom(tmp_path / "chest.png", seed=1)
    said = read(page, radiograph)
    page.get_by_role("link", name=texts.PLACES["model"], exact=True).click()
    expect(page.locator("canvas, svg.marks").first).to_be_visible(timeout=PATIENCE_MS)
    assert not refused

    page.get_by_role("link", name=texts.PLACES["read"], exact=True).click()
    expect(page.get_by_role("listbox").get_by_role("option")).to_be_visible(
        timeout=PATIENCE_MS
    )
    # The address follows what is drawn: only then has the change of place ended.
    page.wait_for_url(re.compile(r":8080/\?opened=1$"))
    (mine,) = (number for number, port in enumerate(PORTS) if visited(port))
    os.kill(replicas[mine], signal.SIGKILL)
    # The page finds the other replica by itself, and tells.
    deadline = time.monotonic() + 60
    while not visited(PORTS[1 - mine]):
        assert time.monotonic() < deadline
        page.wait_for_timeout(500)
    expect(page.get_by_text(texts.RELOADED)).to_be_visible(timeout=PATIENCE_MS)
    assert read(page, radiograph) == said
    assert visited(PORTS[1 - mine])
