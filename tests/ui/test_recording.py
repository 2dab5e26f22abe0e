"""What of a session goes into the audit record, and what an administrator sees."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_audit import make_entry
from fixtures_page import (
    answer_age,
    choose,
    downloads,
    has_result,
    move_prevalence,
    open_page,
    open_place,
    phantom_png,
    press,
    upload,
    words,
)
from streamlit.testing.v1 import AppTest

from pneumonia.audit.recorder import Recorder, recorder_of
from pneumonia.audit.store import AuditStore
from pneumonia.errors import AuditError
from pneumonia.model.weights import available_weights
from pneumonia.reading.radiograph import sha256_of
from pneumonia.ui import access_texts, recording, sign_in, texts

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = str(tmp_path / "audit.db")
    monkeypatch.setenv("PNEUMONIA_AUDIT", address)
    return address


@pytest.fixture(autouse=True)
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "waiting"
    monkeypatch.setenv("PNEUMONIA_AUDIT_WAITING", str(folder))
    yield folder
    if started := recording.start_recording():
        started.stop()
        started.store.close()
    recorder_of.cache_clear()


def written(address: str, count: int) -> list[dict[str, Any]]:
    """Wait for so many entries, and a moment for more."""
    store = AuditStore(address)
    until = time.monotonic() + 60
    while len(list(store.rows())) < count:
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(0.5)
    rows = [dict(it) for it in store.rows()]
    store.verify()
    store.close()
    return rows


def test_nothing_is_recorded_unless_a_setting_says_so(waiting: Path) -> None:
    upload(open_page(), ("a.png", phantom_png(1)))
    assert recording.start_recording() is None
    assert not waiting.exists()


def test_each_result_is_recorded_once_without_its_name(address: str) -> None:
    files = [(f"Jane_Doe_{seed}.png", phantom_png(seed)) for seed in (1, 2)]
    page = upload(open_page(), *files, ("Jane_Roe.png", b"Jane Roe"))
    page.run()
    rows = written(address, 3)
    assert {it["input_sha256"] for it in rows} == {
        sha256_of(data) for _, data in [*files, ("", b"Jane Roe")]
    }
    assert sorted(it["status"] for it in rows) == ["assessed"] * 2 + ["unreadable"]
    assert {it["refusal"] for it in rows} == {None, "unknown_format"}
    assert len({it["session"] for it in rows}) == 1
    assert "Jane" not in json.dumps(rows)


def test_the_page_says_that_there_is_a_record(address: str) -> None:
    assert access_texts.RECORDED in words(open_page().run())


def test_other_settings_are_recorded_of_the_open_case_alone(address: str) -> None:
    page = upload(open_page(), *((f"{it}.png", phantom_png(it)) for it in (1, 2)))
    answer_age(page)
    assert len(written(address, 2)) == 3
    move_prevalence(page, 40)
    choose(page, texts.OPERATING_POINT, "screening")
    rows = written(address, 5)
    assert len(rows) == 5
    assert [(it["operating_point"], it["prevalence"]) for it in rows[-2:]] == [
        ("balanced", 0.4),
        ("screening", 0.4),
    ]
    assert len({it["input_sha256"] for it in rows[2:]}) == 1
    open_place(page, 1)
    assert len(written(address, 6)) == 6


def test_a_locked_case_is_recorded_with_its_impression(address: str) -> None:
    page = open_page()
    page.session_state["reader_first"] = True
    upload(page, ("a.png", phantom_png(1)))
    assert not has_result(page)
    assert written(address, 0) == []
    press(page, texts.IMPRESSIONS["normal"])
    (row,) = written(address, 1)
    assert (row["impression"], row["changed_to"]) == ("normal", None)
    page.button(key="change-pneumonia").click()
    page.run()
    *_, row = written(address, 2)
    assert (row["impression"], row["changed_to"]) == ("normal", "pneumonia")


def test_a_lost_database_keeps_no_result_back(
    waiting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"postgresql://me:secret@127.0.0.1:{closed.getsockname()[1]}/x"
    monkeypatch.setenv("PNEUMONIA_AUDIT", address)
    monkeypatch.setenv("PNEUMONIA_AUDIT_PAGE", "1")
    page = upload(open_page(), ("Jane_Doe.png", phantom_png(1)))
    assert has_result(page)
    (path,) = waiting.rglob("*.json")
    assert "Jane" not in path.read_text()


def test_a_record_that_cannot_be_ends_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PNEUMONIA_AUDIT", "mysql://host/x")
        with pytest.raises(AuditError, match="needs the path of a SQLite file"):
            recording.start_recording()


@pytest.mark.parametrize(
    ("person", "page", "sees"),
    [
        (sign_in.Person("administrator", "boss", 0), "", True),
        (sign_in.Person("reader", "anna", 0), "1", False),
        (sign_in.Person("reader", None, 0), "1", True),
        (sign_in.Person("reader", None, 0), "", False),
    ],
)
def test_who_sees_the_record(
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    person: sign_in.Person,
    page: str,
    sees: bool,
) -> None:
    monkeypatch.setenv("PNEUMONIA_AUDIT_PAGE", page)
    assert recording.may_see_record(person) is sees
    monkeypatch.delenv("PNEUMONIA_AUDIT")
    assert not recording.may_see_record(person)
    monkeypatch.setenv("PNEUMONIA_AUDIT", address)


def place(address: str, folder: str, sha256: str) -> None:
    from pathlib import Path

    from pneumonia.audit.recorder import Recorder
    from pneumonia.audit.store import AuditStore
    from pneumonia.ui import audit_page

    edges = [-8.0 + it / 2 for it in range(33)]
    counts = {
        "edges": edges,
        "normal": [int(it < 12) for it in range(32)],
        "pneumonia": [int(it > 20) for it in range(32)],
    }
    card = {"sha256": sha256, "score_distribution": counts}
    store = AuditStore(address)
    audit_page.show(Recorder(store, Path(folder)), card)
    store.close()


def open_record(address: str, folder: Path) -> AppTest:
    arguments = (address, str(folder), "ab" * 32)
    return AppTest.from_function(place, args=arguments, default_timeout=120).run()


def test_the_place_counts_draws_finds_and_exports(address: str, waiting: Path) -> None:
    store = AuditStore(address)
    store.append(
        [
            *(make_entry(it, impression="normal") for it in range(3)),
            make_entry(3, impression="pneumonia"),
            *(make_entry(it, score=0.5) for it in range(4, 60)),
            *(make_entry(it, refusal="rotated", score=None) for it in (60, 61)),
        ]
    )
    store.close()
    page = open_record(address, waiting)
    said = words(page)
    assert access_texts.WHAT.format(count=62) in said
    assert access_texts.AGREED.format(agreed=3, decided=4) in said
    assert access_texts.DRIFT_WHAT.format(size=25) in said
    assert said.count(access_texts.OUTSIDE.format(outside=2, total=2)) == 1
    agreement, refusals = (table.value for table in page.table)
    assert agreement[access_texts.NOT_FLAGGED].tolist() == [3, 1, 0]
    assert refusals.to_numpy().tolist() == [["rotated", 2]]
    assert downloads(page) == [access_texts.EXPORT]
    page.text_input[0].set_value("no hash").run()
    assert access_texts.SEARCH_HELP in words(page)
    page.text_input[0].set_value("ff" * 32).run()
    assert access_texts.NOTHING_FOUND in words(page)
    page.text_input[0].set_value(f"{60:064x}").run()
    assert page.dataframe[0].value["refusal"].tolist() == ["rotated"]


def test_the_place_says_that_nothing_is_there_or_the_database_lost(
    address: str, waiting: Path, tmp_path: Path
) -> None:
    assert access_texts.EMPTY in words(open_record(address, waiting))
    lost = str(tmp_path / "nowhere" / "audit.db")
    recorder = Recorder(AuditStore(lost), waiting)
    recorder.record(make_entry())
    recorder.store.close()
    said = words(open_record(lost, waiting))
    assert access_texts.WAITING.format(count=1) in said
    assert "cannot be used" in said


def test_sign_in_without_a_provider_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign_in, "_CLAIM", "roles")
    page = open_page().run()
    assert [it.value for it in page.error] == [sign_in._NO_PROVIDER]
    assert not page.file_uploader
