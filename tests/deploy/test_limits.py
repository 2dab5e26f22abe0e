"""What the proxy cuts before any replica sees it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
# As nginx.conf has them.
BODY_SECONDS, CONNECTIONS = 15, 40
_SECONDS = 60

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None, reason="needs nginx (Debian: nginx-light)"
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run the proxy on a free port; replicas are not needed."""
    folder = tmp_path_factory.mktemp("nginx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    shutil.copy("/etc/nginx/mime.types", folder)
    shutil.copy(DEPLOY / "replicas.conf", folder)
    settings = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert f"client_body_timeout {BODY_SECONDS}s;" in settings
    assert f"limit_conn connections {CONNECTIONS};" in settings
    settings = settings.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    (folder / "nginx.conf").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(
        [
            *("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")),
            *("-e", "stderr", "-g", f"daemon off; pid {folder}/nginx.pid;"),
        ],
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + _SECONDS
    while not is_open(port):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    yield port
    process.terminate()
    process.wait()


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def begin_upload(port: int) -> socket.socket:
    """Announce a file and send its first bytes alone."""
    connection = socket.create_connection(("127.0.0.1", port), _SECONDS)
    connection.sendall(
        b"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 1000000\r\n\r\nabc"
    )
    return connection


def answer(connection: socket.socket) -> bytes:
    """Wait for the first line of an answer; empty where it was hung up."""
    try:
        return connection.recv(4096).partition(b"\r\n")[0]
    except ConnectionResetError:
        return b""


def test_a_slow_upload_is_cut(port: int) -> None:
    with begin_upload(port) as connection:
        began = time.monotonic()
        assert answer(connection) in (b"", b"HTTP/1.1 408 Request Time-out")
        assert BODY_SECONDS - 2 < time.monotonic() - began < _SECONDS


def test_more_connections_of_one_address_than_are_set_are_refused(port: int) -> None:
    held = [begin_upload(port) for _ in range(CONNECTIONS)]
    try:
        time.sleep(2)
        with begin_upload(port) as another:
            another.settimeout(5)
            assert answer(another).startswith(b"HTTP/1.1 503")
    finally:
        for connection in held:
            connection.close()
