"""The real page on a real server, driven in Chromium as a person would."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from conftest import StreamlitServer
from dicom_files import build
from fixtures_page import phantom_png
from phantoms import write_phantom
from PIL import Image
from playwright.sync_api import (
    Browser,
    Dialog,
    Locator,
    Page,
    Route,
    WebSocketRoute,
    expect,
)

from pneumonia.model.weights import available_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.ui import (
    explanation_texts,
    export_texts,
    help_texts,
    model_texts,
    study_texts,
    texts,
)
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
    page.locator("input[type=file]").first.set_input_files(files)


def wait_for_score(page: Page) -> None:
    expect(page.get_by_text(texts.DETAILS, exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )


def viewer_state(page: Page) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(
        page.locator("section[data-state]").get_attribute("data-state") or "{}"
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


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_parts_are_hidden_on_request_and_the_age_stays_answered(
    page: Page, tmp_path: Path
) -> None:
    picture = tmp_path / "chest.png"
    picture.write_bytes(phantom_png(4, consolidation="both"))
    drop(page, picture)
    wait_for_score(page)
    question = page.get_by_text(WARNINGS["unknown_age"])
    page.get_by_role("button", name=texts.AGES_ANSWERS["yes"], exact=True).click()
    expect(question).to_have_count(0)
    page.get_by_text(texts.DETAILS, exact=True).click()
    page.get_by_role("button", name=explanation_texts.OCCLUDE).click()
    expect(page.get_by_text("Blurring everything outside the lungs")).to_be_visible()
    expect(question).to_have_count(0)


def test_every_place_has_the_title_and_says_that_this_is_no_device(page: Page) -> None:
    for place in texts.PLACES.values():
        page.get_by_role("link", name=place, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(texts.TITLE)
        expect(page.get_by_role("button", name=texts.DISCLAIMER)).to_be_visible()
        assert_nothing_overflows(page)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_other_places_keep_what_was_opened(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)
    for place in ("batch", "model", "read"):
        page.get_by_role("link", name=texts.PLACES[place], exact=True).click()
        page.wait_for_timeout(1000)
    expect(page.locator(".bar .name")).to_have_text("chest.png")


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_radiograph_has_most_of_the_window(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)

    def share(width: int, height: int) -> float:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
        box = page.locator(".stage").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        return box["width"] * box["height"] / (width * height)

    assert share(1280, 800) >= 0.45
    assert share(1920, 1080) >= 0.65
    stage = page.locator(".stage").element_handle()
    page.get_by_role("button", name=texts.HIDE_LIST).click()
    expect(page.get_by_role("listbox")).to_have_count(0)
    # The same viewer: one that is made anew would jump.
    assert stage.evaluate("(stage) => stage.isConnected")
    assert share(1280, 800) >= 0.60
    expect(page.locator(".bar .name")).to_have_text("chest.png")
    page.get_by_role("button", name=texts.SHOW_LIST).click()
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_result_scrolls_and_the_picture_stays(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)
    page.get_by_text(texts.DETAILS, exact=True).click()
    before = page.locator(".stage").bounding_box()
    panel = page.locator(".st-key-panel")
    panel.hover()
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(500)
    assert page.locator(".stage").bounding_box() == before


@pytest.mark.parametrize("name", ["clear", "lateral"])
def test_example_needs_no_file(page: Page, name: Any) -> None:
    page.get_by_role("button", name=texts.EXAMPLES[name], exact=True).click()
    expect(page.locator(".bar .name")).to_have_text(texts.EXAMPLES[name])
    expect(page.get_by_text(texts.EXAMPLE_NOTE)).to_be_visible()


def test_unreadable_file_gives_a_sentence_and_no_score(
    page: Page, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.png"
    bad.write_text("only words")
    drop(page, bad)
    expect(page.get_by_text("Received: 10 bytes of text").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"[Ss]core [>0-9]"))).to_have_count(0)


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
def test_arrows_lead_on_after_a_click_on_a_row_and_beside_the_result(
    page: Page, tmp_path: Path
) -> None:
    files = [
        write_phantom(tmp_path / f"{n}.png", seed=n, shape=(64, 64)) for n in range(4)
    ]
    drop(page, *files)
    expect(place(page, 1, 4)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("option").nth(1).click()
    expect(place(page, 2, 4)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(place(page, 3, 4)).to_be_visible()
    panel = page.locator(".st-key-panel").bounding_box()
    assert panel is not None
    page.mouse.click(panel["x"] + 2, panel["y"] + panel["height"] - 2)
    page.keyboard.press("ArrowRight")
    expect(place(page, 4, 4)).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_done_marks_the_case_that_it_was_pressed_for(
    page: Page, tmp_path: Path
) -> None:
    held: list[Any] = []
    holds = False

    def pass_on(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        browser.on_message(server.send)
        server.on_message(
            lambda it: (
                held.append(partial(browser.send, it)) if holds else browser.send(it)
            )
        )

    page.route_web_socket(re.compile("_stcore/stream"), pass_on)
    page.reload()
    files = [
        write_phantom(tmp_path / f"{n}.png", seed=n, shape=(64, 64)) for n in range(3)
    ]
    drop(page, *files)
    expect(place(page, 1, 3)).to_be_visible(timeout=PATIENCE_MS)
    progress = texts.WORKLIST_PROGRESS.format(done=3, total=3)
    expect(page.get_by_text(progress)).to_be_visible(timeout=PATIENCE_MS)
    # The server goes on to the second case, and the browser hears of it late.
    holds = True
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(3000)
    assert held
    page.get_by_role("button", name=texts.MARK_DONE).click()
    page.wait_for_timeout(1000)
    holds = False
    for send in held:
        send()
    rows = page.get_by_role("option")
    expect(rows.nth(0)).to_contain_text(texts.DONE_MARK, timeout=PATIENCE_MS)
    expect(place(page, 2, 3)).to_be_visible()
    expect(rows.filter(has_text=texts.DONE_MARK)).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(place(page, 3, 3)).to_be_visible()
    expect(rows.filter(has_text=texts.DONE_MARK)).to_have_count(2)


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


def drop_folder(page: Page, folder: Path) -> None:
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
                    "files": [str(folder)],
                    "dragOperationsMask": 1,
                },
            },
        )


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_folder_is_dropped_with_all_it_holds(page: Page, tmp_path: Path) -> None:
    study = tmp_path / "export" / "DICOM" / "ST000001"
    study.mkdir(parents=True)
    for number in range(3):
        pixels = draw_phantom((256, 300), seed=number).astype(np.uint16) * 16
        (study / f"IM{number:06}").write_bytes(build(pixels, bits=12))
    drop_folder(page, tmp_path / "export")
    done = texts.WORKLIST_PROGRESS.format(done=3, total=3)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_folder_of_hundreds_is_packed_and_read(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(320):
        (folder / f"{number:03}.png").write_bytes(b"%d" % number)
    write_phantom(folder / "é.png", seed=1)
    drop_folder(page, folder)
    done = texts.WORKLIST_PROGRESS.format(done=321, total=321)
    expect(page.get_by_text(done)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stFileChip")).to_have_count(1)
    rows = page.get_by_role("option")
    # A part of the list is fetched once it is in view.
    for place in range(0, 321, 40):
        rows.nth(place).scroll_into_view_if_needed()
        expect(rows.nth(place).locator(".name")).not_to_be_empty()
    expect(rows.filter(has_text="é.png")).not_to_contain_text("unreadable")
    # Nothing is lost, and nothing is there twice.
    names = rows.locator(".name").all_text_contents()
    assert len(names) == len(set(names)) == 321


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_a_place_begins_at_its_top(page: Page) -> None:
    page.get_by_role("link", name=texts.PLACES["model"], exact=True).click()
    expect(page.get_by_text(model_texts.CITATION_TITLE)).to_be_visible()
    page.get_by_test_id("stMain").evaluate("(it) => it.scrollTo(0, 900)")
    page.get_by_role("link", name=texts.PLACES["help"], exact=True).click()
    expect(page.get_by_role("heading", name=help_texts.TITLE)).to_be_in_viewport()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_row_opens_by_click_and_by_key_and_is_in_view(
    page: Page, tmp_path: Path
) -> None:
    files = [
        write_phantom(tmp_path / f"{n:02}.png", seed=n, shape=(64, 64))
        for n in range(20)
    ]
    drop(page, *files)
    rows = page.get_by_role("listbox").get_by_role("option")
    expect(rows).to_have_count(20, timeout=PATIENCE_MS)
    row = rows.nth(2).bounding_box()
    assert row is not None
    # Anywhere in the row, here far right of its words.
    rows.nth(2).click(position={"x": row["width"] - 4, "y": 4})
    expect(place(page, 3, 20)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(place(page, 4, 20)).to_be_visible()
    page.locator(".stage").focus()
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    expect(place(page, 20, 20)).to_be_visible()
    last = page.locator("[role=option][aria-selected=true]")
    expect(last).to_contain_text("19.png")
    shown, listed = last.bounding_box(), page.get_by_role("listbox").bounding_box()
    assert shown is not None
    assert listed is not None
    bottom = listed["y"] + listed["height"]
    assert listed["y"] <= shown["y"] <= bottom - shown["height"] + 1


def read_first(page: Page) -> None:
    page.get_by_role("link", name=texts.PLACES["study"], exact=True).click()
    page.get_by_text(study_texts.FIRST, exact=True).click()
    page.get_by_role("link", name=texts.PLACES["read"], exact=True).click()
    page.get_by_text(texts.UPLOAD).first.wait_for()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_reader_first_is_locked_before_and_revealed_after(
    page: Page, tmp_path: Path
) -> None:
    read_first(page)
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


def saved(page: Page, button: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=button, exact=True).click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("page", [1280], indirect=True)
@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
)
def test_exports_are_files_that_other_programs_open(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "Doe_Jane.png", seed=1, shape=(512, 600)))
    wait_for_score(page)
    page.get_by_role("button", name=export_texts.DOWNLOAD).click()
    case = saved(page, export_texts.DOWNLOAD_PDF)
    worklist = saved(page, export_texts.DOWNLOAD_LIST_PDF)
    for pdf in (case, worklist):
        words = subprocess.run(
            ["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True
        ).stdout.decode()
        assert "not a medical device" in words
        assert "Doe" not in words
    (row,) = csv.DictReader(
        saved(page, export_texts.DOWNLOAD_CSV).decode().splitlines()
    )
    assert 0 <= float(row["probability"]) <= 1
    (entry,) = json.loads(saved(page, export_texts.DOWNLOAD_JSON))
    assert entry["weights"] in available_weights()
    heatmap = pydicom.dcmread(io.BytesIO(saved(page, export_texts.DOWNLOAD_DICOM)))
    assert "Doe" not in str(heatmap)
    assert heatmap.pixel_array.ndim == 3
    assert_export_tells_how_it_goes(page)


def assert_export_tells_how_it_goes(page: Page) -> None:
    link = page.get_by_role("link", name=export_texts.DOWNLOAD_PDF)
    asked: list[Route] = []
    page.route("**/case_pdf", lambda route: asked.append(route))
    link.click()
    expect(link).to_have_attribute("aria-busy", "true")
    asked[0].fulfill(status=500, body="It cannot be made.")
    expect(link).to_have_attribute("aria-busy", "false")
    told = page.locator(".failed_download")
    expect(told).to_have_text("It cannot be made.")
    link.click()
    expect(told).to_have_count(0)
    asked[1].abort()
    expect(told).to_have_text(export_texts.UNREACHABLE)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_turned_radiograph_is_turned_when_asked(page: Page, tmp_path: Path) -> None:
    upright = write_phantom(tmp_path / "chest.png", seed=1, shape=(512, 600))
    turned = tmp_path / "turned.png"
    Image.open(upright).transpose(Image.Transpose.ROTATE_90).save(turned)
    drop(page, turned)
    refused = page.get_by_role("heading", name=texts.FLAGS["refused"])
    expect(refused).to_be_visible(timeout=PATIENCE_MS)
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
    page.get_by_role("button", name=texts.AGES_ANSWERS["yes"], exact=True).click()
    wait_for_score(page)
    one = texts.WORKLIST_PROGRESS.format(done=1, total=1)
    expect(page.get_by_text(one)).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_leaving_with_an_unexported_impression_asks_first(
    page: Page, tmp_path: Path
) -> None:
    read_first(page)
    drop(page, write_phantom(tmp_path / "chest.png", seed=1, shape=(512, 600)))
    page.get_by_role("button", name=texts.IMPRESSIONS["pneumonia"]).click()
    wait_for_score(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    # The browser is told at the end of the page's run.
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    page.wait_for_timeout(2000)
    page.once("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_timeout(1000)
    assert asked == ["beforeunload"]
    expect(page.get_by_text("Your impression: pneumonia")).to_be_visible()


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_upload_that_fails_stays_in_sight(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)
    page.route("**/upload_file/**", lambda route: route.abort())
    drop(page, write_phantom(tmp_path / "lost.png", seed=2))
    lost = page.get_by_test_id("stFileChip")
    expect(lost.filter(visible=True)).to_have_count(1)
    expect(lost.filter(visible=True)).to_contain_text("lost.png")


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_reload_starts_afresh_and_says_so(page: Page, tmp_path: Path) -> None:
    drop(page, write_phantom(tmp_path / "chest.png", seed=1))
    wait_for_score(page)
    page.reload()
    expect(page.get_by_text(texts.RELOADED)).to_be_visible()


def record(page: Page, picture: Path) -> None:
    read_first(page)
    drop(page, write_phantom(picture, seed=1, shape=(512, 600)))
    page.get_by_role("button", name=texts.IMPRESSIONS["pneumonia"]).click()
    expect(page.get_by_text("Your impression: pneumonia")).to_be_visible()
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    page.wait_for_timeout(1000)


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_impression_survives_a_reload(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "chest.png"
    record(page, picture)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text(texts.RECORDED_KEPT.format(count=1))).to_be_visible()
    drop(page, picture)
    expect(page.get_by_text("Your impression: pneumonia")).to_be_visible()
    page.get_by_role("button", name=texts.CLEAR).click()
    expect(page.get_by_text(texts.CLEAR_LOSES.format(count=1))).to_be_visible()
    page.get_by_role("button", name=texts.CLEAR_NOW, exact=True).click()
    page.locator(".st-key-start").wait_for()
    page.wait_for_timeout(1000)
    assert page.evaluate("sessionStorage.getItem('recorded')") is None


def test_impression_survives_a_server_that_starts_again(
    chromium: Browser, tmp_path: Path
) -> None:
    picture = tmp_path / "chest.png"
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    with StreamlitServer(ROOT / "streamlit_app.py") as server:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(server.url)
        record(page, picture)
        server.stop()
        page.wait_for_timeout(3000)
        server.start()
        told = page.get_by_text(texts.RECORDED_KEPT.format(count=1))
        expect(told).to_be_visible(timeout=PATIENCE_MS)
        drop(page, picture)
        expect(page.get_by_text("Your impression: pneumonia")).to_be_visible()
    context.close()


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
