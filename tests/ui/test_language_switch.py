"""The switch of languages in a browser, and Read on a telephone in each of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_page import phantom_png
from fixtures_places import STICKING_OUT
from playwright.sync_api import Browser, Page, expect

from pneumonia.language.speech import LANGUAGES, say, speaking
from pneumonia.model.weights import available_weights
from pneumonia.ui import texts

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 300_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "streamlit_app.py")


def said(language: str, sentence: str) -> str:
    with speaking(language):
        return say(sentence)


def drop(page: Page, path: Path) -> None:
    path.write_bytes(phantom_png(4, consolidation="both"))
    page.locator("input[type=file]").set_input_files(path)


def wait_for_result(page: Page, language: str) -> None:
    details = page.get_by_text(said(language, texts.DETAILS), exact=True)
    expect(details).to_be_visible(timeout=PATIENCE_MS)


def test_switch_keeps_files_and_choices_and_a_reload_keeps_the_language(
    chromium: Browser, address: str, tmp_path: Path
) -> None:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="fr-CA"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    expect(page.get_by_text(said("fr", texts.START))).to_be_visible(timeout=PATIENCE_MS)
    drop(page, tmp_path / "chest.png")
    wait_for_result(page, "fr")
    page.get_by_text(said("fr", texts.SETTINGS), exact=True).click()
    page.get_by_role("combobox", name=said("fr", texts.OPERATING_POINT)).click()
    screening = texts.OPERATING_POINTS["screening"]
    page.get_by_role("option").get_by_text(said("fr", screening)).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="FR").click()
    page.get_by_text(LANGUAGES["es"], exact=True).click()
    wait_for_result(page, "es")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("option").get_by_text("chest.png")).to_be_visible()
    page.get_by_text(said("es", texts.DETAILS), exact=True).click()
    point = said("es", screening).lower()
    expect(page.get_by_text(f"punto de operación {point}")).to_be_visible()
    page.reload()
    expect(page.get_by_text(said("es", texts.START))).to_be_visible(timeout=PATIENCE_MS)
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_read_fits_a_telephone(
    chromium: Browser, address: str, tmp_path: Path, language: str
) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, locale=language
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    expect(page.get_by_text(said(language, texts.START))).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert page.evaluate(STICKING_OUT, 390) == []
    drop(page, tmp_path / "chest.png")
    wait_for_result(page, language)
    page.locator("button[name=heatmap]").click()
    page.locator("button[name=contour]").click()
    page.get_by_text(said(language, texts.DETAILS), exact=True).click()
    page.wait_for_timeout(1000)
    assert page.evaluate(STICKING_OUT, 390) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # What a button says is not cut off.
    cut = page.locator(".viewer .controls button").evaluate_all(
        "(all) => all.filter((it) => it.scrollWidth > it.clientWidth + 1)"
        ".map((it) => it.textContent)"
    )
    assert cut == []
    context.close()
