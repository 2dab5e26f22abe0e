"""The record in SQLite and in a real PostgreSQL."""

import csv
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures_audit import engine_of, make_entry
from sqlalchemy import text

from pneumonia.audit.entry import START
from pneumonia.audit.store import AuditStore
from pneumonia.errors import AuditError


@pytest.fixture
def change(address: str) -> Callable[[str], None]:
    """Give a function that changes the database behind the record's back."""

    def run(statement: str) -> None:
        engine = engine_of(address)
        with engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount
        engine.dispose()

    return run


def days_ago(days: float) -> str:
    then = datetime.now(UTC) - timedelta(days=days)
    return then.isoformat(timespec="microseconds")


def fill(store: AuditStore, count: int = 5, **changes: Any) -> None:
    store.append([make_entry(number, **changes) for number in range(count)])


def test_what_was_appended_is_read_as_it_was(store: AuditStore) -> None:
    entries = [
        make_entry(1, user="anna", impression="normal", changed_to="pneumonia"),
        make_entry(2, status="refused", score=None, flagged=None, refusal="rotated"),
        make_entry(3, flagged=True, score=1 - 2**-53),
    ]
    store.append(entries)
    rows = list(store.rows())
    assert [{name: row[name] for name in asdict(entries[0])} for row in rows] == [
        asdict(it) for it in entries
    ]
    assert [it["sequence"] for it in rows] == [1, 2, 3]


def test_a_number_of_the_radiograph_is_chained_too(
    store: AuditStore, change: Callable[[str], None]
) -> None:
    fill(store, 2, input_grey=137.5)
    change("UPDATE audit SET input_grey = NULL WHERE sequence = 2")
    with pytest.raises(AuditError, match="entry 2 was changed"):
        store.verify()


def test_an_empty_record_is_whole(store: AuditStore) -> None:
    assert store.verify() == (0, START)


def test_an_entry_that_comes_twice_is_written_once(store: AuditStore) -> None:
    first, second = make_entry(1), make_entry(2)
    store.append([first, first])
    store.append([first, second])
    assert [it["id"] for it in store.rows()] == [first.id, second.id]
    assert store.verify()[0] == 2


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET score = 0.9 WHERE sequence = 3", "entry 3 was changed"),
        ("UPDATE audit SET warnings = '' WHERE sequence = 5", "entry 5 was changed"),
        ("UPDATE audit SET sequence = 9 WHERE sequence = 5", "broken before entry 9"),
        ("DELETE FROM audit WHERE sequence = 3", "entry 3 is missing"),
        ("DELETE FROM audit WHERE sequence < 3", "begins at entry 3"),
    ],
)
def test_a_change_behind_its_back_is_found(
    store: AuditStore, change: Callable[[str], None], statement: str, told: str
) -> None:
    fill(store)
    assert store.verify()[0] == 5
    change(statement)
    with pytest.raises(AuditError, match=told):
        store.verify()


def test_an_end_that_was_cut_off_is_found_by_a_noted_hash(
    store: AuditStore, change: Callable[[str], None]
) -> None:
    fill(store)
    _, head = store.verify()
    fill(store)
    assert store.verify(head)[0] == 10
    change("DELETE FROM audit WHERE sequence > 4")
    assert store.verify()[0] == 4
    with pytest.raises(AuditError, match="cut off"):
        store.verify(head)


def test_old_entries_go_and_the_chain_stays_whole(store: AuditStore) -> None:
    fill(store, 3, time=days_ago(100))
    fill(store, 2, time=days_ago(40))
    fill(store, 1)
    assert store.purge(90) == 3
    assert store.purge(90) == 0
    assert [it["kind"] for it in store.rows()] == ["result"] * 3 + ["checkpoint"]
    assert store.verify()[0] == 4
    assert store.purge(30) == 2
    assert store.verify()[0] == 3


def test_all_may_be_old(store: AuditStore) -> None:
    fill(store, 3, time=days_ago(100))
    _, head = store.verify()
    assert store.purge(90) == 3
    assert store.verify(head)[0] == 1
    fill(store, 1)
    assert [it["sequence"] for it in store.rows()] == [4, 5]


def test_a_missing_beginning_is_found_after_old_entries_went(
    store: AuditStore, change: Callable[[str], None]
) -> None:
    fill(store, 3, time=days_ago(100))
    fill(store, 2)
    store.purge(90)
    change("DELETE FROM audit WHERE sequence = 4")
    with pytest.raises(AuditError, match="begins at entry 5"):
        store.verify()


def test_a_broken_record_is_not_purged(
    store: AuditStore, change: Callable[[str], None]
) -> None:
    fill(store, 3, time=days_ago(100))
    change("UPDATE audit SET session = 's2' WHERE sequence = 2")
    with pytest.raises(AuditError, match="entry 2 was changed"):
        store.purge(90)
    assert len(list(store.rows())) == 3


def test_servers_that_append_at_once_make_one_chain(address: str) -> None:
    def append(session: str) -> None:
        store = AuditStore(address)
        for number in range(20):
            until_written(store, number, session)
        store.close()

    def until_written(store: AuditStore, number: int, session: str) -> None:
        entry = make_entry(number, session=session)
        for _ in range(100):
            try:
                store.append([entry])
                return
            except AuditError:  # SQLite is locked; the recorder tries again as well
                continue
        raise AssertionError

    threads = [threading.Thread(target=append, args=(it,)) for it in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = AuditStore(address)
    assert store.verify()[0] == 80
    assert len({it["id"] for it in store.rows()}) == 80
    store.close()


def test_export_is_a_csv_that_no_spreadsheet_runs(store: AuditStore) -> None:
    store.append([make_entry(7, user="=1+1")])
    names, values = csv.reader(store.to_csv())
    row = dict(zip(names, values, strict=True))
    assert row["input_sha256"] == f"{7:064x}"
    assert float(row["score"]) == 0.1 + 0.2
    assert row["user"] == "./=1+1"


def test_entries_of_one_file_are_found(store: AuditStore) -> None:
    fill(store)
    found = list(store.rows(input_sha256=f"{3:064x}"))
    assert [it["sequence"] for it in found] == [4]


def test_the_last_results_come_in_their_order(store: AuditStore) -> None:
    fill(store)
    assert [it["sequence"] for it in store.latest(2)] == [4, 5]


def test_an_address_that_cannot_be_used_is_told_without_its_password() -> None:
    for address in ("mysql://me:secret@host/db", "sqlite:://x", "http://me:secret@x"):
        with pytest.raises(AuditError, match="needs the path of a SQLite file") as told:
            AuditStore(address)
        assert "secret" not in str(told.value)


def test_a_database_that_is_not_there_is_told_without_its_password() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = AuditStore(f"postgresql://me:secret@127.0.0.1:{port}/db")
    with pytest.raises(AuditError, match="cannot be used") as told:
        store.append([make_entry()])
    assert "secret" not in str(told.value)
    store.close()
