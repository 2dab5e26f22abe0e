"""The archive on the page: nothing without its setting, else search, load and send."""

import ast
import datetime
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import StreamlitServer
from fixtures_accessibility import findings_in_both_themes
from fixtures_pacs import (
    PATIENT,
    Orthanc,
    draw_dicom,
    free_port,
    running_orthanc,
    send,
    wait_for,
)
from fixtures_page import column, open_page, press, remove, run_until_read
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from pneumonia.language.speech import say, speaking, write_day
from pneumonia.model.weights import available_weights
from pneumonia.pacs.answers import ArchiveError, WrongAnswerError
from pneumonia.pacs.dicomweb import DicomWeb, Instance, Study
from pneumonia.ui import archive_texts as texts
from pneumonia.ui import from_archive
from pneumonia.ui.texts import CLEAR_NOW

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 180_000
_SAID = ("SEARCH", "NO_CRITERION", "ACCESSION", "LOAD", "SEND", "SENT")

pytestmark = pytest.mark.skipif(
    not available_weights(), reason="no weights are in weights/"
)


class FakeArchive:
    """Holds studies of one image each, and fails as it is told."""

    def __init__(self, count: int = 2) -> None:
        self.studies = [
            Study(f"1.{n}", "CR", 1, f"2026011{n}", "AP [x](y)", PATIENT, f"ID-{n}")
            for n in range(count)
        ]
        self.asked: list[Any] = []
        self.fails: dict[str, Exception] = {}

    def search(self, criteria: Any, *, modality: str, limit: int) -> list[Study]:
        self.asked.append({name: it for name, it in criteria.items() if it})
        if fault := self.fails.get("search"):
            raise fault
        return self.studies if modality == "CR" else []

    def instances(self, study: str, *, modality: str) -> list[Instance]:
        return [Instance(study, f"{study}.1", f"{study}.1.1")]

    def retrieve(self, wanted: Instance) -> bytes:
        if fault := self.fails.get(wanted.study):
            raise fault
        return draw_dicom(int(wanted.study[2:]))


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> FakeArchive:
    monkeypatch.setenv("PNEUMONIA_DICOMWEB", "http://127.0.0.1/dicom-web")
    fake = FakeArchive()
    monkeypatch.setattr(from_archive, "open_archive", lambda: fake)
    return fake


def search(page: AppTest, **fields: str) -> AppTest:
    page.run()
    page.button(key="open_archive").click().run()
    for field in page.text_input:
        if text := fields.get(field.label):
            field.set_value(text)
    next(it for it in page.button if it.label == texts.SEARCH).click().run()
    return page


def found(page: AppTest) -> list[str]:
    """Return the rows of the studies, as they are read."""
    rows = [it.label for it in page.checkbox if str(it.key).startswith("archive-")]
    return [row.replace("\\", "") for row in rows]


def load(page: AppTest, *numbers: int) -> AppTest:
    for number in numbers:
        page.checkbox(key=f"archive-1-{number}").check()
    page.button(key="load_studies").click()
    return run_until_read(page)


def test_without_the_setting_nothing_is_offered_and_the_extra_is_not_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PNEUMONIA_DICOMWEB", raising=False)
    for name in ("pneumonia.pacs.dicomweb", "pneumonia.pacs.results", "requests"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    page = open_page().run()
    assert not page.exception
    assert all(button.key != "open_archive" for button in page.button)


def test_the_page_imports_the_room_of_the_archive_when_it_asks_and_not_before() -> None:
    for path in (ROOT / "pneumonia" / "ui").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("pneumonia.pacs"), path


def test_studies_are_told_without_who_they_are_of_unless_asked_for(
    archive: FakeArchive,
) -> None:
    page = search(open_page(), **{texts.ACCESSION: "ACC1"})
    assert archive.asked[0] == {"AccessionNumber": "ACC1"}
    row = "{} Jan 2026 · CR · 1 image · AP [x](y)"
    assert found(page) == [row.format(11), row.format(10)]
    page.toggle(key="archive_names").set_value(True).run()
    assert found(page)[0] == f"{row.format(11)} · Doe Jane · ID-1"


def test_a_body_part_and_days_are_searched_for_as_dicom_writes_them(
    archive: FakeArchive,
) -> None:
    page = open_page().run()
    page.button(key="open_archive").click().run()
    page.date_input[0].set_value(
        (datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    )
    search_again = next(it for it in page.button if it.label == texts.SEARCH)
    next(it for it in page.text_input if it.label == texts.BODY_PART).set_value("chest")
    search_again.click().run()
    assert archive.asked[0] == {
        "StudyDate": "20260101-20260131",
        "BodyPartExamined": "CHEST",
    }


def test_chosen_studies_are_read_like_dropped_files_and_once(
    archive: FakeArchive,
) -> None:
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0, 1)
    assert column(page, "name") == ["CR · 2026-01-11 · 1", "CR · 2026-01-10 · 2"]
    assert "reading" not in column(page, "state")
    page.button(key="open_archive").click().run()
    page.checkbox(key="archive-1-0").check()
    page.button(key="load_studies").click()
    run_until_read(page)
    assert len(column(page, "name")) == 2


def test_remove_all_takes_off_what_came_from_the_archive(archive: FakeArchive) -> None:
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0)
    press(page, CLEAR_NOW)
    assert column(page, "name") == []


@pytest.mark.parametrize("fault", ["away", "slow", "not_authorized", "wrong_answer"])
def test_each_fault_of_the_archive_is_one_sentence(
    archive: FakeArchive, fault: Any
) -> None:
    archive.fails["search"] = ArchiveError(f"{PATIENT} and more", fault)
    page = search(open_page(), **{texts.PATIENT: "ID*"})
    said = texts.FAULTS[fault].format(seconds=20)
    assert [it.value for it in page.warning] == [said]
    assert not found(page)


def test_nothing_found_and_nothing_asked_are_told(archive: FakeArchive) -> None:
    archive.studies = []
    page = search(open_page())
    assert [it.value for it in page.warning] == [texts.NO_CRITERION]
    assert not archive.asked
    page = search(open_page(), **{texts.PATIENT: "ID*"})
    assert [it.value for it in page.warning] == [texts.NOTHING_FOUND]


def test_an_image_that_is_wrong_costs_itself_alone(archive: FakeArchive) -> None:
    archive.fails["1.1"] = WrongAnswerError("another image")
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0, 1)
    (warning,) = page.warning
    wrong, done = texts.FAULTS["wrong_answer"], texts.INCOMPLETE
    assert warning.value == f"{wrong} {done.format(done=1, total=2)}"
    page.session_state["from_archive"].close()
    assert column(run_until_read(page), "name") == ["CR · 2026-01-10 · 1"]


def test_an_archive_that_goes_away_ends_the_loading(archive: FakeArchive) -> None:
    archive.fails["1.1"] = ArchiveError("no answer", "away")
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0, 1)
    (warning,) = page.warning
    assert warning.value.endswith(texts.INCOMPLETE.format(done=0, total=2))


def test_a_sign_in_that_is_over_ends_the_search(
    archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    page = search(open_page(), **{texts.PATIENT: "ID*"})
    monkeypatch.setattr(from_archive, "require_sign_in", lambda: asked.append(True))
    page.toggle(key="archive_names").set_value(True).run()
    assert asked


def test_no_more_images_are_loaded_than_the_limits(
    archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_archive, "_MOST_IMAGES", 1)
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0, 1)
    assert [it.value for it in page.warning] == [texts.TOO_MANY.format(most=1)]


def test_a_full_session_takes_nothing_more(
    archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_archive, "keep_file", lambda record: False)
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0)
    (warning,) = page.warning
    assert warning.value.startswith(texts.FAULTS["no_room"])
    assert not column(page, "name")


def test_a_setting_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PNEUMONIA_DICOMWEB", "no address")
    page = search(open_page(), **{texts.PATIENT: "ID*"})
    assert [it.value for it in page.warning] == [texts.FAULTS["not_set_up"]]


def test_an_archive_that_is_away_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PNEUMONIA_DICOMWEB", f"http://127.0.0.1:{free_port()}")
    page = search(open_page(), **{texts.PATIENT: "ID*"})
    assert [it.value for it in page.warning] == [texts.FAULTS["away"]]


# A real archive and a real browser


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as started:
        files = [draw_dicom(n, StudyDescription="Thorax") for n in range(3)]
        assert send(started.dicom, *files, title="XRAY", called="ORTHANC") == [0] * 3
        yield started


@pytest.fixture(scope="module")
def address(orthanc: Orthanc) -> Iterator[str]:
    with StreamlitServer(
        ROOT / "streamlit_app.py", PNEUMONIA_DICOMWEB=f"{orthanc.url}/dicom-web"
    ) as server:
        yield server.url


@pytest.fixture(params=[(1280, "en"), (390, "fr")], ids=["desk", "phone"])
def page(chromium: Browser, address: str, request: Any) -> Iterator[Page]:
    width, language = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, locale=language
    )
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(address)
    yield tab
    context.close()


@pytest.mark.browser
def test_a_study_comes_from_the_archive_and_its_results_go_back_once(
    page: Page, orthanc: Orthanc
) -> None:
    language = page.evaluate("navigator.language")
    with speaking(language):
        said = {name: say(getattr(texts, name)) for name in ("TITLE", *_SAID)}
        day = write_day(datetime.date(2026, 1, 15))
    page.get_by_role("button", name=said["TITLE"]).click()
    dialog = page.get_by_role("dialog")
    # The form is drawn again by each press in it: its words stay, and what was typed.
    dialog.get_by_role("button", name=said["SEARCH"]).click()
    expect(dialog.get_by_text(said["NO_CRITERION"], exact=True)).to_be_visible()
    dialog.get_by_label(said["ACCESSION"]).fill("ACC1")
    dialog.get_by_role("button", name=said["SEARCH"]).click()
    row = dialog.get_by_text(f"{day} · CR · 1 image · Thorax", exact=True)
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    expect(dialog.get_by_text("Doe")).to_have_count(0)
    # The only one is chosen already.
    dialog.get_by_role("button", name=said["LOAD"]).click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(".bar .name")).to_have_text("CR · 2026-01-15 · 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name=said["SEND"]).click()
    expect(page.get_by_text(said["SENT"])).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name=said["SEND"])).to_have_count(0)
    # Both visitors sent the same; the archive has it once.
    wait_for(
        lambda: orthanc.modalities_by_study()["1.2.826.0.1.1"] == ["CR", "OT", "SR"]
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_search_has_no_grave_finding_and_nothing_sticks_out(
    chromium: Browser, address: str, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.get_by_role("button", name=texts.TITLE).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=texts.SEARCH).click()
    expect(dialog.get_by_text(texts.NO_CRITERION, exact=True)).to_be_visible()
    assert findings_in_both_themes(page) == []
    dialog.get_by_label(texts.BODY_PART).fill("chest")
    dialog.get_by_role("button", name=texts.SEARCH).click()
    dialog.get_by_text(texts.SHOW_NAMES).click()
    expect(dialog.get_by_text("Doe Jane").first).to_be_visible()
    assert findings_in_both_themes(page) == []
    assert dialog.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_one_case_of_the_archive_is_taken_off_and_can_be_loaded_again(
    archive: FakeArchive,
) -> None:
    page = load(search(open_page(), **{texts.PATIENT: "ID*"}), 0, 1)
    remove(page, 0)
    assert column(page, "name") == ["CR · 2026-01-10 · 2"]
    page.button(key="open_archive").click().run()
    page.checkbox(key="archive-1-0").check()
    page.button(key="load_studies").click()
    assert len(column(run_until_read(page), "name")) == 2


def test_the_token_of_the_site_goes_to_the_archive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PNEUMONIA_DICOMWEB", "https://pacs.example/dicom-web")
    monkeypatch.setenv("PNEUMONIA_DICOMWEB_TOKEN", "secret")
    made = from_archive.open_archive()
    assert isinstance(made, DicomWeb)
    assert (made.url, made.token) == ("https://pacs.example/dicom-web", "secret")
