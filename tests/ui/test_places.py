"""Model, Reader study, Batch and Help in a browser: axe-core, and a phone's width."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from fixtures_accessibility import findings_in_both_themes
from fixtures_places import END, SCRIPT, STICKING_OUT
from playwright.sync_api import Browser, Page

from pneumonia.language.speech import ENGLISH, LANGUAGES

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 300_000
PLACES: Final = ("model", "study", "batch", "help", "record")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    script = tmp_path_factory.mktemp("places") / "app.py"
    script.write_text(SCRIPT)
    return serve(script)


@pytest.fixture
def open_place(chromium: Browser, address: str) -> Any:
    contexts = []

    def open_at(place: str, width: int, language: str = ENGLISH) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, color_scheme="dark"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/?place={place}&language={language}")
        page.get_by_text(END).wait_for()
        page.wait_for_timeout(2000)  # charts and fading parts
        return page

    yield open_at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("place", PLACES)
def test_place_has_no_grave_finding(
    open_place: Callable[..., Page], place: str
) -> None:
    assert findings_in_both_themes(open_place(place, 1280)) == []


@pytest.mark.parametrize("place", PLACES)
def test_a_chart_is_one_picture_with_a_label_and_a_table(
    open_place: Callable[..., Page], place: str
) -> None:
    page = open_place(place, 1280)
    page.locator(".stVegaLiteChart svg").first.wait_for()
    devtools = page.context.new_cdp_session(page)
    nodes = devtools.send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(it["role"]["value"] for it in nodes if not it["ignored"])
    charts = page.locator(".stVegaLiteChart")
    assert charts.count() == roles["graphics-document"] > 0
    assert all(it.get_attribute("aria-label") for it in charts.all())
    # A symbol is a mark that is read on its own.
    assert not roles["graphics-symbol"]
    if place in ("model", "study", "batch"):
        assert page.get_by_role("table").filter(has=page.locator("caption")).count()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_sticks_out_of_a_phone(
    open_place: Callable[..., Page], place: str, language: str
) -> None:
    page = open_place(place, 390, language)
    assert page.evaluate(STICKING_OUT, 390) == []
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 390


def test_what_sticks_out_is_noticed(open_place: Callable[..., Page]) -> None:
    page = open_place("help", 390)
    page.get_by_text(END).evaluate("(it) => { it.style.width = '500px'; }")
    assert page.evaluate(STICKING_OUT, 390)


def test_charts_write_numbers_as_the_language_does(
    open_place: Callable[..., Page],
) -> None:
    page = open_place("batch", 1280, "fr")
    written = page.locator(".stVegaLiteChart text").all_text_contents()
    # How many decimals there are depends on the width.
    assert any(re.fullmatch(r"0,\d+", text) for text in written)
    assert not any(re.fullmatch(r"0\.\d+", text) for text in written)
