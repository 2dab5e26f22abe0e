"""Fixtures that open the viewer in a browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fixtures_viewer import SCRIPT, Viewer
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    script = tmp_path_factory.mktemp("viewer") / "app.py"
    script.write_text(SCRIPT)
    return serve(script)


@pytest.fixture
def open_viewer(chromium: Browser, url: str) -> Iterator[Callable[..., Viewer]]:
    contexts = []

    def open_at(**options: Any) -> Viewer:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return Viewer(page)

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def viewer(open_viewer: Callable[..., Viewer]) -> Viewer:
    return open_viewer()
