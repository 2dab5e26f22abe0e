"""Axe-core on the page with a case open, in both themes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import build
from fixtures_accessibility import findings_in_both_themes, grave_findings
from phantoms import write_phantom
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pneumonia.model.weights import available_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.ui import export_texts, texts

ROOT = Path(__file__).parents[2]
# Importing TensorFlow on a busy machine with two cores can take minutes.
PATIENCE_MS = 300_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "streamlit_app.py")


@pytest.fixture
def page(chromium: Browser, address: str, tmp_path: Path) -> Any:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
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


def test_an_open_case_has_no_grave_finding(page: Page) -> None:
    assert findings_in_both_themes(page) == []


def test_no_place_has_a_grave_finding(page: Page) -> None:
    for name in texts.PLACES.values():
        page.get_by_role("link", name=name, exact=True).click()
        assert findings_in_both_themes(page) == [], name


def test_the_first_visit_has_no_grave_finding(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text(texts.EXAMPLES_OFFER).wait_for()
    assert findings_in_both_themes(page) == []
    page.get_by_role("button", name=texts.SETTINGS).click()
    assert findings_in_both_themes(page) == []


def test_heatmap_contours_and_keys_have_no_grave_finding(page: Page) -> None:
    page.locator(".stage").focus()
    for key in ("h", "k", "b"):
        page.keyboard.press(key)
    assert findings_in_both_themes(page) == []
    page.locator("button[name=keys]").click()
    assert findings_in_both_themes(page) == []


def test_full_screen_has_no_grave_finding(page: Page) -> None:
    page.locator(".stage").focus()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    assert findings_in_both_themes(page) == []


def test_a_refused_one_and_one_of_an_adult_have_no_grave_finding(
    page: Page, tmp_path: Path
) -> None:
    turned, adult = tmp_path / "turned.png", tmp_path / "adult.dcm"
    upright = Image.open(tmp_path / "chest.png")
    upright.transpose(Image.Transpose.ROTATE_90).save(turned)
    pixels = draw_phantom((256, 300), seed=2).astype(np.uint16) * 16
    adult.write_bytes(build(pixels, bits=12, PatientAge="056Y"))
    page.locator("input[type=file]").first.set_input_files([turned, adult])
    page.get_by_role("option").filter(has_text="turned.png").click()
    page.get_by_role("button", name=texts.REPAIRS["rotate"]).wait_for()
    assert findings_in_both_themes(page) == []
    page.get_by_role("option").filter(has_text="adult.dcm").click()
    page.get_by_text(WARNINGS["age_outside_training"]).wait_for()
    assert findings_in_both_themes(page) == []


def test_exports_have_no_grave_finding(page: Page) -> None:
    page.get_by_role("button", name=export_texts.DOWNLOAD).click()
    page.get_by_text(export_texts.DOWNLOAD_NOTE).wait_for()
    assert findings_in_both_themes(page) == []


def test_what_the_header_opens_has_no_grave_finding(page: Page) -> None:
    for button in ("limits", "languages"):
        page.locator(f".st-key-{button} button").first.click()
        assert findings_in_both_themes(page) == []
        page.keyboard.press("Escape")


def test_a_telephone_has_no_grave_finding(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert findings_in_both_themes(page) == []
    page.get_by_role("button", name=texts.WORKLIST).click()
    assert findings_in_both_themes(page) == []


def test_axe_looks_into_the_viewer(page: Page) -> None:
    stage = page.locator(".stage")
    stage.evaluate(
        "(it) => it.closest('.viewer').querySelector('[name=width]')"
        ".closest('label').replaceWith(document.createElement('input'))"
    )
    assert any("label" in finding for finding in grave_findings(page))
