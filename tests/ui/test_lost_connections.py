"""A connection that is lost is waited for; a page that is closed is not."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor
from phantoms import write_phantom
from playwright.sync_api import Browser, Page, expect

from pneumonia.model.weights import available_weights
from pneumonia.ui import texts
from pneumonia.ui.doors import left_sessions
from pneumonia.ui.limits import LIMITS
from pneumonia.ui.sessions import Sessions

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 180_000
# As the real limit to that of a closed page, but shorter.
_RESUME_SECONDS, _AWAY_SECONDS, _ENDED_SECONDS = 90, 30, 45

with_weights = pytest.mark.skipif(not available_weights(), reason="no weights")


@pytest.fixture(scope="module")
def server() -> Iterator[StreamlitServer]:
    with StreamlitServer(
        ROOT / "streamlit_app.py", PNEUMONIA_RESUME_SECONDS=_RESUME_SECONDS
    ) as started:
        yield started


@pytest.fixture
def page(chromium: Browser, server: StreamlitServer) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(server.url)
    tab.get_by_text("Upload").first.wait_for()
    yield tab
    context.close()


def is_there(address: str) -> bool:
    """Tell whether a session's own address is answered; it ends with the session."""
    try:
        with urlopen(address):  # noqa: S310
            return True
    except HTTPError as error:
        if error.code != 404:
            raise
        return False


def wait_until_gone(address: str) -> None:
    until = time.monotonic() + _ENDED_SECONDS
    while is_there(address):
        assert time.monotonic() < until, "the session has not ended"
        time.sleep(1)


def open_file(visitor: Visitor) -> str:
    """Have a visitor read a file; return an address of the session."""
    visitor.run()
    assert visitor.upload("a.png", phantom_png(1)) == 204
    (row,) = visitor.run_until(Visitor.done).rows()
    return f"{visitor.url}{row['picture']}"


def drop(page: Page, folder: Path, count: int) -> str:
    """Drop files, wait until all are read, and return an address of the session."""
    page.locator("input[type=file]").first.set_input_files(
        [
            write_phantom(folder / f"{n}.png", seed=n, shape=(64, 64))
            for n in range(count)
        ]
    )
    done = texts.WORKLIST_PROGRESS.format(done=count, total=count)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)
    picture = page.get_by_role("option").first.locator("img")
    return f"{page.url.split('?')[0].rstrip('/')}{picture.get_attribute('src')}"


@with_weights
def test_a_lost_connection_is_resumed_when_a_closed_page_has_ended(
    server: StreamlitServer,
) -> None:
    with Visitor(server.url) as closes, Visitor(server.url) as loses:
        closed, lost = open_file(closes), open_file(loses)
        assert is_there(closed)
        closes.close()
        loses.lose()
        wait_until_gone(closed)
        assert is_there(lost)
        loses.come_back()
        assert loses.run().done()


@with_weights
@pytest.mark.browser
def test_the_list_is_there_after_a_network_that_was_away_for_long(
    page: Page, tmp_path: Path
) -> None:
    drop(page, tmp_path, 3)
    page.get_by_role("option").nth(1).click()
    expect(page.locator(".bar .name")).to_have_text("1.png")
    page.context.set_offline(True)
    page.evaluate("window.streamlitDebug.disconnectWebsocket()")
    page.wait_for_timeout(_AWAY_SECONDS * 1000)
    page.context.set_offline(False)
    page.get_by_role("button", name=texts.MARK_DONE).click(timeout=PATIENCE_MS)
    rows = page.get_by_role("listbox").get_by_role("option")
    expect(rows.nth(1)).to_contain_text(texts.DONE_MARK, timeout=PATIENCE_MS)
    expect(rows).to_have_count(3)
    expect(page.locator(".bar .name")).to_have_text("2.png")


@with_weights
@pytest.mark.browser
@pytest.mark.parametrize(
    "leave", [Page.reload, Page.close], ids=["loaded again", "closed"]
)
def test_a_page_that_is_left_ends_its_session_soon(
    page: Page, leave: Callable[[Page], Any], tmp_path: Path
) -> None:
    address = drop(page, tmp_path, 1)
    assert is_there(address)
    leave(page)
    wait_until_gone(address)


class FakeRuntime:
    """Knows sessions; those that are named in capitals are connected."""

    def __init__(self, names: str) -> None:
        self.names = [*names]
        self._session_mgr = self

    def list_sessions(self) -> list[Any]:
        return [SimpleNamespace(session=SimpleNamespace(id=it)) for it in self.names]

    def is_active_session(self, name: str) -> bool:
        return name.isupper()

    def close_session(self, name: str) -> None:
        self.names.remove(name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    now = [0.0]
    monkeypatch.setattr("pneumonia.ui.sessions.time.monotonic", lambda: now[0])
    yield lambda seconds: now.__setitem__(0, seconds)
    left_sessions().clear()


def test_one_that_left_ends_before_one_that_was_lost(
    clock: Callable[[float], None],
) -> None:
    runtime: Any = FakeRuntime("Aab")
    ended = Sessions(runtime)
    left_sessions().add("b")
    assert not ended.end_lost(LIMITS)
    clock(15)
    assert ended.end_lost(LIMITS)
    assert runtime.names == ["A", "a"]
    clock(LIMITS.resume_seconds - 1)
    assert not ended.end_lost(LIMITS)
    clock(LIMITS.resume_seconds)
    assert ended.end_lost(LIMITS)
    assert runtime.names == ["A"]


def test_who_comes_back_is_not_taken_for_one_that_left(
    clock: Callable[[float], None],
) -> None:
    runtime: Any = FakeRuntime("a")
    ended = Sessions(runtime)
    left_sessions().add("a")
    ended.end_lost(LIMITS)
    runtime.is_active_session = lambda name: True
    ended.end_lost(LIMITS)
    runtime.is_active_session = lambda name: False
    clock(15)
    ended.end_lost(LIMITS)
    clock(30)
    assert not ended.end_lost(LIMITS)


def test_of_too_many_sessions_those_end_that_were_lost_first(
    clock: Callable[[float], None],
) -> None:
    runtime: Any = FakeRuntime("c")
    ended, limits = Sessions(runtime), LIMITS._replace(sessions=3)
    ended.end_lost(limits)
    clock(1)
    runtime.names = [*"abc"]
    assert not ended.end_lost(limits)
    runtime.names = [*"Aabc"]
    assert ended.end_lost(limits)
    assert runtime.names == [*"Aab"]
