"""The real page on a real server, driven in Chromium as a person would."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_files import build
from phantoms import write_phantom
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from pneumonia.model.weights import available_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.ui import texts
from pneumonia.ui.viewer.texts import PLACE

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("PNEUMONIA_DATA", ROOT.parent / "shared" / "data"))
# Importing TensorFlow on a busy machine with two cores can take a minute.
PATIENCE_MS = 180_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not available_weights(), reason="no weights are in weights/"),
]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(ROOT / "streamlit_app.py")


@pytest.fixture(params=[1280, 390])
def page(chromium: Browser, address: str, request: Any) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(address)
    tab.get_by_text("Upload").first.wait_for()
    yield tab
    context.close()


def drop(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files(files)


def wait_for_score(page: Page) -> None:
    expect(page.get_by_text(texts.DETAILS, exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )


def viewer_state(page: Page) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(
        page.locator("[data-state]").get_attribute("data-state") or "{}"
    )
    return state


def picture(page: Page) -> bytes:
    return page.locator(".stage").screenshot()


def assert_heatmap_shows_and_goes(page: Page) -> None:
    button = page.get_by_role("button", name="Heatmap")
    expect(button).to_be_enabled(timeout=PATIENCE_MS)
    plain = picture(page)
    assert not viewer_state(page)["heatmap"]
    button.click()
    page.wait_for_timeout(300)
    assert viewer_state(page)["heatmap"]
    assert picture(page) != plain


def assert_nothing_overflows(page: Page) -> None:
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_phantom_shows_its_score_and_heatmap(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1, shape=(512, 600)))
    wait_for_score(page)
    assert_heatmap_shows_and_goes(page)
    assert_nothing_overflows(page)


def test_banner_comes_before_everything_else(page: Page) -> None:
    first = page.locator("[data-testid=stMain] [data-testid=stMarkdown]").first
    expect(first).to_contain_text("Research demonstration, not a medical device")


def test_example_needs_no_file(page: Page) -> None:
    page.get_by_text(texts.EXAMPLE).click()
    wait_for_score(page)
    expect(page.get_by_text(texts.EXAMPLE_NOTE)).to_be_visible()


def test_unreadable_file_gives_a_sentence_and_no_score(
    page: Page, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.png"
    bad.write_text("only words")
    drop(page, bad)
    expect(page.get_by_text("Received: 10 bytes of text").first).to_be_visible()
    expect(page.get_by_text("Score")).to_have_count(0)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_nothing_is_asked_of_other_hosts(page: Page, address: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url))
    page.reload()
    page.get_by_text("Upload").first.wait_for()
    strangers = [
        url for url in hosts if not url.startswith((address, "data:", "blob:"))
    ]
    assert strangers == []


def place(page: Page, number: int, total: int) -> Locator:
    """Find the words above the picture that say where the reader is."""
    words = PLACE.format(place=number, total=total)
    return page.locator(".bar").get_by_text(words, exact=True)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_thirty_quick_steps_open_case_31_and_mark_none_done(
    page: Page, tmp_path: Path
) -> None:
    files = [
        write_phantom(tmp_path / f"{n:02}.png", seed=n, shape=(64, 64))
        for n in range(31)
    ]
    drop(page, *files)
    expect(place(page, 1, 31)).to_be_visible(timeout=PATIENCE_MS)
    page.locator(".stage").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    expect(place(page, 31, 31)).to_be_visible()
    expect(page.locator(".bar .name")).to_have_text("30.png", timeout=PATIENCE_MS)
    expect(page.get_by_text(texts.DONE_MARK, exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name=texts.MARK_DONE)).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_list_of_two_hundred_is_read_while_cases_are_opened(
    page: Page, tmp_path: Path
) -> None:
    files = [
        write_phantom(tmp_path / f"{n:03}.png", seed=n, shape=(64, 64))
        for n in range(150)
    ]
    for number in range(50):
        (tmp_path / f"bad{number}.png").write_bytes(b"%d" % number)
        files.append(tmp_path / f"bad{number}.png")
    drop(page, *files)
    for number in (2, 3):
        page.locator(".bar button[name=next]").click()
        expect(place(page, number, 200)).to_be_visible()
    done = texts.WORKLIST_PROGRESS.format(done=200, total=200)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)
    expect(place(page, 3, 200)).to_be_visible()
    wait_for_score(page)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_folder_is_dropped_with_all_it_holds(page: Page, tmp_path: Path) -> None:
    study = tmp_path / "export" / "DICOM" / "ST000001"
    study.mkdir(parents=True)
    for number in range(3):
        pixels = draw_phantom((256, 300), seed=number).astype(np.uint16) * 16
        (study / f"IM{number:06}").write_bytes(build(pixels, bits=12))
    zone = page.get_by_test_id("stFileUploaderDropzone").bounding_box()
    assert zone is not None
    # Only the browser's own protocol can drag a folder.
    devtools = page.context.new_cdp_session(page)
    for event in ("dragEnter", "dragOver", "drop"):
        devtools.send(
            "Input.dispatchDragEvent",
            {
                "type": event,
                "x": zone["x"] + zone["width"] / 2,
                "y": zone["y"] + zone["height"] / 2,
                "data": {
                    "items": [],
                    "files": [str(tmp_path / "export")],
                    "dragOperationsMask": 1,
                },
            },
        )
    done = texts.WORKLIST_PROGRESS.format(done=3, total=3)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_row_that_is_clicked_opens(page: Page, tmp_path: Path) -> None:
    files = [
        write_phantom(tmp_path / f"{n}.png", seed=n, shape=(64, 64)) for n in range(3)
    ]
    drop(page, *files)
    wait_for_score(page)
    table = page.locator("[data-testid=stDataFrame]")
    table.click(position={"x": 12, "y": 36 * 2 + 18})
    expect(place(page, 2, 3)).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_reader_first_is_locked_before_and_revealed_after(
    page: Page, tmp_path: Path
) -> None:
    page.get_by_text(texts.READER_FIRST).click()
    drop(page, write_phantom(tmp_path / "chest.png", seed=1, shape=(512, 600)))
    expect(page.get_by_text(texts.IMPRESSION_WHY)).to_be_visible()
    done = texts.WORKLIST_PROGRESS.format(done=1, total=1)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(texts.DETAILS, exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Heatmap")).to_be_disabled()
    page.get_by_role("button", name=texts.IMPRESSIONS["pneumonia"]).click()
    wait_for_score(page)
    expect(page.get_by_text("Your impression: pneumonia")).to_be_visible()
    expect(page.get_by_role("button", name="Heatmap")).to_be_enabled()


def test_dicom_shows_its_score(page: Page, tmp_path: Path) -> None:
    pixels = draw_phantom((256, 300), seed=2).astype(np.uint16) * 16
    path = tmp_path / "IM0001"
    path.write_bytes(build(pixels, bits=12))
    drop(page, path)
    wait_for_score(page)
    assert_nothing_overflows(page)


def saved(page: Page, button: str, which: int = 0) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).nth(which).click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("page", [1280], indirect=True)
@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
)
def test_exports_are_files_that_other_programs_open(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "Doe_Jane.png", seed=1, shape=(512, 600)))
    wait_for_score(page)
    page.get_by_role("button", name=texts.DOWNLOAD).click()
    case, worklist = (saved(page, texts.DOWNLOAD_PDF, which) for which in (0, 1))
    for pdf in (case, worklist):
        words = subprocess.run(
            ["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True
        ).stdout.decode()
        assert "not a medical device" in words
        assert "Doe" not in words
    (row,) = csv.DictReader(saved(page, texts.DOWNLOAD_CSV).decode().splitlines())
    assert 0 <= float(row["probability"]) <= 1
    (entry,) = json.loads(saved(page, texts.DOWNLOAD_JSON))
    assert entry["weights"] in available_weights()
    heatmap = pydicom.dcmread(io.BytesIO(saved(page, texts.DOWNLOAD_DICOM)))
    assert "Doe" not in str(heatmap)
    assert heatmap.pixel_array.ndim == 3


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_turned_radiograph_is_turned_when_asked(page: Page, tmp_path: Path) -> None:
    upright = write_phantom(tmp_path / "chest.png", seed=1, shape=(512, 600))
    turned = tmp_path / "turned.png"
    Image.open(upright).transpose(Image.Transpose.ROTATE_90).save(turned)
    drop(page, turned)
    expect(page.get_by_text(texts.FLAGS["refused"])).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(texts.DETAILS, exact=True)).to_have_count(0)
    page.get_by_role("button", name=texts.REPAIRS["rotate"]).click()
    wait_for_score(page)
    expect(page.get_by_text(WARNINGS["turned_clockwise"])).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_lost_connection_resumes_with_what_was_opened(
    page: Page, tmp_path: Path
) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)
    page.evaluate("window.streamlitDebug.disconnectWebsocket()")
    page.get_by_text(texts.READER_FIRST).click()
    wait_for_score(page)
    one = texts.WORKLIST_PROGRESS.format(done=1, total=1)
    expect(page.get_by_text(one)).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_reload_starts_afresh_and_says_so(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)
    page.reload()
    expect(page.get_by_text(texts.RELOADED)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overflows_in_either_theme(
    chromium: Browser, address: str, width: int, scheme: Any, tmp_path: Path
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    tab = context.new_page()
    tab.goto(address)
    tab.get_by_text("Upload").first.wait_for(timeout=PATIENCE_MS)
    assert_nothing_overflows(tab)
    bad = tmp_path / "bad.png"
    bad.write_text("only words")
    drop(tab, write_phantom(tmp_path / "chest.png", seed=1), bad)
    wait_for_score(tab)
    assert_nothing_overflows(tab)
    background = tab.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    )
    darkness = max(int(part) for part in re.findall(r"\d+", background)[:3])
    assert (darkness < 64) == (scheme == "dark")
    context.close()


@pytest.mark.parametrize("page", [1280], indirect=True)
@pytest.mark.skipif(
    not (DATA / "native_resolution").is_dir(), reason="no real radiographs at hand"
)
def test_real_radiograph_shows_its_score_and_heatmap(page: Page) -> None:
    drop(page, next((DATA / "native_resolution" / "PNEUMONIA").iterdir()))
    wait_for_score(page)
    assert_heatmap_shows_and_goes(page)
