"""What moves while the page loads, and where things are on a telephone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from phantoms import write_phantom
from playwright.sync_api import Browser, Locator, Page, expect

from pneumonia.model.weights import available_weights
from pneumonia.ui import export_texts, texts

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 180_000
# Of the browser's own measure: the share of the window that moved, times how far.
MOST_SHIFT = 0.05
WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "streamlit_app.py")


@pytest.fixture(params=[(1280, 800), (1920, 1080), (390, 844)])
def page(chromium: Browser, address: str, request: Any) -> Iterator[Page]:
    width, height = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, has_touch=width < 500
    )
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.add_init_script(WATCH)
    tab.goto(address)
    tab.get_by_text("Upload").first.wait_for()
    tab.wait_for_timeout(2000)
    yield tab
    context.close()


def shift(page: Page) -> float:
    return float(page.evaluate("shifted"))


def drop(page: Page, folder: Path, count: int) -> None:
    files = [
        write_phantom(folder / f"{number}.png", seed=number, shape=(256, 300))
        for number in range(count)
    ]
    page.locator("input[type=file]").set_input_files(files)
    done = texts.WORKLIST_PROGRESS.format(done=count, total=count)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(2000)


def test_nothing_jumps_at_the_first_visit_and_after_an_upload(
    page: Page, tmp_path: Path
) -> None:
    visited = shift(page)
    assert visited <= MOST_SHIFT
    drop(page, tmp_path, 3)
    assert shift(page) - visited <= MOST_SHIFT


@pytest.mark.parametrize("page", [(1280, 800)], indirect=True)
def test_what_jumps_is_noticed(page: Page) -> None:
    before = shift(page)
    page.locator(".st-key-start").evaluate("(it) => { it.style.marginTop = '200px'; }")
    page.wait_for_timeout(500)
    assert shift(page) - before > MOST_SHIFT


def in_view(page: Page, part: Locator) -> bool:
    box, window = part.bounding_box(), page.viewport_size
    assert box is not None
    assert window is not None
    return 0 <= box["y"] and box["y"] + box["height"] <= window["height"]


@pytest.mark.parametrize("page", [(390, 844)], indirect=True)
def test_telephone_shows_flag_picture_and_tools_at_once(
    page: Page, tmp_path: Path
) -> None:
    drop(page, tmp_path, 1)
    for part in (".bar .flag", ".stage", ".controls", ".st-key-case_drawer button"):
        assert in_view(page, page.locator(part)), part
    window = page.viewport_size
    tools = page.locator(".controls").bounding_box()
    assert window is not None
    assert tools is not None
    assert tools["y"] > window["height"] / 2


@pytest.mark.parametrize("page", [(390, 844)], indirect=True)
def test_telephone_keeps_picture_and_flag_in_view_while_the_result_is_read(
    page: Page, tmp_path: Path
) -> None:
    drop(page, tmp_path, 1)
    page.get_by_text(texts.DETAILS, exact=True).click()
    page.wait_for_timeout(2000)  # they unfold
    words = page.locator(".st-key-panel summary")
    words.evaluate("(it) => it.scrollIntoView({ block: 'end' })")
    main = page.get_by_test_id("stMain")
    for end in (False, True):
        if end:
            main.evaluate("(it) => it.scrollTo(0, it.scrollHeight)")
        assert main.evaluate("(it) => it.scrollTop") > 0
        for part in (".bar .flag", ".stage", ".controls"):
            assert in_view(page, page.locator(part)), part
    # The last of the result ends above the drawer.
    last = page.get_by_role("button", name=export_texts.DOWNLOAD).bounding_box()
    drawer = page.locator(".st-key-case_drawer button").bounding_box()
    assert last is not None
    assert drawer is not None
    assert last["y"] + last["height"] <= drawer["y"]


@pytest.mark.parametrize("page", [(390, 844)], indirect=True)
def test_list_is_a_drawer_on_a_telephone(page: Page, tmp_path: Path) -> None:
    drop(page, tmp_path, 3)
    listed = page.get_by_role("listbox")
    expect(listed).to_have_count(0)
    page.get_by_role("button", name=texts.WORKLIST).tap()
    expect(listed).to_be_visible()
    listed.get_by_role("option").nth(2).tap()
    expect(listed).to_have_count(0)
    expect(page.locator(".bar .name")).to_have_text("2.png")
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
