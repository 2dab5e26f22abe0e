"""Fixtures for tests that drive the page in a browser, and one for all tests."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from fixtures_viewer import SCRIPT, Viewer
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 60
# Playwright's own five seconds are too few on a machine that does more than the tests.
expect.set_options(timeout=30_000)


class StreamlitServer:
    """A Streamlit script served on a free local port.

    Use it as a context manager; ``url`` answers while it is open, and ``log()`` tells
    what the server has written.

    Parameters
    ----------
    script : Path
        The script to serve.
    *options : str
        Further options for ``streamlit run``, such as ``"--theme.base=dark"``.
    **settings : object
        Variables of its environment, such as ``PNEUMONIA_SESSIONS=5``.
    """

    def __init__(self, script: Path, *options: str, **settings: object) -> None:
        self._script = script
        self._options = options
        self._settings = {name: str(value) for name, value in settings.items()}

    def __enter__(self) -> "StreamlitServer":
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._log = tempfile.NamedTemporaryFile(suffix=".log")
        try:
            self.start()
        except BaseException:
            self._log.close()
            raise
        return self

    def start(self) -> None:
        """Start it, again too after `stop`; it is done by ``with``."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(self._script)),
                f"--server.port={self._port}",
                "--server.address=127.0.0.1",
                "--server.headless=true",
                "--server.fileWatcherType=none",
                "--browser.gatherUsageStats=false",
                *self._options,
            ],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT), **self._settings},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._log.close()

    @property
    def process_id(self) -> int:
        """The number of the server's process."""
        return self._process.pid

    def log(self) -> str:
        """Return what the server has written so far."""
        return Path(self._log.name).read_text(errors="replace")

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"Streamlit ended at once:\n{self.log()}")
            try:
                with urllib.request.urlopen(  # noqa: S310
                    f"{self.url}/_stcore/health", timeout=2
                ):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError(f"Streamlit did not start in time:\n{self.log()}")

    def stop(self) -> None:
        """End the server; its address stays."""
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def with_pixels(script: Path) -> Path:
    """Write what serves a script with the addresses of the viewer's pixels."""
    app = script.with_name(f"app_of_{script.name}")
    app.write_text(
        "import streamlit as st\n"
        "from pneumonia.ui.downloads import download_routes\n"
        f"app = st.App({str(script)!r}, routes=download_routes())\n"
    )
    return app


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """Restore what a script of the page replaces.

    A process that a later test spawns would run that script, which is gone, and end.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give one Chromium for the whole session; open a context or page of your own."""
    # The same browser without a window of its own, which takes a third less time.
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        pytest.skip("neither chromium-headless-shell nor chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., str]]:
    """Give a function that serves a script until the module's tests have run.

    ``serve(script, *options)`` returns the address once the server answers; the
    options are those of ``streamlit run``. For the server's log use `StreamlitServer`.
    """
    with ExitStack() as servers:

        def start(script: Path, *options: str) -> str:
            return servers.enter_context(StreamlitServer(script, *options)).url

        yield start


@pytest.fixture(scope="module")
def viewer_url(
    serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    script = tmp_path_factory.mktemp("viewer") / "page.py"
    script.write_text(SCRIPT)
    return serve(with_pixels(script))


@pytest.fixture
def open_viewer(chromium: Browser, viewer_url: str) -> Iterator[Callable[..., Viewer]]:
    contexts = []

    def open_at(**options: Any) -> Viewer:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.goto(viewer_url)
        return Viewer(page)

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def viewer(open_viewer: Callable[..., Viewer]) -> Viewer:
    return open_viewer()
