"""Reading that is interrupted: no network, a reload, a second drop, cases taken off."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from phantoms import write_phantom
from playwright.sync_api import Browser, Page, expect

from pneumonia.model.weights import available_weights
from pneumonia.ui import study_texts, texts

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 180_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "streamlit_app.py")


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(address)
    tab.get_by_text("Upload").first.wait_for()
    yield tab
    context.close()


def draw(folder: Path, first: int, count: int) -> list[Path]:
    return [
        write_phantom(folder / f"{n:02}.png", seed=n, shape=(64, 64))
        for n in range(first, first + count)
    ]


def drop(page: Page, files: list[Path]) -> None:
    page.locator("input[type=file]").first.set_input_files(files)


def wait_until_some_are_read(page: Page) -> None:
    read = page.locator("[role=option]:not([data-state=reading])")
    expect(read.first).to_be_visible(timeout=PATIENCE_MS)


def expect_all_read(page: Page, count: int) -> None:
    done = texts.WORKLIST_PROGRESS.format(done=count, total=count)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)
    names = page.get_by_role("option").locator(".name").all_text_contents()
    assert len(names) == len(set(names)) == count


def test_reading_goes_on_once_the_network_is_there_again(
    page: Page, tmp_path: Path
) -> None:
    drop(page, draw(tmp_path, 0, 30))
    wait_until_some_are_read(page)
    page.context.set_offline(True)
    page.evaluate("window.streamlitDebug.disconnectWebsocket()")
    page.wait_for_timeout(15_000)
    page.context.set_offline(False)
    expect_all_read(page, 30)


def test_a_reload_while_files_are_read_says_so_and_takes_them_again(
    page: Page, tmp_path: Path
) -> None:
    files = draw(tmp_path, 0, 20)
    drop(page, files)
    wait_until_some_are_read(page)
    page.reload()
    expect(page.get_by_text(texts.RELOADED)).to_be_visible(timeout=PATIENCE_MS)
    drop(page, files)
    expect_all_read(page, 20)


def test_a_second_drop_while_the_first_is_read_joins_it(
    page: Page, tmp_path: Path
) -> None:
    drop(page, draw(tmp_path, 0, 20))
    wait_until_some_are_read(page)
    page.get_by_role("option").nth(1).click()
    expect(page.locator(".bar .name")).to_have_text("01.png")
    drop(page, draw(tmp_path, 20, 15))
    expect_all_read(page, 35)
    expect(page.locator(".bar .name")).to_have_text("01.png")


def test_files_are_taken_off_while_one_of_them_is_open_and_read(
    page: Page, tmp_path: Path
) -> None:
    drop(page, draw(tmp_path, 0, 30))
    wait_until_some_are_read(page)
    page.get_by_role("option").nth(2).click()
    page.get_by_role("button", name=texts.CLEAR).click()
    page.get_by_role("button", name=texts.CLEAR_NOW, exact=True).click()
    expect(page.get_by_text(texts.EXAMPLES_OFFER)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    drop(page, draw(tmp_path, 40, 2))
    expect_all_read(page, 2)


def read_first(page: Page) -> None:
    page.get_by_role("link", name=texts.PLACES["study"], exact=True).click()
    page.get_by_text(study_texts.FIRST, exact=True).click()
    page.get_by_role("link", name=texts.PLACES["read"], exact=True).click()
    page.get_by_text(texts.UPLOAD).first.wait_for()


def press_remove(page: Page, name: str) -> None:
    """Remove the open case by its button, from its row, with keys alone."""
    button = page.get_by_role("button", name=texts.REMOVE.format(name=name), exact=True)
    expect(button).to_be_visible()
    page.locator("[role=option][aria-selected=true]").focus()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def test_one_case_after_the_other_is_removed_and_no_impression_is_lost(
    page: Page, tmp_path: Path
) -> None:
    read_first(page)
    files = draw(tmp_path, 0, 3)
    drop(page, files)
    expect_all_read(page, 3)
    opened = page.locator(".bar .name")
    page.get_by_role("option").nth(1).click()
    expect(opened).to_have_text("01.png")
    page.get_by_role("button", name=texts.IMPRESSIONS["pneumonia"]).click()
    recorded = page.get_by_text("Your impression: pneumonia")
    expect(recorded).to_be_visible()
    press_remove(page, "01.png")
    expect(opened).to_have_text("02.png")
    expect_all_read(page, 2)
    expect(page.get_by_text(texts.REMOVED.format(count=1))).to_be_visible()
    press_remove(page, "02.png")
    expect(opened).to_have_text("00.png")
    press_remove(page, "00.png")
    expect(page.get_by_text(texts.START)).to_be_visible()
    expect(page.get_by_text(texts.REMOVED.format(count=1))).to_be_visible()
    # The field for files shows none of them.
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    drop(page, files[1:2])
    expect(recorded).to_be_visible(timeout=PATIENCE_MS)


def test_a_case_that_waits_for_an_impression_says_why_it_cannot_be_done(
    page: Page, tmp_path: Path
) -> None:
    read_first(page)
    drop(page, draw(tmp_path, 0, 2))
    expect_all_read(page, 2)
    done = page.get_by_role("button", name=texts.MARK_DONE)
    expect(done).to_be_disabled()
    expect(done).to_have_accessible_description(texts.DONE_WAITS)
    done.click(force=True)
    page.get_by_role("button", name=texts.IMPRESSIONS["normal"]).click()
    expect(done).to_be_enabled()
    expect(done).to_have_accessible_description("")
    expect(page.locator(".bar .name")).to_have_text("00.png")
    done.click()
    expect(page.locator(".bar .name")).to_have_text("01.png")
