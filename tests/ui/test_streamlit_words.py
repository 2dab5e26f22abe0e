"""Streamlit's own words are written over with the page's, in its language."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import streamlit
from playwright.sync_api import Browser, Page, expect

from pneumonia.language.speech import LANGUAGES, say, speaking
from pneumonia.ui.streamlit_texts import STREAMLIT

SCRIPT: Final = """
import streamlit as st

from pneumonia.ui.visitor_language import (
    choose_language,
    speak_to_visitor,
    tell_browser,
)

speak_to_visitor()
st.set_page_config(menu_items={"About": "words"})
choose_language()
tell_browser("read")
st.file_uploader("files", help="help", accept_multiple_files=True)
st.multiselect("several", ["one", "two"])
st.dataframe({"column": [1, 2]})
st.caption("The end")
"""
# What Streamlit puts together from smaller parts.
COMPOSED: Final = {
    *("MB per file", "Press Enter to apply"),
    *(" option available.", " options available."),
}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    script = tmp_path_factory.mktemp("words") / "app.py"
    script.write_text(SCRIPT)
    return serve(script, "--client.toolbarMode=minimal")


def wait_for_language(page: Page, language: str) -> None:
    page.wait_for_function(f"document.documentElement.lang === '{language}'")


@pytest.fixture(params=["en-GB", "fr-FR", "es-MX", "pt-BR"])
def page(
    chromium: Browser, address: str, request: pytest.FixtureRequest
) -> Iterator[Page]:
    context = chromium.new_context(locale=request.param)
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(address)
    tab.get_by_text("The end").wait_for()
    wait_for_language(tab, request.param[:2])
    yield tab
    context.close()


def test_every_word_is_one_of_streamlits() -> None:
    scripts = Path(streamlit.__file__).parent.glob("static/**/*.js")
    shipped = "".join(path.read_text(encoding="utf-8") for path in scripts)
    # Numbers and names stand where the braces are.
    parts = {part for it in STREAMLIT for part in re.split(r"\{\w+\}", it) if part}
    assert {part for part in parts if part not in shipped} == COMPOSED


def said(page: Page, word: str) -> str:
    with speaking(str(page.evaluate("document.documentElement.lang"))):
        return say(STREAMLIT[word])


@pytest.mark.browser
def test_words_are_in_the_language_of_the_page(page: Page) -> None:
    expect(page.get_by_text(said(page, "Upload"), exact=True)).to_be_visible()
    expect(page.get_by_text("Upload", exact=True)).to_have_count(0)
    page.get_by_test_id("stMainMenu").locator("button").click()
    menu = page.get_by_test_id("stMainMenuList")
    expect(menu.locator("..")).to_contain_text(said(page, "Dark"))
    page.keyboard.press("Escape")
    page.get_by_role("combobox").click()
    expect(page.get_by_text(said(page, "Select all"), exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    # A part's own name follows its help.
    named = said(page, "Help for {name}").format(name="files")
    expect(page.get_by_label(named)).to_have_count(1)


@pytest.mark.browser
@pytest.mark.parametrize("page", ["fr-FR"], indirect=True)
def test_words_follow_a_switch_of_the_language(page: Page) -> None:
    for name, language in (("Español", "es"), ("English", "en"), ("Français", "fr")):
        page.locator(".st-key-languages button").first.click()
        page.get_by_text(name, exact=True).click()
        page.keyboard.press("Escape")
        wait_for_language(page, language)
        expect(page.get_by_text(said(page, "Upload"), exact=True)).to_be_visible()


def test_every_language_has_its_own_words() -> None:
    for language in LANGUAGES:
        with speaking(language):
            english = [it for it, words in STREAMLIT.items() if say(words) == it]
        assert language == "en" or english == []
