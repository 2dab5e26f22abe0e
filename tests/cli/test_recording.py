"""The command line writes into the audit record, and a lost one stops nothing."""

import json
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fixtures_cli import Command
from fixtures_exports import make_decision
from phantoms import write_phantom

from pneumonia.audit.opening import noting, waiting_folder
from pneumonia.audit.store import AuditStore
from pneumonia.reading.radiograph import sha256_of

_DONE = {0, 1}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "Jane_Doe"
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        write_phantom(path, seed=number)
    words = folder / "words.txt.png"
    words.write_bytes(b"Jane Doe")
    return [*paths, words]


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = str(tmp_path / "audit.db")
    monkeypatch.setenv("PNEUMONIA_AUDIT", address)
    monkeypatch.setenv("PNEUMONIA_AUDIT_WAITING", str(tmp_path / "waiting"))
    return address


@pytest.fixture
def lost(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("PNEUMONIA_AUDIT", f"postgresql://me:secret@127.0.0.1:{port}/x")


def recorded(address: str) -> list[dict[str, Any]]:
    store = AuditStore(address)
    store.verify()
    rows = [dict(it) for it in store.rows()]
    store.close()
    return rows


def waiting(tmp_path: Path) -> Sequence[Path]:
    return list((tmp_path / "waiting").rglob("*.json"))


def test_each_result_is_recorded_without_its_name(
    command: Command, files: list[Path], address: str, tmp_path: Path
) -> None:
    assert command("assess", *files, "--prevalence", "0.2") in _DONE
    rows = recorded(address)
    assert {it["input_sha256"] for it in rows} == {
        sha256_of(path.read_bytes()) for path in files
    }
    assert len(rows) == len(files)
    assert len({it["session"] for it in rows}) == 1
    assert {it["prevalence"] for it in rows} == {0.2}
    assert {it["kind"] for it in rows} == {"result"}
    scored = [it for it in rows if it["status"] == "assessed"]
    assert scored
    for row in scored:
        assert row["input_size"] > 0
        assert 0 < row["input_lungs"] < 1
    assert "Jane" not in json.dumps(rows)
    assert not waiting(tmp_path)


def test_nothing_is_recorded_unless_a_setting_says_so(
    command: Command, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PNEUMONIA_AUDIT", raising=False)
    monkeypatch.setenv("PNEUMONIA_AUDIT_WAITING", str(tmp_path / "waiting"))
    assert command("assess", *files) in _DONE
    assert not (tmp_path / "waiting").exists()


@pytest.mark.usefixtures("lost")
def test_a_lost_database_stops_nothing_and_the_next_run_writes_what_waits(
    command: Command,
    files: list[Path],
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = tmp_path / "rows.json"
    assert command("assess", *files, "--json", rows) in _DONE
    assert len(json.loads(rows.read_text())) == len(files)
    assert len(waiting(tmp_path)) == len(files)
    assert "Entries of the audit record wait on disk." in caplog.text
    assert "secret" not in caplog.text
    monkeypatch.setenv("PNEUMONIA_AUDIT", address)
    assert command("assess", files[0]) in _DONE
    assert len(recorded(address)) == len(files) + 1
    assert not waiting(tmp_path)


def test_a_database_that_does_not_answer_costs_seconds_at_the_end_alone(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(AuditStore, "append", lambda *_: let_go.wait(60))
    monkeypatch.setattr("pneumonia.audit.opening._LAST_SECONDS", 1.0)
    with noting() as note:
        note(make_decision(0.4))
        began = time.monotonic()
    assert 0.9 < time.monotonic() - began < 5
    assert waiting(tmp_path)
    let_go.set()


def test_a_full_or_read_only_disk_stops_nothing(
    command: Command, files: list[Path], address: str, tmp_path: Path
) -> None:
    (tmp_path / "waiting").write_text("a file where the folder should be")
    assert command("assess", *files) in _DONE
    gaps = recorded(address)
    assert {it["kind"] for it in gaps} == {"gap"}
    assert sum(it["number"] for it in gaps) == len(files)


def test_programs_at_once_wait_in_folders_of_their_own(address: str) -> None:
    first, second = waiting_folder("program-1"), waiting_folder("program-2")
    with noting():
        assert not second.exists()
        with noting():
            assert second.exists()
    assert first.exists()
    with noting():
        assert not waiting_folder("program-3").exists()


def test_a_record_that_cannot_be_ends_the_start(
    command: Command,
    files: list[Path],
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PNEUMONIA_AUDIT", "mysql://host/x")
    assert command("assess", *files) == 2
    assert "needs the path of a SQLite file" in capsys.readouterr().err
