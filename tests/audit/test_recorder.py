"""Entries wait where the database is lost, and are written later, each once."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_audit import PostgreSQL, make_entry

from pneumonia.audit import recorder as module
from pneumonia.audit.entry import Entry
from pneumonia.audit.opening import audit_address
from pneumonia.audit.recorder import Recorder
from pneumonia.audit.store import AuditStore
from pneumonia.errors import AuditError

_SECONDS = 60
ROOT = Path(__file__).parents[2]
Make = Callable[..., Recorder]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "waiting"


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    made = []

    def make_recorder(address: str, **options: Any) -> Recorder:
        recorder = Recorder(AuditStore(address), folder, **options)
        made.append(recorder)
        return recorder

    yield make_recorder
    for recorder in made:
        recorder.store.close()


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def ids(recorder: Recorder) -> list[str]:
    return [it["id"] for it in recorder.store.rows()]


def nowhere(tmp_path: Path) -> str:
    """Name a database that cannot be opened until its folder is made."""
    return str(tmp_path / "later" / "audit.db")


def test_entries_are_written_by_a_thread_and_do_not_wait_any_more(
    make: Make, address: str, folder: Path
) -> None:
    recorder = make(address)
    recorder.start()
    entries = [make_entry(number, user="anna") for number in range(3)]
    for entry in entries:
        recorder.record(entry)
    wait_for(lambda: len(ids(recorder)) == 3)
    wait_for(lambda: recorder.waiting == 0)
    recorder.stop()
    assert not list(folder.iterdir())
    assert {it["user"] for it in recorder.store.rows()} == {"anna"}


def test_a_lost_database_keeps_nobody_waiting(make: Make, tmp_path: Path) -> None:
    recorder = make(nowhere(tmp_path))
    recorder.start()
    began = time.monotonic()
    for number in range(100):
        recorder.record(make_entry(number))
    assert time.monotonic() - began < 5
    assert recorder.waiting == 100
    recorder.stop()


def test_entries_that_waited_are_written_once_with_their_users(
    make: Make, tmp_path: Path
) -> None:
    recorder = make(nowhere(tmp_path))
    first, second = make_entry(1, user="anna"), make_entry(2)
    for entry in (first, second):
        recorder.record(entry)
        with pytest.raises(AuditError):
            recorder.deliver()
    (tmp_path / "later").mkdir()
    assert recorder.deliver() == 2
    assert recorder.deliver() == 0
    assert ids(recorder) == [first.id, second.id]
    assert [it["user"] for it in recorder.store.rows()] == ["anna", None]
    assert recorder.store.verify()[0] == 2


def test_what_waits_on_disk_names_no_user(
    make: Make, tmp_path: Path, folder: Path
) -> None:
    make(nowhere(tmp_path)).record(make_entry(user="anna"))
    (path,) = folder.iterdir()
    assert "anna" not in path.read_text()
    assert json.loads(path.read_text())["session"] == "s1"
    assert folder.stat().st_mode & 0o077 == 0


def test_what_a_server_left_is_written_by_the_next(
    make: Make, tmp_path: Path, folder: Path
) -> None:
    entry = make_entry(user="anna")
    make(nowhere(tmp_path)).record(entry)
    (folder / "cut_off.new").write_text("{")
    (tmp_path / "later").mkdir()
    later = make(nowhere(tmp_path))
    assert later.waiting == 1
    later.deliver()
    assert ids(later) == [entry.id]
    assert not list(folder.iterdir())


def test_a_stop_between_writing_and_removing_writes_nothing_twice(
    make: Make, address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = make(address)
    recorder.record(make_entry(1))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: pytest.fail("stopped"))
        with pytest.raises(pytest.fail.Exception):
            recorder.deliver()
    assert list(folder.iterdir())
    later = make(address)
    later.deliver()
    assert len(ids(later)) == 1
    assert later.store.verify()[0] == 1


def test_a_killed_server_loses_no_entry(
    make: Make, tmp_path: Path, folder: Path
) -> None:
    script = """
import sys
from pathlib import Path
from fixtures_audit import make_entry
from pneumonia.audit.recorder import Recorder
from pneumonia.audit.store import AuditStore
recorder = Recorder(AuditStore(sys.argv[1]), Path(sys.argv[2]))
recorder.start()
for number in range(10_000):
    entry = make_entry(number)
    recorder.record(entry)
    print(entry.id, flush=True)
"""
    address = str(tmp_path / "audit.db")
    process = subprocess.Popen(
        [sys.executable, "-c", script, address, str(folder)],
        cwd=ROOT / "tests",
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    told = [process.stdout.readline().strip() for _ in range(200)]
    process.kill()
    told += process.stdout.read().splitlines()[:-1]
    process.stdout.close()
    process.wait()
    later = make(address)
    while later.deliver():
        pass
    written = ids(later)
    assert set(told) <= set(written)
    assert len(written) == len(set(written)) == later.store.verify()[0]


def test_more_than_may_wait_becomes_a_gap(make: Make, tmp_path: Path) -> None:
    recorder = make(nowhere(tmp_path), most=2)
    for number in range(5):
        recorder.record(make_entry(number))
    (tmp_path / "later").mkdir()
    recorder.deliver()
    recorder.deliver()
    rows = list(recorder.store.rows())
    assert [(it["kind"], it["number"]) for it in rows] == [
        ("result", None),
        ("result", None),
        ("gap", 3),
    ]


def test_a_full_disc_becomes_a_gap_and_stops_nobody(
    make: Make, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    recorder = make(address)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", fail)
        recorder.record(make_entry())
    recorder.deliver()
    assert [(it["kind"], it["number"]) for it in recorder.store.rows()] == [("gap", 1)]


def test_a_damaged_file_becomes_a_gap(make: Make, address: str, folder: Path) -> None:
    recorder = make(address)
    recorder.record(make_entry(1))
    recorder.record(make_entry(2))
    path, _ = folder.iterdir()
    path.write_text("")
    recorder.deliver()
    assert sorted(it["kind"] for it in recorder.store.rows()) == ["gap", "result"]
    assert not list(folder.iterdir())


def test_a_database_that_stops_and_comes_back_gets_all(
    make: Make, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.1)
    recorder = make(postgresql.url)
    before = len(ids(recorder))
    recorder.start()
    entries: list[Entry] = []

    def record() -> None:
        entries.append(make_entry(len(entries)))
        recorder.record(entries[-1])

    record()
    wait_for(lambda: recorder.waiting == 0)
    postgresql.stop()
    for _ in range(20):
        record()
    time.sleep(1)
    assert recorder.waiting == 20
    postgresql.start()
    wait_for(lambda: recorder.waiting == 0)
    record()
    wait_for(lambda: recorder.waiting == 0)
    recorder.stop()
    assert ids(recorder)[before:] == [it.id for it in entries]
    recorder.store.verify()


def test_it_is_off_unless_a_setting_names_a_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PNEUMONIA_AUDIT", raising=False)
    assert audit_address() is None
    monkeypatch.setenv("PNEUMONIA_AUDIT", "")
    assert audit_address() is None
    monkeypatch.setenv("PNEUMONIA_AUDIT", "audit.db")
    assert audit_address() == "audit.db"
