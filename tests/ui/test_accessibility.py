"""Axe-core on the page with a case open, in both themes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from phantoms import write_phantom
from playwright.sync_api import Browser, Page, expect

from pneumonia.model.weights import available_weights
from pneumonia.ui import export_texts, texts

ROOT = Path(__file__).parents[2]
# Importing TensorFlow on a busy machine with two cores can take minutes.
PATIENCE_MS = 300_000
GRAVE = {"serious", "critical"}

# Findings in Streamlit's own parts, by rule and by the part's name. None is grave, so
# far; the list says what may be, and a part that is not in it is ours.
STREAMLITS_OWN: Final[set[tuple[str, str]]] = {
    # The dropzone is focusable from code and marked as presentation.
    ("presentation-role-conflict", "stFileUploaderDropzone"),
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "streamlit_app.py")


@pytest.fixture(params=["dark", "light"])
def page(
    chromium: Browser, address: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Any:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    )
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(address)
    tab.get_by_text("Upload").first.wait_for()
    radiograph = write_phantom(tmp_path / "chest.png", seed=1, shape=(512, 600))
    tab.locator("input[type=file]").set_input_files(radiograph)
    expect(tab.get_by_text(texts.DETAILS, exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(tab.locator("button[name=heatmap]")).to_be_enabled(timeout=PATIENCE_MS)
    yield tab
    context.close()


def grave_findings(page: Page) -> list[str]:
    """List what is serious or critical and not Streamlit's own."""
    page.wait_for_timeout(1000)  # parts fade in; half faded they lack contrast
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']}"
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in GRAVE
        and not any(
            rule["id"] == own and part in node["html"] for own, part in STREAMLITS_OWN
        )
    ]


def test_an_open_case_has_no_grave_finding(page: Page) -> None:
    assert grave_findings(page) == []


@pytest.mark.parametrize("place", texts.PLACES)
def test_no_place_has_a_grave_finding(page: Page, place: str) -> None:
    page.get_by_role("link", name=texts.PLACES[place], exact=True).click()
    page.wait_for_timeout(3000)
    assert grave_findings(page) == []


def test_the_first_visit_has_no_grave_finding(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text(texts.EXAMPLES_OFFER).wait_for()
    assert grave_findings(page) == []
    page.get_by_role("button", name=texts.SETTINGS).click()
    assert grave_findings(page) == []


def test_heatmap_contours_and_keys_have_no_grave_finding(page: Page) -> None:
    page.locator(".stage").focus()
    for key in ("h", "k", "b"):
        page.keyboard.press(key)
    assert grave_findings(page) == []
    page.locator("button[name=keys]").click()
    assert grave_findings(page) == []


def test_exports_have_no_grave_finding(page: Page) -> None:
    page.get_by_role("button", name=export_texts.DOWNLOAD).click()
    page.get_by_text(export_texts.DOWNLOAD_NOTE).wait_for()
    assert grave_findings(page) == []


def test_axe_looks_into_the_viewer(page: Page) -> None:
    stage = page.locator(".stage")
    stage.evaluate(
        "(it) => it.closest('.viewer').querySelector('[name=width]')"
        ".closest('label').replaceWith(document.createElement('input'))"
    )
    assert any("label" in finding for finding in grave_findings(page))
